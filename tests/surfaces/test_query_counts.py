"""A list costs as many queries for fifty rows as for one, on every surface; none is forgotten."""

import itertools
import re
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from analytics.models import Finding
from analytics.stating import state_cost
from checkout.access import SHIFT, new_shift
from customers.cards import issue_card
from customers.consents import give, withdraw
from customers.models import Customer, Via
from customers.notes import add_note
from customers.tags import add_tag
from events.models import Delivery, Event, JobRun
from feedback.models import Response
from imports.models import Import, RefusedRow
from ledger.models import HeldAdjustment
from legal.services import publish_text
from messaging.models import Message
from programs.models import Tier
from programs.stamps import add_stamps
from referrals.models import Referral, Side, Thanks
from rewards.models import Reward
from rewards.redeeming import cancel_redemption, use_voucher
from team.queries import member_actor, till_actor
from team.services import register_device
from tenants.hosts import SESSION_TENANT
from tenants.roles import SYSTEM
from tenants.scope import tenant_scope
from tests.analytics.samples import make_finding, make_goal_row
from tests.clients import bind, browser, phone, signed_in
from tests.factories import (
    COFFEE_CARD,
    NOW,
    Shop,
    give_points,
    make_api_key,
    make_customer,
    make_device,
    make_import,
    make_invitation,
    make_member,
    make_offer,
    make_passkey,
    make_purchase,
    make_redemption,
    make_referral,
    make_reward,
    make_store,
    make_tenant,
    make_user,
    offer_cards,
    publish_legal_texts,
)

TEMPLATES = Path(settings.BASE_DIR) / "templates"
LIST = re.compile(r'<table|<c-pager|<c-entries|<ul class="(list|plain-list|shops|rows)')
# Lists of something that does not grow with the shop's data.
BOUNDED = {
    "backoffice/imports/columns.html": "the columns of one file",
    "backoffice/_jobs.html": "the jobs that there are, with two weeks of runs",
    "backoffice/legal.html": "the kinds of texts",
    "backoffice/referrals/report.html": "the ways on which invitations come",
    "backoffice/liability.html": "the last twelve months",
    "backoffice/reports/_cohorts.html": "a year of first months",
    "backoffice/reports/_course.html": "twelve points of a course",
    "backoffice/reports/_foretold.html": "tenths of the customers",
    "backoffice/reports/_groups.html": "the six groups",
    "backoffice/reports/review.html": "the figures of one month, and five links at most",
    "backoffice/reports/_against.html": "the months of a year",
    "backoffice/start.html": "the steps of setting up",
    "backoffice/start/_comparison.html": "twelve months",
    "components/entries.html": "the lines that the portal's pages ask for",
    "mail/letter.html": "the frame of a mail",
    "portal/_tiers.html": "the tiers of one programme",
    "portal/profile.html": "links",
    "portal/program.html": "the rules of one programme",
    "public/second_factor.html": "links",
}


@dataclass(frozen=True)
class Listed:
    """Who looks at lists, at which addresses, and what puts another row on each of them."""

    client: Client
    paths: tuple[str, ...]
    add_row: Callable[[], object]
    # Rows of several shops open the scope of each.
    spans_shops: bool = False

    def add_rows(self, shop: Shop, count: int) -> None:
        with nullcontext() if self.spans_shops else shop.scope():
            for _ in range(count):
                self.add_row()


Build = Callable[[Shop, Customer], Listed]
LISTS: dict[str, tuple[tuple[str, ...], Build]] = {}


def listed(*templates: str) -> Callable[[Build], Build]:
    """What a function builds are the lists of these templates."""

    def register(build: Build) -> Build:
        LISTS[build.__name__] = (templates, build)
        return build

    return register


def _owner(shop: Shop) -> Client:
    return signed_in(make_member(role="owner").user, shop.tenant)


def _key(shop: Shop) -> Client:
    client = browser(shop.host)
    client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {make_api_key()[1]}"
    return client


@listed("backoffice/reports/entries.html")
def stated_costs(shop: Shop, lea: Customer) -> Listed:
    def say() -> None:
        state_cost(margin_percent=50, running=0, since=NOW.date(), actor=SYSTEM, now=NOW)

    return Listed(_owner(shop), ("/backoffice/reports/entries/",), say)


@listed("backoffice/customers.html")
def customers(shop: Shop, lea: Customer) -> Listed:
    return Listed(_owner(shop), ("/backoffice/customers/",), lambda: make_purchase(customer=make_customer()))


