"""The demo shops are alive, plausible and the same every time."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from django.db.models import Sum

from analytics.models import Finding
from customers.models import Card, Consent, Customer, TermsAcceptance
from customers.numbers import is_number
from devtools.demo_history import DAYS, Scene, write_history
from feedback.models import Response
from ledger.models import Account, Entry
from ledger.queries import unsound_accounts
from programs.models import Purchase, Tier
from referrals.models import Invitation, Referral, ReferralOffer
from team.services import register_device
from tenants.roles import SYSTEM
from tests.factories import Shop, make_member, make_store, publish_legal_texts

pytestmark = pytest.mark.django_db
TODAY = datetime(2026, 11, 26, 15, 0, tzinfo=UTC)


def scene(shop: Shop) -> Scene:
    publish_legal_texts(now=TODAY - timedelta(days=DAYS))
    stores = [shop.store, make_store(code="hafen")]
    return Scene(
        slug="morgenrot",
        basket=1290,
        customers=60,
        stores=stores,
        devices=[register_device(store=store, name="Kasse", actor=SYSTEM, now=TODAY)[0] for store in stores],
        members=[make_member(role=role, pin="4711") for role in ("owner", "manager", "staff")],
        seed=1,
        now=TODAY,
    )


def summary(shop: Shop) -> list[object]:
    """What would differ if chance had its way; nothing is kept."""
    with shop.scope(), transaction.atomic():
        write_history(scene(shop))
        found: list[object] = [
            # Sorted by all that is compared: several answers were asked for at the same moment.
            *(
                list(model.objects.order_by(*columns).values_list(*columns))
                for model, columns in (
                    (Purchase, ("purchased_at", "total", "points")),
                    (Customer, ("external_id", "name", "email", "number", "enrolled_at")),
                    (Response, ("asked_at", "score", "sentence", "reply")),
                    (Card, ("customer__number", "token")),
                )
            ),
            Account.objects.aggregate(Sum("balance")),
        ]
        transaction.set_rollback(True)
    return found


def test_two_days_of_work_make_the_same_demo(shop: Shop) -> None:
    assert summary(shop) == summary(shop)


def test_the_history_has_every_tier_both_stores_voids_and_odd_cases(shop: Shop, other_shop: Shop) -> None:
    with shop.scope():
        write_history(scene(shop))
        assert unsound_accounts() == {}
        assert set(Finding.objects.values_list("pattern", flat=True)) >= {
            *("small_awards", "outside_hours", "code_guessing")
        }
        assert set(Account.objects.values_list("tier_id", flat=True)) == set(Tier.objects.values_list("pk", flat=True))
        assert Purchase.objects.values("store_id").distinct().count() == 2
        assert Entry.objects.filter(kind="void").exists()
        assert Customer.objects.filter(name="").exists()
        assert Customer.objects.filter(status="blocked").exists()
        assert not Purchase.objects.filter(purchased_at__week_day=1).exists()
        assert Purchase.objects.filter(purchased_at__gt=TODAY).count() == 0
        assert Purchase.objects.filter(recorded_at__date=TODAY.date(), device__isnull=False).count() == 6
        assert all(is_number(customer.number) for customer in Customer.objects.all())
        assert TermsAcceptance.objects.count() == Customer.objects.exclude(email="").count()
        assert Response.objects.filter(score=None).exists()
        assert Response.objects.filter(score__gte=9).exclude(sentence="").exists()
        assert {response.needs_answer for response in Response.objects.filter(score__lte=6)} == {True, False}
        assert {bool(consent.withdrawn_at) for consent in Consent.objects.all()} == {True, False}
    with other_shop.scope():
        assert not Purchase.objects.exists()


def test_friends_have_come_in_every_way_that_a_shop_sees(shop: Shop, other_shop: Shop) -> None:
    with shop.scope():
        write_history(scene(shop))
        states = set(Referral.objects.values_list("state", flat=True))
        assert states >= {"waiting", "due", "paid", "held", "taken_back"}
        assert ReferralOffer.objects.filter(state="live").count() == 2
        assert Invitation.objects.count() == 12
    with other_shop.scope():
        assert not Referral.objects.exists()
