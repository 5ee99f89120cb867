"""Two customers who turn out to be one, and a customer who is forgotten."""

from datetime import timedelta

import pytest

from customers.export import sections_of
from customers.merging import merge
from customers.models import Customer
from customers.services import erase
from ledger import queries as ledger
from ledger.queries import account_of
from programs.services import void_purchase
from referrals.invitations import found_invitation, invitation_of
from referrals.models import Invitation, Referral, Thanks
from referrals.paying import pay_referral, review_purchase
from referrals.verdict import Reason
from tenants.roles import SYSTEM
from tests.factories import NOW, Shop, make_customer, make_friends_code, make_offer, make_purchase, make_referral

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
LATER = NOW + 15 * DAY
State = Referral.State


@pytest.fixture
def anna(shop: Shop) -> Customer:
    with shop.scope():
        make_offer()
        return make_customer(name="Anna Berg", email="anna@example.org", now=NOW - 90 * DAY)


def balance(customer: Customer) -> int:
    return account_of(customer).balance


def test_friends_and_codes_move_with_who_has_invited(shop: Shop, anna: Customer) -> None:
    with shop.scope():
        twin = make_customer(name="Anna Berg", now=NOW - 10 * DAY)
        printed, own = make_friends_code(twin), make_friends_code(anna)
        referral = make_referral(referrer=twin, state=State.DUE)
        merge(customer=twin, into=anna, actor=SYSTEM, now=NOW + DAY)
        referral.refresh_from_db()
        assert (referral.referrer, referral.root) == (anna, anna)
        for code in (printed, own):
            assert found_invitation(code, now=NOW + DAY).referrer == anna
        pay_referral(referral=referral, actor=SYSTEM, now=LATER)
        assert balance(anna) == 500


def test_a_code_goes_to_who_remains_without_one(shop: Shop, anna: Customer) -> None:
    with shop.scope():
        twin = make_customer(name="Anna Berg")
        code = make_friends_code(twin)
        merge(customer=twin, into=anna, actor=SYSTEM, now=NOW)
        assert invitation_of(anna, now=NOW).code == code


@pytest.mark.parametrize("is_paid", [False, True])
def test_who_has_invited_the_own_second_card_gets_nothing(shop: Shop, anna: Customer, is_paid: bool) -> None:
    with shop.scope():
        referral = make_referral(referrer=anna, state=State.PAID if is_paid else State.DUE)
        assert referral.friend is not None
        collected = balance(referral.friend) - (300 if is_paid else 0)
        merge(customer=referral.friend, into=anna, actor=SYSTEM, now=LATER)
        referral.refresh_from_db()
        assert referral.state == (State.TAKEN_BACK if is_paid else State.REFUSED)
        assert (referral.reasons, referral.referrer, referral.friend) == ([Reason.ONESELF], None, anna)
        assert balance(anna) == collected
        assert ledger.unsound_accounts() == {}


@pytest.mark.parametrize("is_paid", [False, True])
def test_a_friend_who_was_a_customer_before_is_none(shop: Shop, anna: Customer, is_paid: bool) -> None:
    with shop.scope():
        known = make_customer(name="Ben Vogt", now=NOW - 30 * DAY)
        referral = make_referral(referrer=anna, state=State.PAID if is_paid else State.DUE)
        assert referral.friend is not None
        merge(customer=referral.friend, into=known, actor=SYSTEM, now=LATER)
        referral.refresh_from_db()
        assert referral.state == (State.TAKEN_BACK if is_paid else State.REFUSED)
        assert (referral.reasons, referral.friend, balance(anna)) == ([Reason.EXISTING], known, 0)
        assert Thanks.objects.exclude(state=Thanks.State.TAKEN_BACK).count() == 0
        assert ledger.unsound_accounts() == {}


def test_two_fresh_cards_of_one_friend_are_one_friend(shop: Shop, anna: Customer) -> None:
    with shop.scope():
        first, second = make_referral(referrer=anna, state=State.DUE), make_referral(referrer=anna, state=State.DUE)
        assert first.friend is not None
        assert second.friend is not None
        merge(customer=first.friend, into=second.friend, actor=SYSTEM, now=NOW)
        for referral in (first, second):
            referral.refresh_from_db()
        assert (first.state, second.state) == (State.DUE, State.REFUSED)
        assert second.friend is None
        assert pay_referral(referral=first, actor=SYSTEM, now=LATER)
        assert balance(anna) == 500


def test_what_was_paid_before_a_merge_is_taken_back_after_it(shop: Shop, anna: Customer) -> None:
    with shop.scope():
        referral = make_referral(referrer=anna, state=State.PAID)
        assert referral.friend is not None
        assert referral.purchase is not None
        other = make_customer(name="Anna Berg", now=NOW - 60 * DAY)
        merge(customer=anna, into=other, actor=SYSTEM, now=LATER)
        twin = make_customer(name="Ben Vogt")
        merge(customer=referral.friend, into=twin, actor=SYSTEM, now=LATER)
        referral.refresh_from_db()
        assert (referral.state, balance(other)) == (State.PAID, 500)
        referral.purchase.refresh_from_db()
        void_purchase(purchase=referral.purchase, actor=SYSTEM, now=LATER)
        for _ in range(2):
            review_purchase(referral=referral, actor=SYSTEM, now=LATER)
        assert (balance(other), balance(twin)) == (0, 0)
        assert ledger.unsound_accounts() == {}


def test_a_purchase_moves_with_its_friend(shop: Shop, anna: Customer) -> None:
    with shop.scope():
        referral = make_referral(referrer=anna, state=State.DUE)
        assert referral.friend is not None
        twin = make_customer(name="Ben Vogt")
        merge(customer=referral.friend, into=twin, actor=SYSTEM, now=NOW + DAY)
        assert pay_referral(referral=referral, actor=SYSTEM, now=LATER)
        referral.refresh_from_db()
        assert referral.friend == twin


def test_the_export_names_the_own_side_alone(shop: Shop, other_shop: Shop, anna: Customer) -> None:
    with shop.scope():
        referral = make_referral(referrer=anna, state=State.PAID)
        assert referral.friend is not None
        for customer, points, other in ((anna, 500, referral.friend), (referral.friend, 300, anna)):
            held = {section.name: section.rows for section in sections_of(customer)}
            (row,) = held["referrals"]
            assert row["points"] == points
            said = str(held["referrals"]) + str(held["invitation"])
            assert other.email not in said
            assert other.number not in said
    with other_shop.scope():
        stranger = make_customer()
        assert {section.name: section.rows for section in sections_of(stranger)}["referrals"] == []


def test_who_is_erased_leaves_a_code_that_leads_nowhere(shop: Shop, anna: Customer) -> None:
    with shop.scope():
        code = invitation_of(anna, network="192.0.2.1", now=NOW).code
        make_purchase(customer=anna)
        erase(customer=anna, actor=SYSTEM, now=NOW)
        assert Invitation.objects.get(code=code).seen_network == ""
        with pytest.raises(Exception, match="Code"):
            found_invitation(code, now=NOW)
