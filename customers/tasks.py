"""Celery entry points of the customers app: the mails to customers that carry codes and links, never advertising."""

from celery import shared_task
from django.utils import timezone

from customers.addresses import claim_email, taken_by_another
from customers.codes import new_code_for
from customers.mails import send_mail
from customers.models import Consent, Customer, EmailClaim
from customers.queries import language_of
from events.mails import CodeTask, MailTask


@shared_task(base=CodeTask)
def send_sign_in_code(tenant_id: int, email: str, code: str) -> None:
    """Mail the code to a customer's address; nothing goes to an address that nobody has or claims here."""
    customer = Customer.objects.filter(email=email).exclude(email="").first()
    if customer is None:
        _send_link_again(email)
    elif customer.status == Customer.Status.ACTIVE:
        send_mail("portal/mail/code", to=email, language=language_of(customer), code=code)
    elif customer.status == Customer.Status.BLOCKED:
        send_mail("portal/mail/blocked", to=email, language=language_of(customer))


@shared_task(base=MailTask)
def send_email_confirmation(tenant_id: int, claim_id: int, token: str) -> None:
    """Mail the link that proves an address, or a sign-in code where the address already has a card here."""
    claim = EmailClaim.objects.select_related("customer").filter(pk=claim_id, proven_at=None).first()
    if claim is None:
        return
    language = language_of(claim.customer)
    if taken_by_another(claim.email, than=claim.customer):
        send_mail("portal/mail/known", to=claim.email, language=language, code=new_code_for(claim.email))
        return
    waiting = Consent.objects.filter(
        customer=claim.customer, channel=Consent.Channel.EMAIL, address=claim.email, confirmed_at=None
    ).filter(withdrawn_at=None)
    consent = waiting.exclude(wording="").first()
    wording = consent.wording if consent else ""
    message = send_mail("portal/mail/confirm", to=claim.email, language=language, token=token, wording=wording)
    message_id = message.extra_headers["Message-ID"]
    EmailClaim.objects.filter(pk=claim.pk).update(message_id=message_id)
    waiting.update(message_id=message_id)


@shared_task(base=CodeTask)
def send_email_change_code(tenant_id: int, customer_id: int, email: str, code: str) -> None:
    """Mail the code that proves a customer's new address."""
    customer = Customer.objects.filter(pk=customer_id, status=Customer.Status.ACTIVE).first()
    if customer is None:
        return
    template = "portal/mail/taken" if taken_by_another(email, than=customer) else "portal/mail/change"
    send_mail(template, to=email, language=language_of(customer), code=code)


@shared_task(base=MailTask)
def send_email_changed(tenant_id: int, customer_id: int, email: str) -> None:
    """Tell the old address that it is no longer used."""
    customer = Customer.objects.filter(pk=customer_id).first()
    if customer is not None:
        send_mail("portal/mail/changed", to=email, language=language_of(customer))


@shared_task(base=CodeTask)
def send_erasure_code(tenant_id: int, customer_id: int, code: str) -> None:
    """Mail the code without which nobody deletes an account."""
    customer = Customer.objects.filter(pk=customer_id, status=Customer.Status.ACTIVE).exclude(email="").first()
    if customer is not None:
        send_mail("portal/mail/erase", to=customer.email, language=language_of(customer), code=code)


def _send_link_again(email: str) -> None:
    """Somebody signs in who has enrolled with this address but never followed the link."""
    claims = EmailClaim.objects.select_related("customer").filter(email=email, proven_at=None)
    claim = claims.filter(customer__status=Customer.Status.ACTIVE).order_by("-claimed_at").first()
    if claim is not None:
        claim_email(customer=claim.customer, email=email, now=timezone.now())
