"""The customer's phone: signing in, card, points and history."""

from django.utils import timezone
from playwright.sync_api import expect

from tests.e2e.gallery.visit import Visit, state
from tests.factories import make_customer


@state
def portal_sign_in(visit: Visit) -> None:
    visit.open("/")


@state
def portal_sign_in_refused(visit: Visit) -> None:
    visit.open("/")
    visit.fill(email="keine Adresse")
    visit.refused()


@state
def portal_code(visit: Visit) -> None:
    visit.open("/")
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
def portal_home_menu(visit: Visit) -> None:
    portal_home(visit)
    visit.page.locator(".menu summary").click()


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
def portal_card(visit: Visit) -> None:
    visit.as_customer(visit.house.jana)
    visit.open("/card/")


@state
def portal_history(visit: Visit) -> None:
    visit.as_customer(visit.house.jana)
    visit.open("/history/")


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
