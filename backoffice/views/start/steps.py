"""What is worth doing today, in words, and where each of it leads."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from analytics.groups import Group
from analytics.next_steps import EXPIRING_DAYS, Kind, NextStep, next_steps
from programs.wording import WEEKDAYS
from tenants.locales import Noun, number_text
from tenants.money import decimal_amount, minor_units, rate_text
from tenants.roles import Actor
from tenants.scope import current_tenant

MOST: Final = 4
# What somebody must be allowed to do for a step to be of use to them.
_NEEDS: Final = {
    Kind.AT_RISK: "customers.read",
    Kind.EXPIRING: "customers.read",
    Kind.UNCOSTED: "rewards.write",
    Kind.UNSTATED: "program.write",
    Kind.UNVALUED: "program.write",
    Kind.QUIET_DAY: "program.write",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A step as a line of the list, and as the one sentence and button above everything else."""

    title: str
    detail: str
    action: str
    url: str
    icon: str
    tone: str = ""
    sentence: str
    button: str


def steps(actor: Actor, *, points_name: Noun, now: datetime) -> list[Told]:
    may = [kind for kind in Kind if actor.may(_NEEDS[kind])]
    return [_TELLERS[step.kind](step, points_name) for step in next_steps(now=now, most=MOST, among=may)]


def _at_risk(step: NextStep, _points_name: Noun) -> Told:
    count, reachable = {"number": number_text(step.count)}, {"number": number_text(step.reachable)}
    said = ngettext("%(number)s customer may be leaving", "%(number)s customers may be leaving", step.count) % count
    title, sentence, button = said, f"{said}.", _("View customers")
    if step.reachable:
        title = _("%(customers)s, %(number)s reachable") % {"customers": said, **reachable}
        sentence = ngettext(
            "%(customers)s; %(number)s of them can be reached by e-mail.",
            "%(customers)s; %(number)s of them can be reached by e-mail.",
            step.reachable,
        ) % {"customers": said, **reachable}
        button = ngettext("View %(number)s customer", "View %(number)s customers", step.reachable) % reachable
    return Told(
        title=title,
        detail=_("so far about %(amount)s a month") % {"amount": about(step.amount or 0)},
        action=_("View customers"),
        url=_list(group=int(Group.AT_RISK), **({"reach": "email"} if step.reachable else {})),
        icon="door",
        tone="bad",
        sentence=sentence,
        button=button,
    )


def _expiring(step: NextStep, points_name: Noun) -> Told:
    said = {"number": number_text(step.count), "points": points_name.many}
    title = ngettext(
        "%(points)s of %(number)s customer expire", "%(points)s of %(number)s customers expire", step.count
    )
    detail = {"points": points_name.counted(step.points), "days": EXPIRING_DAYS}
    if step.amount is None:
        written = _("%(points)s within %(days)s days") % detail
    else:
        written = _("%(points)s within %(days)s days, worth about %(amount)s") % {
            **detail,
            "amount": about(step.amount),
        }
    return Told(
        title=title % said,
        detail=written,
        action=_("View customers"),
        url=_list(expiring=EXPIRING_DAYS),
        icon="clock",
        tone="warn",
        sentence=f"{title % said}: {written}.",
        button=ngettext("View %(number)s customer", "View %(number)s customers", step.count) % said,
    )


def _uncosted(step: NextStep, _points_name: Noun) -> Told:
    title = ngettext(
        "The cost of %(number)s reward is missing", "The cost of %(number)s rewards is missing", step.count
    ) % {"number": number_text(step.count)}
    others = step.count - 1
    detail = ngettext("%(name)s and %(number)s other", "%(name)s and %(number)s others", others) % {
        "name": step.name,
        "number": number_text(others),
    }
    return Told(
        title=title,
        detail=detail if others else step.name,
        action=_("Add the cost"),
        url=reverse("backoffice:rewards"),
        icon="box",
        sentence=_("%(missing)s: what the programme costs cannot be told without it.") % {"missing": title},
        button=_("Add the cost"),
    )


def _unstated(_step: NextStep, _points_name: Noun) -> Told:
    title = _("Running costs and margin are not stated")
    return Told(
        title=title,
        detail=_("with them it can be said from where on it pays"),
        action=_("State the costs"),
        url=reverse("backoffice:report_entries"),
        icon="percent",
        sentence=_("%(missing)s: from where on it pays cannot be told without them.") % {"missing": title},
        button=_("State the costs"),
    )


def _unvalued(step: NextStep, points_name: Noun) -> Told:
    title = _("What your %(points)s are worth is not stated") % {"points": points_name.many}
    return Told(
        title=title,
        detail=_("%(points)s are open") % {"points": points_name.counted(step.points)},
        action=_("State the value"),
        url=reverse("backoffice:liability"),
        icon="euro",
        sentence=f"{title}.",
        button=_("State the value"),
    )


def _quiet_day(step: NextStep, _points_name: Noun) -> Told:
    title = _("It is quietest on %(days)s") % {"days": WEEKDAYS[step.weekday]}
    return Told(
        title=title,
        detail=_("about %(amount)s less than on other days") % {"amount": about(step.amount or 0)},
        action=_("View programme"),
        url=reverse("backoffice:programme"),
        icon="calendar",
        tone="ok",
        sentence=_("%(title)s: extra points on that day may be worth a try.") % {"title": title},
        button=_("View programme"),
    )


_TELLERS: Final[dict[Kind, Callable[[NextStep, Noun], Told]]] = {
    Kind.AT_RISK: _at_risk,
    Kind.EXPIRING: _expiring,
    Kind.UNCOSTED: _uncosted,
    Kind.UNSTATED: _unstated,
    Kind.UNVALUED: _unvalued,
    Kind.QUIET_DAY: _quiet_day,
}


def about(minor: int) -> str:
    """An estimate in whole units and two figures: 1,287.40 is about 1,300."""
    currency = current_tenant().currency
    whole = int(decimal_amount(minor, currency=currency) + Decimal("0.5"))
    unit = 10 ** max(len(str(whole)) - 2, 0)
    return rate_text(minor_units(Decimal((whole + unit // 2) // unit * unit), currency=currency), currency=currency)


def _list(**filters: int | str) -> str:
    return f"{reverse('backoffice:customers')}?{urlencode(filters)}"
