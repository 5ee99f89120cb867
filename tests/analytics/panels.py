"""Customers of a simulated shop who come as real ones do: most seldom, a few often, and some for the last time."""

from dataclasses import dataclass

import numpy as np

from analytics.effect import Flags, Money, Panel

# Visits a day and cents a visit on average; both skewed. After so many days on average a customer stays away for good.
VISITS, BASKET, STAYS = 2.5 / 30, 640, 400.0
HELD_OUT = 20


@dataclass(frozen=True)
class Course:
    """A campaign as it goes on: a row of `spend` for each look, everything since its beginning."""

    is_held_out: Flags
    before: Money
    spend: Money
    # What the campaign adds to a customer until the last look, in cents, on average over all such shops.
    adds: float

    def at(self, look: int) -> Panel:
        """`look` counts from 1."""
        return panel(is_held_out=self.is_held_out, before=self.before, spend=self.spend[look - 1])


def panel(*, is_held_out: Flags, before: Money, spend: Money, given: Money | None = None) -> Panel:
    return Panel(
        is_held_out=is_held_out,
        before=before,
        spend=spend,
        given=np.zeros_like(spend) if given is None else given,
        percent=HELD_OUT,
    )


def course(
    rng: np.random.Generator, *, customers: int = 600, looks: int = 1, days_between: float = 30, lift: float = 0.0
) -> Course:
    """Gamma rates, Poisson visits, lognormal baskets around which purchases vary; `lift` more visits if written to."""
    rate = rng.gamma(0.9, VISITS / 0.9, customers)
    basket = BASKET * rng.lognormal(-0.18, 0.6, customers)
    last_day = rng.exponential(STAYS, customers)
    is_held_out = rng.random(customers) < HELD_OUT / 100

    def spent(visits: Money) -> Money:
        return np.rint(rng.standard_gamma(2.0 * visits) * basket / 2).astype(np.int64)

    days = looks * days_between
    before = spent(rng.poisson(rate * days))
    starts = np.arange(looks)[:, np.newaxis] * days_between
    there = np.clip(last_day - starts, 0, days_between)
    spend = spent(rng.poisson(there * rate * np.where(is_held_out, 1, 1 + lift))).cumsum(axis=0)
    adds = lift * VISITS * BASKET * STAYS * (1 - np.exp(-days / STAYS))
    return Course(is_held_out=is_held_out, before=before, spend=spend, adds=adds)
