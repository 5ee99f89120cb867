"""The net promoter score is a whole number from -100 to 100."""

import pytest

from feedback.score import net_promoter_score, score_interval


@pytest.mark.parametrize(
    ("counts", "score"),
    [
        ({}, None),
        ({10: 1}, 100),
        ({0: 4}, -100),
        ({7: 3, 8: 2}, 0),
        ({9: 1, 6: 1}, 0),
        ({10: 7, 8: 2, 3: 1}, 60),
        # Two of three are 66.67, and as much when it is blame.
        ({9: 2, 7: 1}, 67),
        ({6: 2, 7: 1}, -67),
        # Half a point goes away from zero on both sides.
        ({9: 1, 7: 199}, 1),
        ({6: 1, 7: 199}, -1),
    ],
)
def test_promoters_less_detractors(counts: dict[int, int], score: int | None) -> None:
    assert net_promoter_score(counts) == score


@pytest.mark.parametrize(
    ("counts", "interval"),
    [
        ({}, None),
        # A few who praise do not prove that everybody does, nor does one who blames.
        ({10: 10}, (47, 100)),
        ({0: 1}, (-99, 49)),
        ({10: 33, 7: 14, 3: 9}, (21, 60)),
        ({9: 3_300, 8: 1_400, 0: 900}, (40, 45)),
    ],
)
def test_few_answers_leave_much_room(counts: dict[int, int], interval: tuple[int, int] | None) -> None:
    assert score_interval(counts) == interval
