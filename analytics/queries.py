"""What has been found, what still waits and what it rests on; who is in which group, and by which estimates."""

from django.db.models import QuerySet

from analytics.groups import Group
from analytics.models import CustomerScore, Finding, ModelCheck, ScoringRun
from customers.models import Customer
from programs.models import Purchase
from rewards.models import Redemption


def findings(*, only_open: bool = False, pattern: str = "", before: int | None = None) -> QuerySet[Finding]:
    """Newest first, from behind the one with the key `before`."""
    found = Finding.objects.select_related("customer", "device__store", "key").order_by("-pk")
    if only_open:
        found = found.filter(state=Finding.State.OPEN)
    if pattern:
        found = found.filter(pattern=pattern)
    return found.filter(pk__lt=before) if before else found


def open_count() -> int:
    return Finding.objects.filter(state=Finding.State.OPEN).count()


def purchases_behind(finding: Finding) -> QuerySet[Purchase]:
    rows = Purchase.objects.filter(pk__in=finding.evidence.get("purchases", ()))
    return rows.select_related("customer", "store", "device").order_by("purchased_at", "pk")


def redemptions_behind(finding: Finding) -> QuerySet[Redemption]:
    rows = Redemption.objects.filter(pk__in=finding.evidence.get("redemptions", ()))
    return rows.select_related("customer", "reward", "store", "device").order_by("used_at", "pk")


def customers_behind(finding: Finding) -> QuerySet[Customer]:
    return Customer.objects.filter(pk__in=finding.evidence.get("customers", ())).order_by("pk")


def in_group(rows: QuerySet[Customer], group: Group) -> QuerySet[Customer]:
    """Those of them who were in the group last night."""
    return rows.filter(pk__in=CustomerScore.objects.filter(group=group).values("customer_id"))


def newest_check(*, window_days: int) -> ModelCheck | None:
    """How estimates came true, of the same window: another one asks something else."""
    return ModelCheck.objects.filter(window_days=window_days).order_by("-day").first()


def newest_scoring() -> ScoringRun | None:
    """With the check by which it was corrected."""
    return ScoringRun.objects.select_related("model_check").order_by("-day").first()
