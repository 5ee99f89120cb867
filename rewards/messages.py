"""What is said to customers about rewards: a voucher, a gift, an event that they have joined."""

from datetime import date, datetime
from typing import Final

from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _

from messaging.kinds import Facts, Kind, Placeholder, day_in_words, declare
from messaging.services import post_message
from programs.messages import points_in_words
from programs.rules import Occasion
from rewards.models import Redemption, Reward
from tenants.locales import time_text, weekday_text
from tenants.scope import current_tenant

# Occasions of higher apps, which say themselves what was given and why.
TOLD_ELSEWHERE: Final = "referral:"


def span_in_words(fact: str) -> str:
    """Of a beginning, or of a beginning and an end between which a slash stands, as in ISO 8601."""
    begins, *ends = (datetime.fromisoformat(moment) for moment in fact.split("/"))
    said = {"day": weekday_text(begins), "begin": time_text(begins)}
    if not ends or weekday_text(ends[0]) != said["day"]:
        return pgettext("event", "%(day)s, %(begin)s") % said
    return pgettext("event", "%(day)s, %(begin)s to %(end)s") % {**said, "end": time_text(ends[0])}


def return_in_words(points: int) -> str:
    """Nothing of a voucher that cost nothing."""
    if not points:
        return ""
    return gettext("If you do not use it, you get back %(points)s.") % {"points": points_in_words(points)}


def wish_in_words(occasion: str) -> str:
    match occasion.partition(":")[0]:
        case Occasion.BIRTHDAY:
            return gettext("happy birthday!")
        case Occasion.ANNIVERSARY:
            return gettext("today is the anniversary of your card: thank you for your loyalty!")
    return ""


_REWARD = Placeholder("reward", _("name of the reward"), "Cappuccino", is_needed=True)
_LAST_DAY = Placeholder("day", _("last day of the voucher"), date(2026, 12, 31), day_in_words, is_needed=True)
_VOUCHER = Placeholder("voucher", _("in the link to the voucher"), "0193")
_EVENT = Placeholder("event", _("name of the event"), "Latte-Art-Kurs", is_needed=True)
_EVENING = "2026-12-12T18:00:00+01:00/2026-12-12T20:00:00+01:00"
_WHEN = Placeholder("when", _("when it takes place"), _EVENING, span_in_words, is_needed=True)
_WHERE = Placeholder("where", _("where it takes place"), "Hauptstraße 1")
_RETURN = Placeholder("return", _("what comes back if it is not used"), 500, return_in_words)
_WISH = Placeholder("wish", _("good wishes for the day"), "birthday:2026", wish_in_words)
_PATH = "/vouchers/{voucher}/"

VOUCHER = declare(
    Kind(
        code="voucher",
        label=_("Voucher"),
        occasion=_("When a customer has redeemed a reward on the phone and not yet used it."),
        subject=_("Your voucher: {reward}"),
        body=_(
            "{greeting},\n\nyour voucher for {reward} is ready. Show it at the till at {shop}; it is valid until"
            " {day}.\n\n{return}"
        ),
        placeholders=(_REWARD, _LAST_DAY, _RETURN, _VOUCHER),
        button=_("Show voucher"),
        path=_PATH,
    )
)
GIFT = declare(
    Kind(
        code="gift",
        label=_("Gift for a birthday or anniversary"),
        occasion=_("On the morning on which the gift comes."),
        subject=_("A gift for you: {reward}"),
        body=_(
            "{greeting},\n\n{wish}\n\n"
            "This is your gift: {reward} at {shop}. Show the voucher at the till; it is valid until {day}."
        ),
        placeholders=(_REWARD, _LAST_DAY, _WISH, _VOUCHER),
        button=_("Show voucher"),
        path=_PATH,
    )
)
EVENT_JOINED = declare(
    Kind(
        code="event_joined",
        label=_("Event confirmed"),
        occasion=_("When a customer has taken a place at an event."),
        subject=_("Your place: {event}"),
        body=_(
            "{greeting},\n\nyour place is reserved:\n\n{event}\n{when}\n{where}\n\n"
            "Show the voucher at the door. If you cannot come, give the place back on your phone until it begins."
        ),
        placeholders=(_EVENT, _WHEN, _WHERE, _VOUCHER),
        is_always_sent=True,
        button=_("Show voucher"),
        path=_PATH,
    )
)
EVENT_CHANGED = declare(
    Kind(
        code="event_changed",
        label=_("Event changed"),
        occasion=_("When time or place of an event change, to everybody who has a place."),
        subject=_("New time or place: {event}"),
        body=_(
            "{greeting},\n\nsomething has changed, and your place is kept:\n\n{event}\n{when}\n{where}\n\n"
            "If you cannot come, give the place back on your phone until it begins."
        ),
        placeholders=(_EVENT, _WHEN, _WHERE, _VOUCHER),
        is_always_sent=True,
        button=_("Show voucher"),
        path=_PATH,
    )
)
EVENT_TOMORROW = declare(
    Kind(
        code="event_tomorrow",
        label=_("Reminder of an event"),
        occasion=_("The day before the event."),
        subject=_("Tomorrow: {event}"),
        body=_(
            "{greeting},\n\nwe look forward to seeing you tomorrow:\n\n{event}\n{when}\n{where}\n\n"
            "Show the voucher at the door. If you cannot come, give the place back on your phone until it begins."
        ),
        placeholders=(_EVENT, _WHEN, _WHERE, _VOUCHER),
        button=_("Show voucher"),
        path=_PATH,
    )
)


def send_voucher(redemption: Redemption, *, now: datetime) -> None:
    """By what it is: a place, a gift or a reward that was chosen. Nothing where it has been used meanwhile."""
    if redemption.state != Redemption.State.ISSUED or redemption.occasion.startswith(TOLD_ELSEWHERE):
        return
    if redemption.reward.kind == Reward.Kind.EVENT:
        kind, facts = EVENT_JOINED, _event(redemption)
    else:
        kind = GIFT if redemption.occasion else VOUCHER
        facts = {
            "reward": redemption.reward.name,
            "day": redemption.last_day,
            "voucher": str(redemption.public_id),
            **({"wish": redemption.occasion} if redemption.occasion else {"return": redemption.points}),
        }
    # A gift that is given again after a mistake is no second one.
    gift = f"{redemption.reward_id} {redemption.customer_id} {redemption.occasion}"
    once = gift if redemption.occasion else str(redemption.pk)
    post_message(kind=kind, customer=redemption.customer, once=once, now=now, facts=facts)


def remind_of_event(redemption: Redemption, *, now: datetime) -> None:
    """Again where it has been put off meanwhile."""
    facts = _event(redemption)
    once = f"{redemption.pk} {facts['when']}"
    post_message(kind=EVENT_TOMORROW, customer=redemption.customer, once=once, now=now, facts=facts)


def tell_of_change(redemption: Redemption, *, change: int, now: datetime) -> None:
    """Once for each change of the event."""
    once = f"{redemption.pk} {change}"
    facts = _event(redemption)
    post_message(kind=EVENT_CHANGED, customer=redemption.customer, once=once, now=now, facts=facts)


def _event(redemption: Redemption) -> Facts:
    event = redemption.reward
    assert event.event_at is not None
    assert event.event_ends_at is not None
    return {
        "event": event.name,
        "when": f"{event.event_at.isoformat()}/{event.event_ends_at.isoformat()}",
        "where": event.event_place or current_tenant().name,
        "voucher": str(redemption.public_id),
    }