@listed("backoffice/customer.html", "backoffice/customer_purchases.html")
def bookings_of_a_customer(shop: Shop, lea: Customer) -> Listed:
    page = f"/backoffice/customers/{lea.public_id}/"
    return Listed(_owner(shop), (page, f"{page}purchases/"), lambda: make_purchase(customer=lea, store=shop.store))


@listed("backoffice/customer.html", "backoffice/customer_history.html")
def what_is_written_about_a_customer(shop: Shop, lea: Customer) -> Listed:
    page = f"/backoffice/customers/{lea.public_id}/"
    serial = itertools.count()

    def add() -> None:
        add_note(customer=lea, text="Hafermilch", actor=member_actor(make_member(role="manager")), now=timezone.now())
        add_tag(customer=lea, name=f"Wort {next(serial)}", actor=SYSTEM)
        issue_card(customer=lea, actor=SYSTEM, now=timezone.now())
        give(customer=lea, channel="sms", language="de", via=Via.PORTAL, actor=SYSTEM, now=timezone.now())
        withdraw(customer=lea, channel="sms", via=Via.PORTAL, actor=SYSTEM, now=timezone.now())

    return Listed(_owner(shop), (page, f"{page}history/"), add)


@listed("backoffice/customer_stamps.html")
def stamps_of_a_customer(shop: Shop, lea: Customer) -> Listed:
    offer_cards(COFFEE_CARD)
    return Listed(_owner(shop), (f"/backoffice/customers/{lea.public_id}/stamps/",), lambda: _stamp(lea))


@listed("portal/stamps.html", "portal/home.html")
def stamps_on_the_phone(shop: Shop, lea: Customer) -> Listed:
    offer_cards(COFFEE_CARD)
    return Listed(phone(lea, shop.tenant), ("/stamps/card-1/", "/"), lambda: _stamp(lea))


def _stamp(customer: Customer) -> None:
    add_stamps(customer=customer, card="card-1", count=1, actor=SYSTEM, now=timezone.now())


@listed("backoffice/messages.html", "backoffice/customer_messages.html")
def messages_that_did_not_arrive(shop: Shop, lea: Customer) -> Listed:
    serial = itertools.count()

    def add() -> None:
        number = next(serial)
        for customer in (lea, make_customer()):
            Message.objects.create(
                customer=customer,
                kind="welcome",
                once=f"{number} {customer.pk}",
                message_id=f"<{number}@morgenrot.example>",
                state=Message.State.FAILED,
                reason=Message.Reason.REFUSED,
                posted_at=timezone.now(),
            )

    paths = ("/backoffice/messages/", f"/backoffice/customers/{lea.public_id}/messages/")
    return Listed(_owner(shop), paths, add)


@listed(
    "backoffice/rewards/catalogue.html",
    "backoffice/rewards/handed_out.html",
    "backoffice/customer_vouchers.html",
    "backoffice/customer.html",
)
def rewards_and_vouchers(shop: Shop, lea: Customer) -> Listed:
    """More rewards, more open vouchers of a customer, and more that was handed out today."""
    at_till = till_actor(make_member(role="staff", pin="4711"), make_device(store=shop.store)[0])
    give_points(lea, 1_000_000)

    def add() -> None:
        reward = make_reward(now=timezone.now())
        make_redemption(customer=lea, reward=reward, now=timezone.now())
        voucher = make_redemption(customer=lea, reward=reward, now=timezone.now())
        use_voucher(redemption=voucher, store=shop.store, actor=at_till, now=timezone.now())

    page = f"/backoffice/customers/{lea.public_id}/"
    return Listed(
        _owner(shop), ("/backoffice/rewards/", "/backoffice/rewards/handed-out/", page, f"{page}vouchers/"), add
    )


@listed("backoffice/rewards/reward.html")
def guests_of_an_event(shop: Shop, lea: Customer) -> Listed:
    begins = timezone.now() + timedelta(days=3)
    event = make_reward(
        kind=Reward.Kind.EVENT, points=0, event_at=begins, event_ends_at=begins + timedelta(hours=2), now=timezone.now()
    )
    return Listed(
        _owner(shop),
        (f"/backoffice/rewards/{event.public_id}/",),
        lambda: make_redemption(customer=make_customer(), reward=event, now=timezone.now()),
    )


