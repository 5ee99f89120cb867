"""The fraud watch on real rows: each fact is read, each finding waits once, people decide, and erasure forgets."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from analytics.errors import AlreadyDecided, OwnFinding
from analytics.fraud.facts import Facts, Sameness, till_of
from analytics.fraud.findings import Pattern, Subject, SubjectKind
from analytics.jobs import watch
from analytics.loading import load_facts
from analytics.models import Finding
from analytics.queries import findings, open_count, purchases_behind
from analytics.services import WINDOW, confirm, dismiss, watch_for_fraud
from analytics.wording import HARMLESS, reason
from customers.export import sections_of
from customers.look_ups import NOTED_EVERY, _look_ups, count_look_up
from customers.merging import merge
from customers.models import Customer
from customers.services import change, enrol, erase
from events.models import Event
from programs.adjusting import adjust_points
from programs.models import Purchase
from programs.returns import return_goods
from programs.services import void_purchase
from programs.stamps import add_stamps
from rewards.errors import UnknownVoucher
from rewards.models import Redemption
from rewards.redeeming import cancel_redemption, redeem_at_till, voucher_by_code
from team.models import Device, Membership
from team.queries import key_actor, member_actor, till_actor
from team.stores import set_opening_hours
from tenants.errors import Invalid
from tenants.models import Tenant
from tenants.roles import SYSTEM, Actor
from tests.analytics.samples import make_findings
from tests.clients import browser, signed_in
from tests.factories import (
    COFFEE_CARD,
    Shop,
    give_points,
    make_api_key,
    make_customer,
    make_device,
    make_import,
    make_member,
    make_offer,
    make_purchase,
    make_referral,
    make_reward,
    make_user,
    offer_cards,
)

pytestmark = pytest.mark.django_db(transaction=True)
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@pytest.fixture
def at_till(shop: Shop) -> Actor:
    with shop.scope():
        return till_actor(make_member(role="staff", pin="4711"), make_device(store=shop.store)[0])


def seen(shop: Shop, *, until: datetime = NOON + DAY) -> Facts:
    with shop.scope():
        return load_facts(since=until - WINDOW, until=until)


def buy_often(customer: Customer, count: int = 6, *, day: datetime = NOON, **stated: Any) -> None:
    """Small amounts on one day, among the larger ones of somebody else."""
    other = make_customer(now=NOON - DAY)
    for number in range(count):
        make_purchase(customer=customer, total=200, now=day + number * MINUTE, **stated)
        make_purchase(customer=other, total=5_000 + number, now=day - (number + 1) * DAY)


def watched(shop: Shop, *, now: datetime = NOON + DAY) -> list[Finding]:
    with shop.scope():
        return watch_for_fraud(now=now)


def stood_out(shop: Shop, pattern: str = "small_awards") -> list[Finding]:
    with shop.scope():
        return list(findings(pattern=pattern))


# --- Facts


def test_a_purchase_is_read_with_who_booked_it_and_what_became_of_it(shop: Shop, at_till: Actor) -> None:
    with shop.scope():
        jana = make_customer(now=NOON)
        kept, voided, returned = (
            make_purchase(customer=jana, actor=at_till, store=shop.store, receipt_number=number, now=NOON).purchase
            for number in ("A-1", "A-2", None)
        )
        void_purchase(purchase=voided, actor=at_till, now=NOON + MINUTE)
        return_goods(purchase=returned, total=2490, actor=at_till, now=NOON + 2 * MINUTE)
        make_purchase(customer=None, now=NOON)
        make_purchase(customer=jana, now=NOON - 31 * DAY)
    first, second, third = sorted(seen(shop).awards, key=lambda award: award.id)
    assert (first.id, first.customer, first.total, first.receipt) == (kept.pk, jana.pk, 2490, "A-1")
    assert (first.device, first.store, first.staff) == (at_till.device_id, shop.store.pk, at_till.reference)
    assert first.at.hour == 13, "in the shop's own time"
    assert first.voided_at is first.returned_at is None
    assert (second.voided_at, third.returned_at, third.receipt) == (NOON + MINUTE, NOON + 2 * MINUTE, "")


def test_what_was_imported_was_booked_elsewhere(shop: Shop) -> None:
    with shop.scope():
        bought = make_purchase(customer=make_customer(now=NOON), now=NOON).purchase
        Purchase.objects.filter(pk=bought.pk).update(import_id=make_import().pk)
    assert seen(shop).awards == []


def test_a_reward_is_read_with_what_was_shown_and_when_it_was_cancelled(shop: Shop, at_till: Actor) -> None:
    with shop.scope():
        jana, reward = make_customer(now=NOON), make_reward(now=NOON)
        give_points(jana, 5_000, now=NOON)
        facts: dict[str, Any] = {"customer": jana, "reward": reward, "store": shop.store, "actor": at_till}
        redeem_at_till(**facts, presence=Redemption.Presence.CARD, now=NOON)
        gone = redeem_at_till(**facts, presence=Redemption.Presence.CODE, now=NOON).redemption
        cancel_redemption(redemption=gone, actor=at_till, now=NOON + MINUTE)
    card, code = sorted(seen(shop).redemptions, key=lambda redemption: redemption.id)
    assert (card.is_shown, card.points, card.device, card.staff) == (False, 500, at_till.device_id, at_till.reference)
    assert (card.cancelled_at, code.is_shown, code.cancelled_at) == (None, True, NOON + MINUTE)


def test_points_by_hand_enrolments_and_stamps_are_read_from_the_audit_log(shop: Shop, at_till: Actor) -> None:
    now = timezone.now()
    with shop.scope():
        offer_cards(COFFEE_CARD, now=now)
        owner = member_actor(make_member())
        jana = enrol(name="Jana", source="till", actor=at_till, now=now)
        enrol(name="Lea", source="portal", actor=SYSTEM, now=now)
        adjust_points(customer=jana, points=400, reason="goodwill", actor=owner, now=now)
        adjust_points(customer=jana, points=-100, reason="goodwill", actor=owner, now=now)
        add_stamps(customer=jana, card="card-1", count=2, actor=at_till, now=now)
    facts = seen(shop, until=now + DAY)
    [given] = facts.adjustments
    assert (given.customer, given.points, given.staff) == (jana.pk, 400, owner.reference)
    [enrolled] = facts.enrolments
    assert (enrolled.customer, enrolled.device) == (jana.pk, at_till.device_id)
    [tap] = facts.taps
    assert (tap.device, tap.staff) == (at_till.device_id, at_till.reference)


def test_a_member_is_known_as_a_customer_by_the_address_that_both_have(shop: Shop, other_shop: Shop) -> None:
    with shop.scope():
        member = make_member(role="staff", user=make_user("Selin@Example.org"))
        own = make_customer(email="selin@example.org", now=NOON)
        make_customer(email="jana@example.org", now=NOON)
        make_customer(now=NOON)
    with other_shop.scope():
        make_customer(email="selin@example.org", now=NOON)
    assert seen(shop).own_cards == {own.pk: {f"member:{member.pk}"}}
    assert seen(other_shop).own_cards == {}


def test_who_has_brought_whom_is_read_and_one_mailbox_in_two_spellings_is_seen(shop: Shop, other_shop: Shop) -> None:
    with shop.scope():
        make_offer(smallest_purchase=500, now=NOON - DAY)
        jana = make_customer(email="jana.krueger@gmail.com", now=NOON - DAY)
        friend, twin = (make_referral(referrer=jana, now=NOON).friend for _ in range(2))
        assert friend is not None
        assert twin is not None
        # Whoever has come by an invitation may change the address afterwards.
        change(customer=twin, email="janakrueger+neu@gmail.com", actor=SYSTEM, now=NOON)
    first, second = sorted(seen(shop).referrals, key=lambda referral: referral.id)
    assert (first.referrer, first.friend, first.least, first.same) == (jana.pk, friend.pk, 500, frozenset())
    assert (second.friend, second.same) == (twin.pk, frozenset({Sameness.EMAIL}))
    assert first.at.hour == 13
    assert seen(other_shop).referrals == []
    [finding] = watched(shop)
    assert (finding.pattern, finding.customer_id) == (Finding.Pattern.SELF_REFERRAL, jana.pk)
    assert finding.evidence["customers"] == [twin.pk]


def test_a_ring_of_real_referrals_is_found(shop: Shop) -> None:
    with shop.scope():
        make_offer(smallest_purchase=500, per_referrer=None, now=NOON - DAY)
        jana = make_customer(now=NOON - DAY)
        for number in range(6):
            brought = make_referral(referrer=jana, now=NOON + number * MINUTE)
            make_purchase(customer=brought.friend, total=510, now=NOON + number * MINUTE)
            make_purchase(customer=make_customer(now=NOON - DAY), total=4_900, now=NOON + number * MINUTE)
        [finding] = watch_for_fraud(now=NOON + DAY)
        assert (finding.pattern, finding.customer_id) == (Finding.Pattern.REFERRAL_RING, jana.pk)
        assert finding.figures["thin"] == 6


def test_opening_hours_are_those_of_each_store(shop: Shop) -> None:
    with shop.scope():
        set_opening_hours(store=shop.store, hours=[[(540, 750), (840, 1080)], [], [(1200, 120)]], actor=SYSTEM)
    [hours] = seen(shop).hours.values()
    wednesday = 2 * 24 * 60
    assert hours.intervals == ((540, 750), (840, 1080), (wednesday + 1200, wednesday + 24 * 60 + 120))


def test_what_a_round_sum_is_depends_on_the_currency(shop: Shop) -> None:
    assert seen(shop).round_to == 500
    Tenant.objects.filter(pk=shop.tenant.pk).update(currency="CZK")
    shop.tenant.refresh_from_db()
    assert seen(shop).round_to == 10_000


def test_ten_wrong_codes_are_noted_although_each_of_them_is_refused(shop: Shop, at_till: Actor) -> None:
    now = timezone.now()
    with shop.scope():
        key, text = make_api_key(scopes=["redeem"])
    for number in range(10):
        with pytest.raises(UnknownVoucher), shop.scope():
            voucher_by_code(f"AAAA-AAAA-AAAA-AA{number + 20}", actor=at_till)
    for number in range(9):
        answer = browser(shop.host).post(
            f"/api/v1/redemptions/AAAA-AAAA-AAAA-AA{number + 20}/use",
            b"{}",
            content_type="application/json",
            headers={"Authorization": f"Bearer {text}", "Idempotency-Key": f"k{number}"},
        )
        assert answer.status_code == 404
    with shop.scope():
        assert (actor := key_actor(text))
        assert actor.reference == f"key:{key.pk}"
    noted = seen(shop, until=now + DAY).wrong_codes
    by_key = Subject(SubjectKind.KEY, key.pk)
    assert [(each.source, each.count) for each in noted] == [(till_of(at_till.device_id or 0), 5)] * 2 + [(by_key, 5)]
    [finding] = watched(shop, now=timezone.now() + MINUTE)
    assert (finding.pattern, finding.device_id) == (Finding.Pattern.CODE_GUESSING, at_till.device_id)


def test_searches_are_noted_every_sixty_also_in_vain(shop: Shop, at_till: Actor) -> None:
    def refused() -> None:
        count_look_up(actor=at_till)
        raise ZeroDivisionError

    for _ in range(2 * NOTED_EVERY + 1):
        with shop.scope():
            _look_ups.clear(shop.tenant.pk, at_till.device_id, at_till.reference)
        with pytest.raises(ZeroDivisionError), shop.scope():
            refused()
    noted = seen(shop, until=timezone.now() + DAY).look_ups
    assert [(each.device, each.staff, each.count) for each in noted] == [
        (at_till.device_id, at_till.reference, NOTED_EVERY)
    ] * 2
    [finding] = watched(shop, now=timezone.now() + MINUTE)
    assert finding.pattern == Finding.Pattern.LOOK_UP_SCRAPING


def test_reading_takes_as_many_queries_for_much_as_for_little(shop: Shop, at_till: Actor) -> None:
    def counted() -> int:
        with shop.scope(), CaptureQueriesContext(connection) as queries:
            watch_for_fraud(now=NOON + DAY)
        return len(queries)

    with shop.scope():
        buy_often(make_customer(now=NOON), actor=at_till)
    first, few = counted(), counted()
    with shop.scope():
        for _ in range(5):
            buy_often(make_customer(now=NOON), actor=at_till)
    # One that is new beside one that is known: written and said together with the others, however many.
    assert counted() <= first + 2
    assert counted() == few


# --- Findings


def test_what_stands_out_waits_once_and_is_brought_up_to_date(shop: Shop, other_shop: Shop) -> None:
    with shop.scope():
        jana = make_customer(now=NOON)
        buy_often(jana)
    with other_shop.scope():
        make_purchase(customer=make_customer(now=NOON), now=NOON)
    assert len(watched(shop)) == 1
    assert watched(shop) == []
    assert watched(other_shop) == []
    [finding] = stood_out(shop)
    assert (finding.customer_id, finding.figures["most"], finding.state) == (jana.pk, 6, Finding.State.OPEN)
    with shop.scope():
        assert purchases_behind(finding).count() == 6
        for number in range(6):
            make_purchase(customer=jana, total=200, now=NOON + (20 + number) * MINUTE)
        assert watch_for_fraud(now=NOON + 2 * DAY) == []
        [event] = Event.objects.filter(name="finding.raised")
        assert event.payload == {"finding": finding.pk, "pattern": "small_awards"}
        assert event.customer_id is None, "the customer's own history does not tell"
    [again] = stood_out(shop)
    assert (again.pk, again.figures["most"], again.found_at) == (finding.pk, 12, finding.found_at)
    assert (again.seen_at, again.severity) == (NOON + 2 * DAY, Finding.Gravity.HIGH)


def test_a_dismissed_one_does_not_come_back_for_the_same(shop: Shop) -> None:
    with shop.scope():
        jana = make_customer(now=NOON)
        buy_often(jana)
        [finding] = watch_for_fraud(now=NOON + DAY)
        with pytest.raises(Invalid):
            dismiss(finding=finding, note="  ", actor=SYSTEM, now=NOON + DAY)
        dismiss(finding=finding, note="Holt für das Büro", actor=SYSTEM, now=NOON + DAY)
        assert watch_for_fraud(now=NOON + 2 * DAY) == []
        make_purchase(customer=jana, total=200, now=NOON + DAY)
        assert watch_for_fraud(now=NOON + 2 * DAY) == []
        buy_often(jana, day=NOON + 2 * DAY)
        [again] = watch_for_fraud(now=NOON + 3 * DAY)
        assert (again.pk, again.figures["count"]) != (finding.pk, 12)
        assert open_count() == 1


def test_each_is_decided_once_and_the_log_says_by_whom(shop: Shop) -> None:
    with shop.scope():
        owner = member_actor(make_member())
        buy_often(make_customer(now=NOON))
        [finding] = watch_for_fraud(now=NOON + DAY)
        confirm(finding=finding, actor=owner, now=NOON + DAY)
        for decide in (confirm, dismiss):
            with pytest.raises(AlreadyDecided):
                decide(finding=finding, note="Doch nicht", actor=owner, now=NOON + DAY)
        [event] = Event.objects.filter(name__startswith="finding.c")
        assert (event.actor, event.payload) == (owner.reference, {"finding": finding.pk, "pattern": "small_awards"})
        assert open_count() == 0


def test_nobody_but_an_owner_decides_about_the_own_card(shop: Shop) -> None:
    with shop.scope():
        user = make_user("tom@example.org")
        manager = member_actor(make_member(role="manager", user=user))
        own = make_customer(email="tom@example.org", now=NOON)
        adjust_points(customer=own, points=500, reason="goodwill", actor=manager, now=timezone.now())
        [finding] = [each for each in watch_for_fraud(now=timezone.now() + MINUTE) if each.pattern == "own_card"]
        with pytest.raises(OwnFinding):
            dismiss(finding=finding, note="War nur ein Test", actor=manager, now=NOON)
        other = member_actor(make_member(role="manager"))
        dismiss(finding=finding, note="War nur ein Test", actor=other, now=NOON)


def test_the_job_runs_for_each_shop_and_leaves_closed_ones_alone(shop: Shop, other_shop: Shop) -> None:
    now = timezone.now()
    for each in (shop, other_shop):
        with each.scope():
            buy_often(make_customer(now=now), day=now - timedelta(hours=30))
    other_shop.tenant.closed_at = now
    for each in (shop, other_shop):
        watch(each.tenant, date(2026, 3, 10))
        watch(each.tenant, date(2026, 3, 10))
    assert [len(stood_out(each)) for each in (shop, other_shop)] == [1, 0]


def test_one_shop_never_sees_what_stood_out_in_another(shop: Shop, other_shop: Shop) -> None:
    with shop.scope():
        buy_often(make_customer(now=NOON))
    watched(shop)
    assert len(stood_out(shop)) == 1
    assert stood_out(other_shop) == []


# --- What becomes of customers


def test_erasure_takes_findings_and_their_notes_along(shop: Shop) -> None:
    with shop.scope():
        jana = make_customer(now=NOON)
        buy_often(jana)
        [finding] = watch_for_fraud(now=NOON + DAY)
        dismiss(finding=finding, note="Holt für das Büro", actor=SYSTEM, now=NOON + DAY)
        exported = {section.name: section.rows for section in sections_of(jana)}["findings"]
        assert [(row["pattern"], row["note"]) for row in exported] == [("small_awards", "Holt für das Büro")]
        assert str(exported[0]["reason"]).startswith("An einem Tag")
        erase(customer=jana, actor=SYSTEM, now=timezone.now())
        assert not findings().exists()
        assert watch_for_fraud(now=NOON + DAY) == []


def test_where_two_customers_are_one_their_questions_are_one_too(shop: Shop) -> None:
    with shop.scope():
        jana, twin, third = (make_customer(now=NOON) for _ in range(3))
        for each in (jana, twin, third):
            buy_often(each)
        assert len(watch_for_fraud(now=NOON + DAY)) == 3
        merge(customer=twin, into=jana, actor=SYSTEM, now=NOON + DAY)
        assert [each.customer_id for each in findings().order_by("pk")] == [jana.pk, third.pk]
        assert watch_for_fraud(now=NOON + DAY) == []


# --- What people read


@pytest.fixture
def every_pattern(shop: Shop, at_till: Actor) -> list[Finding]:
    with shop.scope():
        return make_findings(make_customer(now=NOON), Device.objects.get(pk=at_till.device_id or 0), now=NOON)


def test_every_pattern_has_words_that_accuse_nobody(shop: Shop, every_pattern: list[Finding]) -> None:
    assert {finding.pattern for finding in every_pattern} == set(Finding.Pattern.values) == {p.value for p in Pattern}
    for language in ("de", "en"):
        with shop.scope(), translation.override(language):
            for finding in every_pattern:
                said = f"{reason(finding)} {HARMLESS[finding.pattern]} {finding.get_pattern_display()}"
                assert "%(" not in said
                assert not {"betrug", "fraud", "dieb", "theft"} & set(said.lower().split())


def test_pages_name_nobody_of_the_team(shop: Shop, at_till: Actor, every_pattern: list[Finding]) -> None:
    with shop.scope():
        owner = make_member()
        Membership.objects.filter(pk=at_till.id or 0).update(name="Zwölfender")
        jana = every_pattern[0].customer
        bought = make_purchase(customer=jana, actor=at_till, now=NOON).purchase
        Finding.objects.update(evidence={"purchases": [bought.pk]})
    desk = signed_in(owner.user, shop.tenant)
    for path in ("/backoffice/findings/", *(f"/backoffice/findings/{each.pk}/" for each in every_pattern)):
        page = desk.get(path)
        assert page.status_code == 200
        assert "Zwölfender" not in page.content.decode()


def test_an_owner_decides_on_the_page_and_the_start_page_counts_what_waits(
    shop: Shop, every_pattern: list[Finding]
) -> None:
    with shop.scope():
        desk = signed_in(make_member().user, shop.tenant)
        analyst = signed_in(make_member(role="analyst").user, shop.tenant)
    path = f"/backoffice/findings/{every_pattern[0].pk}/"
    assert "12 Auffälligkeiten" in desk.get("/backoffice/").content.decode()
    assert "Auffälligkeit" not in analyst.get("/backoffice/").content.decode()
    assert analyst.get("/backoffice/findings/").status_code == 403
    refused = desk.post(path, {"decision": "dismissed", "note": " "})
    assert refused.context["form"].errors.keys() == {"note"}
    assert desk.post(path, {"decision": "dismissed", "note": "Holt fürs Büro"}).status_code == 302
    assert "Holt fürs Büro" in desk.get(path).content.decode()
    assert desk.post(path, {"decision": "confirmed"}).context["form"].errors
    assert len(desk.get("/backoffice/findings/").context["rows"]) == 11
    assert len(desk.get("/backoffice/findings/?show=all").context["rows"]) == 12
    assert [row["finding"].pattern for row in desk.get("/backoffice/findings/?pattern=round_sums").context["rows"]] == [
        "round_sums"
    ]
    other = f"/backoffice/findings/{every_pattern[2].pk}/"
    desk.post(other, {"decision": "confirmed"})
    assert desk.get(other).context["finding"].state == Finding.State.CONFIRMED
