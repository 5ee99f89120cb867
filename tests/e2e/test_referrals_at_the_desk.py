"""The merchant's side of referrals: an offer is published, a friend enrols by a code, and a doubt is decided."""

import re

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from customers.models import Customer
from referrals.invitations import spelled
from referrals.jobs import bring_up_to_date
from referrals.models import Referral
from tests.e2e.browsing import DESKTOP, TABLET, carry
from tests.e2e.conftest import OpenBrowser
from tests.e2e.people import House, bound_till, mia_at_the_till, signed_in_member, staffed_till
from tests.factories import make_friends_code, make_purchase

pytestmark = pytest.mark.e2e


@pytest.fixture
def desk(open_browser: OpenBrowser, house: House) -> Page:
    page = open_browser(viewport=DESKTOP)
    carry(signed_in_member(house.shop, house.owner), to=house.url, context=page.context)
    return page


@pytest.fixture
def till(open_browser: OpenBrowser, house: House) -> Page:
    page = open_browser(viewport=TABLET)
    carry(staffed_till(house, bound_till(house)), to=house.url, context=page.context)
    return page


def publish_an_offer(desk: Page, house: House) -> None:
    """With the keyboard alone."""
    desk.goto(f"{house.url}/backoffice/")
    desk.get_by_role("link", name="Empfehlungen").press("Enter")
    desk.get_by_role("link", name="Erstes Angebot vorbereiten").press("Enter")
    expect(desk.get_by_label("Name", exact=True)).to_have_value("Freunde werben Freunde")
    preview = desk.get_by_role("complementary", name="Vorschau")
    for side in ("Wer eingeladen ist, bekommt", "Wer einlädt, bekommt"):
        # The points of a side stand behind its three choices.
        desk.get_by_role("group", name=side).get_by_role("radio", name="Punkte").focus()
        desk.keyboard.press("Tab")
        desk.keyboard.press("ControlOrMeta+a")
        desk.keyboard.type("200")
    expect(preview).to_contain_text("Wer eingeladen ist, bekommt 200 Punkte; wer einlädt, bekommt 200 Punkte.")
    expect(desk.get_by_role("region", name="Was das Veröffentlichen bedeutet")).to_contain_text("Gilt sofort.")
    desk.get_by_label("Wartezeit").fill("0")
    desk.get_by_label("Mindesteinkauf").fill("1000")
    expect(preview).to_contain_text("Ohne Wartezeit")
    desk.get_by_label("Mindesteinkauf").fill("10")
    desk.get_by_role("button", name="Veröffentlichen").press("Enter")
    expect(desk.get_by_role("status")).to_contain_text("ist veröffentlicht und gilt.")


def test_a_merchant_publishes_a_friend_enrols_by_a_scanned_code_and_a_doubt_is_decided(
    desk: Page, till: Page, house: House
) -> None:
    publish_an_offer(desk, house)
    with house.shop.scope():
        mia = mia_at_the_till(house)
        code = spelled(make_friends_code(house.jana, now=timezone.now()))
        # Jana has just bought at this till: whoever enrols now may be herself.
        make_purchase(customer=house.jana, total=1_200, store=house.shop.store, actor=mia, now=timezone.now())

    till.goto(f"{house.url}/checkout/")
    till.wait_for_load_state()
    till.keyboard.type(f"{house.url}/e/{code}/?w=p")
    till.keyboard.press("Enter")
    expect(till.get_by_role("heading", name="Neue Karte")).to_be_visible()
    expect(till.get_by_label("Einladungscode")).to_have_value(code)
    expect(till.get_by_text("Wer eingeladen ist, bekommt 200 Punkte; wer einlädt, bekommt 200 Punkte.")).to_be_visible()
    till.get_by_label("Vorname").fill("Ole")
    till.get_by_label("E-Mail").fill("ole@example.org")
    till.get_by_label("Einladungscode").fill("QQQQ-QQQQ")
    till.get_by_label("Einladungscode").press("Tab")
    expect(till.get_by_text("Dieser Code ist nicht bekannt.")).to_be_visible()
    # The hand scanner types into the field that has the focus; the form knows.
    till.get_by_label("Vorname").focus()
    till.keyboard.type(f"{house.url}/e/{code}/?w=p")
    till.keyboard.press("Enter")
    expect(till.get_by_label("Einladungscode")).to_have_value(code)
    expect(till.get_by_label("Vorname")).to_have_value("Ole")
    expect(till.get_by_label("E-Mail")).to_have_value("ole@example.org")
    till.get_by_role("button", name="Karte ausgeben").click()
    expect(till.get_by_text("Die Einladung ist vermerkt.")).to_be_visible()
    till.get_by_role("link", name="Weiter zum Einkauf").click()
    expect(till.get_by_label("Einkaufsbetrag")).to_be_focused()
    till.keyboard.type("1500")
    till.get_by_role("button", name="150 Punkte gutschreiben").click()
    expect(till.get_by_role("heading", name=re.compile(r"\+"))).to_be_visible()

    bring_up_to_date(house.shop.tenant, now=timezone.now())
    desk.goto(f"{house.url}/backoffice/")
    waiting = desk.get_by_role("link", name="1 Empfehlung wartet auf Ihre Entscheidung")
    expect(waiting).to_be_visible()
    waiting.click()
    row = desk.get_by_role("main").get_by_role("listitem").filter(has_text="Ole")
    expect(row).to_contain_text("An der Kasse angemeldet, an der die werbende Person gerade eingekauft hatte.")
    expect(row).to_contain_text("Jana Krüger")
    before = house.balance(house.jana)
    row.get_by_role("button", name=re.compile("^Freigeben.*Ole")).press("Enter")
    expect(desk.get_by_role("status")).to_contain_text("Das Dankeschön ist gutgeschrieben.")
    assert house.balance(house.jana) == before + 200
    with house.shop.scope():
        referral = Referral.objects.get()
        assert (referral.state, referral.channel) == (Referral.State.PAID, "paper")
        ole = Customer.objects.get(name="Ole")
    desk.goto(f"{house.url}/backoffice/customers/{ole.public_id}/referrals/")
    expect(desk.get_by_role("region", name="Über eine Einladung gekommen")).to_contain_text("Jana Krüger")
    desk.goto(f"{house.url}/backoffice/referrals/report/")
    expect(desk.get_by_role("main")).to_contain_text("Zusammenhang, nicht Wirkung")
