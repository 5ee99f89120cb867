"""What may be said of a figure. Apart from what computes, so that whoever shows it loads no numpy."""

from enum import StrEnum


class Claim(StrEnum):
    EFFECT = "effect"
    ASSOCIATION = "association"
