"""What customers see of their own data, and what they decide about it."""

from collections.abc import Callable
from functools import partial

from django.utils import timezone
from playwright.sync_api import expect

from customers.addresses import claim_email
from customers.consents import give, withdraw
from customers.models import Consent, Customer, Via
from customers.services import enrol
from tenants.roles import SYSTEM
from tests.e2e.gallery.visit import Visit, state
from tests.factories import make_customer


@state
def portal_profile(visit: Visit) -> None:
    visit.as_customer(visit.house.jana)
    visit.open("/profile/")


@state
def portal_profile_refused(visit: Visit) -> None:
    portal_profile(visit)
    visit.page.locator("[name=name]").fill("")
    visit.page.locator("[name=birth_month]").select_option("")
    visit.page.get_by_role("button", name="Speichern").click()
    visit.refused()


@state
def portal_profile_saved(visit: Visit) -> None:
    portal_profile(visit)
    visit.page.get_by_role("button", name="Speichern").click()
    expect(visit.page.get_by_role("status")).to_be_visible()


@state
def portal_email(visit: Visit) -> None:
    visit.as_customer(visit.house.jana)
    visit.open("/profile/email/")


@state
def portal_email_refused(visit: Visit) -> None:
    portal_email(visit)
    visit.fill(email="keine Adresse")
    visit.refused()


@state
def portal_email_waiting(visit: Visit) -> None:
    with visit.house.shop.scope():
        fresh = make_customer(name="Mila Wolf", now=timezone.now())
        claim_email(customer=fresh, email=f"mila{timezone.now():%H%M%S%f}@example.org", now=timezone.now())
    visit.on_phone_of(fresh)
    visit.open("/profile/email/")


@state
def portal_email_code(visit: Visit) -> None:
    with visit.house.shop.scope():
        fresh = make_customer(name="Mila Wolf", now=timezone.now())
    visit.on_phone_of(fresh)
    visit.open("/profile/email/")
    visit.fill(email="mila.wolf@example.org")
    expect(visit.page.locator("[name=code]")).to_be_visible()


@state
def portal_email_code_refused(visit: Visit) -> None:
    portal_email_code(visit)
    visit.fill(code="000000")
    visit.refused()


@state
def portal_consents(visit: Visit) -> None:
    """Given, withdrawn, and one that waits."""
    with visit.house.shop.scope():
        fresh = enrol(
            name="Mila Wolf",
            email=f"mila{timezone.now():%H%M%S%f}@example.org",
            phone=f"0151 {timezone.now():%M%S%f}"[:13],
            consents=["post"],
            source="test",
            actor=SYSTEM,
            now=timezone.now(),
        )
        act = partial(_decide, fresh)
        act(give, Consent.Channel.SMS, language="de")
        act(withdraw, Consent.Channel.SMS)
        act(give, Consent.Channel.SMS, language="de")
        act(give, Consent.Channel.EMAIL, language="de")
    visit.on_phone_of(fresh)
    visit.open("/consents/")


@state
def portal_consents_history(visit: Visit) -> None:
    portal_consents(visit)
    visit.page.locator("details.more summary").first.click()


@state
def portal_consents_withdrawn(visit: Visit) -> None:
    """With the question why."""
    portal_consents(visit)
    visit.page.locator("[aria-labelledby=channel-sms] button[value=withdraw]").click()
    expect(visit.page.locator(".leaving")).to_be_visible()


@state
def portal_consents_none(visit: Visit) -> None:
    with visit.house.shop.scope():
        fresh = make_customer(name="Mila Wolf", now=timezone.now())
    visit.on_phone_of(fresh)
    visit.open("/consents/")


@state
def portal_privacy(visit: Visit) -> None:
    visit.as_customer(visit.house.jana)
    visit.open("/privacy/")


@state
def portal_privacy_objected(visit: Visit) -> None:
    with visit.house.shop.scope():
        fresh = make_customer(name="Mila Wolf", now=timezone.now())
        Customer.objects.filter(pk=fresh.pk).update(scoring_objected_at=timezone.now())
    visit.on_phone_of(fresh)
    visit.open("/privacy/")


@state
def portal_delete(visit: Visit) -> None:
    visit.as_customer(visit.house.jana)
    visit.open("/privacy/delete/")


@state
def portal_delete_refused(visit: Visit) -> None:
    portal_delete(visit)
    visit.page.get_by_role("button", name="Code ins Postfach").click()
    visit.refused()


@state
def portal_delete_code(visit: Visit) -> None:
    visit.as_customer(visit.house.jana)
    visit.open("/privacy/delete/code/")


@state
def portal_delete_code_refused(visit: Visit) -> None:
    portal_delete_code(visit)
    visit.fill(code="000000")
    visit.refused()


def _decide(customer: Customer, service: Callable[..., object], channel: str, **words: str) -> None:
    service(customer=customer, channel=channel, via=Via.PORTAL, actor=SYSTEM, now=timezone.now(), **words)
