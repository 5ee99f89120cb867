"""Celery entry points of the customers app."""

from celery import shared_task
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.utils import translation

from customers.models import Customer
from tenants.scope import current_tenant


@shared_task
def send_sign_in_code(tenant_id: int, email: str, code: str) -> None:
    """Mail the code to a customer's address; does nothing for an address that is none."""
    if not Customer.objects.filter(email=email, status=Customer.Status.ACTIVE).exists():
        return
    tenant = current_tenant()
    with translation.override(tenant.customer_language):
        context = {"tenant": tenant, "code": code}
        subject = render_to_string("portal/mail/code_subject.txt", context).strip()
        body = render_to_string("portal/mail/code.txt", context)
    EmailMessage(subject=subject, body=body, to=[email]).send()
