"""How often the figures of a campaign may be looked at, and how wide the interval then has to be. Pure.

[A] Robbins 1970, Statistical methods related to the law of the iterated logarithm; as mixture test in Johari, Koomen,
    Pekelis, Walsh 2022, Always valid inference: continuous monitoring of A/B tests, section 5; for other than normal
    data in Waudby-Smith, Arbour, Sinha, Kennedy, Ramdas 2024, Time-uniform central limit theory and asymptotic
    confidence sequences, section 2.
[B] O'Brien, Fleming 1979, A multiple testing procedure for clinical trials; constants as in Jennison, Turnbull 2000,
    Group sequential methods with applications to clinical trials, table 2.3.
[C] Armitage, McPherson, Rowe 1969, Repeated significance tests on accumulating data.

The boundaries are those of Brownian motion. What customers with habits have spent so far agrees more from look to look
than Brownian motion would, and looks that agree more raise fewer false alarms (Slepian 1962).
"""

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Protocol

import numpy as np
from scipy.optimize import brentq
from scipy.special import lambertw, ndtri

# In one of twenty campaigns without effect an interval may miss zero.
ERROR: Final = 0.05
# Where the mixture of [A] is narrowest, as a multiple of the precision of its prior: at the planned end.
_NARROWEST: Final = float(-lambertw(-(ERROR**2) / math.e, -1).real - 1)


class Look(Protocol):
    """When the figures are looked at: how many standard errors the interval then has to reach to either side."""

    @property
    def critical(self) -> float: ...

    @property
    def critical_at_end(self) -> float: ...


@dataclass(frozen=True, slots=True)
class AtTheEnd:
    """Once, on the day that was fixed beforehand, and never before."""

    @property
    def critical(self) -> float:
        return float(ndtri(1 - ERROR / 2))

    @property
    def critical_at_end(self) -> float:
        return self.critical


@dataclass(frozen=True, slots=True)
class AnyDay:
    """As often as one likes, for screens: wrong at any time in at most one of twenty campaigns without effect.

    Days of the planned days; or customers of the planned ones, where they come into the campaign one after the other.
    """

    done: int
    planned: int

    def __post_init__(self) -> None:
        if self.done < 1 or self.planned < 1:
            raise ValueError(f"day {self.done} of {self.planned} is none")

    @property
    def critical(self) -> float:
        """[A]: Brownian motion leaves ± √((V + η) · ln((V + η) / (η · ERROR²))) with probability ERROR; over √V."""
        information = _NARROWEST * self.done / self.planned
        return math.sqrt((1 + 1 / information) * (math.log1p(information) - 2 * math.log(ERROR)))

    @property
    def critical_at_end(self) -> float:
        return AnyDay(max(self.done, self.planned), self.planned).critical


@dataclass(frozen=True, slots=True)
class Weekly:
    """At the end of each planned week, for decisions: wide at first, at the end hardly wider than a single look."""

    week: int
    planned: int

    def __post_init__(self) -> None:
        if not 1 <= self.week <= self.planned:
            raise ValueError(f"week {self.week} of {self.planned} was not planned")

    @property
    def critical(self) -> float:
        """[B]: the last week's value times √(planned weeks / weeks done)."""
        return self.critical_at_end * math.sqrt(self.planned / self.week)

    @property
    def critical_at_end(self) -> float:
        return _obrien_fleming(self.planned)


@lru_cache(maxsize=64)
def _obrien_fleming(looks: int) -> float:
    """[C]: the c for which a sum of so many normal steps ever leaves ± c √looks with probability ERROR."""
    nodes, weights = np.polynomial.legendre.leggauss(40 + 8 * looks)

    def error(critical: float) -> float:
        edge = critical * math.sqrt(looks)
        at = edge * nodes
        step = edge * weights * np.exp(-0.5 * (at[:, None] - at) ** 2) / math.sqrt(2 * math.pi)
        inside = np.exp(-0.5 * at**2) / math.sqrt(2 * math.pi)
        for _ in range(looks - 1):
            inside = step @ inside
        return 1 - edge * float(weights @ inside)

    return float(brentq(lambda critical: error(critical) - ERROR, 1.5, 3.5))
