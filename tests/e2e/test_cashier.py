"""The till in a real browser: sign on, find, credit, undo, void, lock."""

import itertools
import re
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from customers.models import Customer
from ledger.models import Entry
from programs.models import Purchase
from tests.e2e.browsing import PHONE, TABLET, carry, focused
from tests.e2e.conftest import OpenBrowser
from tests.e2e.people import House, bound_till, let_buy_at_the_till, make_more_customers, staffed_till
from tests.factories import PIN

pytestmark = pytest.mark.e2e


@pytest.fixture
def till(page: Page, house: House) -> Page:
    """A signed-on till that shows the search."""
    sit_down(page, house)
    return page


def sit_down(page: Page, house: House) -> None:
    carry(staffed_till(house, bound_till(house)), to=house.url, context=page.context)
    page.goto(f"{house.url}/checkout/")


def look_up(till: Page, text: str) -> None:
    till.get_by_label("Karte, Kundennummer, E-Mail oder Telefon").fill(text)
    till.get_by_role("button", name="Karte suchen").click()


def press(till: Page, keys: str) -> None:
    till.wait_for_load_state()  # a page that still settles moves the key away under the click
    for key in keys:
        till.get_by_role("button", name=key, exact=True).click()


def recorded(house: House) -> list[tuple[int, bool]]:
    """What stands in the books of this till: points, and whether it is voided."""
    with house.shop.scope():
        purchases = Purchase.objects.filter(device=house.device).order_by("id")
        return [(purchase.points, purchase.voided_at is not None) for purchase in purchases]


@pytest.mark.parametrize("viewport", [PHONE, TABLET], ids=["phone", "tablet"])
def test_a_cashier_binds_the_till_credits_undoes_and_voids(
    open_browser: OpenBrowser, house: House, viewport: dict[str, int]
) -> None:
    till = open_browser(viewport=viewport, has_touch=viewport is PHONE)
    before = house.balance(house.jana)

    till.goto(f"{house.url}/checkout/")
    till.get_by_label("Gerätecode").fill(house.device_code.lower())
    till.get_by_role("button", name="Gerät verbinden").click()
    till.get_by_role("radio", name="Mia").check()
    press(till, PIN)
    till.get_by_role("button", name="Anmelden").click()
    expect(till.get_by_text("Hauptstraße · Kasse 1 · Mia")).to_be_visible()
    expect(till.get_by_text("Heute noch keine Buchung")).to_be_visible()

    look_up(till, house.card.lower().replace("-", " "))
    expect(till.get_by_label("Kundin oder Kunde")).to_contain_text("Jana K.")
    expect(till.get_by_label("Kundin oder Kunde")).to_contain_text("Gold")
    expect(till.locator("body")).not_to_contain_text("Krüger")
    press(till, "2490")
    expect(till.get_by_label("Einkaufsbetrag")).to_have_value("24,90")
    expect(till.locator("#preview")).to_contain_text("311 Punkte")
    till.get_by_role("button", name="311 Punkte gutschreiben").click()

    expect(till.get_by_role("status").first).to_have_text("+311 Punkte für Jana K.")
    expect(till.get_by_role("heading", name="+311 Punkte")).to_be_visible()
    assert house.balance(house.jana) == before + 311
    till.get_by_role("button", name=re.compile("Rückgängig machen")).click()
    expect(till.get_by_role("status").first).to_have_text("Die Buchung ist storniert.")
    expect(till.get_by_role("button", name=re.compile("Rückgängig machen"))).to_have_count(0)
    assert house.balance(house.jana) == before

    till.get_by_role("link", name="Nächste Person").click()
    look_up(till, house.jana.number)
    press(till, "860")
    till.get_by_role("button", name="107 Punkte gutschreiben").click()
    till.get_by_role("link", name="Nächste Person").click()
    expect(till.get_by_role("heading", name="Karte scannen oder suchen")).to_be_visible()
    today = till.get_by_role("region", name="Heute an dieser Kasse")
    expect(today.get_by_role("listitem")).to_have_count(2)
    expect(today.get_by_role("listitem").nth(1)).to_contain_text("storniert")
    today.get_by_text(re.compile("^Storno")).click()
    today.get_by_role("radio", name="Falscher Betrag").check()
    today.get_by_role("button", name="Buchung stornieren").click()
    expect(till.get_by_role("heading", name="Storniert")).to_be_visible()
    assert recorded(house) == [(311, True), (107, True)]
    assert house.balance(house.jana) == before