@listed(
    "backoffice/referrals/overview.html",
    "backoffice/referrals/friends.html",
    "backoffice/referrals/_rows.html",
    "backoffice/customer_referrals.html",
)
def offers_and_referrals(shop: Shop, lea: Customer) -> Listed:
    """More offers and codes of partners, and more friends whom a customer has invited."""
    serial = itertools.count()
    make_offer(per_referrer=None, now=NOW)

    def add() -> None:
        number = next(serial)
        make_offer(name="Partner", code=f"PARTNER{number}", friend_points=100, now=NOW)
        # Many friends in a week would be held.
        make_referral(referrer=lea, state=Referral.State.PAID, now=NOW + timedelta(days=8 * number))

    page = f"/backoffice/customers/{lea.public_id}/referrals/"
    return Listed(_owner(shop), ("/backoffice/referrals/", "/backoffice/referrals/friends/", page), add)


@listed("backoffice/reports/goals.html")
def goals_of_the_shop(shop: Shop, lea: Customer) -> Listed:
    def add() -> None:
        make_goal_row(state="dropped", store=shop.store, ended_at=timezone.now())

    return Listed(_owner(shop), ("/backoffice/reports/goals/",), add)


@listed("backoffice/feedback.html")
def answers_of_customers(shop: Shop, lea: Customer) -> Listed:
    def add() -> None:
        facts = {"channel": "portal", "asked_at": timezone.now(), "answered_at": timezone.now(), "score": 3}
        Response.objects.create(customer=make_customer(), **facts)

    return Listed(_owner(shop), ("/backoffice/feedback/",), add)


@listed("portal/opinions.html")
def opinions_of_a_customer(shop: Shop, lea: Customer) -> Listed:
    def add() -> None:
        now = timezone.now()
        said = {"channel": "portal", "asked_at": now, "answered_at": now, "score": 3}
        Response.objects.create(customer=lea, reply="Danke.", settled_at=now, **said)

    return Listed(phone(lea, shop.tenant), ("/feedback/given/",), add)


@listed("backoffice/findings.html")
def what_stands_out(shop: Shop, lea: Customer) -> Listed:
    till, _token = make_device(store=shop.store)
    return Listed(
        _owner(shop),
        ("/backoffice/findings/", "/backoffice/findings/?show=all"),
        lambda: make_finding(Finding.Pattern.ROUND_SUMS, make_customer(), till, now=NOW),
    )


@listed("backoffice/finding.html")
def bookings_behind_a_finding(shop: Shop, lea: Customer) -> Listed:
    finding = make_finding(Finding.Pattern.SMALL_AWARDS, lea, make_device(store=shop.store)[0], now=NOW)

    def add() -> None:
        customer = make_customer()
        finding.evidence = {
            "purchases": [*finding.evidence.get("purchases", ()), make_purchase(customer=customer).purchase.pk],
            "customers": [*finding.evidence.get("customers", ()), customer.pk],
        }
        finding.save()

    return Listed(_owner(shop), (f"/backoffice/findings/{finding.pk}/",), add)


@listed("backoffice/tags.html", "backoffice/customers.html")
def tags(shop: Shop, lea: Customer) -> Listed:
    serial = itertools.count()
    return Listed(
        _owner(shop),
        ("/backoffice/customers/tags/", "/backoffice/customers/"),
        lambda: add_tag(customer=make_customer(), name=f"Wort {next(serial)}", actor=SYSTEM),
    )


@listed("backoffice/imports/list.html")
def imports(shop: Shop, lea: Customer) -> Listed:
    return Listed(_owner(shop), ("/backoffice/imports/",), make_import)


@listed("backoffice/imports/_refusals.html")
def refused_rows(shop: Shop, lea: Customer) -> Listed:
    source = make_import()
    Import.objects.filter(pk=source.pk).update(step=Import.Step.CHECK, state=Import.State.DONE, refused=50)
    lines = itertools.count(2)
    return Listed(
        _owner(shop),
        (f"/backoffice/imports/{source.pk}/",),
        lambda: RefusedRow.objects.create(source=source, line=next(lines), reason="Kein Datum", fields=["Jana"]),
    )


@listed("backoffice/stores.html")
def stores_and_devices(shop: Shop, lea: Customer) -> Listed:
    serial = itertools.count()

    def add() -> None:
        store = make_store(code=f"store-{next(serial)}")
        register_device(store=store, name="Kasse", actor=SYSTEM, now=timezone.now())

    return Listed(_owner(shop), ("/backoffice/stores/",), add)


@listed("backoffice/team.html")
def members_and_invitations(shop: Shop, lea: Customer) -> Listed:
    serial = itertools.count()

    def add() -> None:
        make_member(role="staff", pin="4711")
        make_invitation(email=f"neu{next(serial)}@example.org")

    return Listed(_owner(shop), ("/backoffice/team/",), add)


