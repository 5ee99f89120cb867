"""What the first page says of the programme: four figures with change and course, or counts where customers are few."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from django.utils.translation import gettext as _

from analytics.costing import programme_cost
from analytics.exporting import SOURCES
from analytics.kpis import Cost, Ratio, Sales
from analytics.loyalty import MANY, course
from analytics.overview import members, moments_of, repeats, window
from analytics.participation import Participation, participation
from analytics.programme import hundred
from backoffice.views.reports.cards import GOOD, NEITHER, Card, Figure, cards
from backoffice.views.reports.choosing import Choice
from ledger.liability import point_value
from ledger.queries import open_points
from referrals.report import Enrolments, enrolments
from tenants.csv import Cell, amount_cell
from tenants.locales import Noun, number_text
from tenants.money import decimal_amount, minor_units, money_text, rate_text
from tenants.scope import current_tenant

# A year of small charts, a month apart.
POINTS: Final = 12
NAMES: Final = ("cost", "members", "enrolments", "redemptions", "owed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Morning:
    """The chosen period, what it is compared with, its course up to itself, and what the cards say beside it."""

    now: Participation
    then: Participation
    course: Sequence[Participation]
    bought: int
    # Of the sales and rewards of the period; what is known of it.
    cost: Cost
    active: Ratio
    window_days: int
    enrolled: Enrolments
    # Minor units for a hundred points; None where nobody has said.
    per_hundred: int | None

    @property
    def is_of_many(self) -> bool:
        return self.bought >= MANY

    @property
    def owed_value(self) -> int | None:
        return None if self.per_hundred is None else (self.now.owed or 0) * self.per_hundred // 100

    @property
    def cost_per_hundred(self) -> Decimal | None:
        """With what runs anyway, where that is stated."""
        sales = self.now.sales
        return self.cost.per(hundred()) if self.cost.stretches else sales.reward_cost_per(hundred())


def morning(chosen: Choice, *, now: datetime) -> Morning | None:
    """None before the first night has drawn anything."""
    drawn = window()
    if drawn.last is None:
        return None
    period = chosen.period(drawn.last)
    then, *each = participation([chosen.compared(period), *course(period, points=POINTS)])
    latest = each[-1] if each[-1].owed is not None else replace(each[-1], owed=open_points()[0])
    since, until = moments_of(period)
    customers = repeats(drawn.last)
    return Morning(
        now=latest,
        then=then,
        course=[*each[:-1], latest],
        bought=customers.bought,
        cost=programme_cost(period, sold=latest.sales, active=customers.active),
        active=members(drawn.last, window_days=drawn.days),
        window_days=drawn.days,
        enrolled=enrolments(since, until),
        per_hundred=point_value(at=now),
    )


def figures_of(found: Morning, points_name: Noun) -> list[Figure]:
    """In the order of the page."""
    return [
        Figure(
            "members",
            _("Members"),
            _("%(number)s active in the last %(days)s days")
            % {"number": number_text(found.active.part), "days": found.window_days},
            lambda each: Decimal(each.members),
            _whole,
            _whole,
            more_is=GOOD,
            is_of_window=True,
        ),
        Figure(
            "enrolments",
            _("Enrolments"),
            _ways(found.enrolled),
            lambda each: Decimal(each.enrolled),
            _whole,
            _whole,
            more_is=GOOD,
        ),
        Figure(
            "redemptions",
            _("Rewards redeemed"),
            cost_text(found.now.sales),
            lambda each: Decimal(each.sales.redemptions),
            _whole,
            _whole,
            more_is=NEITHER,
        ),
        _owed(found, points_name),
    ]


def shown(found: Morning, *, chosen: Choice, points_name: Noun) -> list[Card]:
    return cards(figures_of(found, points_name), found.now, found.then, found.course, chosen=chosen)


def cost_text(sales: Sales) -> str:
    """What redeemed rewards have cost, as far as it is known."""
    if not sales.redemptions:
        return _("none in this time")
    if sales.uncosted == sales.redemptions:
        return _("cost not stated")
    cost = {"amount": _round(Decimal(sales.reward_cost))}
    if sales.uncosted:
        return _("at least %(amount)s cost of goods, not stated for some") % cost
    return _("%(amount)s cost of goods") % cost


def sources(enrolled: Enrolments) -> list[dict[str, Any]]:
    """Where they enrolled, most first."""
    ordered = sorted(enrolled.by_source.items(), key=lambda item: (-item[1], item[0]))
    return [{"text": str(SOURCES.get(source, source)), "count": count} for source, count in ordered]


def lines(found: Morning, consents: Sequence[dict[str, Any]]) -> list[list[Cell]]:
    """Everything that the page says of the period and the one that it is compared with, as a file."""
    now, then = found.now, found.then
    written: list[list[Cell]] = [
        [_("Figure"), _("Value"), _("Compared with")],
        [_("From"), now.period.first.isoformat(), then.period.first.isoformat()],
        [_("To"), now.period.last.isoformat(), then.period.last.isoformat()],
        [_("Members"), now.members, then.members],
        [_("Members active in the last %(days)s days") % {"days": found.window_days}, found.active.part, None],
        [_("Enrolments"), now.enrolled, then.enrolled],
    ]
    written += [
        [_("Enrolments %(place)s") % {"place": SOURCES.get(source, source)}, count, None]
        for source, count in sorted(found.enrolled.by_source.items())
    ]
    currency = {"currency": current_tenant().currency}
    written += [
        [_("Enrolments by an invitation"), found.enrolled.referred, None],
        [_("Rewards redeemed"), now.sales.redemptions, then.sales.redemptions],
        [
            _("Cost of the rewards in %(currency)s") % currency,
            *(amount_cell(each.sales.reward_cost) for each in (now, then)),
        ],
        [
            _("Cost per %(hundred)s of turnover with a card in %(currency)s")
            % {"hundred": number_text(100), **currency},
            amount_cell(None if found.cost_per_hundred is None else int(found.cost_per_hundred)),
            None,
        ],
        [_("Rewards without a stated cost"), now.sales.uncosted, then.sales.uncosted],
        [
            _("Turnover with a card in %(currency)s") % currency,
            *(amount_cell(each.sales.card_total) for each in (now, then)),
        ],
        [_("Open points"), now.owed, then.owed],
        [_("Their value in %(currency)s") % currency, amount_cell(found.owed_value), None],
    ]
    return written + [
        [_("May be written to: %(channel)s") % {"channel": each["text"]}, each["count"], None] for each in consents
    ]


def course_lines(course: Sequence[Participation]) -> Iterator[list[Cell]]:
    """The course of the cards, with the sums behind it."""
    currency = {"currency": current_tenant().currency}
    yield [
        _("Last day"),
        _("Members"),
        _("Enrolments"),
        _("Rewards redeemed"),
        _("Cost of the rewards in %(currency)s") % currency,
        _("Rewards without a stated cost"),
        _("Turnover with a card in %(currency)s") % currency,
        _("Open points"),
    ]
    for each in course:
        sales = each.sales
        yield [
            each.period.last.isoformat(),
            *(each.members, each.enrolled, sales.redemptions),
            *(amount_cell(sales.reward_cost), sales.uncosted, amount_cell(sales.card_total)),
            each.owed,
        ]


def _owed(found: Morning, points_name: Noun) -> Figure:
    """In money where it is known what a point is worth, all of the course at what it is worth now."""
    per_hundred = found.per_hundred
    if per_hundred is None:
        return Figure(
            "owed",
            _("Open %(points)s") % {"points": points_name.many},
            _("not stated what they are worth"),
            lambda each: None if each.owed is None else Decimal(each.owed),
            _whole,
            _whole,
            more_is=NEITHER,
            is_of_window=True,
        )
    return Figure(
        "owed",
        _("Open %(points)s") % {"points": points_name.many},
        points_name.counted(found.now.owed or 0),
        lambda each: None if each.owed is None else Decimal(each.owed * per_hundred // 100),
        _round,
        _round,
        more_is=NEITHER,
        is_of_window=True,
    )


def _ways(enrolled: Enrolments) -> str:
    """The most used way, and how many were brought by friends."""
    ways = sources(enrolled)
    if not ways:
        return _("nobody in this time")
    said = f"{number_text(ways[0]['count'])} {ways[0]['text']}"
    if not enrolled.referred:
        return said
    return f"{said}, " + _("%(number)s by an invitation") % {"number": number_text(enrolled.referred)}


def _whole(value: Decimal) -> str:
    return number_text(int(value))


def _round(minor: Decimal) -> str:
    """From ten on without cents."""
    currency = current_tenant().currency
    amount = decimal_amount(int(minor), currency=currency)
    if amount < 10 and amount != amount.to_integral_value():
        return money_text(int(minor), currency=currency)
    return rate_text(minor_units(amount.quantize(Decimal(1)), currency=currency), currency=currency)
