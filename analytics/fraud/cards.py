"""Patterns of one card: who fills it, how often, with what sums and from which receipts. Pure."""

import re
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import combinations
from math import prod
from typing import Final

from analytics.fraud.facts import Adjustment, Award, Facts, card_of
from analytics.fraud.findings import Finding, Pattern, Severity, Subject, graver, latest_ids
from analytics.fraud.normal import chance_of, quantile

# Nobody comes more often than this on a day but to fetch coffee for colleagues, and those fetch it together.
SMALL_AWARDS_A_DAY: Final = 5
# In shops where people come often: three times what all but one of a hundred card days stay below.
TIMES_THE_USUAL: Final = 3
# Too few days say nothing about what is usual.
CARD_DAYS_TO_KNOW: Final = 100

# A favourite barista serves a regular once a day; whoever credits strangers' purchases does it many times a shift.
OFTEN_A_DAY: Final = 2
DAYS_OF_IT: Final = 3
AWARDS_BY_ONE: Final = 8
SHARE_BY_ONE: Final = 0.9
# Who else was served around that time, by whom: alone on a shift, everybody is served by the same hands.
AROUND: Final = timedelta(minutes=90)
NEIGHBOURS_TO_KNOW: Final = 3
# Among all cards of the shop together: once in a hundred honest months.
BY_CHANCE: Final = 1e-2

# The same receipt is held against another one only while somebody may still have it in the hand.
RECEIPT_SEEN_AGAIN: Final = timedelta(days=3)
# Shorter numbers begin anew every day and meet by themselves.
RECEIPT_LENGTH: Final = 3
LOOK_ALIKE: Final = str.maketrans({"O": "0", "I": "1", "L": "1"})
LETTER_AT_THE_END: Final = re.compile(r"(?<=\d)[A-Z]$")

ROUND_AWARDS: Final = 6
ROUND_SHARE: Final = 0.8
# Whoever has the same lunch every day pays the same round price; invented sums vary.
ROUND_VALUES: Final = 3
# Multiples of five are no news where a haircut costs 45: the unit is the first that is rare in this shop.
ROUND_UNITS: Final = (1, 2, 10)
RARE: Final = 0.15
AWARDS_TO_KNOW: Final = 30
ROUND_BY_CHANCE: Final = 1e-3


def own_card(facts: Facts) -> Iterator[Finding]:
    """Points that somebody of the team has credited to the own card, or to one that only they fill."""
    for customer, members in facts.own_cards.items():
        card = card_of(customer)
        booked: Iterable[Award | Adjustment] = [
            *(award for award in facts.by_card.get(card, ()) if award.staff in members),
            *(given for given in facts.adjustments if given.customer == customer and given.staff in members),
        ]
        if own := facts.unsettled(Pattern.OWN_CARD, card, booked):
            yield _own(card, own, is_known=True)
    yield from _filled_by_one(facts)


def small_awards(facts: Facts) -> Iterator[Finding]:
    """Many small amounts on one day."""
    days = {card: _by_day(awards) for card, awards in facts.by_card.items()}
    threshold = _many_a_day([len(awards) for each in days.values() for awards in each.values()])
    for card in days:
        fresh = _by_day(facts.unsettled(Pattern.SMALL_AWARDS, card, facts.by_card[card]))
        small = {day: [each for each in awards if each.total <= facts.usual_total] for day, awards in fresh.items()}
        busy = {day: awards for day, awards in small.items() if len(awards) >= threshold}
        if busy:
            awards = [award for day in busy.values() for award in day]
            most = max(map(len, busy.values()))
            figures = {"count": len(awards), "days": len(busy), "most": most} | _sums(awards)
            yield _finding(Pattern.SMALL_AWARDS, card, awards, graver(most, threshold), figures)


