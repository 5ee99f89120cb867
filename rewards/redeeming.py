"""Vouchers: issued against points, used once at any till, cancelled or expired with their points back."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from customers.models import Customer, new_public_id
from events.services import publish, publish_anyway
from ledger.book import Book, Voucher, end_of_day, open_book_of
from ledger.errors import InsufficientPoints
from ledger.models import Account, Entry
from programs.facts import refuse_blocked
from programs.locking import open_with_book
from programs.plausibility import refuse_implausible
from programs.terms import terms_at
from rewards.codes import new_voucher_code
from rewards.errors import (
    BadChoiceOfPoints,
    NotReturnable,
    RewardEnded,
    RewardUnavailable,
    UnknownReward,
    UnknownVoucher,
    VoucherCancelled,
    VoucherExpired,
    VoucherUsed,
)
from rewards.models import Redemption, Reward
from rewards.offers import Obstacle, Offer, Situation, obstacles, worth
from rewards.presence import refuse_without_presence
from rewards.situations import offer_of, situation_of
from rewards.wording import obstacle_text
from team.models import Store
from tenants.contention import busy_if_locked
from tenants.locales import moment_text
from tenants.roles import Actor
from tenants.scope import current_tenant, refuse_closed
from tenants.secrets import as_typed, digest, new_code
from tenants.throttle import Limit, Tally

State, Presence = Redemption.State, Redemption.Presence
_wrong_codes = Limit("voucher-code", times=10, seconds=600)
# One event for so many wrong ones.
WRONG_NOTED_EVERY: Final = 5
_noted = Tally("voucher-codes-noted", every=WRONG_NOTED_EVERY, seconds=600)


@dataclass(frozen=True, slots=True)
class Redeemed:
    """What was issued, used or given back, and the account as it is now."""

    redemption: Redemption
    account: Account


def redeem(
    *,
    customer: Customer,
    reward: Reward,
    presence: Redemption.Presence,
    actor: Actor,
    now: datetime,
    points: int | None = None,
    store: Store | None = None,
    total: int | None = None,
) -> Redeemed:
    """Take points and issue a voucher. `points` where the customer chooses how many.

    Raises RewardUnavailable, BadChoiceOfPoints, InsufficientPoints, PresenceRequired, ShopClosed, CustomerBlocked,
    AccountClosed, and at a till OwnAccount and TooManyBookings.
    """
    refuse_closed()
    refuse_blocked(customer)
    with open_book_of(customer.pk, now=now) as book:
        refuse_implausible(customer=customer, actor=actor, now=now)
        current = _locked_reward(reward)
        price = _price(current, points)
        is_at_till = presence != Presence.PORTAL
        situation = situation_of(current, book.account, now=now, store=store, total=total, is_at_till=is_at_till)
        is_given = presence == Presence.GIVEN
        _refuse(offer_of(current), situation, points=price, is_given=is_given)
        refuse_without_presence(presence, value=worth(offer_of(current), price))
        redemption = _issue(book, current, price, presence=presence, actor=actor)
    return Redeemed(redemption, book.account)


def redeem_at_till(
    *,
    customer: Customer,
    reward: Reward,
    presence: Redemption.Presence,
    actor: Actor,
    now: datetime,
    points: int | None = None,
    store: Store | None = None,
    total: int | None = None,
) -> Redeemed:
    """Issue and use at once: the reward is handed out now. Raises what `redeem` does."""
    with transaction.atomic():
        redeemed = redeem(
            customer=customer,
            reward=reward,
            presence=presence,
            actor=actor,
            now=now,
            points=points,
            store=store,
            total=total,
        )
        _use(redeemed.redemption, store=store, actor=actor, now=now)
    return redeemed


def give_gift(*, customer: Customer, reward: Reward, occasion: str, actor: Actor, now: datetime) -> Redemption | None:
    """Issue what comes by itself for an occasion, once; None where it has come or cannot. Raises AccountClosed."""
    with open_book_of(customer.pk, now=now) as book:
        return give_gift_into(book, reward=reward, occasion=occasion, actor=actor)


def give_gift_into(book: Book, *, reward: Reward, occasion: str, actor: Actor) -> Redemption | None:
    """The same for somebody who has opened the book already."""
    current = _locked_reward(reward)
    known = Redemption.objects.filter(reward=reward, customer=book.account.customer_id, occasion=occasion)
    situation = situation_of(current, book.account, now=book.now, is_at_till=False)
    if known.exists() or obstacles(offer_of(current), situation, points=0, is_given=True):
        return None
    return _issue(book, current, 0, presence=Presence.GIVEN, actor=actor, occasion=occasion)


def withdraw_gift(book: Book, *, redemption: Redemption, actor: Actor, reason: str) -> bool:
    """Cancel a gift that nobody has used; False where it was used or is over. The book is its customer's."""
    current = _locked_redemption(redemption)
    if current.state != State.ISSUED:
        return False
    _cancel(book, current, actor=actor, reason=reason)
    return True


