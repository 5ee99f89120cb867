"""From an invitation to the thanks, and back."""

from datetime import timedelta

from customers.models import Customer
from ledger.queries import account_of
from referrals.claiming import claim_invitation
from referrals.invitations import invitation_of
from referrals.models import Channel, Referral, Side, Thanks
from referrals.paying import pay_referral
from referrals.settling import note_first_purchase
from tenants.roles import SYSTEM
from tests.factories import NOW, Shop, make_customer, make_offer, make_purchase

DAY = timedelta(days=1)


def balance(customer: Customer) -> int:
    return account_of(customer).balance


def test_both_get_their_points_after_the_return_period(shop: Shop) -> None:
    with shop.scope():
        make_offer(referrer_points=500, friend_points=300, smallest_purchase=1000)
        anna = make_customer(email="anna@example.org", now=NOW - 90 * DAY)
        ben = make_customer(name="Ben Vogt", email="ben@example.org")
        code = invitation_of(anna, now=NOW).code
        claim_invitation(friend=ben, code=code, channel=Channel.LINK, actor=SYSTEM, now=NOW)
        make_purchase(customer=ben, total=1200, now=NOW + timedelta(hours=1))
        before = balance(ben)
        referral = note_first_purchase(friend_id=ben.pk, actor=SYSTEM, now=NOW + timedelta(hours=2))
        assert referral is not None
        assert referral.state == Referral.State.DUE
        assert not pay_referral(referral=referral, actor=SYSTEM, now=NOW + 13 * DAY)
        assert pay_referral(referral=referral, actor=SYSTEM, now=NOW + 15 * DAY)
        assert not pay_referral(referral=referral, actor=SYSTEM, now=NOW + 15 * DAY)
        assert (balance(anna), balance(ben)) == (500, before + 300)
        assert {one.side: one.points for one in Thanks.objects.all()} == {Side.REFERRER: 500, Side.FRIEND: 300}