def receipt_reuse(facts: Facts) -> Iterator[Finding]:
    """One receipt credited twice: written a little differently, or in another store as well."""
    twins: dict[Subject, list[Award]] = defaultdict(list)
    for same in _by_receipt(facts.standing).values():
        for earlier, later in combinations(same, 2):
            if _is_reused(earlier, later):
                twins[card_of(later.customer)] += [earlier, later]
    for card, awards in twins.items():
        own = facts.unsettled(Pattern.RECEIPT_REUSE, card, [each for each in awards if card_of(each.customer) == card])
        if own:
            pairs = len({award.id for award in own})
            figures = {"count": pairs} | _sums(own)
            yield _finding(Pattern.RECEIPT_REUSE, card, sorted(awards, key=_time), graver(pairs, 3), figures)


def round_sums(facts: Facts) -> Iterator[Finding]:
    """Hardly anything but round sums, of several sizes, where such sums are rare."""
    unit = _rare_unit(facts)
    if unit is None:
        return
    often = {card: awards for card, awards in facts.by_card.items() if len(awards) >= ROUND_AWARDS}
    rounds = sum(_is_round(award, unit) for award in facts.standing)
    for card, all_of_it in often.items():
        others = len(facts.standing) - len(all_of_it)
        usual = (rounds - sum(_is_round(award, unit) for award in all_of_it) + 1) / (others + 2)
        awards = facts.unsettled(Pattern.ROUND_SUMS, card, all_of_it)
        round_ones = [award for award in awards if _is_round(award, unit)]
        if len(round_ones) < max(ROUND_AWARDS, ROUND_SHARE * len(awards)):
            continue
        is_varied = len({award.total for award in round_ones}) >= ROUND_VALUES
        if is_varied and chance_of(len(round_ones), len(awards), each=usual) * len(often) < ROUND_BY_CHANCE:
            figures = {"count": len(round_ones), "of": len(awards), "usual": round(usual * 100)} | _sums(round_ones)
            severity = graver(len(round_ones), 2 * ROUND_AWARDS)
            yield _finding(Pattern.ROUND_SUMS, card, round_ones, severity, figures)


def _filled_by_one(facts: Facts) -> Iterator[Finding]:
    """A card of nobody known, filled several times a shift by one person while colleagues serve the others."""
    at_tills = [award for award in facts.standing if award.device is not None]
    by_store = _timetable(at_tills)
    for card, all_of_it in facts.by_card.items():
        if card.id in facts.own_cards or len(all_of_it) < AWARDS_BY_ONE:
            continue
        awards = facts.unsettled(Pattern.OWN_CARD, card, [each for each in all_of_it if each.device is not None])
        staff, count = Counter(award.staff for award in awards).most_common(1)[0] if awards else ("", 0)
        own = [award for award in awards if award.staff == staff]
        busy = [day for day in _by_day(own).values() if len(day) >= OFTEN_A_DAY]
        if count < max(AWARDS_BY_ONE, SHARE_BY_ONE * len(awards)) or len(busy) < DAYS_OF_IT:
            continue
        shares = [share for award in own if (share := _share_around(award, by_store[award.store])) is not None]
        if len(shares) >= AWARDS_BY_ONE and prod(shares) * len(facts.by_card) < BY_CHANCE:
            yield _own(card, own, is_known=False)


def _share_around(award: Award, timetable: tuple[list[datetime], list[Award]]) -> float | None:
    """Of the other cards served then, how many by the same person; None where too few were."""
    times, awards = timetable
    nearby = awards[bisect_left(times, award.at - AROUND) : bisect_right(times, award.at + AROUND)]
    others = [other for other in nearby if other.customer != award.customer]
    if len(others) < NEIGHBOURS_TO_KNOW:
        return None
    return (sum(other.staff == award.staff for other in others) + 1) / (len(others) + 2)


