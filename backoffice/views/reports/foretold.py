"""How estimates of customers came true: what was foretold a window ago, held against what happened."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.http import Http404
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from analytics.models import ModelCheck
from analytics.overview import window
from analytics.queries import newest_check
from backoffice.access import MemberRequest
from backoffice.charts import Spot, spots
from backoffice.estimates import proof_in_words
from tenants.csv import Cell, csv_response
from tenants.locales import number_text


@dataclass(frozen=True, slots=True)
class Foretold:
    """A check as it is shown; percentages of those who did not come again."""

    check: ModelCheck
    proof: str
    spots: list[Spot]
    rows: list[dict[str, int]]
    # Of 100 pairs of a customer who kept away and one who came, in how many the former was the one at more risk.
    told_apart: int | None
    # By how many purchases a customer is off on average: the model, and "as before".
    error: str
    naive_error: str
    is_better: bool


def foretold() -> Foretold | None:
    """None in a shop with too few customers, and before the first Sunday."""
    check = newest_check(window_days=window().days)
    if check is None or "bins" not in check.judgement:
        return None
    judged: dict[str, Any] = check.judgement
    errors = [Decimal(str(judged[which]["rmse"])) for which in ("purchases", "naive")]
    auc = judged["auc"]
    return Foretold(
        check=check,
        proof=proof_in_words(check),
        spots=spots([(each["foretold"], each["happened"], each["customers"]) for each in judged["bins"]]),
        rows=[
            {
                "foretold": round(100 * each["foretold"]),
                "happened": round(100 * each["happened"]),
                "customers": each["customers"],
            }
            for each in judged["bins"]
        ],
        told_apart=None if auc is None else round(100 * auc),
        error=number_text(errors[0], places=1),
        naive_error=number_text(errors[1], places=1),
        is_better=errors[0] < errors[1],
    )


def export(_request: MemberRequest) -> HttpResponseBase:
    found = foretold()
    if found is None:
        raise Http404
    return csv_response(f"{_('estimates')}-{found.check.day}.csv", _lines(found))


def _lines(found: Foretold) -> Iterator[list[Cell]]:
    yield [_("Customers"), _("Foretold not to come, in percent"), _("Did not come, in percent")]
    for row in found.rows:
        yield [row["customers"], row["foretold"], row["happened"]]
