"""What imports do when something happens below them."""

from events.models import Event
from events.registry import handles
from imports.services import forget_refused_rows


@handles("customer.erased", in_transaction=True)
def forget_rows_about_them(_event: Event) -> None:
    """A refused row may be about anybody, in any spelling: the reports go, the counts stay."""
    forget_refused_rows()
