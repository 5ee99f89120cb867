"""From an invitation to the thanks, and back."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from customers.blocking import block
from customers.models import Customer
from customers.services import erase
from ledger import queries as ledger
from ledger.queries import account_of
from messaging.models import Message
from programs.claiming import claim_purchase
from programs.returns import return_goods
from programs.services import void_purchase
from programs.statement import statement
from referrals.claiming import claim_invitation
from referrals.errors import ExistingCustomer, NotHeld, NothingToChoose
from referrals.invitations import invitation_of
from referrals.jobs import bring_up_to_date
from referrals.models import Channel, OfferReward, Referral, Side, Thanks
from referrals.paying import approve_referral, choose_thanks, pay_referral, refuse_referral, review_purchase
from referrals.queries import choices_of, standing_of
from referrals.settling import GRACE, note_first_purchase
from referrals.verdict import Obstacle, Reason
from referrals.wording import state_in_words
from rewards.models import Redemption, Reward
from rewards.redeeming import use_voucher
from rewards.services import end_reward
from tenants.roles import SYSTEM
from tests.factories import (
    CAPPUCCINO,
    NOW,
    Shop,
    change_rules,
    give_points,
    make_customer,
    make_device,
    make_friends_code,
    make_offer,
    make_purchase,
    make_referral,
    make_reward,
)
from tests.messaging.conftest import reachable, work_off

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
# The usual return period is over.
LATER = NOW + 15 * DAY
State = Referral.State


@pytest.fixture
def anna(shop: Shop) -> Customer:
    with shop.scope():
        return make_customer(name="Anna Berg", email="anna@example.org", now=NOW - 90 * DAY)


def balance(customer: Customer | None) -> int:
    assert customer is not None
    return account_of(customer).balance


def before_the_thanks(referral: Referral) -> int:
    """What the friend's purchase has brought."""
    return balance(referral.friend)


def note(referral: Referral, *, now: datetime = NOW) -> Referral:
    assert referral.friend_id is not None
    note_first_purchase(friend_id=referral.friend_id, actor=SYSTEM, now=now)
    referral.refresh_from_db()
    return referral


def pay(referral: Referral, *, now: datetime = LATER) -> Referral:
    pay_referral(referral=referral, actor=SYSTEM, now=now)
    referral.refresh_from_db()
    return referral


def test_case_20_a_referral_pays_once_and_only_for_a_real_first_purchase(
    shop: Shop, other_shop: Shop, anna: Customer
) -> None:
    with shop.scope():
        make_offer(smallest_purchase=1_000)
        referral = make_referral(referrer=anna)
        assert referral.friend is not None
        for total in (0, 999):
            make_purchase(customer=referral.friend, total=total)
        assert note(referral).state == State.WAITING
        undone = make_purchase(customer=referral.friend, total=5_000).purchase
        void_purchase(purchase=undone, actor=SYSTEM, now=NOW)
        assert note(referral).state == State.WAITING
        make_purchase(customer=referral.friend, total=1_000, now=NOW + DAY)
        assert note(referral).state == State.DUE
        had = before_the_thanks(referral)
        assert pay(referral, now=LATER - DAY).state == State.DUE
        for _ in range(3):
            pay(referral, now=LATER)
        assert (balance(anna), balance(referral.friend)) == (500, had + 300)
        assert Thanks.objects.count() == 2
        assert ledger.unsound_accounts() == {}
    with other_shop.scope():
        assert not Thanks.objects.exists()


def test_a_purchase_that_was_returned_before_the_thanks_lets_it_wait_for_another(shop: Shop, anna: Customer) -> None:
    with shop.scope():
        make_offer(smallest_purchase=1_000)
        referral = make_referral(referrer=anna, state=State.DUE)
        assert referral.purchase is not None
        return_goods(purchase=referral.purchase, total=500, actor=SYSTEM, now=NOW)
        review_purchase(referral=referral, actor=SYSTEM, now=NOW)
        referral.refresh_from_db()
        assert referral.state == State.DUE
        return_goods(purchase=referral.purchase, total=1_500, actor=SYSTEM, now=NOW)
        for _ in range(2):
            review_purchase(referral=referral, actor=SYSTEM, now=NOW)
        referral.refresh_from_db()
        assert referral.state == State.WAITING
        assert referral.purchase is None
        assert referral.pays_at is None
        make_purchase(customer=referral.friend, now=NOW + 5 * DAY)
        assert note(referral, now=NOW + 5 * DAY).pays_at == NOW + 19 * DAY
        assert pay(referral, now=NOW + 20 * DAY).state == State.PAID


