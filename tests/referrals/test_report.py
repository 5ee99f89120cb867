"""What referrals have brought: each figure from what really happened, and the same number of queries for more of it."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from ledger.liability import state_point_value
from referrals.invitations import count_click, found_invitation, invitation_of, note_shared
from referrals.models import Channel, Referral
from referrals.report import Report, report
from tenants.roles import SYSTEM
from tests.factories import NOW, Shop, make_customer, make_offer, make_purchase, make_referral, make_reward

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
State = Referral.State


def lately() -> Report:
    return report(since=NOW - DAY, until=NOW + 30 * DAY, now=NOW + 30 * DAY)


def test_every_figure_is_counted_from_what_happened(shop: Shop, other_shop: Shop) -> None:
    with shop.scope():
        cake = make_reward(name="Kuchen", cost=150)
        make_offer(referrer_points=0, referrer_rewards=[cake])
        state_point_value(per_hundred=100, actor=SYSTEM, now=NOW)
        anna = make_customer(name="Anna", now=NOW - 90 * DAY)
        invitation = invitation_of(anna, now=NOW)
        note_shared(invitation=invitation, now=NOW)
        offer = found_invitation(invitation.code, now=NOW).offer
        for channel in (Channel.LINK, Channel.LINK, Channel.WHATSAPP):
            count_click(offer=offer, invitation=invitation, channel=channel, now=NOW)
        for state in (State.WAITING, State.DUE, State.PAID, State.TAKEN_BACK):
            make_referral(referrer=anna, state=state, total=2_000)
        other = make_customer(name="Ohne Einladung")
        make_purchase(customer=other, total=1_000)
        found = lately()
        assert (found.invited, found.shared, found.click_count) == (1, 1, 3)
        assert found.clicks == {"link": 2, "whatsapp": 1}
        assert (found.enrolled, found.all_enrolments, found.quota_percent) == (4, 5, Decimal(80))
        assert (found.first_purchases, found.paid, found.taken_back) == (3, 1, 1)
        assert (found.points, found.points_cost, found.rewards_cost) == (300, 300, 150)
        assert found.cost_per_customer == 450
        assert (found.referred.customers, found.referred.revenue, found.referred.average) == (4, 4_000, 1_000)
        assert (found.others.customers, found.others.average) == (1, 1_000)
    with other_shop.scope():
        nothing = lately()
        assert (nothing.enrolled, nothing.quota_percent, nothing.cost_per_customer) == (0, None, None)


def test_more_referrals_cost_no_more_queries(shop: Shop) -> None:
    with shop.scope():
        make_offer()
        anna = make_customer(now=NOW - 90 * DAY)
        make_referral(referrer=anna, state=State.PAID)
        with CaptureQueriesContext(connection) as few:
            lately()
        for _ in range(5):
            make_referral(referrer=anna)
        with CaptureQueriesContext(connection) as many:
            lately()
        assert len(few) == len(many)
