"""The report of a month goes out once, on the morning of the first, to whoever may read it and wants it."""

from datetime import date, timedelta

import pytest
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.utils import timezone

from analytics.models import FiguresState, PostedReview, SharedReview
from analytics.review import posting
from analytics.review.posting import choose_review, due_span, post_review, set_rhythm
from analytics.review.sharing import end_sharing, share_review, shared_success
from analytics.review.spans import MONTH, QUARTER, Span, finished_spans
from analytics.rollups.nightly import draw_figures
from events.delivery import deliver, relay_events
from events.models import Delivery, Event
from events.schedule import jobs
from team.queries import member_actor, team
from tenants.errors import NotFound
from tenants.roles import SYSTEM
from tests.analytics.regulars import make_regulars
from tests.factories import Shop, make_customer, make_member, make_purchase, today

pytestmark = pytest.mark.django_db
FIRST = today().replace(day=1)


@pytest.fixture
def busy(shop: Shop, other_shop: Shop) -> Shop:
    """With an owner, a manager, an analyst and somebody at the till; next door there is an owner, too."""
    now = timezone.now()
    make_regulars(shop, 6, stores=[shop.store], days=150, now=now)
    make_regulars(other_shop, 3, stores=[other_shop.store], days=150, now=now)
    with shop.scope():
        for role in ("owner", "manager", "analyst", "staff"):
            make_member(role=role)
    with other_shop.scope():
        make_member(role="owner")
    return shop


def run(shop: Shop, day: date = FIRST) -> None:
    jobs()["analytics.review"].run(shop.tenant, day)


def deliver_all(shop: Shop) -> None:
    now = timezone.now()
    with shop.scope():
        fresh, _more = relay_events(now=now)
    for delivery_id, attempt in fresh:
        deliver(tenant=shop.tenant, delivery_id=delivery_id, attempt=attempt, now=now)


def roles_of_readers(shop: Shop) -> list[str]:
    with shop.scope():
        by_address = {member.user.email: member.role for member in team()}
    return sorted(by_address[message.to[0]] for message in mail.outbox)


def test_it_goes_to_everybody_who_may_read_reports_in_the_shops_own_colours(busy: Shop) -> None:
    run(busy)
    deliver_all(busy)
    assert roles_of_readers(busy) == ["analyst", "manager", "owner"]
    message = mail.outbox[0]
    span = Span.around(FIRST, months=MONTH).before
    assert message.subject.endswith(busy.tenant.name)
    assert f"{busy.tenant.team_url}/backoffice/reports/months/{span.code}/" in str(message.body)
    assert "Kunden eingekauft" in str(message.body)
    assert isinstance(message, EmailMultiAlternatives)
    page, kind = message.alternatives[0]
    assert kind == "text/html"
    assert 'class="button"' in str(page)
    assert "Gast" not in str(page), "nobody is named"


def test_run_again_or_on_the_next_morning_it_is_not_sent_again(busy: Shop) -> None:
    for day in (FIRST, FIRST, FIRST + timedelta(days=1)):
        run(busy, day)
        deliver_all(busy)
    assert len(mail.outbox) == 3
    with busy.scope():
        assert PostedReview.objects.count() == 1
        assert Event.objects.filter(name="review.posted").count() == 3


