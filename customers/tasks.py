"""Celery entry points of the customers app."""

from celery import shared_task

from customers.models import Customer
from tenants.mail import send_mail
from tenants.scope import current_tenant


@shared_task
def send_sign_in_code(tenant_id: int, email: str, code: str) -> None:
    """Mail the code to a customer's address; does nothing for an address that is none."""
    if Customer.objects.filter(email=email, status=Customer.Status.ACTIVE).exists():
        send_mail("portal/mail/code", to=email, language=current_tenant().customer_language, code=code)