def voucher_by_code(code: str, *, actor: Actor) -> Redemption:
    """Raises UnknownVoucher, and Throttled for whoever has tried ten that were none."""
    subject = (current_tenant().pk, actor.device_id, actor.reference)
    _wrong_codes.refuse_reached(*subject)
    found = Redemption.objects.filter(code_hash=digest(as_typed(code))).select_related("reward", "customer").first()
    if found is None:
        _wrong_codes.hit(*subject)
        if _noted.is_full(*subject):
            publish_anyway("redemption.codes_refused", actor=actor, codes=WRONG_NOTED_EVERY)
        raise UnknownVoucher(field="code")
    return found


def use_voucher(
    *, redemption: Redemption, actor: Actor, now: datetime, store: Store | None = None, total: int | None = None
) -> Redemption:
    """Redeem a voucher, once: its reward is handed out now.

    Raises VoucherUsed, VoucherCancelled, VoucherExpired, RewardUnavailable (another store, other hours, too small a
    purchase), ShopClosed and CustomerBlocked.
    """
    refuse_closed()
    with busy_if_locked(), transaction.atomic():
        current = _locked_redemption(redemption)
        refuse_unusable(current, now=now, store=store, total=total)
        _use(current, store=store, actor=actor, now=now)
    return current


def cancel_redemption(*, redemption: Redemption, actor: Actor, now: datetime, reason: str = "") -> Redeemed:
    """Give the points back, once, whether it is open or was handed out by mistake; stock and places return.

    `reason` is a code for the audit log, never about a person. Raises VoucherCancelled and VoucherExpired.
    """
    with _opened(redemption, now=now) as (current, book):
        if current.state == State.CANCELLED:
            raise VoucherCancelled
        if current.state == State.EXPIRED:
            raise VoucherExpired
        _cancel(book, current, actor=actor, reason=reason)
    return Redeemed(current, book.account)


def hand_back(*, redemption: Redemption, actor: Actor, now: datetime) -> Redeemed:
    """The customer does not want it after all: as long as nobody has used it and its event has not begun.

    Raises NotReturnable, VoucherUsed, VoucherCancelled and VoucherExpired.
    """
    with _opened(redemption, now=now) as (current, book):
        refuse_if_not_open(current, now=now)
        if not is_returnable(current, now=now):
            raise NotReturnable
        _cancel(book, current, actor=actor)
    return Redeemed(current, book.account)


def is_returnable(redemption: Redemption, *, now: datetime) -> bool:
    """Gifts are not: they would be lost. Nor is a place at an event that has begun."""
    begins = redemption.reward.event_at
    is_open = redemption.state == State.ISSUED and redemption.expires_at > now
    return is_open and redemption.presence != Presence.GIVEN and (begins is None or now < begins)


def expire_redemption(*, redemption: Redemption, actor: Actor, now: datetime) -> bool:
    """Close a voucher that nobody has used in time; its points come back. False where there is nothing to do."""
    with _opened(redemption, now=now) as (current, book):
        if current.state != State.ISSUED or current.expires_at > now:
            return False
        _close(book, current, State.EXPIRED, actor=actor)
        publish("redemption.expired", actor=actor, occurred_at=now, points=current.points, **_named(current))
    return True