def test_the_return_need_not_be_announced_before_it_would_be_paid(shop: Shop, anna: Customer) -> None:
    with shop.scope():
        make_offer()
        referral = make_referral(referrer=anna, state=State.DUE)
        assert referral.purchase is not None
        void_purchase(purchase=referral.purchase, actor=SYSTEM, now=NOW)
        assert pay(referral).state == State.WAITING
        assert balance(anna) == 0


@pytest.mark.django_db(transaction=True)
def test_both_lose_what_they_got_with_a_return_after_the_thanks_once(shop: Shop, anna: Customer) -> None:
    with shop.scope():
        make_offer()
        referral = make_referral(referrer=anna, state=State.PAID)
        assert referral.purchase is not None
        account = account_of(anna)
        give_points(anna, -400, now=LATER)
        void_purchase(purchase=referral.purchase, actor=SYSTEM, now=LATER)
    for _ in range(2):
        work_off(shop)
    with shop.scope():
        referral.refresh_from_db()
        assert referral.state == State.TAKEN_BACK
        for _ in range(2):
            review_purchase(referral=referral, actor=SYSTEM, now=LATER)
        assert (balance(anna), balance(referral.friend)) == (-400, 0)
        lines = statement(account, list(ledger.entries(account)))
        titles = [line.title for line in lines]
        name = referral.offer.name
        assert titles[0] == f"Zurückgenommen: Empfehlung: {name}"
        assert titles[-1] == f"Empfehlung: {name}"
        assert lines[-1].is_voided
        assert not lines[-1].reason
        assert ledger.unsound_accounts() == {}


@pytest.mark.django_db(transaction=True)
def test_what_was_bought_first_is_noticed_at_once_and_both_are_told(shop: Shop) -> None:
    with shop.scope():
        make_offer()
        anna = reachable(name="Anna Berg", now=NOW - 90 * DAY)
        referral = make_referral(referrer=anna)
        make_purchase(customer=referral.friend)
    work_off(shop)
    with shop.scope():
        referral.refresh_from_db()
        assert referral.state == State.DUE
        pay(referral)
    work_off(shop)
    with shop.scope():
        assert set(Message.objects.filter(customer=anna).values_list("kind", flat=True)) == {"referral_paid"}
        told = Message.objects.get(customer=anna)
        assert (told.facts, told.once) == ({"thanks": "points 500"}, str(referral.pk))
        assert Message.objects.filter(customer=referral.friend, kind="friend_thanked").count() == 1


def test_the_morning_finds_what_nobody_has_announced(shop: Shop, anna: Customer) -> None:
    with shop.scope():
        make_offer(ends_at=NOW + 40 * DAY)
        bought, idle = make_referral(referrer=anna), make_referral(referrer=anna)
        make_purchase(customer=bought.friend, total=0)
        make_purchase(customer=bought.friend)
    for _ in range(2):
        bring_up_to_date(shop.tenant, now=NOW + DAY)
    with shop.scope():
        bought.refresh_from_db()
        assert bought.state == State.DUE
    for _ in range(2):
        bring_up_to_date(shop.tenant, now=LATER)
    with shop.scope():
        bought.refresh_from_db()
        assert (bought.state, balance(anna)) == (State.PAID, 500)
        # As the undoing of an import does, without an event.
        assert bought.purchase is not None
        bought.purchase.voided_at = LATER
        bought.purchase.save()
    bring_up_to_date(shop.tenant, now=NOW + 40 * DAY + GRACE)
    with shop.scope():
        for referral, state in ((bought, State.TAKEN_BACK), (idle, State.LAPSED)):
            referral.refresh_from_db()
            assert referral.state == state
        assert (balance(anna), bought.offer.state) == (0, "ended")


def test_a_receipt_that_is_claimed_later_counts_from_its_own_day(shop: Shop, anna: Customer) -> None:
    with shop.scope():
        make_offer()
        make_purchase(customer=None, receipt_number="R1", store=shop.store, now=NOW - timedelta(hours=1))
        referral = make_referral(referrer=anna)
        assert referral.friend is not None
        claim_purchase(customer=referral.friend, receipt_number="R1", total=2490, actor=SYSTEM, now=NOW + DAY)
        assert note(referral).pays_at == NOW - timedelta(hours=1) + 14 * DAY


