"""On simulated months every planted pattern is found, and fewer than one honest customer in a hundred is flagged."""

import pytest

from analytics.fraud import PATTERNS, findings
from analytics.fraud.findings import SubjectKind
from tests.analytics.simulator import PLANTS, TRADES, Trade, can_be_tried, honest_shop, plant

SEEDS = range(5)
MOST_FLAGGED = 0.01


def test_there_is_a_plant_for_every_pattern() -> None:
    assert PLANTS.keys() == PATTERNS.keys()
    assert len(PATTERNS) == 12


@pytest.mark.parametrize("trade", TRADES, ids=lambda trade: trade.name)
def test_every_planted_pattern_is_found_in_every_shop(trade: Trade) -> None:
    missed = []
    for seed in SEEDS:
        for scheme in (scheme for schemes in PLANTS.values() for scheme in schemes if can_be_tried(scheme, trade)):
            shop = honest_shop(trade, seed)
            expected = plant(shop, scheme)
            if expected not in {(found.pattern, found.subject) for found in findings(shop.seen())}:
                missed.append((seed, scheme.__name__))
    assert missed == []


def test_hardly_any_honest_customer_is_flagged_and_no_honest_till() -> None:
    people = flagged = 0
    tills = []
    for trade in TRADES:
        for seed in SEEDS:
            facts = honest_shop(trade, seed).seen()
            found = findings(facts)
            people += len({award.customer for award in facts.awards})
            flagged += len({each.subject for each in found if each.subject.kind == SubjectKind.CUSTOMER})
            tills += [(trade.name, seed, each.pattern) for each in found if each.subject.kind != SubjectKind.CUSTOMER]
    assert people > 5_000
    assert flagged < MOST_FLAGGED * people
    assert tills == []


def test_what_is_planted_together_is_found_together() -> None:
    for trade in TRADES:
        shop = honest_shop(trade, 99)
        expected = {
            plant(shop, scheme) for schemes in PLANTS.values() for scheme in schemes if can_be_tried(scheme, trade)
        }
        found = findings(shop.seen())
        assert expected <= {(each.pattern, each.subject) for each in found}
        assert len({(each.pattern, each.subject) for each in found}) == len(found)
