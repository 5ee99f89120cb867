"""Whatever a shop, its customers and time do to the ledger, it agrees with a naive oracle after every step.

Ten thousand steps in every run of the tests; `--hypothesis-profile=long` makes a million.
"""

from itertools import count
from random import getrandbits
from typing import Final

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from ledger.models import Account
from tests.factories import make_customer, make_purchase, make_shop
from tests.machine.life import ShopLife

# In one life.
STEPS: Final = 50
# The parts run beside each other.
PARTS: Final = 4
# For each example of the profile: a hundred are 4 x 2,500 steps, ten thousand are 4 x 250,000.
STEPS_IN_A_PART: Final = 25


@pytest.mark.django_db
@pytest.mark.parametrize("part", range(PARTS))
def test_the_ledger_agrees_with_a_naive_oracle_whatever_happens(part: int) -> None:
    ShopLife.steps = 0
    other = make_shop()
    with other.scope():
        make_purchase(customer=make_customer())
        before = list(Account.objects.values())
    profile = settings()
    wanted = profile.max_examples * STEPS_IN_A_PART
    for start in count(part * wanted if profile.derandomize else getrandbits(64)):
        if ShopLife.steps >= wanted:
            break
        # What the night does looks at the whole shop: lives before would make each step dearer than the last.
        ShopLife.shop = make_shop()
        run_state_machine_as_test(
            # A life that draws much ends early, so lives follow until the steps are made.
            seed(start)(ShopLife),
            settings=settings(
                max_examples=10,
                stateful_step_count=STEPS,
                deadline=None,
                suppress_health_check=list(HealthCheck),
                database=None,
                phases=[Phase.generate],
            ),
        )
    with other.scope():
        assert list(Account.objects.values()) == before
