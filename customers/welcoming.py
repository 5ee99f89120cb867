"""The code that opens the portal on the phone of somebody whom the team has enrolled in person."""

from customers.models import Customer
from customers.queries import has_accepted_terms
from customers.sign_in import link_of, new_link
from tenants.errors import NotFound
from tenants.scope import current_tenant

# Where a customer stands before the team: `source` of those who can be welcomed.
TILL, DESK = "till", "desk"
JOINED = "joined"


def may_be_welcomed(customer: Customer) -> bool:
    """A code signs in whoever scans it: only for those who were enrolled in person and have not joined yet."""
    is_open = customer.source in (TILL, DESK) and customer.status == Customer.Status.ACTIVE
    return is_open and not has_accepted_terms(customer)


def welcome_url(customer: Customer) -> str:
    """What a new code says. Raises NotFound where there may be none."""
    if not may_be_welcomed(customer):
        raise NotFound
    return f"{current_tenant().url}/welcome/{new_link(customer)}/"


def welcome_state(customer: Customer) -> str:
    """JOINED, or what has become of the code that was shown last: a `Link`."""
    return JOINED if has_accepted_terms(customer) else link_of(customer)
