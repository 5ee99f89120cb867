"""The till: binding, signing on, finding, booking, undoing."""

from django.utils import timezone
from playwright.sync_api import expect

from tests.e2e.gallery.visit import Visit, state
from tests.factories import make_customer


@state
def checkout_bind(visit: Visit) -> None:
    visit.open("/checkout/bind/")


@state
def checkout_bind_refused(visit: Visit) -> None:
    visit.open("/checkout/bind/")
    visit.fill(code="WRONG")
    visit.refused()


@state
def checkout_sign_on(visit: Visit) -> None:
    visit.carry(visit.exhibition.till)
    visit.open("/checkout/")


@state
def checkout_sign_on_refused(visit: Visit) -> None:
    checkout_sign_on(visit)
    visit.page.locator("[name=member]").first.check()
    visit.fill(pin="0000")
    visit.refused()


@state
def checkout_find(visit: Visit) -> None:
    visit.as_staff()
    visit.open("/checkout/")


@state
def checkout_find_void(visit: Visit) -> None:
    checkout_find(visit)
    visit.page.locator("details.void summary").first.click()


@state
def checkout_find_refused(visit: Visit) -> None:
    checkout_find(visit)
    visit.fill(q="niemand@example.org")
    visit.refused()


@state
def checkout_find_idle(visit: Visit) -> None:
    checkout_find(visit)
    # A copy, because the page hides its own again within a second.
    visit.page.locator("[data-idle-warning]").evaluate(
        "banner => { const copy = banner.cloneNode(true); copy.hidden = false; banner.after(copy); }"
    )


@state
def checkout_amount(visit: Visit) -> None:
    visit.as_staff()
    visit.open(f"/checkout/customers/{visit.house.jana.public_id}/")


@state
def checkout_amount_typed(visit: Visit) -> None:
    checkout_amount(visit)
    visit.page.keyboard.type("2490")
    expect(visit.page.locator("#preview b")).to_contain_text("311")


@state
def checkout_amount_refused(visit: Visit) -> None:
    checkout_amount(visit)
    visit.page.keyboard.press("Enter")
    visit.refused()


@state
def checkout_amount_blocked(visit: Visit) -> None:
    visit.as_staff()
    visit.open(f"/checkout/customers/{visit.exhibition.blocked.public_id}/")
    visit.page.keyboard.type("2490")
    expect(visit.page.locator("#preview .err")).to_be_visible()


@state
def checkout_done(visit: Visit) -> None:
    checkout_amount_typed(visit)
    visit.page.keyboard.press("Enter")
    expect(visit.page.locator("[data-announce]")).not_to_be_empty()


@state
def checkout_done_new_tier(visit: Visit) -> None:
    with visit.house.shop.scope():
        fresh = make_customer(name="Lea Braun", now=timezone.now())
    visit.as_staff()
    visit.open(f"/checkout/customers/{fresh.public_id}/")
    visit.page.keyboard.type("60000")
    visit.page.keyboard.press("Enter")
    expect(visit.page.locator(".done__news")).to_be_visible()


@state
def checkout_done_undone(visit: Visit) -> None:
    checkout_done(visit)
    visit.page.locator(".undo").click()
    expect(visit.page.locator(".done__tick--void")).to_be_visible()
