"""Whether a goal is on track: a straight line, a little slack, and a week of patience."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from analytics.goals.judging import PATIENCE, Aim, Standing, days_to_judge, judge
from analytics.kpis import TENTH, rounded

BEGUN = date(2026, 3, 1)
DAY = timedelta(days=1)
AIM = Aim(start=Decimal("60.0"), start_on=BEGUN, target=Decimal("70.0"), due_on=BEGUN + 100 * DAY)

tenths = st.integers(0, 2_000).map(lambda number: Decimal(number) / 10)


@st.composite
def aims(draw: st.DrawFn) -> Aim:
    start = draw(tenths)
    target = draw(tenths.filter(lambda value: value != start))
    return Aim(start=start, start_on=BEGUN, target=target, due_on=BEGUN + draw(st.integers(14, 800)) * DAY)


def lately(aim: Aim, until: date, figure: Decimal) -> dict[date, Decimal]:
    """The same figure on every day that is looked at."""
    return dict.fromkeys(days_to_judge(aim, drawn_until=until), figure)


def verdict(aim: Aim, figures: dict[date, Decimal], until: date, was: Standing = Standing.ON_TRACK) -> Standing:
    return judge(aim, figures, drawn_until=until, was=was)


def test_a_goal_is_off_track_after_seven_days_behind_the_line_and_not_after_six() -> None:
    """After half of the time the line is at 65, and a tenth of the way below it at 64."""
    until = BEGUN + 50 * DAY
    figures = lately(AIM, until, Decimal("63.0"))
    assert verdict(AIM, figures, until) == Standing.OFF_TRACK
    for day in figures:
        assert verdict(AIM, figures | {day: Decimal("64.5")}, until) == Standing.ON_TRACK
    missing = {day: figure for day, figure in figures.items() if day != until}
    assert verdict(AIM, missing, until) == Standing.ON_TRACK


def test_it_takes_seven_days_to_be_on_track_again() -> None:
    until = BEGUN + 50 * DAY
    figures = lately(AIM, until, Decimal("65.0"))
    assert verdict(AIM, figures, until, Standing.OFF_TRACK) == Standing.ON_TRACK
    assert verdict(AIM, figures | {until: Decimal("60.0")}, until, Standing.OFF_TRACK) == Standing.OFF_TRACK


def test_a_goal_is_reached_after_seven_good_days_or_on_its_day_and_missed_on_no_other() -> None:
    until = BEGUN + 20 * DAY
    there = lately(AIM, until, Decimal("70.0"))
    assert verdict(AIM, there, until) == Standing.REACHED
    assert verdict(AIM, there | {until: Decimal("69.9")}, until) == Standing.ON_TRACK
    for later in (AIM.due_on, AIM.due_on + 5 * DAY):
        assert verdict(AIM, {AIM.due_on: Decimal("70.0")}, later) == Standing.REACHED
        assert verdict(AIM, {AIM.due_on: Decimal("69.9")}, later) == Standing.MISSED
        assert verdict(AIM, {}, later) == Standing.MISSED


def test_nothing_is_said_in_the_first_week() -> None:
    until = BEGUN + (PATIENCE - 1) * DAY
    assert verdict(AIM, lately(AIM, until, Decimal(0)), until) == Standing.ON_TRACK


def test_a_way_of_one_step_is_no_alarm_before_half_of_it() -> None:
    """From 1.9 to 2.0 purchases a month there is no figure between."""
    aim = Aim(start=Decimal("1.9"), start_on=BEGUN, target=Decimal("2.0"), due_on=BEGUN + 100 * DAY)
    for passed, found in ((50, Standing.ON_TRACK), (80, Standing.OFF_TRACK)):
        until = BEGUN + passed * DAY
        assert verdict(aim, lately(aim, until, Decimal("1.9")), until) == found


@given(aim=aims(), passed=st.integers(1, 800))
def test_who_keeps_to_the_line_is_never_off_track(aim: Aim, passed: int) -> None:
    until = BEGUN + passed * DAY
    figures = {day: aim.expected(day) for day in days_to_judge(aim, drawn_until=until)}
    assert verdict(aim, figures, until) in (Standing.ON_TRACK, Standing.REACHED)


@given(aim=aims(), passed=st.integers(1, 799), figures=st.lists(tenths, min_size=PATIENCE, max_size=PATIENCE))
def test_up_and_down_are_judged_alike(aim: Aim, passed: int, figures: list[Decimal]) -> None:
    until = BEGUN + passed * DAY
    seen = dict(zip(days_to_judge(aim, drawn_until=until), figures, strict=False))
    mirrored = Aim(start=-aim.start, start_on=BEGUN, target=-aim.target, due_on=aim.due_on)
    for was in (Standing.ON_TRACK, Standing.OFF_TRACK):
        assert verdict(aim, seen, until, was) == verdict(mirrored, {day: -seen[day] for day in seen}, until, was)


@given(aim=aims(), part=st.integers(0, 100), figure=tenths, better=tenths)
def test_a_better_figure_is_never_judged_worse(aim: Aim, part: int, figure: Decimal, better: Decimal) -> None:
    until = BEGUN + (aim.due_on - BEGUN) * part // 100
    improved = figure + better if aim.rises else figure - better
    order = [Standing.OFF_TRACK, Standing.MISSED, Standing.ON_TRACK, Standing.REACHED]
    worse, best = (verdict(aim, lately(aim, until, value), until) for value in (figure, improved))
    assert order.index(best) >= order.index(worse)


@given(aim=aims(), part=st.integers(0, 100))
def test_the_line_is_straight(aim: Aim, part: int) -> None:
    day = BEGUN + (aim.due_on - BEGUN) * part // 100
    share = Fraction((day - BEGUN).days, (aim.due_on - BEGUN).days)
    exact = Fraction(aim.start) + (Fraction(aim.target) - Fraction(aim.start)) * share
    assert aim.expected(day) == rounded(exact, to=TENTH)