def test_a_customer_is_found_by_whatever_they_say(till: Page, house: House) -> None:
    for text in (house.jana.email.upper(), "0151/2345678", "+49 151 2345678", house.card, f" {house.jana.number} "):
        look_up(till, text)
        expect(till.get_by_label("Kundin oder Kunde")).to_contain_text("Jana K.")
        till.get_by_role("link", name="Andere Person wählen").click()
    look_up(till, "niemand@example.org")
    expect(till).to_have_title(re.compile("^Fehler: "))
    expect(till.get_by_role("alert")).to_be_focused()
    expect(till.get_by_role("alert")).to_contain_text("Niemand gefunden")
    till.get_by_role("link", name="Niemand gefunden").click()
    expect(till.get_by_label("Karte, Kundennummer, E-Mail oder Telefon")).to_be_focused()
    assert "niemand" not in till.url


def test_on_a_busy_day_the_result_and_the_way_on_stay_in_sight(till: Page, house: House) -> None:
    let_buy_at_the_till(house, times=30)
    look_up(till, house.card)
    press(till, "2490")
    till.get_by_role("button", name="311 Punkte gutschreiben").click()
    expect(till.get_by_role("heading", name="+311 Punkte")).to_be_in_viewport(ratio=1)
    expect(till.get_by_role("button", name=re.compile("Rückgängig machen"))).to_be_in_viewport(ratio=1)
    expect(till.get_by_role("link", name="Nächste Person")).to_be_in_viewport(ratio=1)
    expect(till.get_by_role("link", name="Nächste Person")).to_be_focused()


def test_a_wrong_amount_is_refused_and_explained(till: Page, house: House) -> None:
    look_up(till, house.card)
    till.get_by_role("button", name="Punkte gutschreiben").click()
    expect(till.get_by_role("alert")).to_contain_text("Bitte einen Betrag wie 24,90 eingeben.")
    press(till, "999999999")
    expect(till.get_by_label("Einkaufsbetrag")).to_have_value("9999999,99")
    press(till, "1")
    expect(till.get_by_label("Einkaufsbetrag")).to_have_value("9999999,99")
    for _ in range(9):
        till.get_by_role("button", name="Letzte Ziffer löschen").click()
    expect(till.get_by_label("Einkaufsbetrag")).to_have_value("")
    assert recorded(house) == []


def test_the_till_works_with_the_keyboard_alone(page: Page, house: House) -> None:
    keys = page.keyboard

    def tab_to(name: str, *, key: str = "Tab") -> None:
        for _ in range(25):
            keys.press(key)
            if name in focused(page):
                outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
                assert outline != "none", f"no visible focus on {name}"
                return
        raise AssertionError(f"{name} cannot be reached, the focus is on {focused(page)}")

    def arrived(heading: str) -> None:
        expect(page.get_by_role("heading", name=heading)).to_be_visible()
        expect(page.get_by_role("main")).to_be_focused()

    page.goto(f"{house.url}/checkout/")
    keys.type(house.device_code)
    keys.press("Enter")
    arrived("Wer ist an der Kasse?")
    tab_to("Mia")
    keys.press("Space")
    tab_to("PIN")
    keys.type(PIN)
    keys.press("Enter")
    arrived("Karte scannen oder suchen")
    keys.type(house.jana.email)
    keys.press("Enter")
    expect(page.get_by_label("Einkaufsbetrag")).to_be_focused()
    keys.type("1000")
    expect(page.get_by_role("button", name="125 Punkte gutschreiben")).to_be_visible()
    keys.press("Enter")
    expect(page.get_by_role("heading", name="+125 Punkte")).to_be_visible()
    expect(page.get_by_role("link", name="Nächste Person")).to_be_focused()
    tab_to("Rückgängig machen", key="Shift+Tab")
    keys.press("Enter")
    expect(page.get_by_role("heading", name="Storniert")).to_be_visible()
    expect(page.get_by_role("link", name="Nächste Person")).to_be_focused()
    keys.press("Enter")
    arrived("Karte scannen oder suchen")
    keys.type(house.jana.number)
    keys.press("Enter")
    expect(page.get_by_label("Einkaufsbetrag")).to_be_focused()
    keys.press("Escape")
    arrived("Karte scannen oder suchen")
    tab_to("Sperren", key="Shift+Tab")
    keys.press("Enter")
    expect(page.get_by_role("heading", name="Wer ist an der Kasse?")).to_be_visible()
    assert recorded(house) == [(125, True)]


