"""Each pattern just below and just at what it looks for, and what is harmless although it looks like it."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from analytics.fraud import findings
from analytics.fraud.cards import normal_receipt
from analytics.fraud.facts import (
    Adjustment,
    Award,
    Enrolment,
    Facts,
    LookUps,
    OpeningHours,
    Redemption,
    Referral,
    Sameness,
    Tap,
    WrongCodes,
    card_of,
    till_of,
)
from analytics.fraud.findings import Finding, Pattern, Severity, Subject, SubjectKind
from analytics.fraud.normal import chance_of, median, quantile

MONDAY = datetime(2026, 11, 2, 10, tzinfo=UTC)
JANA, TILL = 1, 7
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def award(number: int, at: datetime = MONDAY, *, customer: int = JANA, total: int = 260, **stated: Any) -> Award:
    facts: dict[str, Any] = {"device": TILL, "store": 1, "staff": "member:1", "points": total // 10}
    return Award(id=number, customer=customer, at=at, total=total, **facts | stated)


def others(count: int = 60, *, total: int = 730) -> list[Award]:
    """What the rest of the shop buys: each another customer, from early to late."""
    return [
        award(10_000 + number, MONDAY + number * 10 * MINUTE, customer=1_000 + number, total=total + number)
        for number in range(count)
    ]


def found(pattern: Pattern, **facts: Any) -> list[Finding]:
    return [each for each in findings(Facts(**facts)) if each.pattern == pattern]


def is_found(pattern: Pattern, **facts: Any) -> bool:
    return bool(found(pattern, **facts))


# --- The own card


def test_one_booking_by_its_owner_is_enough_where_the_card_is_known() -> None:
    own = {"own_cards": {JANA: {"member:1"}}}
    [finding] = found(Pattern.OWN_CARD, awards=[award(1)], **own)
    assert (finding.subject, finding.severity) == (card_of(JANA), Severity.HIGH)
    assert finding.evidence["purchases"] == [1]
    assert not is_found(Pattern.OWN_CARD, awards=[award(1, staff="member:2")], **own)
    assert not is_found(Pattern.OWN_CARD, awards=[award(1, voided_at=MONDAY)], **own)


def test_points_by_hand_for_the_own_card_are_found_too() -> None:
    given = Adjustment(id=5, customer=JANA, at=MONDAY, points=400, staff="member:1")
    [finding] = found(Pattern.OWN_CARD, adjustments=[given], own_cards={JANA: {"member:1"}})
    assert (finding.figures["points"], finding.figures["by_hand"], finding.evidence["events"]) == (400, 1, [5])
    assert not is_found(Pattern.OWN_CARD, adjustments=[given], own_cards={JANA: {"member:2"}})


def a_shift(card_visits: int, *, colleagues: bool = True) -> list[Award]:
    """Five days on which two people serve by turns, and one card is filled three times a day by the same hands."""
    awards = []
    for number in range(5 * 40):
        day, place = divmod(number, 40)
        staff = f"member:{1 + (place % 2 if colleagues else 0)}"
        at = MONDAY + day * DAY + place * 10 * MINUTE
        awards.append(award(number, at, customer=100 + number, staff=staff))
    for number in range(card_visits):
        day, place = divmod(number, 3)
        awards.append(award(900 + number, MONDAY + day * DAY + place * HOUR + 95 * MINUTE, staff="member:1"))
    return awards


def test_an_unknown_card_filled_by_one_person_all_shift_long() -> None:
    [finding] = found(Pattern.OWN_CARD, awards=a_shift(15))
    assert (finding.subject, finding.severity, finding.figures["is_known"]) == (card_of(JANA), Severity.MEDIUM, 0)
    assert not is_found(Pattern.OWN_CARD, awards=a_shift(7))
    assert not is_found(Pattern.OWN_CARD, awards=a_shift(12))


def test_alone_on_a_shift_everybody_is_served_by_the_same_hands() -> None:
    assert not is_found(Pattern.OWN_CARD, awards=a_shift(15, colleagues=False))


# --- Small amounts


def many(count: int, **stated: Any) -> list[Award]:
    return [award(number, MONDAY + number * 5 * MINUTE, **stated) for number in range(count)]


def test_five_small_amounts_on_a_day() -> None:
    [finding] = found(Pattern.SMALL_AWARDS, awards=[*many(5), *others()])
    assert (finding.figures["most"], finding.figures["days"], finding.figures["total"]) == (5, 1, 1300)
    assert not is_found(Pattern.SMALL_AWARDS, awards=[*many(4), *others()])
    assert not is_found(Pattern.SMALL_AWARDS, awards=[*many(5, total=900), *others()])


def test_what_is_many_depends_on_what_is_usual() -> None:
    """A shop where everybody comes three times a day."""
    busy = [
        award(100 + number * 3 + time, MONDAY + time * HOUR, customer=100 + number, total=900)
        for number in range(100)
        for time in range(3)
    ]
    assert not is_found(Pattern.SMALL_AWARDS, awards=[*many(8), *busy])
    assert is_found(Pattern.SMALL_AWARDS, awards=[*many(9), *busy])


# --- Opening hours

NINE_TO_SIX = OpeningHours(tuple(((day * 24 + 9) * 60, (day * 24 + 18) * 60) for day in range(6)))


def late(count: int, *, after: timedelta = 2 * HOUR, cards: int = 1) -> list[Award]:
    closes = MONDAY.replace(hour=18)
    return [award(number, closes + after + number * MINUTE, customer=1 + number % cards) for number in range(count)]


def test_three_bookings_in_a_closed_store() -> None:
    hours = {"hours": {1: NINE_TO_SIX}}
    [finding] = found(Pattern.OUTSIDE_HOURS, awards=late(3), **hours)
    assert (finding.subject, finding.figures["count"], finding.figures["cards"]) == (till_of(TILL), 3, 1)
    assert not is_found(Pattern.OUTSIDE_HOURS, awards=late(2), **hours)
    assert not is_found(Pattern.OUTSIDE_HOURS, awards=late(3))
    assert not is_found(Pattern.OUTSIDE_HOURS, awards=late(3, after=25 * MINUTE), **hours)


def test_with_five_cards_the_shop_was_open_after_all() -> None:
    hours = {"hours": {1: NINE_TO_SIX}}
    assert not is_found(Pattern.OUTSIDE_HOURS, awards=late(20, cards=5), **hours)
    assert is_found(Pattern.OUTSIDE_HOURS, awards=late(20, cards=4), **hours)


def test_who_stays_a_little_longer_comes_once_but_nobody_comes_at_three_in_the_morning() -> None:
    hours = {"hours": {1: NINE_TO_SIX}}
    assert not is_found(Pattern.OUTSIDE_HOURS, awards=late(4, cards=4), **hours)
    assert is_found(Pattern.OUTSIDE_HOURS, awards=late(4, cards=4, after=9 * HOUR), **hours)
    assert not is_found(Pattern.OUTSIDE_HOURS, awards=late(4, cards=3), **hours)


def test_a_web_shop_never_closes() -> None:
    online = [award(number, MONDAY.replace(hour=23), device=None) for number in range(9)]
    assert not is_found(Pattern.OUTSIDE_HOURS, awards=online, hours={1: NINE_TO_SIX})


def test_hours_may_reach_into_the_next_day_and_the_next_week() -> None:
    """Sundays from 20 to 2."""
    bar = OpeningHours((((6 * 24 + 20) * 60, (7 * 24 + 2) * 60),))
    sunday = MONDAY.replace(hour=23) + 6 * DAY
    assert bar.is_open(sunday, grace=0)
    assert bar.is_open(sunday + 2 * HOUR + 59 * MINUTE, grace=0)
    assert not bar.is_open(sunday + 3 * HOUR, grace=0)
    assert bar.is_open(sunday + 3 * HOUR, grace=1)
    assert not bar.is_open(sunday - 4 * HOUR, grace=59)


# --- Receipts


def twice(first: str, second: str, **stated: Any) -> list[Award]:
    return [award(1, receipt=first), award(2, MONDAY + HOUR, receipt=second, **{"customer": 2} | stated)]


@pytest.mark.parametrize("again", ["R 2026 0047", "r-2026-0047", "R2026/0O47", "R-2026-0047a"])
def test_a_receipt_in_another_spelling(again: str) -> None:
    [finding] = found(Pattern.RECEIPT_REUSE, awards=twice("R-2026-0047", again))
    assert finding.subject == card_of(2)
    assert finding.evidence["purchases"] == [1, 2]


@pytest.mark.parametrize("other", ["R-2026-0048", "R-2026-00477", "S-2026-0047", "47", ""])
def test_another_receipt(other: str) -> None:
    assert not is_found(Pattern.RECEIPT_REUSE, awards=twice("R-2026-0047", other))


def test_another_sum_or_another_week_is_another_receipt() -> None:
    assert not is_found(Pattern.RECEIPT_REUSE, awards=twice("R-0047", "R0047", total=300))
    later = award(2, MONDAY + 3 * DAY + MINUTE, customer=2, receipt="R0047")
    assert not is_found(Pattern.RECEIPT_REUSE, awards=[award(1, receipt="R-0047"), later])


def test_two_stores_count_for_themselves_but_not_on_one_card() -> None:
    assert not is_found(Pattern.RECEIPT_REUSE, awards=twice("B-88123", "B-88123", store=2))
    assert is_found(Pattern.RECEIPT_REUSE, awards=twice("B-88123", "B-88123", store=2, customer=JANA))


def test_two_letters_at_the_end_are_two_tills() -> None:
    assert not is_found(Pattern.RECEIPT_REUSE, awards=twice("4711A", "4711B"))
    assert normal_receipt("00-4711 a") == "4711A"


# --- Referrals


def test_one_person_on_both_sides() -> None:
    def referred(*same: Sameness) -> list[Referral]:
        return [Referral(id=3, referrer=JANA, friend=2, at=MONDAY, same=frozenset(same))]

    [finding] = found(Pattern.SELF_REFERRAL, referrals=referred(Sameness.EMAIL))
    assert (finding.subject, finding.evidence["customers"]) == (card_of(JANA), [2])
    assert not is_found(Pattern.SELF_REFERRAL, referrals=referred())


def ring(friends: int, *, total: int = 500, visits: int = 1) -> dict[str, Any]:
    """A chain: everybody brings the next one."""
    brought = [
        Referral(id=number, referrer=JANA + number, friend=JANA + number + 1, at=MONDAY, least=500)
        for number in range(friends)
    ]
    bought = [
        award(number * 10 + visit, MONDAY + visit * DAY, customer=JANA + number + 1, total=total)
        for number in range(friends)
        for visit in range(visits)
    ]
    return {"referrals": brought, "awards": [*bought, *others()]}


def test_five_who_bought_once_and_just_enough_are_a_ring() -> None:
    [finding] = found(Pattern.REFERRAL_RING, **ring(5))
    assert (finding.subject, finding.figures["thin"], finding.figures["referrers"]) == (card_of(JANA), 5, 5)
    assert not is_found(Pattern.REFERRAL_RING, **ring(4))


def test_friends_who_come_again_or_buy_properly_are_none() -> None:
    assert not is_found(Pattern.REFERRAL_RING, **ring(9, visits=2))
    assert not is_found(Pattern.REFERRAL_RING, **ring(9, total=2_000))


# --- Codes and searches


def tried(*counts: int, every: timedelta = 15 * MINUTE, source: Subject | None = None) -> list[WrongCodes]:
    return [
        WrongCodes(id=number, at=MONDAY + number * every, source=source or till_of(TILL), count=count)
        for number, count in enumerate(counts)
    ]


def test_ten_wrong_codes_within_an_hour() -> None:
    [finding] = found(Pattern.CODE_GUESSING, wrong_codes=tried(5, 5))
    assert (finding.subject, finding.severity, finding.figures["most"]) == (till_of(TILL), Severity.HIGH, 10)
    assert not is_found(Pattern.CODE_GUESSING, wrong_codes=tried(5))
    assert not is_found(Pattern.CODE_GUESSING, wrong_codes=tried(5, 5, 5, every=2 * HOUR))
    key = Subject(SubjectKind.KEY, 3)
    assert [each.subject for each in found(Pattern.CODE_GUESSING, wrong_codes=tried(5, 5, source=key))] == [key]


def searched(count: int) -> list[LookUps]:
    return [
        LookUps(id=number, at=MONDAY + number * MINUTE, device=TILL, staff="member:1", count=60)
        for number in range(count)
    ]


def test_searching_without_booking() -> None:
    [finding] = found(Pattern.LOOK_UP_SCRAPING, look_ups=searched(2))
    assert (finding.figures["count"], finding.figures["booked"]) == (120, 0)
    assert not is_found(Pattern.LOOK_UP_SCRAPING, look_ups=searched(1))


def test_searches_are_held_against_what_was_booked() -> None:
    thirty, more = others(30), others(31)
    assert is_found(Pattern.LOOK_UP_SCRAPING, look_ups=searched(2), awards=thirty)
    assert not is_found(Pattern.LOOK_UP_SCRAPING, look_ups=searched(2), awards=more)
    stamps = [Tap(at=MONDAY, device=TILL, staff="member:1") for _ in range(31)]
    assert not is_found(Pattern.LOOK_UP_SCRAPING, look_ups=searched(2), taps=stamps)


# --- Taking back


def redeemed(number: int, at: datetime, **stated: Any) -> Redemption:
    return Redemption(id=number, at=at, **{"customer": JANA, "points": 500, "device": TILL} | stated)


def cancelled(count: int, *, after: timedelta = HOUR) -> list[Redemption]:
    times = [MONDAY + number * DAY for number in range(count)]
    return [redeemed(number, at, cancelled_at=at + after) for number, at in enumerate(times)]


def test_two_rewards_cancelled_long_after_they_were_handed_out() -> None:
    [finding] = found(Pattern.UNDO_AFTER_REDEEM, redemptions=cancelled(2))
    assert (finding.subject, finding.figures) == (card_of(JANA), {"count": 2, "points": 1000})
    assert finding.evidence["redemptions"] == [0, 1]
    assert not is_found(Pattern.UNDO_AFTER_REDEEM, redemptions=cancelled(1))
    assert not is_found(Pattern.UNDO_AFTER_REDEEM, redemptions=cancelled(9, after=10 * MINUTE))


def bought_and(count: int, *, redeem: bool = True, **undone: timedelta) -> dict[str, Any]:
    """Bought, points spent in between, and undone: `voided_at` or `returned_at` after a time."""
    times = [MONDAY + number * 2 * DAY for number in range(count)]
    awards = []
    for number, at in enumerate(times):
        stated: dict[str, Any] = {name: at + after for name, after in undone.items()}
        awards.append(award(number, at, **stated))
    return {"awards": awards, "redemptions": [redeemed(50 + n, at + MINUTE) for n, at in enumerate(times) if redeem]}


def test_two_purchases_voided_after_their_points_were_spent() -> None:
    assert is_found(Pattern.UNDO_AFTER_REDEEM, **bought_and(2, voided_at=HOUR))
    assert not is_found(Pattern.UNDO_AFTER_REDEEM, **bought_and(1, voided_at=HOUR))
    assert not is_found(Pattern.UNDO_AFTER_REDEEM, **bought_and(9, voided_at=5 * MINUTE))
    assert not is_found(Pattern.UNDO_AFTER_REDEEM, **bought_and(9, voided_at=HOUR, redeem=False))


def test_two_loops_of_buying_redeeming_returning() -> None:
    [finding] = found(Pattern.RETURN_LOOP, **bought_and(2, returned_at=DAY))
    assert finding.evidence == {"purchases": [0, 1], "redemptions": [50, 51]}
    assert not is_found(Pattern.RETURN_LOOP, **bought_and(1, returned_at=DAY))
    assert not is_found(Pattern.RETURN_LOOP, **bought_and(9, returned_at=DAY, redeem=False))


def test_one_reward_between_many_returns_is_one_loop() -> None:
    facts = bought_and(5, returned_at=20 * DAY)
    assert not is_found(Pattern.RETURN_LOOP, awards=facts["awards"], redemptions=facts["redemptions"][-1:])


# --- Round sums


def sums(*totals: int) -> list[Award]:
    return [award(number, MONDAY + number * DAY, total=total) for number, total in enumerate(totals)]


def test_six_round_sums_of_three_sizes() -> None:
    usual = others(100)
    [finding] = found(Pattern.ROUND_SUMS, awards=[*sums(1000, 2000, 5000, 1000, 2000, 5000), *usual])
    assert (finding.figures["count"], finding.figures["of"]) == (6, 6)
    assert not is_found(Pattern.ROUND_SUMS, awards=[*sums(1000, 2000, 5000, 1000, 2000), *usual])
    assert not is_found(Pattern.ROUND_SUMS, awards=[*sums(1000, 2000, 5000, 1000, 2000, 5000, 731, 999), *usual])


def test_the_same_lunch_every_day_is_round_but_not_odd() -> None:
    assert not is_found(Pattern.ROUND_SUMS, awards=[*sums(*[1000] * 20), *others(100)])
    assert not is_found(Pattern.ROUND_SUMS, awards=[*sums(*[1000, 2000] * 10), *others(100)])


def test_where_round_prices_are_usual_rounder_ones_count() -> None:
    """A salon: 35, 45, 55 euros."""
    salon = [award(100 + n, MONDAY + n * HOUR, customer=100 + n, total=3500 + n % 3 * 1000) for n in range(100)]
    assert not is_found(Pattern.ROUND_SUMS, awards=[*sums(3500, 4500, 5500, 3500, 4500, 5500), *salon])
    assert is_found(Pattern.ROUND_SUMS, awards=[*sums(5000, 10_000, 15_000, 5000, 10_000, 15_000), *salon])


def test_a_shop_with_few_purchases_knows_nothing_of_what_is_usual() -> None:
    assert not is_found(Pattern.ROUND_SUMS, awards=[*sums(1000, 2000, 5000, 1000, 2000, 5000), *others(20)])


# --- Many customers at once


def enrolled(count: int, *, every: timedelta = 5 * MINUTE) -> list[Enrolment]:
    return [Enrolment(customer=50 + number, at=MONDAY + number * every, device=TILL) for number in range(count)]


def test_six_enrolled_within_half_an_hour_who_buy_nothing() -> None:
    [finding] = found(Pattern.DEVICE_BURST, enrolments=enrolled(6))
    assert (finding.subject, finding.figures["enrolled"]) == (till_of(TILL), 6)
    assert finding.evidence["customers"] == [50, 51, 52, 53, 54, 55]
    assert not is_found(Pattern.DEVICE_BURST, enrolments=enrolled(5))
    assert not is_found(Pattern.DEVICE_BURST, enrolments=enrolled(6, every=7 * MINUTE))


def test_people_who_enrol_in_a_queue_and_buy_are_none() -> None:
    def bought(customers: Iterable[int]) -> list[Award]:
        return [award(customer, MONDAY + HOUR, customer=customer) for customer in customers]

    people = enrolled(12, every=2 * MINUTE)
    assert not is_found(Pattern.DEVICE_BURST, enrolments=people, awards=bought(range(50, 62)))
    assert not is_found(Pattern.DEVICE_BURST, enrolments=people, awards=bought(range(50, 62, 2)))
    assert is_found(Pattern.DEVICE_BURST, enrolments=people, awards=bought([50, 61]))


def test_six_rewards_for_cards_that_nobody_has_shown() -> None:
    def cards(count: int, **stated: Any) -> list[Redemption]:
        facts = {"is_shown": False} | stated
        return [redeemed(n, MONDAY + n * MINUTE, customer=50 + n, **facts) for n in range(count)]

    [finding] = found(Pattern.DEVICE_BURST, redemptions=cards(6))
    assert (finding.figures["redeemed"], finding.figures["points"]) == (6, 3000)
    assert not is_found(Pattern.DEVICE_BURST, redemptions=cards(5))
    assert not is_found(Pattern.DEVICE_BURST, redemptions=cards(9, is_shown=True))
    assert not is_found(Pattern.DEVICE_BURST, redemptions=cards(9, points=0))
    bought = [award(n, MONDAY, customer=50 + n) for n in range(9)]
    assert not is_found(Pattern.DEVICE_BURST, redemptions=cards(9), awards=bought)


# --- What was decided


def test_what_was_decided_is_settled_and_only_what_came_later_counts() -> None:
    awards = [*many(6), *others()]
    [finding] = found(Pattern.SMALL_AWARDS, awards=awards)
    settled = {(Pattern.SMALL_AWARDS, card_of(JANA)): finding.last_at}
    assert not is_found(Pattern.SMALL_AWARDS, awards=awards, settled=settled)
    more = [award(500 + n, MONDAY + DAY + n * MINUTE) for n in range(4)]
    assert not is_found(Pattern.SMALL_AWARDS, awards=[*awards, *more], settled=settled)
    [again] = found(Pattern.SMALL_AWARDS, awards=[*awards, *more, award(600, MONDAY + DAY)], settled=settled)
    assert again.figures["count"] == 5
    assert set(again.evidence["purchases"]) == {600, 500, 501, 502, 503}


def test_twice_as_much_is_looked_at_first() -> None:
    severities = [found(Pattern.SMALL_AWARDS, awards=[*many(count), *others()])[0].severity for count in (9, 10)]
    assert severities == [Severity.MEDIUM, Severity.HIGH]


def test_evidence_is_bounded_but_figures_count_everything() -> None:
    [finding] = found(Pattern.SMALL_AWARDS, awards=[*many(70), *others()])
    assert (len(finding.evidence["purchases"]), finding.figures["count"]) == (50, 70)


def test_nothing_happens_nothing_is_found() -> None:
    assert findings(Facts()) == []


# --- What is normal


def test_a_few_odd_values_move_neither_median_nor_quantile() -> None:
    assert median([1, 2, 3, 4, 1_000_000]) == 3
    assert quantile([1] * 98 + [9, 9], 0.97) == 1
    assert quantile([], 0.5) == 0


def test_the_chance_of_a_row_of_hits() -> None:
    assert chance_of(0, 5, each=0.3) == pytest.approx(1)
    assert chance_of(3, 3, each=0.5) == pytest.approx(0.125)
    assert chance_of(2, 3, each=0.5) == pytest.approx(0.5)
