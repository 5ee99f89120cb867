"""The customer's phone: signing in, card, points and history."""

from datetime import timedelta

from django.utils import timezone
from playwright.sync_api import expect

from customers.addresses import claim_email
from ledger.models import Lot
from tests.e2e.gallery.visit import Visit, state
from tests.factories import make_customer, make_purchase


@state
def portal_sign_in(visit: Visit) -> None:
    visit.open("/sign-in/")


@state
def portal_sign_in_refused(visit: Visit) -> None:
    visit.open("/sign-in/")
    visit.fill(email="keine Adresse")
    visit.refused()


@state
def portal_code(visit: Visit) -> None:
    visit.open("/sign-in/")
    visit.fill(email="niemand@example.org")
    expect(visit.page.locator("[name=code]")).to_be_visible()


@state
def portal_code_refused(visit: Visit) -> None:
    portal_code(visit)
    visit.fill(code="000000")
    visit.refused()


@state
def portal_home(visit: Visit) -> None:
    visit.as_customer(visit.house.jana)
    visit.open("/")


@state
def portal_home_card(visit: Visit) -> None:
    portal_home(visit)
    visit.page.locator("[data-card]").click()
    expect(visit.page.locator("dialog svg").first).to_be_visible()


@state
def portal_home_highest_tier(visit: Visit) -> None:
    visit.as_customer(visit.exhibition.rich)
    visit.open("/")


@state
def portal_home_new(visit: Visit) -> None:
    with visit.house.shop.scope():
        fresh = make_customer(name="Mila", email=f"mila{timezone.now():%H%M%S%f}@example.org", now=timezone.now())
    visit.as_customer(fresh)
    visit.open("/")


@state
def portal_home_notices(visit: Visit) -> None:
    """Points that expire, terms to read, a mail that waits, a card for the home screen."""
    with visit.house.shop.scope():
        fresh = make_customer(name="Mila Wolf", now=timezone.now())
        make_purchase(customer=fresh, total=12_990, store=visit.house.shop.store, now=timezone.now())
        Lot.objects.filter(account__customer=fresh).update(expires_at=timezone.now() + timedelta(days=30))
        claim_email(customer=fresh, email=f"mila{timezone.now():%H%M%S%f}@example.org", now=timezone.now())
    visit.on_phone_of(fresh)
    visit.open("/")
    visit.page.evaluate("dispatchEvent(new Event('beforeinstallprompt'))")
    expect(visit.page.locator("[data-install]")).to_be_visible()


@state
def portal_home_without_email(visit: Visit) -> None:
    with visit.house.shop.scope():
        fresh = make_customer(name="Mila", phone=f"0151 {timezone.now():%M%S%f}"[:13], now=timezone.now())
    visit.on_phone_of(fresh)
    visit.open("/")


@state
def portal_card_offline(visit: Visit) -> None:
    visit.as_customer(visit.house.jana)
    visit.open("/card/offline/")


@state
def portal_program(visit: Visit) -> None:
    visit.as_customer(visit.house.jana)
    visit.open("/program/")


@state
def portal_card(visit: Visit) -> None:
    visit.as_customer(visit.house.jana)
    visit.open("/card/")


@state
def portal_history(visit: Visit) -> None:
    visit.as_customer(visit.house.jana)
    visit.open("/history/")
    visit.page.locator(".why summary").first.click()


@state
def portal_history_empty(visit: Visit) -> None:
    portal_home_new(visit)
    visit.open("/history/")


@state
def portal_legal(visit: Visit) -> None:
    visit.open("/legal/terms/")


@state
def portal_legal_missing(visit: Visit) -> None:
    visit.open("/legal/imprint/", at=visit.exhibition.new_shop.tenant.url)