def test_digits_that_are_typed_before_the_scripts_are_there_are_cents(page: Page, house: House) -> None:
    carry(staffed_till(house, bound_till(house)), to=house.url, context=page.context)
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/js/keypad*.js", hold)
    page.goto(f"{house.url}/checkout/customers/{house.jana.public_id}/", wait_until="commit")
    amount = page.get_by_label("Einkaufsbetrag")
    amount.click()
    page.keyboard.type("2490")
    expect(amount).to_have_value("2490")
    held[0].continue_()
    expect(amount).to_have_value("24,90")
    expect(page.get_by_role("button", name="311 Punkte gutschreiben")).to_be_visible()


def test_a_shift_of_ten_customers_with_one_undo_and_one_void(till: Page, house: House) -> None:
    make_more_customers(house, 9, surname="Sommer")
    with house.shop.scope():
        guests = [*Customer.objects.order_by("-pk")[:9], house.timo]
    for number, guest in enumerate(guests, start=1):
        look_up(till, guest.number)
        press(till, f"{number}00")
        till.get_by_role("button", name=f"{number * 10} Punkte gutschreiben").click()
        expect(till.get_by_role("heading", name=f"+{number * 10} Punkte")).to_be_visible()
        if number == 2:
            # The clock of the booking before has stopped with its page.
            expect(till.locator(".undo__time")).to_have_text(re.compile(r"^(1\d|2[0-8])\ss$"))
            expect(till.get_by_text("Die Zeit dafür ist abgelaufen")).to_be_hidden()
        if number == 4:
            till.get_by_role("button", name=re.compile("Rückgängig machen")).click()
            expect(till.get_by_role("heading", name="Storniert")).to_be_visible()
        till.get_by_role("link", name="Nächste Person").click()
        expect(till.get_by_role("heading", name="Karte scannen oder suchen")).to_be_visible()
    today = till.get_by_role("region", name="Heute an dieser Kasse")
    expect(today).to_contain_text("9 Buchungen")
    expect(today).not_to_contain_text("Sommer")
    fifth = today.get_by_role("listitem").nth(5)
    fifth.get_by_text(re.compile("^Storno")).click()
    fifth.get_by_role("radio", name="Einkauf abgebrochen").check()
    fifth.get_by_role("button", name="Buchung stornieren").click()
    expect(till.get_by_role("heading", name="Storniert")).to_be_visible()
    assert recorded(house) == [(number * 10, number in (4, 5)) for number in range(1, 11)]
    assert till.evaluate("performance.getEntriesByType('navigation').length") == 1


def test_without_a_network_nothing_is_lost_and_nothing_booked_twice(browser: Browser, house: House) -> None:
    context = browser.new_context(locale="de-DE")  # nobody watches it: a broken network is meant to be complained about
    till = context.new_page()
    sit_down(till, house)
    look_up(till, house.card)
    press(till, "2490")
    award = till.get_by_role("button", name="311 Punkte gutschreiben")
    expect(award).to_be_visible()
    # The booking arrives, its answer does not.
    path, key = f"/checkout/customers/{house.jana.public_id}/", till.locator("input[name=key]").input_value()
    _post_again(till, path, key=key)
    context.set_offline(True)
    award.click()
    expect(till.get_by_role("alert")).to_contain_text("Keine Verbindung.")
    context.set_offline(False)
    award.click()
    expect(till.get_by_role("heading", name="+311 Punkte")).to_be_visible()
    expect(till.get_by_role("alert")).to_be_hidden()
    assert recorded(house) == [(311, False)]
    context.close()


