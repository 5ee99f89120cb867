"""Points become something: redeemed on the phone, shown without a network, used at the till once, or given back."""

import re
from dataclasses import replace

import pytest
from django.utils import timezone
from playwright.sync_api import Page, Route, expect

from rewards.presence import code_to_show
from tenants.qr import qr_svg
from tests.e2e.browsing import TABLET, carry
from tests.e2e.codes import code_of, read_code
from tests.e2e.conftest import OpenBrowser
from tests.e2e.people import House, ago, bound_till, signed_in_customer, staffed_till
from tests.factories import CAPPUCCINO, make_reward

pytestmark = pytest.mark.e2e
CAKE = replace(CAPPUCCINO, name="Stück Kuchen", points=700)
# Resolves once the page that the phone keeps holds a text, or does so no more.
_KEPT = """async ([text, wanted]) => {
  for (;;) {
    const page = await caches.match("/card/offline/", { ignoreVary: true });
    if (page && (await page.text()).includes(text) === wanted) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}"""


@pytest.fixture
def phone(open_browser: OpenBrowser, house: House) -> Page:
    """Jana's, in a shop with two rewards."""
    with house.shop.scope():
        make_reward(now=ago(days=1))
        make_reward(CAKE, now=ago(days=1))
    page = open_browser()
    carry(signed_in_customer(house, house.jana), to=house.url, context=page.context)
    return page


def redeem(phone: Page, house: House, reward: str) -> str:
    """From the first page on; the code of the voucher."""
    phone.goto(house.url)
    phone.get_by_role("link", name=f"Einlösen {reward}").click()
    expect(phone.get_by_role("heading", name="Bist du an der Kasse?")).to_be_visible()
    phone.get_by_role("button", name="Ja, jetzt einlösen").click()
    expect(phone.get_by_role("heading", name=reward)).to_be_visible()
    return phone.get_by_text(re.compile(r"^([A-Z2-9]{4}-){3}[A-Z2-9]{4}$")).inner_text()


def scan(till: Page, text: str) -> None:
    till.wait_for_load_state()
    till.keyboard.type(text)
    till.keyboard.press("Enter")


def test_a_reward_goes_from_the_phone_to_the_till_once(open_browser: OpenBrowser, phone: Page, house: House) -> None:
    before = house.balance(house.jana)
    code, voucher = redeem(phone, house, "Cappuccino"), phone.url
    assert house.balance(house.jana) == before - 500
    expect(phone.get_by_text("endet in 14 Tagen")).to_be_visible()
    drawing = phone.get_by_role("img", name="Code des Gutscheins").locator("svg")
    assert read_code(drawing) == code_of(code.replace("-", ""))

    phone.evaluate(_KEPT, [code, True])
    phone.context.set_offline(True)
    phone.goto(phone.url)
    expect(phone.get_by_text("Gerade kein Netz. Die Karte gilt trotzdem.")).to_be_visible()
    expect(phone.get_by_text(code)).to_be_in_viewport()
    assert read_code(drawing) == code_of(code.replace("-", ""))
    phone.context.set_offline(False)
    phone.goto(voucher)

    till = open_browser(viewport=TABLET)
    carry(staffed_till(house, bound_till(house)), to=house.url, context=till.context)
    till.goto(f"{house.url}/checkout/")
    scan(till, code)
    expect(till.get_by_text(re.compile("An der Kasse buchen: Rabatt 3,40"))).to_be_visible()
    till.get_by_role("button", name="Einlösen").click()
    expect(till.get_by_role("heading", name=re.compile("^Rabatt 3,40"))).to_be_visible()
    scan(till, code)
    expect(till.get_by_role("alert").filter(has_text="schon eingelöst")).to_contain_text(
        re.compile(r"\d\d:\d\d.*, Kasse 1\.")
    )

    # The phone has noticed by itself.
    used = phone.get_by_text(re.compile(f"Eingelöst am .*{house.shop.store.name}"))
    expect(used).to_be_visible()
    phone.goto(f"{house.url}/history/")
    phone.get_by_role("link", name="Eingelöst: Cappuccino").click()
    expect(used).to_be_visible()
    expect(phone.get_by_text(code)).to_have_count(0)
    phone.evaluate(_KEPT, [code, False])
    assert house.balance(house.jana) == before - 500


def test_a_voucher_is_given_back_and_the_phone_forgets_it(phone: Page, house: House) -> None:
    before = house.balance(house.jana)
    code = redeem(phone, house, "Stück Kuchen")
    phone.evaluate(_KEPT, [code, True])
    phone.goto(house.url)
    phone.get_by_role("link", name="1 Gutschein offen").click()
    phone.get_by_role("button", name="Doch nicht einlösen").click()
    expect(phone.get_by_role("status")).to_contain_text("700 Punkte sind zurück.")
    assert house.balance(house.jana) == before
    phone.evaluate(_KEPT, [code, False])


def test_the_code_on_the_card_changes_and_the_plain_card_stays_without_a_network(phone: Page, house: House) -> None:
    with house.shop.scope():
        following = code_to_show(house.jana, now=ago(seconds=-60))
    drawing = phone.get_by_role("img", name="Code deiner Karte").locator("svg")
    note = phone.get_by_text("Der Code wechselt alle 30 Sekunden.")
    phone.clock.install(time=timezone.now())
    phone.goto(f"{house.url}/card/")
    expect(note).to_be_visible()
    shown = read_code(drawing)
    assert shown not in {code_of(house.card), code_of(following)}

    def answer(body: str) -> None:
        def fulfill(route: Route) -> None:
            route.fulfill(body=body, content_type="text/html; charset=utf-8")

        with phone.expect_response("**/card/code/"):
            phone.unroute_all()
            phone.route("**/card/code/", fulfill)
            phone.clock.fast_forward(30_000)

    answer(qr_svg(following))
    expect(drawing).not_to_have_attribute("viewBox", "")
    assert read_code(drawing) == code_of(following)
    answer("")
    expect(note).to_be_hidden()
    assert read_code(drawing) == code_of(house.card)
