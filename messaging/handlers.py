"""What messaging does when something happens: it sends what was posted, and forgets with the customer."""

from django.utils import timezone

from events.models import Event
from events.registry import handles
from messaging.models import Message
from messaging.sending import send_message


# A mail server may be away for a day.
@handles("message.posted", attempts=8)
def send_posted(event: Event) -> None:
    send_message(event.payload["message"], now=timezone.now())


@handles("customer.merged", in_transaction=True)
def keep_what_was_said(event: Event) -> None:
    Message.objects.filter(customer=event.payload["merged"]).update(customer=event.payload["customer"])


@handles("customer.erased", in_transaction=True)
def forget_what_was_said(event: Event) -> None:
    Message.objects.filter(customer=event.payload["customer"]).delete()