@listed("backoffice/keys.html")
def keys(shop: Shop, lea: Customer) -> Listed:
    return Listed(_owner(shop), ("/backoffice/keys/",), make_api_key)


@listed("backoffice/legal_text.html")
def versions_of_a_legal_text(shop: Shop, lea: Customer) -> Listed:
    serial = itertools.count()
    publish_legal_texts()

    def add() -> None:
        publish_text(kind="terms", language="de", body=f"Bedingungen {next(serial)}", actor=SYSTEM, now=NOW)

    return Listed(_owner(shop), ("/backoffice/legal/terms/",), add)


@listed("backoffice/audit.html")
def the_audit_log(shop: Shop, lea: Customer) -> Listed:
    def add() -> None:
        device, _ = register_device(store=shop.store, name="Kasse", actor=SYSTEM, now=timezone.now())
        make_purchase(customer=make_customer(), actor=till_actor(make_member(role="staff", pin="4711"), device))

    return Listed(_owner(shop), ("/backoffice/audit/",), add)


@listed("backoffice/approvals.html")
def adjustments_that_wait(shop: Shop, lea: Customer) -> Listed:
    def add() -> None:
        facts = {"reason": "goodwill", "asked_by": "member:0", "asked_at": timezone.now()}
        HeldAdjustment.objects.create(customer=make_customer(), points=500, **facts)

    return Listed(_owner(shop), ("/backoffice/approvals/",), add)


@listed("backoffice/operations.html")
def parked_deliveries_and_runs_of_jobs(shop: Shop, lea: Customer) -> Listed:
    serial = itertools.count()

    def add() -> None:
        number, now = next(serial), timezone.now()
        event = Event.objects.create(name="planted", actor="system", occurred_at=now)
        Delivery.objects.create(
            event=event, handler="planted", state="parked", next_attempt_at=now, finished_at=now, error="Nein"
        )
        due_on = now.date() - timedelta(days=number)
        JobRun.objects.create(job="planted", due_on=due_on, leased_until=now, started_at=now, finished_at=now)

    return Listed(_owner(shop), ("/backoffice/operations/",), add)


@listed("checkout/_log.html")
def the_day_of_a_till(shop: Shop, lea: Customer) -> Listed:
    device, token = make_device(store=shop.store)
    mia = make_member(role="staff", pin="4711")
    return Listed(
        bind(browser(shop.host, **{SHIFT: new_shift(mia, device), SESSION_TENANT: shop.tenant.pk}), token),
        ("/checkout/",),
        lambda: make_purchase(customer=make_customer(), actor=till_actor(mia, device), now=timezone.now()),
    )


@listed("checkout/redemptions.html", "checkout/today.html", "checkout/rewards.html")
def what_a_till_redeems(shop: Shop, lea: Customer) -> Listed:
    """More rewards to choose from, more open vouchers, and more that was redeemed."""
    device, token = make_device(store=shop.store)
    mia = make_member(role="staff", pin="4711")
    at_till = till_actor(mia, device)
    give_points(lea, 1_000_000)

    def add() -> None:
        reward = make_reward(per_customer=5, now=timezone.now())
        make_reward(way=Reward.Way.STAFF, kind=Reward.Kind.GIFT, name="Keks", now=timezone.now())
        voucher = make_redemption(customer=lea, reward=reward, now=timezone.now())
        make_redemption(customer=lea, reward=reward, now=timezone.now())
        use_voucher(redemption=voucher, store=shop.store, actor=at_till, now=timezone.now())

    return Listed(
        bind(browser(shop.host, **{SHIFT: new_shift(mia, device), SESSION_TENANT: shop.tenant.pk}), token),
        ("/checkout/redemptions/", "/checkout/purchases/", f"/checkout/customers/{lea.public_id}/rewards/"),
        add,
    )


@listed("checkout/customer_purchases.html")
def the_purchases_of_a_customer_at_the_till(shop: Shop, lea: Customer) -> Listed:
    device, token = make_device(store=shop.store)
    mia = make_member(role="staff", pin="4711")
    return Listed(
        bind(browser(shop.host, **{SHIFT: new_shift(mia, device), SESSION_TENANT: shop.tenant.pk}), token),
        (f"/checkout/customers/{lea.public_id}/purchases/",),
        lambda: make_purchase(customer=lea, store=shop.store),
    )


@listed("portal/history.html", "portal/home.html")
def the_history_of_a_customer(shop: Shop, lea: Customer) -> Listed:
    return Listed(phone(lea, shop.tenant), ("/history/", "/"), lambda: make_purchase(customer=lea, store=shop.store))


