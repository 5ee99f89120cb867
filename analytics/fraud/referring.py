"""Patterns of referrals: friends who are oneself, and friends who were made for the reward. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from analytics.fraud.facts import Facts, Referral, Sameness, card_of
from analytics.fraud.findings import Finding, Pattern, Severity, Subject, graver, latest_ids

# Five friends of friends who all bought once, for as little as the offer asks for.
RING: Final = 5
THIN_SHARE: Final = 0.8
# A little above the least that the offer asks for.
JUST_ENOUGH: Final = 1.25


def self_referral(facts: Facts) -> Iterator[Finding]:
    """Referrer and friend can be reached at the same address or number, spelt another way."""
    same: dict[Subject, list[Referral]] = defaultdict(list)
    for referral in facts.referrals:
        if referral.same:
            same[card_of(referral.referrer)].append(referral)
    for card, found in same.items():
        if fresh := facts.unsettled(Pattern.SELF_REFERRAL, card, found):
            figures = {
                "count": len(fresh),
                "email": sum(Sameness.EMAIL in each.same for each in fresh),
                "phone": sum(Sameness.PHONE in each.same for each in fresh),
            }
            yield _finding(Pattern.SELF_REFERRAL, card, fresh, Severity.HIGH, figures)


def referral_ring(facts: Facts) -> Iterator[Finding]:
    """People who have brought each other, nearly all of whom bought once and just enough."""
    for referrals in _circles(facts.referrals):
        card = card_of(min(referral.referrer for referral in referrals))
        fresh = facts.unsettled(Pattern.REFERRAL_RING, card, referrals)
        bought = [referral for referral in fresh if facts.by_card.get(card_of(referral.friend))]
        thin = [referral for referral in bought if _is_thin(referral, facts)]
        if len(thin) >= max(RING, THIN_SHARE * len(bought)):
            figures = {
                "count": len(fresh),
                "thin": len(thin),
                "referrers": len({referral.referrer for referral in fresh}),
            }
            yield _finding(Pattern.REFERRAL_RING, card, fresh, graver(len(thin), RING), figures)


def _is_thin(referral: Referral, facts: Facts) -> bool:
    bought = facts.by_card[card_of(referral.friend)]
    return len(bought) == 1 and bought[0].total <= max(JUST_ENOUGH * referral.least, facts.small_total)


def _circles(referrals: Iterable[Referral]) -> list[list[Referral]]:
    """Referrals of people who hang together, by whoever brought whom."""
    leaders: dict[int, int] = {}

    def leader(person: int) -> int:
        while (above := leaders.setdefault(person, person)) != person:
            leaders[person] = leaders[above]
            person = above
        return person

    found = list(referrals)
    for referral in found:
        leaders[leader(referral.friend)] = leader(referral.referrer)
    circles: dict[int, list[Referral]] = defaultdict(list)
    for referral in found:
        circles[leader(referral.referrer)].append(referral)
    return list(circles.values())


def _finding(
    pattern: Pattern, card: Subject, found: Sequence[Referral], severity: Severity, figures: dict[str, int]
) -> Finding:
    return Finding(
        pattern=pattern,
        subject=card,
        severity=severity,
        first_at=found[0].at,
        last_at=found[-1].at,
        figures=figures,
        evidence={
            "referrals": latest_ids(each.id for each in found),
            "customers": latest_ids(each.friend for each in found),
        },
    )
