"""The till: binding, signing on, finding, booking, undoing, enrolling."""

from functools import cache

from django.core.cache import cache as store
from django.utils import timezone
from playwright.sync_api import expect

from customers import sign_in
from customers.models import Customer, TermsAcceptance
from customers.services import enrol
from customers.welcoming import TILL
from legal.services import publish_text
from programs.models import Purchase, TierTerms
from programs.terms import _terms
from tenants.roles import SYSTEM
from tests.e2e import people
from tests.e2e.gallery.exhibition import Exhibition
from tests.e2e.gallery.visit import Visit, state
from tests.e2e.people import House
from tests.factories import make_customer


@cache
def generous(_exhibition: Exhibition) -> House:
    """A shop that gives Gold a standing discount."""
    house = people.open_house("galerie-rabatt")
    with house.shop.scope():
        TierTerms.objects.filter(tier__code="gold").update(discount_percent=5)
    _terms.cache_clear()
    return house


def new_customer(visit: Visit, **values: str) -> Customer:
    with visit.house.shop.scope():
        return enrol(actor=SYSTEM, now=timezone.now(), source=TILL, **values)


@state
def checkout_bind(visit: Visit) -> None:
    visit.open("/checkout/bind/")


@state
def checkout_bind_refused(visit: Visit) -> None:
    visit.open("/checkout/bind/")
    visit.fill(code="WRONG")
    visit.refused()


@state
def checkout_bind_disconnected(visit: Visit) -> None:
    visit.carry({"device": "taken-away"})
    visit.open("/checkout/bind/")


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
def checkout_sign_on_again(visit: Visit) -> None:
    checkout_find(visit)
    visit.page.get_by_role("button", name="Sperren").click()
    expect(visit.page.locator("[name=pin]")).to_be_focused()


@state
def checkout_sign_on_locked_meanwhile(visit: Visit) -> None:
    checkout_amount_typed(visit)
    visit.page.context.clear_cookies(name="session")
    visit.page.keyboard.press("Enter")
    expect(visit.page.locator(".till__news")).to_be_visible()


@state
def checkout_find(visit: Visit) -> None:
    visit.as_staff()
    visit.open("/checkout/")
    camera_shows(visit, "ask")


def camera_shows(visit: Visit, state: str) -> None:
    expect(visit.page.locator(f"[data-camera][data-state={state}]")).to_be_visible()


def with_camera(visit: Visit, state: str) -> None:
    """No camera is at hand: the page is put into the state by hand."""
    checkout_find(visit)
    visit.page.locator("[data-camera]").evaluate("(camera, state) => { camera.dataset.state = state; }", state)
    camera_shows(visit, state)


@state
def checkout_find_scanning(visit: Visit) -> None:
    with_camera(visit, "on")
    for tool in ("torch", "switch"):
        visit.page.locator(f"[data-camera-{tool}]").evaluate("tool => { tool.hidden = false; }")


@state
def checkout_find_scanned_already(visit: Visit) -> None:
    with_camera(visit, "same")


@state
def checkout_find_camera_starts(visit: Visit) -> None:
    with_camera(visit, "starting")


@state
def checkout_find_camera_denied(visit: Visit) -> None:
    with_camera(visit, "denied")


@state
def checkout_find_camera_failed(visit: Visit) -> None:
    with_camera(visit, "failed")


@state
def checkout_find_camera_none(visit: Visit) -> None:
    with_camera(visit, "none")


@state
def checkout_find_without_camera(visit: Visit) -> None:
    checkout_find(visit)
    visit.page.get_by_role("button", name="Kamera ausschalten").click()
    expect(visit.page.get_by_role("button", name="Kamera nutzen")).to_be_visible()


@state
def checkout_find_undo(visit: Visit) -> None:
    checkout_done(visit)
    visit.page.keyboard.press("Enter")
    expect(visit.page.locator(".find")).to_be_visible()
    expect(visit.page.locator(".undo")).to_be_visible()


@state
def checkout_find_without_network(visit: Visit) -> None:
    checkout_find(visit)
    # As above, a copy: the next answer of the server hides the real one.
    visit.page.locator("[data-trouble]").first.evaluate(
        "banner => { const copy = banner.cloneNode(true); copy.hidden = false; banner.after(copy); }"
    )


@state
def checkout_find_void(visit: Visit) -> None:
    checkout_find(visit)
    visit.page.locator("details.void summary").first.click()


@state
def checkout_day(visit: Visit) -> None:
    house = visit.house
    with house.shop.scope():
        booked = Purchase.objects.filter(device=house.device).count()
    people.let_buy_at_the_till(house, times=max(0, 30 - booked))
    visit.as_staff()
    visit.open("/checkout/purchases/")
    visit.page.get_by_role("link", name="Frühere Buchungen").click()
    expect(visit.page.get_by_role("link", name="Erste Seite")).to_be_visible()


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
    _open_amount(visit, visit.house.jana)


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
def checkout_amount_unusual(visit: Visit) -> None:
    checkout_amount(visit)
    visit.page.keyboard.type("1000000")
    expect(visit.page.locator("#preview b")).to_contain_text("125.000")
    visit.page.keyboard.press("Enter")
    visit.refused()


