"""In the morning: who bought so many days ago and permits it is asked for an opinion by e-mail."""

from datetime import date, datetime, time, timedelta

from django.utils import timezone

from customers.errors import UnknownCustomer
from events.schedule import daily
from feedback.queries import survey, to_be_asked
from feedback.services import ask_by_mail
from programs.models import Purchase
from tenants.models import Tenant
from tenants.roles import SYSTEM
from tenants.scope import tenant_scope

# When a mail is read.
MORNING = time(10, 0)
AT_ONCE = 200


@daily("feedback.ask", at=MORNING)
def ask_customers(tenant: Tenant, due_on: date) -> None:
    """A chunk in each scope: who has been asked is not found again."""
    after: int | None = 0
    while after is not None:
        with tenant_scope(tenant):
            after = _ask_some(tenant, due_on, after=after)


def _ask_some(tenant: Tenant, due_on: date, *, after: int) -> int | None:
    """The last customer of a full chunk."""
    settings, now = survey(), timezone.now()
    if not settings.by_email or tenant.closed_at:
        return None
    since, until = (_midnight(tenant, due_on - timedelta(days=days)) for days in (settings.days, settings.days - 1))
    customers = list(to_be_asked(since=since, until=until, now=now).filter(pk__gt=after)[:AT_ONCE])
    for customer in customers:
        bought = Purchase.objects.filter(customer=customer, voided_at=None, purchased_at__gte=since)
        purchase = bought.filter(purchased_at__lt=until).order_by("-purchased_at").first()
        try:
            ask_by_mail(customer=customer, purchase=purchase, actor=SYSTEM, now=now)
        except UnknownCustomer:
            continue
    return customers[-1].pk if len(customers) == AT_ONCE else None


def _midnight(tenant: Tenant, day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=tenant.zone)