def test_a_new_card_is_issued_in_one_step_and_a_known_address_leads_to_its_customer(till: Page, house: House) -> None:
    till.get_by_role("link", name="Neue Karte").click()
    till.get_by_label("E-Mail", exact=True).fill(house.jana.email)
    till.get_by_role("button", name="Karte ausgeben").click()
    till.get_by_role("link", name="Weiter mit dieser Karte").click()
    expect(till.get_by_label("Kundin oder Kunde")).to_contain_text("Jana K.")
    till.get_by_role("link", name="Andere Person wählen").click()
    till.get_by_role("link", name="Neue Karte").click()
    till.get_by_label("Vorname").fill("Mila")
    till.keyboard.press("Enter")
    expect(till.get_by_role("img", name="Code für das Handy")).to_be_visible()
    expect(till.get_by_text("Warten auf das Handy")).to_be_visible()
    till.get_by_role("link", name="Weiter zum Einkauf").click()
    expect(till.get_by_label("Kundin oder Kunde")).to_contain_text("Mila")
    press(till, "500")
    till.get_by_role("button", name="50 Punkte gutschreiben").click()
    expect(till.get_by_role("heading", name="+50 Punkte")).to_be_visible()


def test_a_double_click_credits_once(till: Page, house: House) -> None:
    look_up(till, house.card)
    press(till, "2490")
    award = till.get_by_role("button", name="311 Punkte gutschreiben")
    key = till.locator("input[name=key]").input_value()
    award.dblclick()
    expect(till.get_by_role("heading", name="+311 Punkte")).to_be_visible()
    assert _post_again(till, f"/checkout/customers/{house.jana.public_id}/", key=key) == till.url
    assert recorded(house) == [(311, False)]
    with house.shop.scope():
        assert Entry.objects.filter(points=311).count() == 1


def _post_again(till: Page, path: str, *, key: str) -> Any:
    """Send the same booking once more, as a retrying network would; returns where it leads."""
    return till.evaluate(
        """async ([path, key]) => {
             const token = document.querySelector("[name=csrfmiddlewaretoken]").value;
             const body = new URLSearchParams({ amount: "24,90", key, csrfmiddlewaretoken: token });
             return (await fetch(path, { method: "POST", body })).url;
           }""",
        [path, key],
    )


def test_a_hand_scanner_finds_a_customer_on_any_page_of_a_slow_device_and_books_nothing(
    till: Page, house: House
) -> None:
    found = till.get_by_label("Kundin oder Kunde")
    device = till.context.new_cdp_session(till)
    cards = itertools.cycle([(house.card, "Jana K."), (house.timo.number, "Timo Ö.")])

    def scan(*, pace: int) -> None:
        card, name = next(cards)
        till.keyboard.type(card, delay=pace)
        till.keyboard.press("Enter")
        expect(found).to_contain_text(name)
        expect(till.get_by_label("Einkaufsbetrag")).to_have_value("")

    for slowness in (1, 4, 6):
        device.send("Emulation.setCPUThrottlingRate", {"rate": slowness})
        for pace in (0, 10, 35, 60):
            scan(pace=pace)
    device.send("Emulation.setCPUThrottlingRate", {"rate": 1})
    assert recorded(house) == []
    scan(pace=10)
    press(till, "500")
    till.get_by_role("button", name=re.compile("62 Punkte gutschreiben")).click()
    expect(till.get_by_role("heading", name="+62 Punkte")).to_be_visible()
    scan(pace=150)
    assert recorded(house) == [(62, False)]


