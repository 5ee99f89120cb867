"""The pure rule: hard facts refuse whoever approved, suspicions hold what nobody has approved, the rest is paid."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referrals.verdict import MANY, Facts, Obstacle, Reason, Verdict, verdict

facts = st.builds(
    Facts,
    is_oneself=st.booleans(),
    is_existing=st.booleans(),
    friend_left=st.booleans(),
    referrer_left=st.booleans(),
    paid_before=st.integers(0, 12),
    paid_in_chain=st.integers(0, 12),
    cap=st.none() | st.integers(1, 10),
    enrolled_at_till_of_referrer=st.booleans(),
    in_network_of_referrer=st.booleans(),
    is_household=st.booleans(),
    referrers_card_at_till=st.booleans(),
    friends_lately=st.integers(0, 2 * MANY),
    friend_has_contact=st.booleans(),
    somebody_is_blocked=st.booleans(),
    friend_without_reward=st.booleans(),
    referrer_without_reward=st.booleans(),
    is_approved=st.booleans(),
    is_approved_without_reward=st.booleans(),
)


@given(facts)
def test_what_is_not_paid_has_a_reason_and_what_is_paid_has_none(known: Facts) -> None:
    judged = verdict(known)
    assert bool(judged.reasons) == (judged.verdict != Verdict.PAY)
    assert judged.obstacle is None or judged.verdict == Verdict.PAY


@given(facts)
def test_a_hard_fact_refuses_whoever_has_approved(known: Facts) -> None:
    is_hard = known.is_oneself or known.is_existing or known.friend_left
    assert (verdict(known).verdict == Verdict.REFUSE) == is_hard
    assert (verdict(replace(known, is_approved=True)).verdict == Verdict.REFUSE) == is_hard


@given(facts)
def test_what_the_merchant_has_approved_is_never_held(known: Facts) -> None:
    approved = replace(known, is_approved=True, is_approved_without_reward=True)
    assert verdict(approved).verdict != Verdict.HOLD


@given(facts)
def test_a_promise_that_cannot_be_kept_waits_for_a_yes_to_just_that(known: Facts) -> None:
    judged = verdict(replace(known, friend_without_reward=True, is_approved=True, is_approved_without_reward=False))
    assert judged.verdict != Verdict.PAY
    assert judged.verdict == Verdict.REFUSE or judged.reasons[-1] == Reason.NO_REWARD


@given(facts)
def test_a_full_cap_never_brings_the_referrer_anything(known: Facts) -> None:
    judged = verdict(known)
    if judged.verdict == Verdict.PAY and known.cap is not None and known.paid_before >= known.cap:
        assert judged.obstacle is not None


@given(facts)
def test_people_who_invite_each_other_in_turn_get_no_more_than_one_cap_by_themselves(known: Facts) -> None:
    chained = replace(known, is_approved=False, paid_in_chain=max(known.paid_in_chain, known.paid_before))
    judged = verdict(chained)
    if judged.verdict == Verdict.PAY and judged.obstacle is None and chained.cap is not None:
        assert chained.paid_in_chain < chained.cap


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"enrolled_at_till_of_referrer": True}, Reason.SAME_TILL),
        ({"in_network_of_referrer": True}, Reason.SAME_NETWORK),
        ({"is_household": True}, Reason.HOUSEHOLD),
        ({"referrers_card_at_till": True}, Reason.CARD_AT_TILL),
        ({"friends_lately": MANY + 1}, Reason.MANY),
        ({"paid_in_chain": 3, "cap": 3}, Reason.RING),
        ({"friend_has_contact": False}, Reason.NO_CONTACT),
        ({"somebody_is_blocked": True}, Reason.BLOCKED),
        ({"friend_without_reward": True}, Reason.NO_REWARD),
        ({"referrer_without_reward": True}, Reason.NO_REWARD),
    ],
)
def test_each_suspicion_is_named(changes: dict[str, object], reason: Reason) -> None:
    judged = verdict(replace(Facts(), **changes))  # type: ignore[arg-type]
    assert (judged.verdict, list(judged.reasons)) == (Verdict.HOLD, [reason])


def test_without_a_referrer_only_the_friend_is_thanked() -> None:
    assert verdict(Facts(referrer_left=True, referrer_without_reward=True)).verdict == Verdict.PAY
    assert verdict(Facts(referrer_left=True)).obstacle == Obstacle.LEFT
    assert verdict(Facts(paid_before=3, paid_in_chain=3, cap=3)).obstacle == Obstacle.CAP
