"""Every state of every page, and the shortest way to it."""

from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone, translation
from playwright.sync_api import Page, expect

from customers.models import Customer
from events.models import JobRun
from programs.services import void_purchase
from tenants.models import User
from tests.e2e import people
from tests.e2e.browsing import PHONE, carry
from tests.e2e.people import Cookies, House, ago, park_a_reaction
from tests.factories import Shop, make_customer, make_member, make_purchase, make_shop


@dataclass(frozen=True, kw_only=True)
class Exhibition:
    """A shop that is alive and one that has just opened, with keys to all doors; made once for each worker."""

    house: House
    new_shop: Shop
    stranger: User
    blocked: Customer
    rich: Customer
    english: Customer
    till: Cookies
    member: Cookies
    user: Cookies


def exhibit(slug: str) -> Exhibition:
    house = people.open_house(slug)
    new_shop = make_shop(f"{slug}-neu", now=ago(days=1))
    with new_shop.scope():
        make_member(user=house.owner, name="Selin")
    with house.shop.scope():
        blocked = make_customer(name="Ben Vogel", now=ago(days=9))
        rich = make_customer(name="Rosa Winkler", now=ago(days=9), email=f"rosa@{slug}.example")
        english = make_customer(name="Emma Stone", now=ago(days=9), email=f"emma@{slug}.example")
        Customer.objects.filter(pk=blocked.pk).update(status=Customer.Status.BLOCKED)
        Customer.objects.filter(pk=english.pk).update(language="en")
        mia = people.mia_at_the_till(house)
        bought = [
            make_purchase(customer=customer, total=total, store=house.shop.store, actor=mia, now=ago())
            for customer, total in ((rich, 250_000), (english, 9_870), (house.timo, 1_250), (house.jana, 2_490))
        ]
        void_purchase(purchase=bought[-1].purchase, actor=mia, now=ago(), reason="wrong_amount")
        park_a_reaction(house)
        for state, error in (("done", ""), ("failed", "OperationalError: connection lost"), ("running", "")):
            JobRun.objects.create(
                job=f"ledger.{state}",
                due_on=ago(days=1).date(),
                state=state,
                error=error,
                leased_until=ago(),
                started_at=ago(hours=3),
                finished_at=None if state == "running" else ago(hours=2),
            )
    return Exhibition(
        house=house,
        new_shop=new_shop,
        stranger=people.signed_up(f"neu@{slug}.example"),
        blocked=blocked,
        rich=rich,
        english=english,
        till=people.bound_till(house),
        member=people.signed_in_member(house.shop, house.owner),
        user=people.signed_in_user(house.owner),
    )


@dataclass
class Visit:
    """One page, led through the exhibition."""

    page: Page
    exhibition: Exhibition
    english: bool = False

    @property
    def house(self) -> House:
        return self.exhibition.house

    def open(self, path: str, *, at: str = "") -> None:
        self.page.goto((at or self.house.url) + path)

    def public(self, path: str) -> None:
        self.open(path, at=f"http://{settings.BASE_DOMAIN}")

    def carry(self, cookies: Cookies, *, at: str = "") -> None:
        carry(cookies, to=at or self.house.url, context=self.page.context)

    def as_staff(self) -> None:
        self.carry(people.staffed_till(self.house, self.exhibition.till))

    def as_customer(self, customer: Customer) -> None:
        self.carry(people.signed_in_customer(self.house, customer))

    def as_owner(self) -> None:
        self.carry(self.exhibition.member)

    def fill(self, **fields: str) -> None:
        """Type into the page's form and send it."""
        for name, text in fields.items():
            self.page.locator(f"main [name={name}]").fill(text)
        self.page.keyboard.press("Enter")

    def refused(self) -> None:
        expect(self.page.locator(".errsum")).to_be_visible()

    def rendered(self, template: str) -> None:
        """A page that only a fault would show."""
        with translation.override("de"):
            page = render_to_string(template)
        address = f"{self.house.url}/{template}"
        self.page.route(address, lambda route: route.fulfill(body=page, content_type="text/html; charset=utf-8"))
        self.page.goto(address)