def refuse_unusable(
    redemption: Redemption, *, now: datetime, store: Store | None = None, total: int | None = None
) -> None:
    """What keeps a voucher from being used here and now. Raises what `use_voucher` does."""
    refuse_if_not_open(redemption, now=now)
    refuse_blocked(redemption.customer)
    local = now.astimezone(current_tenant().zone)
    situation = Situation(at=local, store_id=store.pk if store else None, total=total)
    _refuse_for_use(offer_of(redemption.reward), situation)


def refuse_if_not_open(redemption: Redemption, *, now: datetime) -> None:
    """Raises VoucherUsed, VoucherCancelled and VoucherExpired."""
    if redemption.state == State.USED:
        raise _already_used(redemption)
    if redemption.state == State.CANCELLED:
        raise VoucherCancelled
    if redemption.state == State.EXPIRED or redemption.expires_at <= now:
        raise VoucherExpired


def _already_used(redemption: Redemption) -> VoucherUsed:
    """With time and till of the first time: the cashier can tell the customer."""
    used_at = redemption.used_at
    assert used_at is not None
    where = redemption.device or redemption.store
    moment = moment_text(used_at)
    text = _("This voucher was redeemed on %(moment)s at %(till)s.") if where else _("Redeemed on %(moment)s.")
    till = where.name if where else ""
    return VoucherUsed(text % {"moment": moment, "till": till}, used_at=used_at, till=till)


def _locked_reward(reward: Reward) -> Reward:
    """As it is now; held where there is something to count, so that two never take the last one. Raises."""
    rows = Reward.objects.select_related("tier", "early_tier")
    if reward.stock is not None or reward.per_day is not None:
        rows = rows.select_for_update(of=("self",), no_key=True)
    current = rows.filter(pk=reward.pk).first()
    if current is None or current.published_at is None:
        raise UnknownReward(field="reward")
    if current.ended_at is not None:
        raise RewardEnded(field="reward")
    return current


def _price(reward: Reward, points: int | None) -> int:
    if not reward.chooses_points:
        if points not in {None, reward.points}:
            raise BadChoiceOfPoints(field="points")
        return reward.points
    if points is None or points < 1 or not worth(offer_of(reward), points):
        raise BadChoiceOfPoints(field="points")
    if reward.most_points is not None and points > reward.most_points:
        raise BadChoiceOfPoints(field="points", most=reward.most_points)
    return points


def _refuse(offer: Offer, situation: Situation, *, points: int, is_given: bool) -> None:
    standing = obstacles(offer, situation, points=points, is_given=is_given)
    if not standing:
        return
    first = standing[0]
    if first == Obstacle.POINTS:
        raise InsufficientPoints(balance=situation.balance, points=points)
    raise _unavailable(first, offer, field="reward")


def _unavailable(obstacle: Obstacle, offer: Offer, *, field: str | None = None) -> RewardUnavailable:
    return RewardUnavailable(obstacle_text(obstacle, offer), field=field, obstacle=obstacle.value)


def _refuse_for_use(offer: Offer, situation: Situation) -> None:
    """What holds for handing out; what the reward asked for was settled when the voucher was issued."""
    at_the_till = (Obstacle.OTHER_STORE, Obstacle.HOURS, Obstacle.PURCHASE_TOO_SMALL)
    standing = [obstacle for obstacle in obstacles(offer, situation) if obstacle in at_the_till]
    if standing:
        raise _unavailable(standing[0], offer)


def _issue(
    book: Book,
    reward: Reward,
    points: int,
    *,
    presence: Redemption.Presence,
    actor: Actor,
    occasion: str = "",
    expires_at: datetime | None = None,
) -> Redemption:
    account, now = book.account, book.now
    _take_from_stock(reward)
    redemption = Redemption(
        public_id=new_public_id(),
        reward=reward,
        customer_id=account.customer_id,
        reference=new_code(4),
        presence=presence,
        occasion=occasion,
        points=points,
        account=account,
        entry_seq=account.last_seq + 1 if points else None,
        value=worth(offer_of(reward), points),
        percent=reward.percent,
        cost=reward.cost,
        issued_at=now,
        expires_at=expires_at or valid_until(reward, now=now),
        issued_by=actor.reference,
    )
    redemption.code_hash = digest(new_voucher_code(redemption))
    redemption.save(force_insert=True)
    if points:
        line = {"rule": "reward", "points": -points, "reward": reward.name}
        book.spend(points, _voucher(redemption, line, actor=actor, now=now))
    told = _named(redemption)
    publish("reward.redeemed", actor=actor, occurred_at=now, points=points, occasion=occasion, **told)
    return redemption