@state
def checkout_amount_no_amount(visit: Visit) -> None:
    checkout_amount(visit)
    visit.page.keyboard.type("7F2K")
    visit.page.keyboard.press("Enter")
    expect(visit.page.locator("[data-slip]")).to_be_visible()


@state
def checkout_amount_credited_before(visit: Visit) -> None:
    checkout_amount_typed(visit)
    key = visit.page.locator("[name=key]").input_value()
    visit.page.keyboard.press("Enter")
    expect(visit.page.locator(".done")).to_be_visible()
    checkout_amount_typed(visit)
    visit.page.keyboard.press("0")
    visit.page.locator("[name=key]").evaluate("(field, key) => { field.value = key; }", key)
    expect(visit.page.locator("#preview b")).to_contain_text("3.112")
    visit.page.keyboard.press("Enter")
    visit.refused()


@state
def checkout_amount_blocked(visit: Visit) -> None:
    visit.as_staff()
    visit.open(f"/checkout/customers/{visit.exhibition.blocked.public_id}/")


@state
def checkout_amount_undo(visit: Visit) -> None:
    checkout_done(visit)
    visit.open(f"/checkout/customers/{visit.house.timo.public_id}/")
    expect(visit.page.locator(".undo")).to_be_visible()


@state
def checkout_amount_discount(visit: Visit) -> None:
    house = generous(visit.exhibition)
    visit.carry(people.staffed_till(house, people.bound_till(house)), at=house.url)
    visit.open(f"/checkout/customers/{house.jana.public_id}/", at=house.url)
    expect(visit.page.locator(".rebate")).to_be_visible()


@state
def checkout_amount_discount_typed(visit: Visit) -> None:
    checkout_amount_discount(visit)
    visit.page.keyboard.type("2490")
    expect(visit.page.locator(".preview__pay b")).to_contain_text("23,65")


@state
def checkout_amount_discount_subtracted(visit: Visit) -> None:
    checkout_amount_discount(visit)
    visit.page.get_by_role("radio", name="Rabatt schon abgezogen").check()
    visit.page.keyboard.type("2490")
    expect(visit.page.locator(".preview__pay b")).to_contain_text("24,90")


@state
def checkout_done(visit: Visit) -> None:
    checkout_amount_typed(visit)
    visit.page.keyboard.press("Enter")
    expect(visit.page.locator("#say")).not_to_be_empty()


@state
def checkout_done_new_tier(visit: Visit) -> None:
    with visit.house.shop.scope():
        fresh = make_customer(name="Lea Braun", now=timezone.now())
    visit.as_staff()
    _open_amount(visit, fresh)
    visit.page.keyboard.type("60000")
    expect(visit.page.locator("#preview b")).to_contain_text("6.000")
    visit.page.keyboard.press("Enter")
    expect(visit.page.locator(".done__news")).to_be_visible()


@state
def checkout_done_undone(visit: Visit) -> None:
    checkout_done(visit)
    visit.page.locator(".undo").click()
    expect(visit.page.locator(".done__tick--void")).to_be_visible()


@state
def checkout_new_customer(visit: Visit) -> None:
    visit.as_staff()
    visit.open("/checkout/customers/new/")


@state
def checkout_new_customer_refused(visit: Visit) -> None:
    checkout_new_customer(visit)
    visit.fill(email="keine Adresse")
    visit.refused()


@state
def checkout_new_customer_known(visit: Visit) -> None:
    checkout_new_customer(visit)
    visit.fill(email=visit.house.jana.email)
    expect(visit.page.locator(".known")).to_be_visible()


def welcome(visit: Visit) -> Customer:
    mila = new_customer(visit, name="Mila")
    visit.as_staff()
    visit.open(f"/checkout/customers/{mila.public_id}/welcome/")
    return mila


@state
def checkout_welcome(visit: Visit) -> None:
    welcome(visit)


@state
def checkout_welcome_nameless(visit: Visit) -> None:
    visit.as_staff()
    visit.open(f"/checkout/customers/{new_customer(visit).public_id}/welcome/")


@state
def checkout_welcome_opened(visit: Visit) -> None:
    mila = welcome(visit)
    with visit.house.shop.scope():
        store.set(sign_in._link_state_key(mila.pk), sign_in.Link.OPENED, timeout=60)
    expect(visit.page.locator(".welcome__state--opened")).to_be_visible()


@state
def checkout_welcome_joined(visit: Visit) -> None:
    mila, now = welcome(visit), timezone.now()
    with visit.house.shop.scope():
        terms = publish_text(kind="terms", language="de", body="Bedingungen", actor=SYSTEM, now=now)
        TermsAcceptance.objects.create(customer=mila, text=terms, accepted_at=now, accepted_via="portal")
    expect(visit.page.locator(".welcome__state--joined")).to_be_visible()


@state
def checkout_welcome_expired(visit: Visit) -> None:
    mila = welcome(visit)
    with visit.house.shop.scope():
        store.delete(sign_in._link_state_key(mila.pk))
    expect(visit.page.locator(".welcome__state--expired")).to_be_visible()


def _open_amount(visit: Visit, customer: Customer) -> None:
    """And wait until it takes keys, as a person does who looks."""
    visit.open(f"/checkout/customers/{customer.public_id}/")
    expect(visit.page.locator("[name=amount]")).to_be_focused()
