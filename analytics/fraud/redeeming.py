"""Patterns of points that were spent before what had brought them was taken back. Pure."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from analytics.fraud.facts import Facts, Redemption, card_of
from analytics.fraud.findings import Finding, Pattern, Subject, graver, latest_ids

# Whoever has mistyped notices it while the customer is still there.
MISTAKE: Final = timedelta(minutes=10)
# Once is a mistake that was noticed late, or goods that did not please.
UNDONE: Final = 2
LOOPS: Final = 2


@dataclass(frozen=True, slots=True)
class Undone:
    """Something that was taken back at a time, after points had been spent."""

    at: datetime
    points: int
    purchase: int | None = None
    redemption: int | None = None


def undo_after_redeem(facts: Facts) -> Iterator[Finding]:
    """Rewards cancelled long after they were handed out, and purchases voided after their points were spent."""
    spent = _spent(facts.redemptions)
    undone: dict[Subject, list[Undone]] = defaultdict(list)
    for redemption in facts.redemptions:
        if redemption.cancelled_at and redemption.cancelled_at - redemption.at > MISTAKE:
            again = Undone(redemption.cancelled_at, redemption.points, redemption=redemption.id)
            undone[card_of(redemption.customer)].append(again)
    for award in facts.awards:
        if award.voided_at and award.voided_at - award.at > MISTAKE:
            card = card_of(award.customer)
            if between := _spent_between(spent[card], award.at, award.voided_at):
                undone[card].append(Undone(award.voided_at, award.points, award.id, between[0].id))
    yield from _found(facts, Pattern.UNDO_AFTER_REDEEM, undone, threshold=UNDONE)


def return_loop(facts: Facts) -> Iterator[Finding]:
    """Buy, redeem, return, and again: each time with a reward of its own."""
    spent = _spent(facts.redemptions)
    loops: dict[Subject, list[Undone]] = defaultdict(list)
    for card, awards in facts.by_card.items():
        used: set[int] = set()
        for award in sorted(awards, key=lambda each: each.at):
            if award.returned_at is None:
                continue
            between = _spent_between(spent[card], award.at, award.returned_at)
            if new := next((each for each in between if each.id not in used), None):
                used.add(new.id)
                loops[card].append(Undone(award.returned_at, award.points, award.id, new.id))
    yield from _found(facts, Pattern.RETURN_LOOP, loops, threshold=LOOPS)


def _spent(redemptions: Sequence[Redemption]) -> dict[Subject, list[Redemption]]:
    """What was handed out and cost points, by card."""
    cards: dict[Subject, list[Redemption]] = defaultdict(list)
    for redemption in sorted(redemptions, key=lambda each: each.at):
        if redemption.points and redemption.cancelled_at is None:
            cards[card_of(redemption.customer)].append(redemption)
    return cards


def _spent_between(redemptions: Sequence[Redemption], since: datetime, until: datetime) -> list[Redemption]:
    return [redemption for redemption in redemptions if since < redemption.at < until]


def _found(facts: Facts, pattern: Pattern, undone: dict[Subject, list[Undone]], *, threshold: int) -> Iterator[Finding]:
    for card, all_of_it in undone.items():
        times = facts.unsettled(pattern, card, all_of_it)
        if len(times) >= threshold:
            yield Finding(
                pattern=pattern,
                subject=card,
                severity=graver(len(times), threshold),
                first_at=times[0].at,
                last_at=times[-1].at,
                figures={"count": len(times), "points": sum(each.points for each in times)},
                evidence={
                    "purchases": latest_ids(each.purchase for each in times if each.purchase is not None),
                    "redemptions": latest_ids(each.redemption for each in times if each.redemption is not None),
                },
            )
