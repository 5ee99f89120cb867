"""Limits count in the cache, for each subject by itself."""

import pytest
from django.utils import translation

from tenants.throttle import Limit, Tally, Throttled
from tests.conftest import redis_server
from tests.tenants.threads import in_threads

LIMIT = Limit("tests", times=3, seconds=60)


def use_up(*subject: object) -> None:
    for _ in range(LIMIT.times):
        LIMIT.hit(*subject)


def test_the_hit_above_the_limit_is_throttled_and_says_for_how_long() -> None:
    use_up("anna")
    with pytest.raises(Throttled) as refused:
        LIMIT.hit("anna")
    assert (refused.value.code, refused.value.status) == ("throttled", 429)
    assert 55 <= refused.value.facts["retry_after"] <= 60


@pytest.mark.parametrize(
    ("seconds", "told"), [(1, "1 Minute"), (60, "1 Minute"), (61, "2 Minuten"), (5401, "2 Stunden"), (86_400, "24")]
)
def test_people_are_told_in_minutes_or_hours(seconds: int, told: str) -> None:
    with translation.override("de"):
        assert told in str(Throttled(retry_after=seconds))


def test_subjects_are_counted_apart() -> None:
    use_up(1, "anna")
    LIMIT.hit(2, "anna")
    LIMIT.hit("1", "anna")
    LIMIT.hit(1, "arno")
    Limit("tests-of-something-else", times=3, seconds=60).hit(1, "anna")


def test_a_cleared_subject_starts_again() -> None:
    use_up("anna")
    LIMIT.clear("anna")
    use_up("anna")


def test_hits_expire_with_the_window_that_the_first_one_opened() -> None:
    for _ in range(2):
        LIMIT.hit("anna")
        assert 0 < redis_server().ttl(LIMIT._key(("anna",))) <= 60
    redis_server().delete(LIMIT._key(("anna",)))
    use_up("anna")


def test_a_key_never_shows_its_subject() -> None:
    assert "anna" not in LIMIT._key(("anna@example.org",))


@pytest.mark.django_db(transaction=True)
def test_of_eight_at_once_as_many_pass_as_the_limit_allows() -> None:
    outcomes = in_threads(8, lambda _: LIMIT.hit("anna"))
    assert sum(isinstance(outcome, Throttled) for outcome in outcomes) == 8 - LIMIT.times
    assert outcomes.count(None) == LIMIT.times


def test_a_tally_refuses_nothing_and_says_when_so_many_have_come_together() -> None:
    tally = Tally("tests", every=3, seconds=60)
    assert [tally.is_full("anna") for _ in range(7)] == [False, False, True, False, False, True, False]
    assert not tally.is_full("arno")