def test_a_cap_that_is_full_leaves_the_friend_theirs(shop: Shop, anna: Customer) -> None:
    with shop.scope():
        make_offer(per_referrer=1)
        first, second = (make_referral(referrer=anna, state=State.DUE) for _ in range(2))
        had = before_the_thanks(second)
        assert [pay(referral).state for referral in (first, second)] == [State.PAID, State.PAID]
        assert (balance(anna), balance(second.friend)) == (500, had + 300)
        refused = Thanks.objects.get(referral=second, side=Side.REFERRER)
        assert (refused.state, refused.obstacle) == (Thanks.State.REFUSED, Obstacle.CAP)
        assert state_in_words(second) == "Mehr Empfehlungen, als das Angebot vorsieht, werden nicht belohnt."
        standing = standing_of(anna, now=LATER)
        assert standing is not None
        assert (standing.used, standing.cap, standing.left) == (1, 1, 0)


def test_a_ring_of_ten_gains_one_cap_at_the_most(shop: Shop) -> None:
    """Each invites the next; whoever looks at nothing pays no more than one of them could get alone."""
    with shop.scope():
        make_offer(per_referrer=3)
        ring = [make_customer(name=f"Kim Ring-{number}", email=f"kim{number}@example.org") for number in range(10)]
        came = [
            claim_invitation(
                friend=friend, code=make_friends_code(referrer), channel=Channel.LINK, actor=SYSTEM, now=NOW
            )
            for referrer, friend in pairwise(ring)
        ]
        with pytest.raises(ExistingCustomer):
            claim_invitation(
                friend=ring[0], code=make_friends_code(ring[-1]), channel=Channel.LINK, actor=SYSTEM, now=NOW
            )
        for referral in came:
            make_purchase(customer=referral.friend)
            note(referral)
    for _ in range(3):
        bring_up_to_date(shop.tenant, now=LATER)
    with shop.scope():
        got = sum(Thanks.objects.filter(side=Side.REFERRER).values_list("points", flat=True))
        assert got == 3 * 500
        states = list(Referral.objects.order_by("pk").values_list("state", flat=True))
        assert states == [State.PAID] * 3 + [State.HELD] * 6
        assert Referral.objects.filter(state=State.HELD).first().reasons == [Reason.RING]  # type: ignore[union-attr]


def test_one_who_brings_all_the_others_gains_one_cap_as_well(shop: Shop, anna: Customer) -> None:
    with shop.scope():
        make_offer(per_referrer=3)
        came = [make_referral(referrer=anna, state=State.DUE, now=NOW + number * 8 * DAY) for number in range(9)]
        for referral in came:
            pay(referral, now=NOW + 200 * DAY)
        assert balance(anna) == 3 * 500


def test_many_friends_in_a_week_wait_for_the_merchant(shop: Shop, anna: Customer) -> None:
    with shop.scope():
        make_offer()
        for _ in range(4):
            make_referral(referrer=anna, state=State.DUE)
        fifth = make_referral(referrer=anna)
        make_purchase(customer=fifth.friend)
        assert (note(fifth).state, fifth.reasons) == (State.HELD, [Reason.MANY])


def test_two_cards_at_one_till_within_minutes_wait_for_the_merchant(shop: Shop, anna: Customer) -> None:
    with shop.scope():
        make_offer()
        device, _ = make_device(store=shop.store)
        till = replace(SYSTEM, device_id=device.pk)
        make_purchase(customer=anna, actor=till)
        friend = make_customer(name="Ben Vogt", email="ben@example.org")
        referral = claim_invitation(
            friend=friend,
            code=make_friends_code(anna),
            channel=Channel.TILL,
            device_id=device.pk,
            actor=till,
            now=NOW + timedelta(minutes=3),
        )
        assert referral.reasons == [Reason.SAME_TILL]
        make_purchase(customer=friend, actor=till, now=NOW + timedelta(minutes=5))
        assert (note(referral).state, referral.reasons) == (State.HELD, [Reason.SAME_TILL, Reason.CARD_AT_TILL])


def test_a_household_waits_for_the_merchant(shop: Shop) -> None:
    with shop.scope():
        make_offer()
        anna = make_customer(name="Anna Berg", email="anna@familie-berg.de", now=NOW - 90 * DAY)
        ben = make_customer(name="Ben Berg", email="ben@familie-berg.de")
        cem = make_customer(name="Cem Berg", email="cem@example.org")
        code = invitation_of(anna, network="192.0.2.1", now=NOW - 2 * DAY).code
        for friend, network in ((ben, ""), (cem, "192.0.2.1")):
            referral = claim_invitation(
                friend=friend, code=code, channel=Channel.LINK, network=network, actor=SYSTEM, now=NOW
            )
            make_purchase(customer=friend)
            assert (note(referral).state, referral.reasons) == (State.HELD, [Reason.HOUSEHOLD])