def _timetable(awards: Iterable[Award]) -> Mapping[int | None, tuple[list[datetime], list[Award]]]:
    stores: dict[int | None, list[Award]] = defaultdict(list)
    for award in sorted(awards, key=_time):
        stores[award.store].append(award)
    return {store: ([each.at for each in there], there) for store, there in stores.items()}


def _own(card: Subject, booked: Sequence[Award | Adjustment], *, is_known: bool) -> Finding:
    awards = [each for each in booked if isinstance(each, Award)]
    by_hand = [each for each in booked if isinstance(each, Adjustment)]
    figures = {
        "count": len(booked),
        "points": sum(each.points for each in booked),
        "by_hand": len(by_hand),
        "is_known": int(is_known),
    }
    evidence = {"purchases": latest_ids(each.id for each in awards), "events": latest_ids(each.id for each in by_hand)}
    return Finding(
        pattern=Pattern.OWN_CARD,
        subject=card,
        severity=Severity.HIGH if is_known else Severity.MEDIUM,
        first_at=booked[0].at,
        last_at=booked[-1].at,
        figures=figures,
        evidence=evidence,
    )


def _finding(
    pattern: Pattern, card: Subject, awards: Sequence[Award], severity: Severity, figures: Mapping[str, int]
) -> Finding:
    return Finding(
        pattern=pattern,
        subject=card,
        severity=severity,
        first_at=awards[0].at,
        last_at=awards[-1].at,
        figures=figures,
        evidence={"purchases": latest_ids(award.id for award in awards)},
    )


def _sums(awards: Iterable[Award]) -> dict[str, int]:
    booked = list(awards)
    return {"total": sum(award.total for award in booked), "points": sum(award.points for award in booked)}


def _many_a_day(counts: Sequence[int]) -> int:
    if len(counts) < CARD_DAYS_TO_KNOW:
        return SMALL_AWARDS_A_DAY
    return max(SMALL_AWARDS_A_DAY, int(TIMES_THE_USUAL * quantile(counts, 0.99)))


def _by_day(awards: Iterable[Award]) -> dict[date, list[Award]]:
    days: dict[date, list[Award]] = defaultdict(list)
    for award in sorted(awards, key=_time):
        days[award.at.date()].append(award)
    return days


def _time(award: Award) -> datetime:
    return award.at


def normal_receipt(text: str) -> str:
    """As a cash register would have printed it: neither spaces nor dashes, and no letters where digits were meant."""
    letters = "".join(character for character in text.upper() if character.isalnum())
    return letters.translate(LOOK_ALIKE).lstrip("0")


def _by_receipt(awards: Iterable[Award]) -> Mapping[tuple[str, int], list[Award]]:
    """By number and sum; a letter at the end is left out, because a copy may have got it."""
    same: dict[tuple[str, int], list[Award]] = defaultdict(list)
    for award in sorted(awards, key=_time):
        number = LETTER_AT_THE_END.sub("", normal_receipt(award.receipt))
        if len(number) >= RECEIPT_LENGTH:
            same[number, award.total].append(award)
    return same


def _is_reused(earlier: Award, later: Award) -> bool:
    if later.at - earlier.at > RECEIPT_SEEN_AGAIN:
        return False
    first, second = normal_receipt(earlier.receipt), normal_receipt(later.receipt)
    # Two letters at the end are two tills.
    if first != second and all(map(LETTER_AT_THE_END.search, (first, second))):
        return False
    if earlier.store == later.store:
        return earlier.receipt != later.receipt
    # Each store counts for itself: the same number in two of them says something on one card only.
    return earlier.customer == later.customer


def _rare_unit(facts: Facts) -> int | None:
    if len(facts.standing) < AWARDS_TO_KNOW:
        return None
    units = [facts.round_to * times for times in ROUND_UNITS]
    for unit in units:
        if sum(_is_round(award, unit) for award in facts.standing) <= RARE * len(facts.standing):
            return unit
    return None


def _is_round(award: Award, unit: int) -> bool:
    return award.total > 0 and award.total % unit == 0
