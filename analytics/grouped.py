"""What the groups of customers are and bring, as the last night found them."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from analytics.groups import Group
from analytics.kpis import Ratio
from analytics.models import ScoringRun

# From whoever brings most to whoever brings nothing any more.
ORDER: Final = (Group.CHAMPION, Group.REGULAR, Group.OCCASIONAL, Group.NEW, Group.AT_RISK, Group.LOST)


@dataclass(frozen=True, slots=True)
class GroupFigures:
    """`share` is of all that the customers who are active have ever paid; the lost have none."""

    group: Group
    customers: int
    total: int
    share: Ratio | None


@dataclass(frozen=True, slots=True)
class Grouping:
    """All of them as of a day, with the window by which somebody is lost."""

    day: date
    window_days: int
    groups: list[GroupFigures]

    @property
    def active(self) -> int:
        return sum(each.customers for each in self.groups if each.group != Group.LOST)

    @property
    def active_total(self) -> int:
        return sum(each.total for each in self.groups if each.group != Group.LOST)


def grouping() -> Grouping | None:
    """None before the first night, and where nobody has bought."""
    run = ScoringRun.objects.order_by("-day").first()
    if run is None or not run.customers:
        return None
    sums = {group: run.groups.get(str(int(group)), {"customers": 0, "total": 0}) for group in ORDER}
    paid = sum(each["total"] for group, each in sums.items() if group != Group.LOST)
    figures = [
        GroupFigures(
            group, each["customers"], each["total"], None if group == Group.LOST else Ratio(each["total"], paid)
        )
        for group, each in sums.items()
    ]
    return Grouping(run.day, run.window_days, figures)
