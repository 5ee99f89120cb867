"""What this app holds about a customer: what stood out, and what was decided."""

from analytics.models import Finding
from analytics.wording import reason
from customers.export import Row, holds, stored
from customers.models import Customer


@holds("findings")
def _findings(customer: Customer) -> list[Row]:
    rows = Finding.objects.filter(customer=customer).order_by("pk")
    return [
        stored(finding, without={"evidence", "figures", "decided_by"}) | {"reason": reason(finding)} for finding in rows
    ]
