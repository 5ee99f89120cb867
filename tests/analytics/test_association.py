"""What is shown of a programme without a hold-out: right to the cent, and never called an effect."""

import statistics
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import ttest_rel

from analytics.association import Change, change_on_joining
from analytics.claims import Claim
from analytics.effect import Reason, Unanswered


def test_members_before_and_after_joining_agree_with_the_textbook() -> None:
    rng = np.random.default_rng(90)
    before = rng.integers(0, 5_000, 200)
    after = before + rng.integers(-1_000, 1_500, 200)
    top = sorted([*before, *after])[-1 - 3]
    found = change_on_joining(before=before, after=after)
    assert isinstance(found, Change)
    was, became = np.minimum(before, top), np.minimum(after, top)
    expected = ttest_rel(became, was).confidence_interval(0.95)
    assert (found.members, found.before, found.after) == (200, round(was.mean()), round(became.mean()))
    assert found.difference.estimate == round(statistics.fmean(became - was))
    assert (found.difference.low, found.difference.high) == (round(expected.low), round(expected.high))


def test_a_handful_of_members_has_no_before_and_after() -> None:
    few = np.full(18, 2_000)
    assert change_on_joining(before=few, after=few) == Unanswered(reason=Reason.FEW, more_customers=12)


def test_it_cannot_be_called_an_effect() -> None:
    same = np.full(40, 2_000)
    found = change_on_joining(before=same, after=same)
    assert isinstance(found, Change)
    assert found.claim is Claim.ASSOCIATION
    with pytest.raises(ValueError, match="init=False"):
        replace(found, claim=Claim.EFFECT)
