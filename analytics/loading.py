"""The facts of the fraud watch, read from what is stored anyway: a fixed number of queries, however much was booked."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from django.db.models import Max

from analytics.fraud.facts import (
    Adjustment,
    Award,
    Enrolment,
    Facts,
    LookUps,
    OpeningHours,
    Redemption,
    Referral,
    Sameness,
    Tap,
    WrongCodes,
    till_of,
)
from analytics.fraud.findings import Pattern, Subject, SubjectKind
from analytics.models import Finding
from customers.contact import mailbox_key
from customers.models import Customer
from events.models import Event
from programs.models import Purchase
from programs.plausibility import UNUSUAL, UNUSUAL_IN
from referrals.models import Referral as Brought
from rewards.models import Redemption as Voucher
from team.hours import MIDNIGHT
from team.models import Membership, Store
from tenants.money import minor_units
from tenants.scope import current_tenant

# In euros; elsewhere what is worth about as much.
ROUND: Final = 5
ADJUSTED, ENROLLED, STAMPED = "points.adjusted", "customer.enrolled", "stamps.added"
LOOKED_UP, REFUSED = "customer.look_ups_noted", "redemption.codes_refused"
NOTED: Final = (ADJUSTED, ENROLLED, STAMPED, LOOKED_UP, REFUSED)
AWARD: Final = (
    *("id", "customer", "purchased_at", "total", "points", "store", "device", "actor", "receipt_number"),
    *("voided_at", "returned_at"),
)
VOUCHER: Final = ("id", "customer", "used_at", "points", "device", "used_by", "presence", "state", "closed_at")
BROUGHT: Final = (
    *("id", "referrer", "friend", "claimed_at", "offer__smallest_purchase"),
    *("referrer__email_key", "friend__email_key", "referrer__phone", "friend__phone"),
)
# A printed card can be in anybody's hands.
UNSHOWN: Final = Voucher.Presence.CARD.value


def load_facts(*, since: datetime, until: datetime) -> Facts:
    """Of the shop whose scope is open."""
    noted = _noted(since, until)
    return Facts(
        awards=_awards(since, until),
        redemptions=_redemptions(since, until),
        referrals=_referrals(since, until),
        own_cards=own_cards(),
        hours=_hours(),
        round_to=_round_to(),
        settled=_settled(since),
        adjustments=[
            Adjustment(id=pk, customer=person, at=at, points=payload["points"], staff=actor)
            for pk, at, actor, _device, person, payload in noted[ADJUSTED]
            if payload["points"] > 0
        ],
        enrolments=[
            Enrolment(customer=person, at=at, device=device)
            for _pk, at, _actor, device, person, _payload in noted[ENROLLED]
            if device
        ],
        taps=[
            Tap(at=at, device=device, staff=actor)
            for _pk, at, actor, device, _person, _payload in noted[STAMPED]
            if device
        ],
        look_ups=[
            LookUps(id=pk, at=at, device=device, staff=actor, count=payload["look_ups"])
            for pk, at, actor, device, _person, payload in noted[LOOKED_UP]
            if device
        ],
        wrong_codes=[
            WrongCodes(id=pk, at=at, source=source, count=payload["codes"])
            for pk, at, actor, device, _person, payload in noted[REFUSED]
            if (source := _source(device, actor))
        ],
    )


def own_cards() -> Mapping[int, frozenset[str]]:
    """The team's own cards: a member is known as a customer by the mailbox that both have."""
    members: dict[str, set[str]] = defaultdict(set)
    for pk, email in Membership.objects.filter(ended_at=None).values_list("pk", "user__email"):
        members[mailbox_key(email)].add(f"member:{pk}")
    cards = Customer.objects.filter(email_key__in=list(members)).exclude(email_key="").values_list("pk", "email_key")
    return {pk: frozenset(members[mailbox]) for pk, mailbox in cards}


def _referrals(since: datetime, until: datetime) -> list[Referral]:
    """Friends whom customers have brought; a mailbox and a number are the same whatever their spelling."""
    zone = current_tenant().zone
    rows = Brought.objects.filter(referrer__isnull=False, friend__isnull=False, claimed_at__gte=since)
    return [
        Referral(
            id=pk,
            referrer=referrer,
            friend=friend,
            at=at.astimezone(zone),
            same=_sameness(*contacts),
            least=least,
        )
        for pk, referrer, friend, at, least, *contacts in rows.filter(claimed_at__lt=until).values_list(*BROUGHT)
    ]