def test_what_is_held_is_paid_or_refused_by_the_merchant_once(shop: Shop, anna: Customer) -> None:
    with shop.scope():
        make_offer()
        held = []
        for _ in range(2):
            referral = make_referral(referrer=anna, friend=make_customer(name="Ohne Kontakt"))
            make_purchase(customer=referral.friend)
            held.append(note(referral))
        assert [referral.reasons for referral in held] == [[Reason.NO_CONTACT]] * 2
        approved, refused = held
        assert approve_referral(referral=approved, actor=SYSTEM, now=NOW + DAY).state == State.DUE
        assert pay(approved).state == State.PAID
        assert refuse_referral(referral=refused, actor=SYSTEM, now=NOW + DAY).state == State.REFUSED
        for referral in held:
            with pytest.raises(NotHeld):
                approve_referral(referral=referral, actor=SYSTEM, now=LATER)
        assert balance(anna) == 500


def test_after_the_return_period_an_approval_pays_at_once(shop: Shop, anna: Customer) -> None:
    with shop.scope():
        make_offer()
        referral = make_referral(referrer=anna, state=State.DUE)
        block(customer=anna, reason="other", actor=SYSTEM, now=NOW)
        assert (pay(referral).state, referral.reasons) == (State.HELD, [Reason.BLOCKED])
        assert approve_referral(referral=referral, actor=SYSTEM, now=LATER).state == State.PAID


def test_a_single_reward_comes_as_a_gift_and_leaves_with_the_return_unless_it_was_used(
    shop: Shop, anna: Customer
) -> None:
    with shop.scope():
        cake = make_reward(name="Kuchen", points=800)
        make_offer(referrer_points=0, referrer_rewards=[cake], friend_points=0, friend_rewards=[cake])
        referral = make_referral(referrer=anna, state=State.PAID)
        assert referral.purchase is not None
        gifts = {gift.customer_id: gift for gift in Redemption.objects.all()}
        assert [gift.points for gift in gifts.values()] == [0, 0]
        use_voucher(redemption=gifts[anna.pk], actor=SYSTEM, now=LATER)
        void_purchase(purchase=referral.purchase, actor=SYSTEM, now=LATER)
        for _ in range(2):
            review_purchase(referral=referral, actor=SYSTEM, now=LATER)
        for gift in gifts.values():
            gift.refresh_from_db()
        assert gifts[anna.pk].state == Redemption.State.USED
        assert gifts[referral.friend_id or 0].state == Redemption.State.CANCELLED


def test_of_several_rewards_the_person_chooses_one_once(shop: Shop, other_shop: Shop, anna: Customer) -> None:
    with shop.scope():
        cake, coffee, other = (make_reward(replace(CAPPUCCINO, name=name)) for name in ("Kuchen", "Kaffee", "Tee"))
        offer = make_offer(referrer_points=0, referrer_rewards=[cake, coffee])
        assert OfferReward.objects.filter(offer=offer).count() == 2
        referral = make_referral(referrer=anna, state=State.PAID)
        (choice,) = choices_of(anna, now=LATER)
        assert [reward.name for reward in choice.rewards] == ["Kuchen", "Kaffee"]

        def choose(reward: Reward) -> Redemption:
            return choose_thanks(referral=referral, side=Side.REFERRER, reward=reward, actor=SYSTEM, now=LATER)

        with pytest.raises(NothingToChoose):
            choose(other)
        assert choose(coffee).reward == coffee
        with pytest.raises(NothingToChoose):
            choose(cake)
        assert choices_of(anna, now=LATER) == []
    with other_shop.scope():
        assert choices_of(anna, now=LATER) == []


def test_of_a_choice_that_is_open_what_is_gone_meanwhile_is_left_out(shop: Shop, anna: Customer) -> None:
    with shop.scope():
        coffee, cake = make_reward(name="Kaffee"), make_reward(name="Kuchen", stock=5)
        make_offer(referrer_points=0, referrer_rewards=[coffee, cake])
        make_referral(referrer=anna, state=State.PAID)
        Reward.objects.filter(pk=cake.pk).update(stock=0)
        assert [choice.rewards for choice in choices_of(anna, now=LATER)] == [[coffee]]
        end_reward(reward=coffee, actor=SYSTEM, now=LATER)
        assert [choice.rewards for choice in choices_of(anna, now=LATER)] == [[]]
        Reward.objects.filter(pk=cake.pk).update(stock=3)
        assert [choice.rewards for choice in choices_of(anna, now=LATER)] == [[cake]]


