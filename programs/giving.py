"""Tiers given by hand, with an end: afterwards the tier goes down by the rules of the programme."""

from datetime import date, datetime, timedelta

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.models import Customer
from events.services import publish
from ledger import queries as ledger
from ledger.book import open_book_of
from ledger.models import Account
from programs.earning import TierTerms
from programs.holding import bring_forward
from programs.qualifying import earned_rank
from programs.services import move_tier
from programs.terms import terms_at
from tenants.calendar import midnight
from tenants.errors import Invalid
from tenants.roles import Actor
from tenants.scope import current_tenant, refuse_closed

MOST_YEARS = 5


class Reason(models.TextChoices):
    """A choice, because the audit log keeps no free text about a person."""

    REGULAR = "regular", gettext_lazy("A regular from before")
    ELSEWHERE = "elsewhere", gettext_lazy("Holds such a tier elsewhere")
    GOODWILL = "goodwill", gettext_lazy("Goodwill")
    PARTNER = "partner", gettext_lazy("Partner or team")
    OTHER = "other", gettext_lazy("Other reason")


def give_tier(*, customer: Customer, tier: str, until: date, reason: str, actor: Actor, now: datetime) -> TierTerms:
    """Let a customer hold the tier with this code to the end of a day, whatever is bought.

    It replaces what was given before. Raises Invalid, and AccountClosed where the customer has left.
    """
    refuse_closed()
    terms, zone = terms_at(now), current_tenant().zone
    wanted = next((known for known in terms.tiers[1:] if known.code == tier), None)
    if wanted is None:
        raise Invalid(_("Please choose a tier."), field="tier")
    _refuse_bad_end(until, today=now.astimezone(zone).date())
    if reason not in Reason.values:
        raise Invalid(_("Please choose a reason."), field="reason")
    with open_book_of(customer.pk, now=now) as book:
        account = book.account
        bring_forward([account], terms, at=now)
        if earned_rank(account, terms.tier_rules, at=now) > wanted.rank:
            raise Invalid(_("The customer holds a higher tier already."), field="tier")
        account.given_rank, account.given_until = wanted.rank, midnight(until + timedelta(days=1), zone=zone)
        facts = {"customer": customer.pk, "tier": wanted.id, "until": str(until), "reason": reason}
        publish("tier.given", actor=actor, occurred_at=now, **facts)
        return move_tier(account, terms, actor=actor, now=now)


def take_given_tier(*, customer: Customer, actor: Actor, now: datetime) -> TierTerms:
    """End a tier that was given by hand before its day; nothing happens where there is none."""
    terms = terms_at(now)
    with open_book_of(customer.pk, now=now) as book:
        account = book.account
        bring_forward([account], terms, at=now)
        if account.given_rank is not None:
            account.given_rank = account.given_until = None
            publish("tier.given_ended", actor=actor, occurred_at=now, customer=customer.pk)
        return move_tier(account, terms, actor=actor, now=now)


def given_tier(customer: Customer, *, now: datetime) -> tuple[TierTerms, date] | None:
    """What is given by hand at a moment, and its last day."""
    account: Account = ledger.account_of(customer)
    if account.given_rank is None or account.given_until is None or account.given_until <= now:
        return None
    last_day = account.given_until.astimezone(current_tenant().zone).date() - timedelta(days=1)
    return terms_at(now).tier_of(account.given_rank), last_day


def _refuse_bad_end(until: date, *, today: date) -> None:
    if not today < until:
        raise Invalid(_("Choose a day after today."), field="until")
    if until > today + timedelta(days=366 * MOST_YEARS):
        raise Invalid(_("Choose a day within the next five years."), field="until")
