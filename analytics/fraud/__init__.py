"""The fraud watch: twelve patterns over a month of facts; what it finds is to be looked at, never a verdict. Pure."""

from collections.abc import Callable, Iterator
from typing import Final

from analytics.fraud.cards import own_card, receipt_reuse, round_sums, small_awards
from analytics.fraud.facts import Facts
from analytics.fraud.findings import Finding, Pattern
from analytics.fraud.redeeming import return_loop, undo_after_redeem
from analytics.fraud.referring import referral_ring, self_referral
from analytics.fraud.tills import code_guessing, device_burst, look_up_scraping, outside_hours

PATTERNS: Final[dict[Pattern, Callable[[Facts], Iterator[Finding]]]] = {
    Pattern.OWN_CARD: own_card,
    Pattern.SMALL_AWARDS: small_awards,
    Pattern.OUTSIDE_HOURS: outside_hours,
    Pattern.RECEIPT_REUSE: receipt_reuse,
    Pattern.SELF_REFERRAL: self_referral,
    Pattern.REFERRAL_RING: referral_ring,
    Pattern.CODE_GUESSING: code_guessing,
    Pattern.UNDO_AFTER_REDEEM: undo_after_redeem,
    Pattern.ROUND_SUMS: round_sums,
    Pattern.DEVICE_BURST: device_burst,
    Pattern.RETURN_LOOP: return_loop,
    Pattern.LOOK_UP_SCRAPING: look_up_scraping,
}


def findings(facts: Facts) -> list[Finding]:
    """What stands out in these facts, each pattern and subject once."""
    return [finding for find in PATTERNS.values() for finding in find(facts)]
