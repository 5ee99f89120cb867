"""The same figures side by side: this time, the time before, the year before; and those that the team may see."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from analytics.models import SharedReview
from analytics.review.figures import Figures, Review
from analytics.review.wording import compared, difference, told
from tenants.locales import number_text
from tenants.money import money_text

What = SharedReview.What
NOTHING: Final = "–"


@dataclass(frozen=True, slots=True)
class Row:
    name: str
    now: str
    before: str
    year: str


@dataclass(frozen=True, slots=True)
class Tile:
    name: str
    value: str
    change: str


@dataclass(frozen=True, slots=True)
class Success:
    """What a link for the team shows: a figure with its sentences, or sentences alone. Nothing about money."""

    what: str
    title: str
    value: str
    sentences: tuple[str, ...]


def rows(review: Review) -> list[Row]:
    currency = review.currency

    def count(name: str, read: Callable[[Figures], int]) -> Row:
        return _row(review, name, lambda figures: number_text(read(figures)))

    def money(name: str, read: Callable[[Figures], int | None]) -> Row:
        return _row(
            review,
            name,
            lambda figures: NOTHING if (sum_ := read(figures)) is None else money_text(sum_, currency=currency),
        )

    return [
        count(_("Customers with a purchase"), lambda figures: figures.came),
        count(_("of them on several days"), lambda figures: figures.again),
        count(_("of them for the first time"), lambda figures: figures.first_time),
        count(_("Purchases with a card"), lambda figures: figures.purchases),
        money(_("Turnover with a card"), lambda figures: figures.turnover),
        money(_("Average purchase"), lambda figures: figures.average),
        count(_("New members"), lambda figures: figures.enrolled),
        count(_("Rewards handed out"), lambda figures: figures.redeemed),
        money(_("Cost of the rewards"), lambda figures: figures.cost),
        count(_("Answers"), lambda figures: figures.answers),
    ]


def tiles(review: Review) -> list[Tile]:
    """The four that matter most, each beside the time before."""
    now, before, currency = review.now, review.before, review.currency

    def count(name: str, read: Callable[[Figures], int]) -> Tile:
        more = "" if before is None else difference(read(now) - read(before), review.span.before)
        return Tile(name, number_text(read(now)), more)

    turnover = "" if before is None else money_text(before.turnover, currency=currency)
    return [
        count(_("Customers with a purchase"), lambda figures: figures.came),
        count(_("Came on several days"), lambda figures: figures.again),
        count(_("New members"), lambda figures: figures.enrolled),
        Tile(
            _("Turnover with a card"),
            money_text(now.turnover, currency=currency),
            _("before: %(total)s") % {"total": turnover} if turnover else "",
        ),
    ]


def successes(review: Review) -> list[Success]:
    """What can be shared of it: no figure that is nothing, and no sum."""
    return [success for what in What.values if (success := success_of(review, what)) is not None]


def success_of(review: Review, what: str) -> Success | None:
    """None where there is nothing to be glad about."""
    if what == What.SUMMARY:
        return _summary(review)
    read = _READ[What(what)]
    count = read(review.now)
    if not count:
        return None
    comparison = compared(review, read)
    title = _title(What(what), count) % {"count": number_text(count), "span": review.span.name}
    return Success(what, title, number_text(count), (comparison,) if comparison else ())


def _summary(review: Review) -> Success | None:
    now, words = review.now, told(review)
    if not now.came:
        return None
    parts = [words.came, *([words.members] if now.enrolled else []), *([words.said] if now.answers else [])]
    return Success(What.SUMMARY, review.span.name, "", tuple(sentence for part in parts for sentence in part.sentences))


def _title(what: What, count: int) -> str:
    if what == What.CAME:
        return ngettext("%(count)s customer bought in %(span)s.", "%(count)s customers bought in %(span)s.", count)
    if what == What.AGAIN:
        return ngettext(
            "%(count)s customer came on several days in %(span)s.",
            "%(count)s customers came on several days in %(span)s.",
            count,
        )
    if what == What.JOINED:
        return ngettext("%(count)s customer joined in %(span)s.", "%(count)s customers joined in %(span)s.", count)
    return ngettext(
        "%(count)s customer would recommend us, asked in %(span)s.",
        "%(count)s customers would recommend us, asked in %(span)s.",
        count,
    )


def _row(review: Review, name: str, write: Callable[[Figures], str]) -> Row:
    before, year = (write(figures) if figures is not None else NOTHING for figures in (review.before, review.year))
    return Row(name, write(review.now), before, year)


_READ: Final[dict[What, Callable[[Figures], int]]] = {
    What.CAME: lambda figures: figures.came,
    What.AGAIN: lambda figures: figures.again,
    What.JOINED: lambda figures: figures.enrolled,
    What.PRAISE: lambda figures: figures.praise,
}