def test_only_what_a_person_types_as_an_amount_is_credited_by_enter(page: Page, house: House) -> None:
    page.clock.install()
    sit_down(page, house)
    till = page
    look_up(till, house.card)
    amount, warning = till.get_by_label("Einkaufsbetrag"), till.get_by_text("Das war kein Betrag.")
    expect(amount).to_be_focused()
    # Half a card, a letter among the digits, and digits as from a machine: where the clock stands still.
    for keys in ("7F2K", "24x90", "4930"):
        if keys.isdigit():
            till.clock.pause_at(till.evaluate("Date.now()") / 1000 + 1)
        till.keyboard.type(keys, delay=120)
        till.keyboard.press("Enter")
        till.clock.resume()
        expect(warning).to_be_visible()
        for _ in range(4):
            till.keyboard.press("Backspace")
        expect(warning).to_be_hidden()
        expect(amount).to_have_value("")
    # A scanner that presses no Enter leaves no digits behind, and what follows may be the rest of its card.
    till.keyboard.type("12", delay=120)
    till.wait_for_timeout(1_100)
    till.keyboard.type(house.card, delay=10)
    expect(amount).to_have_value("0,12")
    till.wait_for_timeout(1_100)
    till.keyboard.type("0,0", delay=120)
    expect(amount).to_have_value("12,00")
    till.keyboard.press("Enter")
    expect(warning).to_be_visible()
    till.keyboard.press("Enter")
    expect(till.get_by_role("heading", name="+150 Punkte")).to_be_visible()
    assert recorded(house) == [(150, False)]


def test_the_till_locks_itself_when_nobody_touches_it(page: Page, house: House) -> None:
    page.clock.install()
    sit_down(page, house)
    warning = page.get_by_text("Diese Kasse sperrt gleich.")
    page.clock.run_for(95_000)
    expect(warning).to_be_hidden()
    page.clock.run_for(10_000)
    expect(warning).to_be_visible()
    page.keyboard.press("Shift")
    expect(warning).to_be_hidden()
    page.clock.run_for(118_000)
    expect(page.get_by_role("heading", name="Karte scannen oder suchen")).to_be_visible()
    page.clock.run_for(3_000)
    expect(page.get_by_role("heading", name="Wer ist an der Kasse?")).to_be_visible()
    page.goto(f"{house.url}/checkout/customers/{house.jana.public_id}/")
    expect(page.get_by_role("heading", name="Wer ist an der Kasse?")).to_be_visible()


def test_a_wrong_pin_is_refused_and_five_stop_even_the_right_one(page: Page, house: House) -> None:
    carry(bound_till(house), to=house.url, context=page.context)

    def sign_on(name: str, pin: str) -> None:
        page.goto(f"{house.url}/checkout/")
        page.get_by_role("radio", name=name).check()
        page.get_by_label("PIN").fill(pin)
        page.get_by_role("button", name="Anmelden").click()

    for _ in range(5):
        sign_on("Mia", "0000")
        expect(page.get_by_role("alert")).to_contain_text("Diese PIN stimmt nicht.")
        expect(page.get_by_label("PIN")).to_have_value("")
    sign_on("Mia", PIN)
    expect(page.get_by_role("alert")).to_contain_text("Zu viele Versuche.")
    sign_on("Selin", "1111")
    expect(page.get_by_text("Hauptstraße · Kasse 1 · Selin")).to_be_visible()


def test_points_can_be_credited_without_javascript(open_browser: OpenBrowser, house: House) -> None:
    options: dict[str, Any] = {"java_script_enabled": False}
    till = open_browser(**options)
    sit_down(till, house)
    look_up(till, house.card)
    till.get_by_label("Einkaufsbetrag").fill("24,9")
    till.get_by_role("button", name="Punkte gutschreiben").click()
    expect(till.get_by_role("heading", name="+311 Punkte")).to_be_visible()
    till.get_by_role("button", name=re.compile("Rückgängig machen")).click()
    expect(till.get_by_role("heading", name="Storniert")).to_be_visible()
    assert recorded(house) == [(311, True)]
