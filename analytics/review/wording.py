"""A month or quarter as sentences. Pure: the same figures are the same words, and nothing is read from the database."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from analytics.exporting import SOURCES
from analytics.kpis import Ratio
from analytics.review.figures import Figures, Review
from analytics.review.spans import Span
from tenants.locales import number_text
from tenants.money import minor_units, money_text, rate_text

# How many steps are proposed: more would be done by nobody.
STEPS_AT_MOST: Final = 3


class Step(StrEnum):
    """What can be done next; pages know where."""

    UNHAPPY = "unhappy"
    MISSED = "missed"
    COSTS = "costs"
    ASK_FOR_CARD = "ask_for_card"
    FRIENDS = "friends"
    SHARE = "share"


@dataclass(frozen=True, slots=True)
class Section:
    title: str
    sentences: tuple[str, ...]

    @property
    def text(self) -> str:
        return " ".join(self.sentences)


@dataclass(frozen=True, slots=True)
class Told:
    came: Section
    missed: Section
    members: Section
    money: Section
    said: Section
    steps: tuple[tuple[Step, str], ...]

    @property
    def headline(self) -> str:
        return self.came.sentences[0]

    @property
    def sections(self) -> list[Section]:
        """In the order of the page, without those that have nothing to say."""
        return [each for each in (self.came, self.missed, self.members, self.money, self.said) if each.sentences]


def told(review: Review) -> Told:
    return Told(
        came=Section(_("Who came"), tuple(_came(review))),
        missed=Section(_("Who is missed"), tuple(_missed(review))),
        members=Section(_("Who joined"), tuple(_members(review.now))),
        money=Section(_("What it brought and cost"), tuple(_money(review))),
        said=Section(_("What customers said"), tuple(_said(review.now))),
        steps=tuple(_steps(review)[:STEPS_AT_MOST]),
    )


def compared(review: Review, read: Callable[[Figures], int]) -> str:
    """Against the time before and the year before, in a sentence; empty where there is nothing to compare with."""
    others = [(review.before, review.span.before), (review.year, review.span.year_before)]
    found = [difference(read(review.now) - read(figures), span) for figures, span in others if figures is not None]
    if not found:
        return ""
    if len(found) == 1:
        return _("That is %(difference)s.") % {"difference": found[0]}
    return _("That is %(first)s and %(second)s.") % {"first": found[0], "second": found[1]}


def difference(more: int, span: Span) -> str:
    if more == 0:
        return _("as many as in %(span)s") % {"span": span.name}
    said = {"count": number_text(abs(more)), "span": span.name}
    return (_("%(count)s more than in %(span)s") if more > 0 else _("%(count)s fewer than in %(span)s")) % said


def _came(review: Review) -> list[str]:
    now, span = review.now, review.span
    if not now.came:
        return [_("Nobody bought with a card in %(span)s.") % {"span": span.name}, *_then(review)]
    found = [_came_in_words(now.came, span)]
    if comparison := compared(review, lambda figures: figures.came):
        found.append(comparison)
    if now.purchases > now.came:
        text = ngettext("That made %(count)s purchase.", "That made %(count)s purchases.", now.purchases)
        found.append(_counted(text, now.purchases))
    return found if now.came == 1 else [*found, *_again(now)]


def _again(now: Figures) -> list[str]:
    found = []
    if now.again:
        text = ngettext("%(count)s of them came on several days.", "%(count)s of them came on several days.", now.again)
        found.append(_counted(text, now.again))
    else:
        found.append(_("Nobody came on a second day."))
    if now.first_time:
        text = ngettext(
            "For %(count)s of them it was the first purchase.",
            "For %(count)s of them it was the first purchase.",
            now.first_time,
        )
        found.append(_counted(text, now.first_time))
    return found


def _came_in_words(count: int, span: Span) -> str:
    said = ngettext("%(count)s customer bought in %(span)s.", "%(count)s customers bought in %(span)s.", count)
    return said % {"count": number_text(count), "span": span.name}


def _then(review: Review) -> list[str]:
    """How many there were before a time without anybody."""
    if review.before is None or not review.before.came:
        return []
    text = ngettext("In %(span)s there was %(count)s.", "In %(span)s there were %(count)s.", review.before.came)
    return [text % {"count": number_text(review.before.came), "span": review.span.before.name}]


def _missed(review: Review) -> list[str]:
    now = review.now
    if not now.active_before:
        return []
    if not now.left:
        found = [_("Nobody has stayed away who was a customer at the beginning.")]
    else:
        text = ngettext(
            "Of %(all)s customers at the beginning, %(count)s has not bought for %(days)s days.",
            "Of %(all)s customers at the beginning, %(count)s have not bought for %(days)s days.",
            now.left,
        )
        found = [
            text
            % {
                "all": number_text(now.active_before),
                "count": number_text(now.left),
                "days": number_text(review.window_days),
            }
        ]
    if now.returned:
        text = ngettext(
            "%(count)s has come back after a long break.",
            "%(count)s have come back after a long break.",
            now.returned,
        )
        found.append(_counted(text, now.returned))
    return found


def _members(now: Figures) -> list[str]:
    if not now.enrolled:
        return [_("Nobody has joined.")]
    text = ngettext("%(count)s customer has joined.", "%(count)s customers have joined.", now.enrolled)
    found = [_counted(text, now.enrolled), *_places(now)]
    if now.referred:
        text = ngettext(
            "%(count)s of them came by an invitation from friends.",
            "%(count)s of them came by an invitation from friends.",
            now.referred,
        )
        found.append(_counted(text, now.referred))
    return found


def _places(now: Figures) -> list[str]:
    """The most frequent first; where nobody has a word for a place there is none."""
    known = [(count, source) for source, count in now.sources.items() if source in SOURCES and count]
    if not known:
        return []
    known.sort(key=lambda each: (-each[0], each[1]))
    places = ", ".join(
        _("%(count)s %(place)s") % {"count": number_text(count), "place": SOURCES[source]} for count, source in known
    )
    return [_("They did so: %(places)s.") % {"places": places}]


def _money(review: Review) -> list[str]:
    now, currency = review.now, review.currency
    found = []
    if now.average is not None:
        words = _("Purchases with a card brought %(total)s, that is %(average)s each on average.")
        found.append(
            words
            % {
                "total": money_text(now.turnover, currency=currency),
                "average": money_text(now.average, currency=currency),
            }
        )
    text = ngettext("%(count)s reward was handed out.", "%(count)s rewards were handed out.", now.redeemed)
    found.append(_counted(text, now.redeemed) if now.redeemed else _("No reward was handed out."))
    if now.redeemed or now.running:
        found += _cost(now, currency=currency)
    return found


def _cost(now: Figures, *, currency: str) -> list[str]:
    if now.cost is None:
        text = ngettext(
            "For %(count)s of them you have not said what it costs, so the cost cannot be told.",
            "For %(count)s of them you have not said what they cost, so the cost cannot be told.",
            now.uncosted,
        )
        return [_counted(text, now.uncosted)]
    hundred = minor_units(Decimal(100), currency=currency)
    rate = Ratio(now.cost, now.turnover).in_units(hundred, to=Decimal(1))
    spent = {"cost": money_text(now.cost, currency=currency)}
    if rate is None:
        return [
            (_("Rewards and running costs were %(cost)s.") if now.running else _("Rewards cost you %(cost)s.")) % spent
        ]
    text = (
        _("Rewards and running costs were %(cost)s, that is %(rate)s of every %(hundred)s that came in with a card.")
        if now.running
        else _("Rewards cost you %(cost)s, that is %(rate)s of every %(hundred)s that came in with a card.")
    )
    spent |= {"rate": money_text(int(rate), currency=currency), "hundred": rate_text(hundred, currency=currency)}
    return [text % spent, *_pays(now)]


def _pays(now: Figures) -> list[str]:
    """From when on it would; not that it does."""
    if not now.extra_visits:
        return []
    text = _("That pays as soon as every active customer comes %(visits)s times more a month.")
    return [text % {"visits": number_text(now.extra_visits)}]


def _said(now: Figures) -> list[str]:
    if not now.answers:
        return [_("No customer has answered whether they would recommend you.")]
    text = ngettext("%(count)s customer has answered.", "%(count)s customers have answered.", now.answers)
    found = [_counted(text, now.answers)]
    if now.praise:
        text = ngettext(
            "%(count)s of them would recommend you (9 or 10 of 10).",
            "%(count)s of them would recommend you (9 or 10 of 10).",
            now.praise,
        )
        found.append(_counted(text, now.praise))
    if now.blame:
        text = ngettext(
            "%(count)s of them was not happy (6 or less).", "%(count)s of them were not happy (6 or less).", now.blame
        )
        found.append(_counted(text, now.blame))
    return found


def _steps(review: Review) -> list[tuple[Step, str]]:
    """What is pressing first; there is always one."""
    now, waiting = review.now, review.waiting
    found: list[tuple[Step, str]] = []
    if waiting.unhappy:
        text = ngettext(
            "%(count)s customer was not happy and still waits for an answer from you.",
            "%(count)s customers were not happy and still wait for an answer from you.",
            waiting.unhappy,
        )
        found.append((Step.UNHAPPY, _counted(text, waiting.unhappy)))
    if waiting.missed:
        text = ngettext(
            "%(count)s customer has been away for much longer than usual. A friendly word may bring them back.",
            "%(count)s customers have been away for much longer than usual. A friendly word may bring them back.",
            waiting.missed,
        )
        found.append((Step.MISSED, _counted(text, waiting.missed)))
    if now.uncosted:
        found.append((Step.COSTS, _("Say what your rewards cost you; then it can be told what the programme costs.")))
    if not now.enrolled:
        found.append((Step.ASK_FOR_CARD, _("Ask at the till whether somebody would like a card, at every purchase.")))
    elif not now.referred:
        found.append((Step.FRIENDS, _("Regulars like to bring friends: offer both of them a thank-you.")))
    if not found:
        found.append((Step.SHARE, _("Nothing is pressing. Tell your team what went well.")))
    return found


def _counted(text: str, count: int) -> str:
    return text % {"count": number_text(count)}