def test_a_worker_that_dies_behind_the_servers_yes_sends_no_second_mail(
    busy: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        """Stands for a worker that dies."""

    def die(mark: str) -> None:
        taken(mark)
        raise Killed

    run(busy)
    now, taken = timezone.now(), posting.handover.taken
    with busy.scope():
        (delivery_id, attempt), *_rest = relay_events(now=now)[0]
    monkeypatch.setattr(posting.handover, "taken", die)
    with pytest.raises(Killed):
        deliver(tenant=busy.tenant, delivery_id=delivery_id, attempt=attempt, now=now)
    monkeypatch.undo()
    assert len(mail.outbox) == 1
    deliver(tenant=busy.tenant, delivery_id=delivery_id, attempt=attempt + 1, now=now)
    assert len(mail.outbox) == 1
    with busy.scope():
        assert Delivery.objects.get(pk=delivery_id).state == Delivery.State.DONE


def test_a_mail_of_which_nobody_knows_is_not_sent_again_but_seen(busy: Shop) -> None:
    run(busy)
    with busy.scope():
        for event in Event.objects.filter(name="review.posted"):
            posting.handover.begin(f"review:{event.pk}")
    deliver_all(busy)
    assert mail.outbox == []
    with busy.scope():
        assert Event.objects.filter(name="mail.failed").count() == 3


def test_who_wants_no_mail_gets_none_and_may_change_their_mind(busy: Shop) -> None:
    now = timezone.now()
    with busy.scope():
        owner = next(member for member in team() if member.role == "owner")
        for wanted in (False, False, True, False):
            choose_review(member=owner, wanted=wanted, actor=member_actor(owner), now=now)
        assert Event.objects.filter(name="review.declined").count() == 2
    run(busy)
    deliver_all(busy)
    assert roles_of_readers(busy) == ["analyst", "manager"]


@pytest.mark.parametrize(
    ("rhythm", "months"),
    [("monthly", set(range(1, 13))), ("quarterly", {1, 4, 7, 10}), ("none", set())],
)
def test_the_shop_says_how_often(shop: Shop, rhythm: str, months: set[int]) -> None:
    with shop.scope():
        set_rhythm(rhythm=rhythm, actor=SYSTEM, now=timezone.now())
        spans = {month: due_span(today=date(2026, month, 1)) for month in range(1, 13)}
        assert {month for month, span in spans.items() if span} == months
        assert {span.months for span in spans.values() if span} <= {QUARTER if rhythm == "quarterly" else MONTH}
        assert due_span(today=date(2026, 1, 8)) is None


def test_what_is_not_drawn_yet_follows_as_soon_as_it_is(shop: Shop) -> None:
    """The night has failed; the next one is in the first week still."""
    with shop.scope():
        make_member(role="owner")
        make_purchase(customer=make_customer(), now=timezone.now() - timedelta(days=70))
        assert post_review(today=FIRST, now=timezone.now()) is None
    draw_figures(shop.tenant, today=FIRST)
    run(shop, FIRST + timedelta(days=1))
    deliver_all(shop)
    assert len(mail.outbox) == 1


def test_a_shop_that_began_this_month_or_has_closed_gets_none(shop: Shop, other_shop: Shop) -> None:
    for each in (shop, other_shop):
        with each.scope():
            make_member(role="owner")
            make_purchase(customer=make_customer(), now=timezone.now() - timedelta(days=70))
        draw_figures(each.tenant, today=FIRST)
    with shop.scope():
        assert [span.code for span in finished_spans(months=MONTH)][:1] == [
            Span.around(FIRST, months=MONTH).before.code
        ]
    other_shop.tenant.closed_at = timezone.now()
    run(other_shop)
    with other_shop.scope():
        assert not PostedReview.objects.exists()
        FiguresState.objects.all().delete()
        assert finished_spans(months=MONTH) == []


def test_what_is_shared_has_one_link_that_can_be_taken_back(busy: Shop, other_shop: Shop) -> None:
    span, moment = Span.around(FIRST, months=MONTH).before, timezone.now()
    with busy.scope():
        link = share_review(span=span, what="came", actor=SYSTEM, now=moment)
        assert share_review(span=span, what="came", actor=SYSTEM, now=moment).pk == link.pk
        found, success = shared_success(link.public_id)
        assert (found, success.what) == (span, "came")
    with other_shop.scope(), pytest.raises(NotFound):
        shared_success(link.public_id)
    with busy.scope():
        assert end_sharing(public_id=link.public_id, actor=SYSTEM, now=moment) == span
        end_sharing(public_id=link.public_id, actor=SYSTEM, now=moment)
        with pytest.raises(NotFound):
            shared_success(link.public_id)
        assert share_review(span=span, what="came", actor=SYSTEM, now=moment).public_id != link.public_id
        assert SharedReview.objects.count() == 2
        assert Event.objects.filter(name="review.unshared").count() == 1