def _take_from_stock(reward: Reward) -> None:
    """In the database alone, which also knows what a merchant has just changed."""
    if reward.stock is None:
        return
    if not Reward.objects.filter(pk=reward.pk, stock__gt=0).update(stock=F("stock") - 1):
        raise _unavailable(Obstacle.SOLD_OUT, offer_of(reward))


def valid_until(reward: Reward, *, now: datetime) -> datetime:
    """Until when a voucher that is issued now can be used."""
    if reward.event_ends_at is not None:
        return reward.event_ends_at
    return end_of_day(now + timedelta(days=reward.valid_days))


def _use(redemption: Redemption, *, store: Store | None, actor: Actor, now: datetime) -> None:
    redemption.state, redemption.used_at, redemption.used_by = State.USED, now, actor.reference
    redemption.store, redemption.device_id = store, actor.device_id
    redemption.save(update_fields=["state", "used_at", "used_by", "store", "device"])
    where = store.pk if store else None
    publish("redemption.used", actor=actor, occurred_at=now, store=where, **_named(redemption))


def _cancel(book: Book, redemption: Redemption, *, actor: Actor, reason: str = "") -> None:
    was_used = redemption.state == State.USED
    _close(book, redemption, State.CANCELLED, actor=actor)
    told = _named(redemption) | {"points": redemption.points, "used": was_used}
    publish("redemption.cancelled", actor=actor, occurred_at=book.now, reason=reason, **told)
    if was_used and redemption.occasion:
        _give_again(book, redemption, actor=actor)


def _give_again(book: Book, gift: Redemption, *, actor: Actor) -> None:
    """A gift that was handed out by mistake would not come a second time by itself."""
    occasion, gift.occasion = gift.occasion, ""
    gift.save(update_fields=["occasion"])
    until = gift.expires_at
    _issue(book, gift.reward, 0, presence=Presence.GIVEN, actor=actor, occasion=occasion, expires_at=until)


def _close(book: Book, redemption: Redemption, state: Redemption.State, *, actor: Actor) -> None:
    Reward.objects.filter(pk=redemption.reward_id, stock__isnull=False).update(stock=F("stock") + 1)
    if redemption.entry_seq is not None:
        original = Entry.objects.get(account=redemption.account_id, seq=redemption.entry_seq)
        rule = "reward_cancelled" if state == State.CANCELLED else "reward_expired"
        line = {"rule": rule, "points": redemption.points, "reward": redemption.reward.name}
        book.give_back(original, _voucher(redemption, line, actor=actor, now=book.now))
    redemption.state, redemption.closed_at, redemption.closed_by = state, book.now, actor.reference
    redemption.save(update_fields=["state", "closed_at", "closed_by"])


def _named(redemption: Redemption) -> dict[str, int]:
    """What every event about a voucher says."""
    return {"customer": redemption.customer_id, "redemption": redemption.pk, "reward": redemption.reward_id}


def _voucher(redemption: Redemption, line: dict[str, object], *, actor: Actor, now: datetime) -> Voucher:
    return Voucher(
        actor=actor,
        occurred_at=now,
        explanation=[line],
        redemption_id=redemption.pk,
        program_version_id=terms_at(now).version_id,
        store_id=actor.store_id,
    )


@contextmanager
def _opened(redemption: Redemption, *, now: datetime) -> Iterator[tuple[Redemption, Book]]:
    """The voucher as it is now, locked behind the account of whoever holds it."""
    with open_with_book(redemption, lambda: _locked_redemption(redemption), now=now) as (current, book):
        assert book is not None, "a voucher always has a customer"
        yield current, book


def _locked_redemption(redemption: Redemption) -> Redemption:
    rows = Redemption.objects.select_for_update(of=("self",), no_key=True)
    rows = rows.select_related("reward__tier", "reward__early_tier", "customer", "account", "store", "device")
    return rows.get(pk=redemption.pk)
