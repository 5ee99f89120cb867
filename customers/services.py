"""Enrolling customers, changing what is known of them, and forgetting them."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from customers.contact import mailbox_key, month_and_day, normal_phone, search_key
from customers.errors import CustomerExists, UnknownCustomer
from customers.models import Card, Consent, Customer, CustomerTag, EmailClaim, Note, TermsAcceptance, Via
from customers.numbers import new_card_token, new_number
from customers.queries import known_customers
from events.services import publish
from tenants.contact import normal_email, normal_name
from tenants.contention import busy_if_locked
from tenants.errors import Invalid
from tenants.roles import Actor
from tenants.scope import current_tenant, refuse_closed

_ONCE = {
    "customer_email_once": "email",
    "customer_phone_once": "phone",
    "customer_external_id_once": "external_id",
}


def enrol(
    *,
    actor: Actor,
    now: datetime,
    source: str,
    name: str = "",
    email: str = "",
    phone: str = "",
    birthday: str = "",
    language: str = "",
    external_id: str = "",
    consents: Iterable[str] = (),
) -> Customer:
    """A new customer with number and card. Raises ShopClosed, CustomerExists, Invalid.

    Consents are only requested by this: the customer confirms them on the own phone.
    """
    refuse_closed()
    customer = Customer(number=new_number(), source=source, language=language, enrolled_at=now)
    fill(customer, name=name, email=email, phone=phone, birthday=birthday, external_id=external_id)
    save(customer)
    Card.objects.create(customer=customer, token=new_card_token(), issued_at=now)
    Consent.objects.bulk_create(
        Consent(customer=customer, channel=channel, requested_at=now) for channel in sorted(set(consents))
    )
    publish("customer.enrolled", actor=actor, occurred_at=now, customer=customer.pk, source=source)
    return customer


def change(*, customer: Customer, actor: Actor, now: datetime, **values: str) -> Customer:
    """Change any of name, email, phone, birthday, language, external_id.

    Permission to advertise was given for an address: with that it ends. Raises CustomerExists, Invalid, and
    UnknownCustomer where somebody has erased the customer meanwhile.
    """
    with transaction.atomic():
        customer = locked(customer)
        if new := values.get("external_id"):  # one that leads to this customer anyhow becomes their own
            Customer.objects.filter(merged_into=customer, external_id=normal_name(new)).update(external_id="")
        before = {channel: address_of(channel, customer) for channel in Consent.Channel}
        fill(customer, **values)
        save(customer)
        publish("customer.changed", actor=actor, occurred_at=now, customer=customer.pk, fields=sorted(values))
        for channel, address in before.items():
            if address != address_of(channel, customer):
                _end_consent(channel, customer, actor=actor, now=now)
    return customer


def address_of(channel: str, customer: Customer) -> str:
    """Where advertising on a channel would go; empty for channels whose address is not stored."""
    match channel:
        case Consent.Channel.EMAIL:
            return customer.email
        case Consent.Channel.SMS:
            return customer.phone
    return ""


def erase(*, customer: Customer, actor: Actor, now: datetime) -> None:
    """Forget the person: nothing personal stays, cards stop working, the ledger keeps its figures.

    Reactions of higher apps erase what they hold in the same transaction; they see a last time who it was.
    Raises UnknownCustomer the second time.
    """
    with transaction.atomic():
        customer = locked(customer)
        publish("customer.erased", actor=actor, occurred_at=now, customer=customer.pk)
        clear(customer)
        customer.status = Customer.Status.ERASED
        customer.save()
        Customer.objects.filter(merged_into=customer).exclude(external_id="").update(external_id="")
        Card.objects.filter(customer=customer, revoked_at=None).update(revoked_at=now)
        for held in (Consent, EmailClaim, TermsAcceptance, Note, CustomerTag):
            held.objects.filter(customer=customer).delete()


def fill(customer: Customer, **values: str) -> None:
    """Set personal values in their normal spelling, without saving. Raises Invalid."""
    for field, value in values.items():
        for column, stored in _stored(field, value).items():
            _refuse_too_long(field, column, stored)
            if column == "email" and stored != customer.email:
                customer.email_confirmed_at = None
            setattr(customer, column, stored)


def clear(customer: Customer) -> None:
    """Take every personal value off, without saving."""
    fill(customer, name="", email="", phone="", birthday="", language="", external_id="")
    customer.scoring_objected_at = None


def locked(customer: Customer) -> Customer:
    """The customer as it is now: a row read earlier would bring back what was changed or erased since."""
    # The key stays: whoever books on the customer's account meanwhile need not wait.
    with busy_if_locked():
        current = known_customers().select_for_update(no_key=True).filter(pk=customer.pk).first()
    if current is None:
        raise UnknownCustomer
    return current


def _end_consent(channel: str, customer: Customer, *, actor: Actor, now: datetime) -> None:
    """Unless it was given for the new address, or only asked for and never put to the customer."""
    stands = Q(address=address_of(channel, customer)) & ~Q(address="") | Q(address="", confirmed_at=None)
    held = Consent.objects.filter(customer=customer, channel=channel, withdrawn_at=None)
    if held.exclude(stands).update(withdrawn_at=now, withdrawn_via=Via.ADDRESS):
        facts = {"customer": customer.pk, "channel": channel, "via": Via.ADDRESS}
        publish("consent.withdrawn", actor=actor, occurred_at=now, **facts)


def _refuse_too_long(field: str, column: str, stored: Any) -> None:
    longest = Customer._meta.get_field(column).max_length  # type: ignore[union-attr]
    if longest is not None and len(stored) > longest:
        raise Invalid(_("At most %(count)s characters.") % {"count": longest}, field=field)


def _stored(field: str, value: str) -> dict[str, Any]:
    match field:
        case "name":
            name = normal_name(value)
            return {"name": name, "name_key": search_key(name), "surname_key": search_key(name.rpartition(" ")[2])}
        case "email":
            email = normal_email(value)
            return {"email": email, "email_key": mailbox_key(email)}
        case "phone":
            return {"phone": normal_phone(value, country=current_tenant().country)}
        case "birthday":
            month, day = month_and_day(value)
            return {"birth_month": month, "birth_day": day}
        case "language" | "external_id":
            return {field: normal_name(value)}
    raise TypeError(f"a customer has no {field}")


def save(customer: Customer) -> None:
    """Raises CustomerExists. A random number that is taken is drawn again."""
    try:
        with transaction.atomic():
            customer.save()
    except IntegrityError as error:
        if "customer_number_once" in str(error):
            customer.number = new_number()
            return save(customer)
        field = next((field for name, field in _ONCE.items() if name in str(error)), None)
        if field is None:
            raise
        taken = Customer.objects.select_related("merged_into").get(**{field: getattr(customer, field)})
        raise CustomerExists(field=field, customer=str((taken.merged_into or taken).public_id)) from error
