"""What this app holds about a customer: what stood out and was decided, and what the models say."""

from analytics.models import CustomerScore, Finding
from analytics.wording import reason
from customers.export import Row, holds, stored
from customers.models import Customer


@holds("findings")
def _findings(customer: Customer) -> list[Row]:
    rows = Finding.objects.filter(customer=customer).order_by("pk")
    return [
        stored(finding, without={"evidence", "figures", "decided_by"}) | {"reason": reason(finding)} for finding in rows
    ]


@holds("scores")
def _scores(customer: Customer) -> list[Row]:
    return [
        stored(score) | {"group": score.get_group_display()}
        for score in CustomerScore.objects.filter(customer=customer)
    ]