@listed("portal/rewards.html", "portal/home.html")
def rewards_on_the_phone(shop: Shop, lea: Customer) -> Listed:
    serial = itertools.count(1)

    def add() -> None:
        number = next(serial)
        make_reward(name=f"Prämie {number}", points=number * 100, per_customer=1, tier=Tier.objects.get(code="gold"))
        make_reward(name=f"Gebäck {number}", points=number * 100, per_day=9)

    return Listed(phone(lea, shop.tenant), ("/rewards/", "/"), add)


@listed("portal/vouchers.html", "portal/home.html", "portal/offline.html")
def vouchers_on_the_phone(shop: Shop, lea: Customer) -> Listed:
    serial = itertools.count()
    gift = make_reward(points=0)

    def add() -> None:
        make_redemption(customer=lea, reward=gift, now=timezone.now())
        voucher = make_redemption(customer=lea, reward=gift, now=timezone.now())
        if next(serial) % 2:
            cancel_redemption(redemption=voucher, actor=SYSTEM, now=timezone.now())

    # With one open voucher, home leads straight to it.
    add()
    return Listed(phone(lea, shop.tenant), ("/vouchers/", "/", "/card/offline/"), add)


@listed("portal/invite.html", "portal/home.html")
def friends_on_the_phone(shop: Shop, lea: Customer) -> Listed:
    """More friends who have come, and more thanks to choose."""
    gifts = [make_reward(name=f"Gebäck {number}") for number in range(2)]
    make_offer(referrer_points=0, referrer_rewards=gifts, per_referrer=None)

    def add() -> None:
        referral = make_referral(referrer=lea, now=timezone.now())
        Thanks.objects.create(referral=referral, side=Side.REFERRER, state=Thanks.State.OPEN)

    return Listed(phone(lea, shop.tenant), ("/invite/", "/"), add)


@listed("portal/consents.html")
def consents_of_a_customer(shop: Shop, lea: Customer) -> Listed:
    def add() -> None:
        give(customer=lea, channel="sms", language="de", via=Via.PORTAL, actor=SYSTEM, now=timezone.now())
        withdraw(customer=lea, channel="sms", via=Via.PORTAL, actor=SYSTEM, now=timezone.now())

    return Listed(phone(lea, shop.tenant), ("/consents/",), add)


@listed("public/shops.html")
def shops_of_a_user(shop: Shop, lea: Customer) -> Listed:
    user = make_user()

    def add() -> None:
        with tenant_scope(make_tenant()):
            make_member(user=user)

    return Listed(signed_in(user), ("/shops/",), add, spans_shops=True)


@listed("mfa/webauthn/authenticator_list.html")
def passkeys_of_a_user(shop: Shop, lea: Customer) -> Listed:
    user = make_user()
    return Listed(signed_in(user), ("/accounts/2fa/webauthn/",), lambda: make_passkey(user))


@listed()
def customers_by_the_api(shop: Shop, lea: Customer) -> Listed:
    return Listed(_key(shop), ("/api/v1/customers",), lambda: make_purchase(customer=make_customer()))


@listed()
def entries_by_the_api(shop: Shop, lea: Customer) -> Listed:
    path = f"/api/v1/customers/{lea.public_id}/entries"
    return Listed(_key(shop), (path,), lambda: make_purchase(customer=lea, store=shop.store))


@pytest.fixture
def lea(shop: Shop) -> Customer:
    with shop.scope():
        return make_customer(email="lea@example.org", phone="0151 2345678")


@pytest.mark.parametrize("name", LISTS)
def test_a_list_costs_as_much_for_fifty_rows_as_for_one(shop: Shop, lea: Customer, name: str) -> None:
    templates, build = LISTS[name]
    with shop.scope():
        built = build(shop, lea)
    built.add_rows(shop, 1)
    one = {path: _queries(built.client, path, templates) for path in built.paths}
    built.add_rows(shop, 49)
    assert {path: _queries(built.client, path, templates) for path in built.paths} == one


def test_every_list_is_counted() -> None:
    counted = {template for templates, _ in LISTS.values() for template in templates}
    found = {
        str(path.relative_to(TEMPLATES)) for path in TEMPLATES.rglob("*.html") if LIST.search(path.read_text("utf-8"))
    }
    assert found - counted == BOUNDED.keys()


def _queries(client: Client, path: str, templates: tuple[str, ...]) -> int:
    client.get(path)  # the first one fills caches
    with CaptureQueriesContext(connection) as captured:
        answer: Any = client.get(path)
    assert answer.status_code == 200
    assert not templates or {template.name for template in answer.templates} & set(templates)
    return len(captured)
