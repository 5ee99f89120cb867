"""One finding of each pattern and a check of estimates, as nights leave them; goals without the figures behind."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from django.utils import timezone

from analytics.models import Finding, Goal, ModelCheck
from customers.models import Customer
from team.models import Device
from tests.factories import today

Pattern = Finding.Pattern
# What their sentences say, gravest first.
FIGURES: Final[dict[Pattern, dict[str, Any]]] = {
    Pattern.SMALL_AWARDS: {"count": 14, "days": 1, "most": 14, "total": 3640, "points": 364},
    Pattern.OUTSIDE_HOURS: {"count": 6, "days": 3, "cards": 2, "points": 540},
    Pattern.ROUND_SUMS: {"count": 9, "of": 10, "usual": 7, "total": 180_000, "points": 1800},
    Pattern.OWN_CARD: {"count": 2, "points": 650, "by_hand": 1, "is_known": 1},
    Pattern.RECEIPT_REUSE: {"count": 1, "total": 2490, "points": 249},
    Pattern.SELF_REFERRAL: {"count": 1, "email": 1, "phone": 0},
    Pattern.REFERRAL_RING: {"count": 9, "thin": 8, "referrers": 5},
    Pattern.CODE_GUESSING: {"count": 20, "most": 20},
    Pattern.UNDO_AFTER_REDEEM: {"count": 3, "points": 1500},
    Pattern.DEVICE_BURST: {"count": 8, "enrolled": 0, "redeemed": 8, "points": 4000, "all_enrolled": 3},
    Pattern.RETURN_LOOP: {"count": 3, "points": 2700},
    Pattern.LOOK_UP_SCRAPING: {"count": 360, "booked": 4, "days": 1},
}
OF_A_TILL: Final = {Pattern.OUTSIDE_HOURS, Pattern.CODE_GUESSING, Pattern.DEVICE_BURST, Pattern.LOOK_UP_SCRAPING}


def make_finding(pattern: Pattern, customer: Customer, device: Device, *, now: datetime, **stated: Any) -> Finding:
    about = {"device": device} if pattern in OF_A_TILL else {"customer": customer}
    usual = {
        "severity": Finding.Gravity.MEDIUM,
        "figures": FIGURES[pattern],
        "first_at": now - timedelta(days=3),
        "last_at": now - timedelta(hours=14),
        "found_at": now,
        "seen_at": now,
    }
    return Finding.objects.create(pattern=pattern, **about, **usual | stated)


def make_findings(customer: Customer, device: Device, *, now: datetime) -> list[Finding]:
    return [make_finding(pattern, customer, device, now=now) for pattern in FIGURES]


def make_goal_row(metric: str = "retention", **stated: Any) -> Goal:
    """From 60 to 70 percent over 90 days, set three weeks ago for a hundred days."""
    usual = {
        "span_days": 90,
        "target": Decimal(70),
        "due_on": today() + timedelta(days=79),
        "start": Decimal(60),
        "start_on": today() - timedelta(days=21),
        "set_at": timezone.now() - timedelta(days=20),
        "figure": Decimal("62.5"),
        "figure_on": today() - timedelta(days=1),
    }
    return Goal.objects.create(metric=metric, **usual | stated)


def make_model_check(*, now: datetime) -> ModelCheck:
    """Of 400 customers, foretold fairly well."""
    shares = zip((4, 9, 16, 24, 35, 47, 58, 70, 83, 95), (6, 8, 20, 21, 38, 42, 63, 73, 79, 97), strict=True)
    return ModelCheck.objects.create(
        day=now.date() - timedelta(days=3),
        window_days=90,
        customers=400,
        marked=160,
        marked_silent=130,
        unmarked=240,
        unmarked_silent=55,
        judgement={
            "auc": 0.78,
            "calibration_error": 0.03,
            "bins": [{"customers": 40, "foretold": told / 100, "happened": came / 100} for told, came in shares],
            "purchases": {"rmse": 1.61, "bias": -0.13},
            "naive": {"rmse": 2.21, "bias": 0.56},
        },
        ran_at=now,
    )
