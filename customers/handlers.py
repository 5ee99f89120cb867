"""What follows from events around customers."""

from events.models import Event
from events.registry import handles
from team.queries import names_of_actors, owners
from tenants.mail import send_mail
from tenants.scope import current_tenant


# One mail to all of them: tried again, it reaches nobody a second time.
@handles("customer.list_exported", attempts=8)
def tell_owners_of_export(event: Event) -> None:
    """A list of customers in a file can be carried away; the owner shall know who made one."""
    tenant = current_tenant()
    context = {
        "who": names_of_actors({event.actor}).get(event.actor, event.actor),
        "moment": event.occurred_at.astimezone(tenant.zone),
        "rows": event.payload["rows"],
        "number": event.pk,
    }
    to = [owner.user.email for owner in owners()]
    send_mail("backoffice/mail/customers_exported", to=to, language=tenant.language, **context)
