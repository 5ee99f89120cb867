"""One page, led through the exhibition to a state that is worth looking at."""

from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation
from playwright.sync_api import Page, ViewportSize, expect

from customers.models import Customer
from tests.clients import phone
from tests.e2e import people
from tests.e2e.browsing import DESKTOP, PHONE, carry
from tests.e2e.gallery.exhibition import Exhibition
from tests.e2e.people import Cookies, House


@dataclass
class Visit:
    """What a state needs to reach itself."""

    page: Page
    exhibition: Exhibition

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

    def on_phone_of(self, customer: Customer) -> None:
        """The same for somebody who has no address to which a code could go."""
        self.carry(people.cookies(phone(customer, self.house.shop.tenant)))

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

    @property
    def size(self) -> ViewportSize:
        """Of the screen that its readers mostly use."""
        return PHONE if self.touch else DESKTOP


STATES: dict[str, State] = {}


def state(reach: Callable[[Visit], None]) -> Callable[[Visit], None]:
    """Hang a state on the wall; the name begins with its surface."""
    name = reach.__name__.replace("_", "-")
    STATES[name] = State(name, reach)
    return reach
