"""What a purchase is to the rules, and what no purchase may be, whether it is recorded, previewed or read in."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from customers.errors import CustomerBlocked
from customers.models import Customer
from ledger.models import Account
from programs.earning import PurchaseFacts, Terms, TierTerms
from programs.errors import ForeignCurrency
from programs.models import Purchase, PurchaseLine
from programs.rules import Channel, LineFacts
from tenants.errors import Invalid
from tenants.roles import Actor
from tenants.scope import current_tenant, refuse_closed

# A till's clock may run a little ahead of ours.
CLOCK_TOLERANCE = timedelta(minutes=10)


def refuse_bad_purchase(*, customer: Customer | None, currency: str, purchased_at: datetime, now: datetime) -> None:
    """Raise ShopClosed, ForeignCurrency, Invalid (in the future) or CustomerBlocked."""
    refuse_closed()
    refuse_foreign_currency(currency)
    refuse_future(purchased_at, now=now)
    if customer is not None:
        refuse_blocked(customer)


def refuse_foreign_currency(currency: str) -> None:
    if currency != current_tenant().currency:
        raise ForeignCurrency(field="currency", currency=current_tenant().currency)


def refuse_future(purchased_at: datetime, *, now: datetime) -> None:
    if purchased_at > now + CLOCK_TOLERANCE:
        raise Invalid(_("The purchase lies in the future."), field="purchased_at")


def refuse_blocked(customer: Customer) -> None:
    if customer.status != Customer.Status.ACTIVE:
        raise CustomerBlocked


def channel_of(actor: Actor) -> Channel:
    return Channel.CHECKOUT if actor.device_id is not None else Channel.API


def facts_of(
    purchase: Purchase,
    *,
    account: Account,
    tier: TierTerms,
    channel: Channel,
    lines: Iterable[LineFacts] = (),
    left: Mapping[str, int] | None = None,
) -> PurchaseFacts:
    """A purchase that is about to be recorded, or might be; `tier` is what its terms give the one held before it."""
    at = purchase.purchased_at.astimezone(current_tenant().zone)
    return PurchaseFacts(
        total=purchase.total,
        tier=tier,
        at=at,
        lines=tuple(lines),
        store_id=purchase.store_id,
        channel=channel.value,
        visit=account.lifetime_visits + 1,
        spent_before=account.lifetime_spend,
        birthday_in=days_to_birthday(purchase.customer, on=at.date()),
        left=left or {},
    )


def as_stored(facts: PurchaseFacts, terms: Terms) -> dict[str, Any]:
    """What the purchase itself does not say, and only what its rules look at."""
    if terms.looks_at_amount_only:
        return {"tier": facts.tier.id}
    stored = {
        "tier": facts.tier.id,
        "channel": facts.channel,
        "visit": facts.visit,
        "spent_before": facts.spent_before,
        "left": dict(facts.left),
    }
    near = _birthday_window(facts, terms)
    return stored if near is None else {**stored, "birthday_in": near}


def _birthday_window(facts: PurchaseFacts, terms: Terms) -> int | None:
    """The widest distance at which the same rules hold: nobody's birthday can be read from a purchase."""
    windows = {rule.conditions.birthday_within for rule in terms.purchase_rules} - {None}
    holding = [window for window in windows if window is not None and _is_near(facts, window)]
    return min(holding) if holding else None


def _is_near(facts: PurchaseFacts, window: int) -> bool:
    return facts.birthday_in is not None and abs(facts.birthday_in) <= window


def stored_facts(purchase: Purchase, terms: Terms) -> PurchaseFacts:
    """What the engine looked at on the purchase's day, by the terms of that day."""
    stored = purchase.facts
    lines = PurchaseLine.objects.filter(purchase=purchase).order_by("index")
    return PurchaseFacts(
        total=purchase.total,
        tier=next((tier for tier in terms.tiers if tier.id == stored.get("tier")), terms.tiers[0]),
        at=purchase.purchased_at.astimezone(current_tenant().zone),
        lines=tuple(LineFacts(line.total, line.quantity, line.sku, line.category) for line in lines),
        store_id=purchase.store_id,
        channel=stored.get("channel", ""),
        visit=stored.get("visit", 1),
        spent_before=stored.get("spent_before", 0),
        birthday_in=stored.get("birthday_in"),
        left=stored.get("left", {}),
    )


def days_to_birthday(customer: Customer | None, *, on: date) -> int | None:
    """To the nearest one, below zero after it; who was born on 29 February celebrates on the 28th in other years."""
    if customer is None or customer.birth_month is None or customer.birth_day is None:
        return None
    days = [(birthday(customer.birth_month, customer.birth_day, year) - on).days for year in _years_around(on)]
    return min(days, key=abs)


def birthday(month: int, day: int, year: int) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        return date(year, month, 28)


def _years_around(day: date) -> range:
    return range(max(day.year - 1, date.min.year), day.year + 2)
