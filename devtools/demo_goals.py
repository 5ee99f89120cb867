"""What the demo shops want their figures to be: a little more than they are."""

from contextlib import suppress
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from analytics.errors import NoFigure
from analytics.goals.figures import Measure
from analytics.goals.setting import set_goal, where_it_stands
from analytics.models import Goal
from tenants.calendar import day_of
from tenants.models import Tenant
from tenants.roles import SYSTEM
from tenants.scope import tenant_scope

MORE_OFTEN: Final = Decimal("0.2")
HALF_A_YEAR: Final = timedelta(days=182)


def set_goals(tenant: Tenant, *, now: datetime) -> None:
    """Once; none in a shop with too few customers for a figure."""
    often = Measure.over("frequency", days=90, store_id=None)
    with tenant_scope(tenant), suppress(NoFigure):
        if not Goal.objects.exists():
            _, figure = where_it_stands(often)
            due_on = day_of(now, zone=tenant.zone) + HALF_A_YEAR
            set_goal(measure=often, target=figure + MORE_OFTEN, due_on=due_on, actor=SYSTEM, now=now)
