"""The report goes out by mail: once for each month or quarter, to everybody who may read reports and wants it."""

from datetime import date, datetime
from typing import Final

from django.core.mail import EmailMessage, get_connection
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.urls import reverse
from django.utils import translation

from analytics.models import DeclinedReview, PostedReview, ReviewRhythm
from analytics.review.figures import review_of
from analytics.review.spans import MONTH, QUARTER, Span, is_finished
from analytics.review.wording import told
from customers.mails import letter_of, mail_of
from events.models import Event
from events.services import publish
from messaging import handover
from messaging.handover import Handover
from team.models import Membership
from team.queries import members_who
from tenants.roles import SYSTEM, Actor
from tenants.scope import current_tenant

Rhythm = ReviewRhythm.Rhythm
# A mail that could not go out on the first of the month may follow until then; later it would be no news.
LAST_DAY: Final = 7
TEMPLATE: Final = "backoffice/mail/review"


def rhythm() -> str:
    """Every month, until the shop says otherwise."""
    stated = ReviewRhythm.objects.order_by("-pk").first()
    return stated.rhythm if stated else Rhythm.MONTHLY


def set_rhythm(*, rhythm: str, actor: Actor, now: datetime) -> ReviewRhythm:
    with transaction.atomic():
        stated = ReviewRhythm.objects.create(rhythm=rhythm, stated_at=now, stated_by=actor.reference)
        publish("review.rhythm_set", actor=actor, occurred_at=now, rhythm=rhythm)
    return stated


def wants_review(member: Membership) -> bool:
    return not DeclinedReview.objects.filter(member=member).exists()


def choose_review(*, member: Membership, wanted: bool, actor: Actor, now: datetime) -> None:
    """Whether a member gets the report by mail; said twice it is said once."""
    with transaction.atomic():
        if wanted:
            changed = DeclinedReview.objects.filter(member=member).delete()[0] > 0
        else:
            changed = DeclinedReview.objects.get_or_create(member=member, defaults={"declined_at": now})[1]
        if changed:
            publish("review.wanted" if wanted else "review.declined", actor=actor, occurred_at=now, member=member.pk)


def due_span(*, today: date) -> Span | None:
    """What is told of in the first days of a month; None on all others, and where nobody wants it."""
    months = {Rhythm.MONTHLY: MONTH, Rhythm.QUARTERLY: QUARTER}.get(Rhythm(rhythm()))
    if months is None or today.day > LAST_DAY or (months == QUARTER and today.month % QUARTER != 1):
        return None
    return Span.around(today, months=months).before


def post_review(*, today: date, now: datetime) -> PostedReview | None:
    """Announce the last month or quarter to each reader; None where it has been, or its figures are not drawn yet."""
    span = due_span(today=today)
    if span is None or not is_finished(span):
        return None
    days = span.period
    with transaction.atomic():
        posted, is_new = PostedReview.objects.get_or_create(
            first_on=days.first, last_on=days.last, defaults={"posted_at": now}
        )
        if not is_new:
            return None
        for member in _readers().values_list("pk", flat=True):
            publish("review.posted", actor=SYSTEM, occurred_at=now, member=member, span=span.code)
    return posted


def mail_review(event: Event) -> None:
    """To one member, who may have gone or changed their mind since."""
    member = _readers().filter(pk=event.payload["member"]).first()
    span = Span.called(event.payload["span"])
    if member is None or span is None:
        return
    mail = review_mail(span, to=member.user.email)
    # Connected first, so that little time passes in which nobody could say whether the mail was taken.
    with get_connection() as server:
        mark = f"review:{event.pk}"
        match handover.begin(mark):
            case Handover.TAKEN:
                return
            case Handover.BEGUN:
                publish("mail.failed", actor=SYSTEM, mail="review")
                return
        try:
            server.send_messages([mail])
        except Exception:
            handover.refused(mark)
            raise
        handover.taken(mark)


def review_mail(span: Span, *, to: str) -> EmailMessage:
    tenant = current_tenant()
    with translation.override(tenant.language):
        words = told(review_of(span))
        facts = {
            "span": span.name,
            "sections": [section.text for section in words.sections],
            "steps": [step for _code, step in words.steps],
            "url": f"{tenant.team_url}{reverse('backoffice:review', args=[span.code])}",
            "settings_url": f"{tenant.team_url}{reverse('backoffice:reviews')}",
        }
    return mail_of(letter_of(TEMPLATE, language=tenant.language, **facts), to=to)


def _readers() -> QuerySet[Membership]:
    declined = DeclinedReview.objects.filter(member=OuterRef("pk"))
    return members_who("reports.read").filter(~Exists(declined))
