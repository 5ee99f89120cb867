"""What the programme says by itself, each once: welcome, points about to expire, a tier reached or about to end."""

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone

from customers.addresses import claim_email
from customers.confirmation import prove_email
from customers.merging import merge
from customers.models import Customer
from events.services import publish
from ledger.jobs import remind_of_expiry
from messaging.models import Message
from programs.giving import give_tier
from programs.jobs import warn_of_endings
from programs.services import void_purchase
from tenants.roles import SYSTEM
from tests.factories import NOW, Shop, change_rules, make_customer, make_purchase
from tests.messaging.conftest import JANA, reachable, work_off

pytestmark = pytest.mark.django_db


def kinds_to(shop: Shop) -> list[str]:
    with shop.scope():
        return list(Message.objects.filter(state="sent").order_by("pk").values_list("kind", flat=True))


def confirmed(customer: Customer) -> None:
    publish("customer.email_confirmed", actor=SYSTEM, customer=customer.pk)


def test_a_newcomer_is_welcomed_with_the_card_once(shop: Shop) -> None:
    with shop.scope():
        customer = reachable(now=timezone.now())
        confirmed(customer)
        confirmed(customer)
    work_off(shop)
    (sent,) = mail.outbox
    assert sent.subject == f"Deine Karte bei {shop.tenant.name}"
    assert f"{shop.tenant.url}/" in sent.body


def test_who_has_been_here_for_long_is_no_newcomer(shop: Shop) -> None:
    with shop.scope():
        confirmed(reachable(now=timezone.now() - timedelta(days=40)))
    work_off(shop)
    assert mail.outbox == []


def test_points_that_expire_are_announced_with_their_last_day(shop: Shop) -> None:
    with shop.scope():
        customer = reachable()
        facts: dict[str, Any] = {"account": 7, "points": 1_240, "last_day": "2026-12-31"}
        for days in (30, 30, 7):
            publish("points.expiring", actor=SYSTEM, customer=customer.pk, days_ahead=days, **facts)
    work_off(shop)
    assert [sent.subject for sent in mail.outbox] == ["1.240 Punkte laufen nach dem 31. Dezember 2026 ab"] * 2


def test_the_nightly_reminder_reaches_the_mailbox(shop: Shop) -> None:
    with shop.scope():
        change_rules(expiry_months=1, expiry_end="month")
        make_purchase(customer=reachable(), total=10_000, now=timezone.now() - timedelta(days=30))
    remind_of_expiry(shop.tenant, now=timezone.now())
    work_off(shop)
    assert "points_expiring" in kinds_to(shop)


def test_a_higher_tier_is_announced_once_a_year_and_a_lower_one_never(shop: Shop) -> None:
    with shop.scope():
        customer = reachable()
        award = make_purchase(customer=customer, total=60_000)
        assert award.tier_changed
    work_off(shop)
    assert kinds_to(shop) == ["tier_reached"]
    (sent,) = mail.outbox
    assert sent.subject == "Du hast Gold erreicht"
    with shop.scope():
        void_purchase(purchase=award.purchase, actor=SYSTEM, now=NOW)
        make_purchase(customer=customer, total=60_000)
    work_off(shop)
    assert kinds_to(shop) == ["tier_reached"]


def test_two_cards_that_are_joined_reach_nothing(shop: Shop) -> None:
    with shop.scope():
        pair = reachable(), make_customer()
        for customer in pair:
            make_purchase(customer=customer, total=30_000)
        merge(customer=pair[1], into=pair[0], actor=SYSTEM, now=NOW)
    work_off(shop)
    assert mail.outbox == []


def test_a_tier_that_ends_is_announced_a_month_before_with_what_is_missing(shop: Shop, other_shop: Shop) -> None:
    now = NOW
    ends = now.date() + timedelta(days=20)
    for one in (shop, other_shop):
        with one.scope():
            customer = reachable()
            make_purchase(customer=customer, total=10_000)
            give_tier(customer=customer, tier="gold", until=ends, reason="goodwill", actor=SYSTEM, now=now)
    warn_of_endings(shop.tenant, now=now)
    warn_of_endings(shop.tenant, now=now + timedelta(days=1))
    with shop.scope():
        message = Message.objects.get(kind="tier_at_risk")
        assert message.facts["tier"] == "Gold"
        assert message.facts["day"] == ends.isoformat()
        assert message.facts["missing"] > 0
    with other_shop.scope():
        assert not Message.objects.filter(kind="tier_at_risk").exists()
        warn_of_endings(other_shop.tenant, now=now - timedelta(days=15))
        assert not Message.objects.filter(kind="tier_at_risk").exists()


def test_an_address_that_is_proven_by_the_link_leads_to_the_welcome(shop: Shop) -> None:
    now = timezone.now()
    with shop.scope():
        customer = make_customer(now=now)
        claim = claim_email(customer=customer, email=JANA, now=now)
        prove_email(claim=claim, actor=SYSTEM, now=now)
    work_off(shop)
    assert kinds_to(shop) == ["welcome"]
