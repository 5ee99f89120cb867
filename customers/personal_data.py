"""What this app holds about a customer."""

from customers.export import Row, holds, plain, stored
from customers.models import Card, Consent, Customer, CustomerTag, EmailClaim, Note, TermsAcceptance
from events.models import Event


@holds("customer")
def _customer(customer: Customer) -> list[Row]:
    return [stored(customer)]


@holds("joined_with")
def _joined_with(customer: Customer) -> list[Row]:
    """Numbers and references of other customers that lead here since they were joined."""
    joined = Customer.objects.filter(merged_into=customer).order_by("pk")
    return [{"number": former.number, "external_id": former.external_id} for former in joined]


@holds("cards")
def _cards(customer: Customer) -> list[Row]:
    return [stored(card) | {"text": card.text} for card in Card.objects.filter(customer=customer).order_by("pk")]


@holds("email_claims")
def _email_claims(customer: Customer) -> list[Row]:
    claims = EmailClaim.objects.filter(customer=customer).order_by("pk")
    return [stored(claim, without={"token_hash"}) for claim in claims]


@holds("consents")
def _consents(customer: Customer) -> list[Row]:
    return [stored(consent) for consent in Consent.objects.filter(customer=customer).order_by("pk")]


@holds("terms_acceptances")
def _terms_acceptances(customer: Customer) -> list[Row]:
    accepted = TermsAcceptance.objects.filter(customer=customer).select_related("text").order_by("pk")
    return [
        stored(acceptance)
        | {"language": acceptance.text.language, "version": acceptance.text.version, "text": acceptance.text.body}
        for acceptance in accepted
    ]


@holds("notes")
def _notes(customer: Customer) -> list[Row]:
    notes = Note.objects.filter(customer=customer).order_by("created_at", "pk")
    return [stored(note, without={"author"}) for note in notes]


@holds("tags")
def _tags(customer: Customer) -> list[Row]:
    tags = CustomerTag.objects.filter(customer=customer).select_related("tag").order_by("tag__name")
    return [{"name": held.tag.name} for held in tags]


@holds("sign_ins")
def _sign_ins(customer: Customer) -> list[Row]:
    signed_in = Event.objects.filter(customer_id=customer.pk, name="customer.signed_in").order_by("pk")
    return [{"signed_in_at": plain(event.occurred_at), "via": event.payload["via"]} for event in signed_in]
