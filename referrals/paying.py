"""The thanks: points and gifts for both sides, once, chosen where there is a choice, and taken back with a return."""

from datetime import datetime
from typing import Any

from ledger.book import Book, Voucher
from ledger.models import Entry
from programs.terms import expires_at, terms_at
from referrals.errors import NotHeld, NothingToChoose
from referrals.facts import promised_rewards
from referrals.locking import Books, open_referral
from referrals.models import OfferReward, Referral, Side, Thanks
from referrals.settling import judge, refuse, still_stands, tell, wait_again
from referrals.verdict import Obstacle, Reason, Verdict
from rewards.models import Redemption, Reward
from rewards.redeeming import give_gift_into, withdraw_gift
from rewards.situations import left_of
from tenants.roles import Actor
from tenants.scope import current_tenant

State = Referral.State


def pay_referral(*, referral: Referral, actor: Actor, now: datetime) -> bool:
    """Thank both sides once the return period is over; False where it is not, or where nobody is to be thanked."""
    with open_referral(referral, now=now) as (current, books):
        if current.state != State.DUE:
            return False
        return _paid(current, books, actor=actor, now=now)


def approve_referral(*, referral: Referral, actor: Actor, now: datetime) -> Referral:
    """The merchant finds nothing wrong with it: it is paid, once the return period is over. Raises NotHeld."""
    with open_referral(referral, now=now) as (current, books):
        _decide(current, actor=actor, now=now)
        current.state = State.DUE
        current.save(update_fields=["state", "decided_at", "decided_by"])
        tell("referral.approved", current, actor=actor, now=now)
        _paid(current, books, actor=actor, now=now)
    return current


def refuse_referral(*, referral: Referral, actor: Actor, now: datetime) -> Referral:
    """Nobody gets anything. Raises NotHeld."""
    with open_referral(referral, now=now) as (current, _books):
        _decide(current, actor=actor, now=now)
        current.save(update_fields=["decided_at", "decided_by"])
        refuse(current, [*map(Reason, current.reasons), Reason.MERCHANT], actor=actor, now=now)
    return current


def choose_thanks(*, referral: Referral, side: Side, reward: Reward, actor: Actor, now: datetime) -> Redemption:
    """Take one of the rewards that a side can choose from. Raises NothingToChoose, RewardEnded and AccountClosed."""
    with open_referral(referral, now=now) as (current, books):
        thanks = Thanks.objects.select_for_update(no_key=True).filter(referral=current, side=side).first()
        book = books.get(_party(current, side) or 0)
        if thanks is None or book is None or thanks.state != Thanks.State.OPEN:
            raise NothingToChoose(field="reward")
        if not OfferReward.objects.filter(offer=current.offer_id, side=side, reward=reward).exists():
            raise NothingToChoose(field="reward")
        gift = give_gift_into(book, reward=reward, occasion=occasion_of(current), actor=actor)
        if gift is None:
            raise NothingToChoose(field="reward")
        _give(thanks, gift, now=now)
        tell("referral.chosen", current, actor=actor, now=now, side=side, redemption=gift.pk)
    return gift


def review_purchase(*, referral: Referral, actor: Actor, now: datetime) -> None:
    """Its purchase was voided or goods of it came back: what rests on it falls where too little is left."""
    with open_referral(referral, now=now) as (current, books):
        if still_stands(current):
            return
        if current.state in (State.DUE, State.HELD):
            wait_again(current, actor=actor, now=now)
        elif current.state == State.PAID:
            take_back(current, books, actor=actor, now=now)


def take_back(referral: Referral, books: Books, *, actor: Actor, now: datetime) -> None:
    """Locked and paid. Points leave both accounts, and with them the vouchers that nobody has used."""
    for thanks in Thanks.objects.filter(referral=referral, state__in=(Thanks.State.OPEN, Thanks.State.GIVEN)):
        book = books.get(_party(referral, thanks.side) or 0)
        if book is not None:
            _undo(thanks, referral, book, actor=actor)
        thanks.state, thanks.taken_back_at = Thanks.State.TAKEN_BACK, now
        thanks.save(update_fields=["state", "taken_back_at"])
    referral.state, referral.settled_at = State.TAKEN_BACK, now
    referral.save(update_fields=["state", "settled_at"])
    tell("referral.taken_back", referral, actor=actor, now=now)