def _sameness(mailbox: str, friends_mailbox: str, number: str, friends_number: str) -> frozenset[Sameness]:
    same = {Sameness.EMAIL: mailbox and mailbox == friends_mailbox, Sameness.PHONE: number and number == friends_number}
    return frozenset(kind for kind, is_same in same.items() if is_same)


def _awards(since: datetime, until: datetime) -> list[Award]:
    """What was imported was booked elsewhere, by whoever and whenever."""
    zone = current_tenant().zone
    rows = Purchase.objects.filter(customer__isnull=False, import_id=None, import_key=None, purchased_at__gte=since)
    return [
        Award(
            id=pk,
            customer=customer,
            at=at.astimezone(zone),
            total=total,
            points=points,
            store=store,
            device=device,
            staff=actor,
            receipt=receipt or "",
            voided_at=_local(voided_at),
            returned_at=_local(returned_at),
        )
        for pk, customer, at, total, points, store, device, actor, receipt, voided_at, returned_at in (
            rows.filter(purchased_at__lt=until).values_list(*AWARD)
        )
    ]


def _redemptions(since: datetime, until: datetime) -> list[Redemption]:
    zone = current_tenant().zone
    rows = Voucher.objects.filter(used_at__gte=since, used_at__lt=until).values_list(*VOUCHER)
    return [
        Redemption(
            id=pk,
            customer=customer,
            at=at.astimezone(zone),
            points=points,
            device=device,
            staff=actor,
            is_shown=presence != UNSHOWN,
            cancelled_at=_local(closed_at) if state == Voucher.State.CANCELLED else None,
        )
        for pk, customer, at, points, device, actor, presence, state, closed_at in rows
    ]


def _noted(since: datetime, until: datetime) -> Mapping[str, list[Any]]:
    """Events by name, each with its id, time, actor, device, customer and payload."""
    zone = current_tenant().zone
    found: dict[str, list[Any]] = defaultdict(list)
    events = Event.objects.filter(name__in=NOTED, occurred_at__gte=since, occurred_at__lt=until).order_by("pk")
    columns = ("name", "pk", "occurred_at", "actor", "device_id", "customer_id", "payload")
    for name, pk, at, *rest in events.values_list(*columns):
        found[name].append((pk, at.astimezone(zone), *rest))
    return found


def _hours() -> Mapping[int, OpeningHours]:
    stores = Store.objects.values_list("pk", "opening_hours")
    return {pk: OpeningHours(tuple(_week(hours))) for pk, hours in stores if hours}


def _week(hours: Iterable[Sequence[int]]) -> Iterable[tuple[int, int]]:
    for weekday, begins, ends in hours:
        midnight = weekday * MIDNIGHT
        yield midnight + begins, midnight + (ends if ends > begins else ends + MIDNIGHT)


def _round_to() -> int:
    currency = current_tenant().currency
    worth = Decimal(ROUND * UNUSUAL_IN.get(currency, UNUSUAL)) / UNUSUAL
    return minor_units(worth, currency=currency)


def _settled(since: datetime) -> Mapping[tuple[Pattern, Subject], datetime]:
    decided = Finding.objects.exclude(state=Finding.State.OPEN).filter(last_at__gte=since).order_by()
    rows = decided.values_list("pattern", "customer", "device", "key").annotate(Max("last_at"))
    return {(Pattern(pattern), subject_in(*about)): last_at for pattern, *about, last_at in rows}


def subject_in(customer: int | None, device: int | None, key: int | None) -> Subject:
    """Which of the three is stated."""
    if customer is not None:
        return Subject(SubjectKind.CUSTOMER, customer)
    return till_of(device) if device is not None else Subject(SubjectKind.KEY, key or 0)


def _source(device: int | None, actor: str) -> Subject | None:
    """Of tries: the till, or the key of a machine."""
    kind, _, number = actor.partition(":")
    if device is not None:
        return till_of(device)
    return Subject(SubjectKind.KEY, int(number)) if kind == "key" else None


def _local(moment: datetime | None) -> datetime | None:
    return moment and moment.astimezone(current_tenant().zone)
