"""Who is asked, what is open, and what the answers say."""

from datetime import date, datetime, timedelta
from typing import Final

from django.core import signing
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.db.models.functions import TruncDate

from customers.models import Consent, Customer
from feedback.errors import QuestionOver
from feedback.models import OPEN_FOR, Response, Survey
from feedback.score import DETRACTOR_UNTIL
from programs.models import Purchase
from tenants.scope import current_tenant

# A customer is asked at most once in it.
REST: Final = timedelta(days=90)
# Over which time answers are counted together.
COUNTED: Final = timedelta(days=365)
# How long the answer of the shop is news.
FRESH: Final = timedelta(days=14)


def survey() -> Survey:
    """As it stands now."""
    return Survey.objects.order_by("-pk").first() or Survey(by_email=False, in_portal=False)


def was_asked(customer: Customer, *, now: datetime) -> bool:
    return Response.objects.filter(customer=customer, asked_at__gt=now - REST).exists()


def open_question(customer: Customer, *, now: datetime) -> Response | None:
    """What the customer can answer in the portal: what was asked and waits, or what is due; the latter is not saved."""
    settings = survey()
    if not settings.in_portal:
        return None
    last = Response.objects.filter(customer=customer).order_by("-asked_at", "-pk").first()
    if last and now < last.asked_at + REST:
        is_waiting = last.is_open(now=now) and last.channel == Response.Channel.EMAIL
        return last if is_waiting else None
    latest, earliest = now - timedelta(days=settings.days), now - OPEN_FOR
    bought = Purchase.objects.filter(customer=customer, purchased_at__gt=earliest, purchased_at__lte=latest)
    purchase = bought.filter(voided_at=None).order_by("-purchased_at").first()
    if purchase is None:
        return None
    return Response(customer=customer, purchase=purchase, channel=Response.Channel.PORTAL, asked_at=now)


def to_be_asked(*, since: datetime, until: datetime, now: datetime) -> QuerySet[Customer]:
    """Who bought between two moments, permits advertising by e-mail and has not been asked for long."""
    about = OuterRef("pk")
    bought = Purchase.objects.filter(customer=about, purchased_at__gte=since, purchased_at__lt=until, voided_at=None)
    permits = Consent.objects.filter(
        customer=about, channel=Consent.Channel.EMAIL, confirmed_at__isnull=False, withdrawn_at=None
    )
    asked = Response.objects.filter(customer=about, asked_at__gt=now - REST)
    active = Customer.objects.filter(status=Customer.Status.ACTIVE)
    return active.filter(Exists(bought), Exists(permits), ~Exists(asked)).order_by("pk")


def link_token(response_id: int) -> str:
    """For the link in the mail: it needs no sign-in, and no copy of the database holds it."""
    return signing.dumps(response_id, salt=_salt())


def response_of_token(token: str, *, now: datetime) -> Response:
    """One that can be answered or was just now. Raises QuestionOver."""
    try:
        key = signing.loads(token, salt=_salt())
    except signing.BadSignature as error:
        raise QuestionOver from error
    asked = Response.objects.select_related("customer").filter(pk=key, asked_at__gt=now - OPEN_FOR)
    response = asked.filter(customer__status=Customer.Status.ACTIVE).first()
    if response is None:
        raise QuestionOver
    return response


def counts_of_scores(*, now: datetime) -> dict[int, int]:
    """How many have given each score lately."""
    return _counts_of(Response.objects.filter(answered_at__gt=now - COUNTED))


def scores_between(since: datetime, until: datetime, *, store_id: int | None = None) -> dict[int, int]:
    """The same from one moment until before another; of all stores together, or about purchases in one."""
    answered = Response.objects.filter(answered_at__gte=since, answered_at__lt=until)
    return _counts_of(answered.filter(purchase__store=store_id) if store_id else answered)


def daily_scores(since: datetime, until: datetime, *, store_id: int | None = None) -> list[tuple[date, int, int]]:
    """Day of the shop's calendar, score, and how many gave it then; in one query for as many days as there are."""
    answered = Response.objects.filter(answered_at__gte=since, answered_at__lt=until)
    answered = answered.filter(purchase__store=store_id) if store_id else answered
    days = answered.annotate(day=TruncDate("answered_at", tzinfo=current_tenant().zone)).order_by()
    return list(days.values_list("day", "score").annotate(Count("pk")))


def answers(*, only_waiting: bool = False, before: int | None = None) -> QuerySet[Response]:
    """Newest question first, from behind the one with the key `before`."""
    found = Response.objects.filter(answered_at__isnull=False).select_related("customer").order_by("-pk")
    if only_waiting:
        found = found.filter(waiting())
    return found.filter(pk__lt=before) if before else found


def waiting() -> Q:
    """For an answer of the shop."""
    return Q(score__lte=DETRACTOR_UNTIL, settled_at=None)


def waiting_count() -> int:
    return Response.objects.filter(waiting()).count()


def responses_of(customer: Customer) -> QuerySet[Response]:
    return Response.objects.filter(customer=customer).order_by("pk")


def opinions_of(customer: Customer) -> QuerySet[Response]:
    """What the customer has said, newest first, with what the shop answered."""
    return Response.objects.filter(customer=customer, answered_at__isnull=False).order_by("-answered_at", "-pk")


def latest_reply(customer: Customer, *, now: datetime) -> Response | None:
    """What the shop has answered lately."""
    replied = opinions_of(customer).exclude(reply="").filter(settled_at__gt=now - FRESH)
    return replied.order_by("-settled_at", "-pk").first()


def _counts_of(answered: QuerySet[Response]) -> dict[int, int]:
    return dict(answered.order_by().values_list("score").annotate(Count("pk")))


def _salt() -> str:
    """A token is worthless in another shop."""
    return f"feedback:{current_tenant().pk}"
