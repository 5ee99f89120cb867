"""What the programme says to customers: welcome, points about to expire, a tier that was reached or may be lost."""

from datetime import date, datetime, timedelta
from typing import Final

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from customers.queries import active_card
from messaging.kinds import Facts, Kind, Placeholder, day_in_words, declare
from messaging.services import post_message
from programs.models import Tier
from programs.queries import points_name
from programs.terms import terms_at
from programs.ways import Keep, amount_text
from tenants.scope import current_tenant

# Whoever confirms an address later than this after enrolling is no newcomer.
NEW_FOR: Final = timedelta(days=30)


def points_in_words(points: int) -> str:
    return points_name(terms_at(timezone.now())).counted(points)


def missing_in_words(missing: int) -> str:
    """In what the programme counts for tiers."""
    terms = terms_at(timezone.now())
    return amount_text(missing, terms, points=points_name(terms))


WELCOME = declare(
    Kind(
        code="welcome",
        label=_("Welcome with card"),
        occasion=_("As soon as a new customer has confirmed the e-mail address."),
        subject=_("Your card at {shop}"),
        body=_(
            "{greeting},\n\n"
            "your card at {shop} is ready. Show it when you pay: your purchases bring you points.\n\n"
            "    {card}\n\n"
            "On your phone you always have it with you, with all your points."
        ),
        placeholders=(Placeholder("card", _("number of the card"), "7F2K-9QXD-4TBM"),),
        button=_("Open my card"),
    )
)
POINTS_EXPIRING = declare(
    Kind(
        code="points_expiring",
        label=_("Points are about to expire"),
        occasion=_("30 days and 7 days before points expire."),
        subject=_("{points} expire after {day}"),
        body=_(
            "{greeting},\n\n"
            "{points} on your card at {shop} are valid until {day}. After that they expire.\n\n"
            "Until then you can redeem them."
        ),
        placeholders=(
            Placeholder("points", _("points that expire"), 240, points_in_words, is_needed=True),
            Placeholder("day", _("last day on which they are valid"), date(2026, 12, 31), day_in_words, is_needed=True),
        ),
        is_always_sent=True,
        button=_("See my points"),
    )
)
TIER_REACHED = declare(
    Kind(
        code="tier_reached",
        label=_("Tier reached"),
        occasion=_("When a customer reaches a higher tier, once a year for each tier."),
        subject=_("You have reached {tier}"),
        body=_(
            "{greeting},\n\nthank you for your loyalty: from now on you hold the tier {tier} at {shop}.\n\n"
            "What it brings you is on your card."
        ),
        placeholders=(Placeholder("tier", _("name of the tier"), "Gold"),),
        button=_("See what it brings"),
        path="/program/",
    )
)
TIER_AT_RISK = declare(
    Kind(
        code="tier_at_risk",
        label=_("Tier about to end"),
        occasion=_("30 days before a tier ends for which something is still missing."),
        subject=_("Your tier {tier} runs until {day}"),
        body=_(
            "{greeting},\n\nyou hold the tier {tier} at {shop} until {day}. For it to go on, this is still missing:"
            " {missing}."
        ),
        placeholders=(
            Placeholder("tier", _("name of the tier"), "Gold"),
            Placeholder("day", _("last day of the tier"), date(2026, 12, 31), day_in_words, is_needed=True),
            Placeholder("missing", _("what is still missing"), 120, missing_in_words),
        ),
        button=_("See what counts"),
        path="/program/",
    )
)


def welcome(customer: Customer, *, now: datetime) -> None:
    """With the card, to somebody who has just enrolled."""
    card = active_card(customer)
    if card is not None and now - customer.enrolled_at <= NEW_FOR:
        post_message(kind=WELCOME, customer=customer, once=str(customer.pk), now=now, facts={"card": card.text})


def remind_of_points(
    customer: Customer, *, account_id: int, points: int, last_day: date, days_ahead: int, now: datetime
) -> None:
    once = f"{account_id} {last_day} {days_ahead}"
    facts: Facts = {"points": points, "day": last_day}
    post_message(kind=POINTS_EXPIRING, customer=customer, once=once, now=now, facts=facts)


def congratulate(customer: Customer, *, came_from: int, reached: int, now: datetime) -> None:
    """On a higher tier; going down is not announced."""
    tiers = Tier.objects.in_bulk([came_from, reached])
    if tiers[reached].rank > tiers[came_from].rank:
        once = f"{customer.pk} {reached} {now.astimezone(current_tenant().zone).year}"
        post_message(kind=TIER_REACHED, customer=customer, once=once, now=now, facts={"tier": tiers[reached].name})


def warn(customer: Customer, keep: Keep, *, now: datetime) -> None:
    """That a tier ends, and what would keep it."""
    once = f"{customer.pk} {keep.tier.id} {keep.until}"
    facts: Facts = {"tier": keep.tier.name, "day": keep.until, "missing": keep.missing}
    post_message(kind=TIER_AT_RISK, customer=customer, once=once, now=now, facts=facts)
