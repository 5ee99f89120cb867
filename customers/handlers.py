"""What follows from events around customers."""

from events.models import Event
from events.registry import handles
from team.queries import names_of_actors, owners
from tenants.mail import send_mail
from tenants.scope import current_tenant


@handles("customer.list_exported")
def tell_owners_of_export(event: Event) -> None:
    """A list of customers in a file can be carried away; the owner shall know who made one."""
    tenant = current_tenant()
    context = {
        "who": names_of_actors({event.actor}).get(event.actor, event.actor),
        "moment": event.occurred_at.astimezone(tenant.zone),
        "rows": event.payload["rows"],
        "number": event.pk,
    }
    for owner in owners():
        send_mail("backoffice/mail/customers_exported", to=owner.user.email, language=tenant.language, **context)