@dataclass(frozen=True)
class State:
    name: str
    reach: Callable[[Visit], None]

    @property
    def touch(self) -> bool:
        return self.name.startswith(("checkout", "portal"))


STATES: dict[str, State] = {}


def state(reach: Callable[[Visit], None]) -> Callable[[Visit], None]:
    name = reach.__name__.replace("_", "-")
    STATES[name] = State(name, reach)
    return reach


# The till


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


# The portal


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
    visit.as_customer(visit.exhibition.english if visit.english else visit.house.jana)
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


# The back office


@state
def backoffice_customers(visit: Visit) -> None:
    visit.as_owner()
    visit.open("/backoffice/customers/")


@state
def backoffice_customers_menu(visit: Visit) -> None:
    visit.page.set_viewport_size(PHONE)
    backoffice_customers(visit)
    visit.page.locator(".side__toggle").check(force=True)


@state
def backoffice_customers_empty(visit: Visit) -> None:
    shop = visit.exhibition.new_shop
    visit.carry(people.signed_in_member(shop, visit.house.owner), at=shop.tenant.url)
    visit.open("/backoffice/customers/", at=shop.tenant.url)


@state
def backoffice_customers_no_hit(visit: Visit) -> None:
    visit.as_owner()
    visit.open("/backoffice/customers/?q=zzz")


@state
def backoffice_customer(visit: Visit) -> None:
    visit.as_owner()
    visit.open(f"/backoffice/customers/{visit.house.jana.public_id}/")


@state
def backoffice_customer_void(visit: Visit) -> None:
    backoffice_customer(visit)
    visit.page.locator("details.void summary").first.click()


@state
def backoffice_customer_blocked(visit: Visit) -> None:
    visit.as_owner()
    visit.open(f"/backoffice/customers/{visit.exhibition.blocked.public_id}/")


@state
def backoffice_operations(visit: Visit) -> None:
    visit.as_owner()
    visit.open("/backoffice/operations/")


@state
def backoffice_operations_empty(visit: Visit) -> None:
    backoffice_customers_empty(visit)
    visit.open("/backoffice/operations/", at=visit.exhibition.new_shop.tenant.url)


@state
def backoffice_signed_out(visit: Visit) -> None:
    visit.open("/backoffice/signed-out/")


# The public site


@state
def public_home(visit: Visit) -> None:
    visit.public("/")


@state
def public_sign_in(visit: Visit) -> None:
    visit.public("/accounts/login/")


@state
def public_sign_in_refused(visit: Visit) -> None:
    visit.public("/accounts/login/")
    visit.fill(login="wrong@example.org", password="wrong")
    visit.refused()


@state
def public_sign_out(visit: Visit) -> None:
    visit.carry(visit.exhibition.user, at=f"http://{settings.BASE_DOMAIN}")
    visit.public("/accounts/logout/")


@state
def public_password_reset(visit: Visit) -> None:
    visit.public("/accounts/password/reset/")


@state
def public_password_reset_sent(visit: Visit) -> None:
    visit.public("/accounts/password/reset/done/")


@state
def public_shops(visit: Visit) -> None:
    visit.carry(visit.exhibition.user, at=f"http://{settings.BASE_DOMAIN}")
    visit.public("/shops/")


@state
def public_shops_none(visit: Visit) -> None:
    visit.carry(people.signed_in_user(visit.exhibition.stranger), at=f"http://{settings.BASE_DOMAIN}")
    visit.public("/shops/")


# Refusals and faults


@state
def error_not_found(visit: Visit) -> None:
    visit.open("/niemand/")


@state
def error_no_access(visit: Visit) -> None:
    visit.carry(people.signed_in_member(visit.house.shop, visit.house.analyst))
    visit.open("/backoffice/operations/")


@state
def error_bad_request(visit: Visit) -> None:
    visit.rendered("400.html")


@state
def error_throttled(visit: Visit) -> None:
    visit.rendered("429.html")


@state
def error_server(visit: Visit) -> None:
    visit.rendered("500.html")