def occasion_of(referral: Referral) -> str:
    return f"referral:{referral.pk}"


def _paid(referral: Referral, books: Books, *, actor: Actor, now: datetime) -> bool:
    if not still_stands(referral):
        wait_again(referral, actor=actor, now=now)
        return False
    assert referral.pays_at is not None
    if referral.pays_at > now:
        return False
    judged = judge(referral, actor=actor, now=now)
    if judged.verdict != Verdict.PAY:
        return False
    referral.state, referral.settled_at = State.PAID, now
    referral.save(update_fields=["state", "settled_at"])
    points = {Side.REFERRER.value: 0, Side.FRIEND.value: 0}
    for side in Side.values:
        obstacle = judged.obstacle if side == Side.REFERRER else None
        thanks = _thank(referral, side, books, obstacle, actor=actor)
        points[side] = thanks.points if thanks else 0
    facts = {"points": points["friend"], "referrer_points": points["referrer"], "offer": referral.offer_id}
    tell("referral.paid", referral, actor=actor, now=now, **facts)
    return True


def _thank(referral: Referral, side: str, books: Books, obstacle: Obstacle | None, *, actor: Actor) -> Thanks | None:
    """What the offer promises to a side; None where it promises nothing."""
    party = _party(referral, side)
    points = referral.offer.points_for(side)
    rewards = promised_rewards(referral.offer, side)
    if party is None or not (points or rewards):
        return None
    thanks = Thanks(referral=referral, side=side, state=Thanks.State.OPEN)
    book = books.get(party)
    if obstacle is not None or book is None:
        thanks.state, thanks.obstacle = Thanks.State.REFUSED, obstacle or Obstacle.LEFT
    elif points:
        entry = _credit(referral, side, points, book, actor=actor)
        thanks.state, thanks.points, thanks.given_at = Thanks.State.GIVEN, points, book.now
        thanks.account, thanks.entry_seq = book.account, entry.seq
    elif not left_of(rewards, now=book.now):
        thanks.state, thanks.obstacle = Thanks.State.REFUSED, Obstacle.NO_REWARD
    elif len(rewards) == 1:
        gift = give_gift_into(book, reward=rewards[0], occasion=occasion_of(referral), actor=actor)
        if gift is not None:
            thanks.state, thanks.redemption, thanks.given_at = Thanks.State.GIVEN, gift, book.now
    thanks.save(force_insert=True)
    return thanks


def _credit(referral: Referral, side: str, points: int, book: Book, *, actor: Actor) -> Entry:
    terms = terms_at(book.now)
    line: dict[str, Any] = {"rule": "referral", "side": side, "offer": referral.offer.name, "points": points}
    voucher = _voucher(line, book, actor=actor)
    expiry = expires_at(terms, book.now, zone=current_tenant().zone)
    return book.earn(points, voucher, available_at=book.now, expires_at=expiry)


def _undo(thanks: Thanks, referral: Referral, book: Book, *, actor: Actor) -> None:
    if thanks.entry_seq is not None:
        earned = Entry.objects.get(account=thanks.account_id, seq=thanks.entry_seq)
        line: dict[str, Any] = {"rule": "referral_taken_back", "side": thanks.side, "points": -thanks.points}
        line |= {"offer": referral.offer.name}
        book.take_back(earned, thanks.points, _voucher(line, book, actor=actor), kind=Entry.Kind.VOID)
    if thanks.redemption is not None:
        withdraw_gift(book, redemption=thanks.redemption, actor=actor, reason="referral_taken_back")


def _voucher(line: dict[str, Any], book: Book, *, actor: Actor) -> Voucher:
    version = terms_at(book.now).version_id
    return Voucher(actor=actor, occurred_at=book.now, explanation=[line], program_version_id=version)


def _give(thanks: Thanks, gift: Redemption, *, now: datetime) -> None:
    thanks.state, thanks.redemption, thanks.given_at = Thanks.State.GIVEN, gift, now
    thanks.save(update_fields=["state", "redemption", "given_at"])


def _decide(referral: Referral, *, actor: Actor, now: datetime) -> None:
    if referral.state != State.HELD:
        raise NotHeld
    referral.decided_at, referral.decided_by = now, actor.reference


def _party(referral: Referral, side: str) -> int | None:
    return referral.referrer_id if side == Side.REFERRER else referral.friend_id