@pytest.mark.parametrize("how", ["ended", "sold out"])
@pytest.mark.parametrize("number", [1, 2], ids=["one", "several"])
def test_where_none_of_the_promised_rewards_is_left_the_merchant_decides(
    shop: Shop, anna: Customer, how: str, number: int
) -> None:
    with shop.scope():
        cakes = [make_reward(name=f"Kuchen {index}", stock=5) for index in range(number)]
        make_offer(referrer_points=0, referrer_rewards=cakes)
        kept, missed = (make_referral(referrer=anna, state=State.DUE) for _ in range(2))
        had = before_the_thanks(missed)
        gone = {"ended_at": LATER} if how == "ended" else {"stock": 0}
        Reward.objects.update(**gone)
        for referral in (kept, missed):
            assert (pay(referral).state, referral.reasons) == (State.HELD, [Reason.NO_REWARD])
        # A yes to it thanks the other side; who was promised a reward is left for the merchant to thank.
        approve_referral(referral=missed, actor=SYSTEM, now=LATER)
        thanks = Thanks.objects.get(referral=missed, side=Side.REFERRER)
        assert (thanks.state, thanks.obstacle) == (Thanks.State.REFUSED, Obstacle.NO_REWARD)
        assert balance(missed.friend) == had + 300
        # Offered again, it is given like any other.
        Reward.objects.update(ended_at=None, stock=5)
        approve_referral(referral=kept, actor=SYSTEM, now=LATER)
        thanks = Thanks.objects.get(referral=kept, side=Side.REFERRER)
        assert thanks.state == (Thanks.State.GIVEN if number == 1 else Thanks.State.OPEN)
        for referral in (kept, missed):
            referral.refresh_from_db()
            assert referral.state == State.PAID


def test_a_yes_to_something_else_does_not_cover_a_reward_that_is_gone(shop: Shop, anna: Customer) -> None:
    with shop.scope():
        cake = make_reward(stock=5)
        make_offer(friend_points=0, friend_rewards=[cake])
        referral = make_referral(referrer=anna, friend=make_customer(name="Ben Vogt"), state=State.WAITING)
        make_purchase(customer=referral.friend, total=2490)
        assert note(referral).reasons == [Reason.NO_CONTACT]
        approve_referral(referral=referral, actor=SYSTEM, now=NOW + DAY)
        Reward.objects.update(stock=0)
        assert pay(referral).state == State.HELD
        assert referral.reasons == [Reason.NO_CONTACT, Reason.NO_REWARD]
        assert referral.decided_at is None


def test_whoever_leaves_before_the_thanks_gets_nothing_and_the_other_side_its_due(shop: Shop, anna: Customer) -> None:
    with shop.scope():
        make_offer()
        left, stays = (make_referral(referrer=anna, state=State.DUE) for _ in range(2))
        assert left.friend is not None
        erase(customer=left.friend, actor=SYSTEM, now=NOW)
        assert (pay(left).state, left.reasons) == (State.REFUSED, [Reason.FRIEND_LEFT])
        had = before_the_thanks(stays)
        erase(customer=anna, actor=SYSTEM, now=NOW)
        assert pay(stays).state == State.PAID
        assert balance(stays.friend) == had + 300
        assert Thanks.objects.get(referral=stays, side=Side.REFERRER).obstacle == Obstacle.LEFT


def test_a_return_after_somebody_has_left_takes_back_from_the_other(shop: Shop, anna: Customer) -> None:
    with shop.scope():
        make_offer()
        referral = make_referral(referrer=anna, state=State.PAID)
        assert referral.friend is not None
        assert referral.purchase is not None
        erase(customer=referral.friend, actor=SYSTEM, now=LATER)
        void_purchase(purchase=referral.purchase, actor=SYSTEM, now=LATER)
        review_purchase(referral=referral, actor=SYSTEM, now=LATER)
        referral.refresh_from_db()
        assert (referral.state, balance(anna)) == (State.TAKEN_BACK, 0)


def test_points_for_a_friend_expire_like_all_others_and_count_for_no_tier(shop: Shop, anna: Customer) -> None:
    with shop.scope():
        change_rules(expiry_months=12)
        make_offer(referrer_points=100_000)
        before = account_of(anna).tier_id
        make_referral(referrer=anna, state=State.PAID)
        account = account_of(anna)
        assert (account.balance, account.qualifying_points, account.tier_id) == (100_000, 0, before)
        assert account.next_due_at is not None
