"""What customers are told, at the merchant's desk."""

from functools import cache

from customers.models import Customer
from messaging.models import Message
from messaging.wording import letter_to
from programs.messages import POINTS_EXPIRING, WELCOME
from tests.e2e.gallery.exhibition import Exhibition
from tests.e2e.gallery.visit import Visit, state
from tests.e2e.people import ago
from tests.factories import make_customer


@cache
def _told(exhibition: Exhibition) -> Customer:
    """Welcomed, then no longer reached."""
    with exhibition.house.shop.scope():
        eva = make_customer(name="Eva Lindner", email="eva@example.org", now=ago(days=20))
        Customer.objects.filter(pk=eva.pk).update(email_confirmed_at=ago(days=20))
        eva.refresh_from_db()
        for kind, days, more in (
            (WELCOME, 20, {"state": "sent"}),
            (
                POINTS_EXPIRING,
                2,
                {"state": "bounced", "reason": "refused", "status": "5.1.1", "bounced_at": ago(days=2)},
            ),
        ):
            letter = letter_to(eva, kind=kind, facts=kind.examples)
            Message.objects.create(
                customer=eva,
                kind=kind.code,
                once="1",
                facts=kind.examples,
                language=letter.language,
                address=eva.email,
                subject=letter.subject,
                text=letter.text,
                message_id=f"<{kind.code}@morgenrot.example>",
                posted_at=ago(days=days),
                sent_at=ago(days=days),
                **more,
            )
    return eva


def _open(visit: Visit, path: str = "") -> None:
    _told(visit.exhibition)
    visit.as_owner()
    visit.open(f"/backoffice/messages/{path}")


@state
def backoffice_messages(visit: Visit) -> None:
    _open(visit)


@state
def backoffice_message_text(visit: Visit) -> None:
    _open(visit, "points_expiring/de/")


@state
def backoffice_message_text_refused(visit: Visit) -> None:
    _open(visit, "welcome/de/")
    visit.fill(subject="Willkommen, {vorname}")
    visit.refused()


@state
def backoffice_customer_messages(visit: Visit) -> None:
    eva = _told(visit.exhibition)
    visit.as_owner()
    visit.open(f"/backoffice/customers/{eva.public_id}/messages/")
    visit.page.locator("details.said summary").first.click()


@state
def backoffice_customer_messages_none(visit: Visit) -> None:
    visit.as_owner()
    visit.open(f"/backoffice/customers/{visit.exhibition.rich.public_id}/messages/")
