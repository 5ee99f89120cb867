"""The till scans with its camera: codes are read by zxing under the worker's own policy, and one stream lives on."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import BrowserType, Page, Route, expect

from devtools import chromium
from loyalty.worker_policy import POLICY
from referrals.invitations import spelled
from tests.e2e.browsing import Watch, carry, watched_context
from tests.e2e.films import film
from tests.e2e.people import House, ago, bound_till, staffed_till
from tests.factories import make_friends_code, make_offer

pytestmark = pytest.mark.e2e
_COUNT_STREAMS = """(() => {
  window.streams = 0;
  if (!navigator.mediaDevices) return; // before the first page
  const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = (wishes) => { window.streams += 1; return ask(wishes); };
})()"""


@pytest.fixture
def scanning_till(
    browser_type: BrowserType, browser_type_launch_args: dict[str, Any], house: House, tmp_path: Path
) -> Iterator[Page]:
    """A signed-on till before whose camera Jana's card comes and goes."""
    yield from _till_before(
        browser_type, browser_type_launch_args, house, film(tmp_path / "camera.y4m", "", house.card, "", "")
    )


@pytest.fixture
def till_before_a_voucher(
    browser_type: BrowserType, browser_type_launch_args: dict[str, Any], house: House, tmp_path: Path
) -> Iterator[Page]:
    """The same while a friend's printed voucher is held before it."""
    with house.shop.scope():
        make_offer(referrer_points=200, friend_points=200, now=ago(days=9))
        code = spelled(make_friends_code(house.jana, now=ago(days=9)))
    shown = film(tmp_path / "camera.y4m", "", f"{house.url}/e/{code}/?w=p", "", "")
    yield from _till_before(browser_type, browser_type_launch_args, house, shown)


def _till_before(
    browser_type: BrowserType, browser_type_launch_args: dict[str, Any], house: House, shown: Path
) -> Iterator[Page]:
    camera = ["--use-fake-device-for-media-stream", f"--use-file-for-fake-video-capture={shown}"]
    own = chromium.launch_options()
    options = browser_type_launch_args | own | {"args": [*own["args"], *camera]}
    watch = Watch(address=settings.BASE_DOMAIN)
    browser = browser_type.launch(**options)
    context = watched_context(browser, watch, permissions=["camera"])
    context.add_init_script(_COUNT_STREAMS)
    context.route("**/js/decoder.js", as_in_production)
    page = context.new_page()
    carry(staffed_till(house, bound_till(house)), to=house.url, context=context)
    yield page
    browser.close()
    assert watch.complaints == []


def as_in_production(route: Route) -> None:
    """The test's server does not send what Whitenoise adds."""
    headers = {"Content-Type": "text/javascript", "Content-Security-Policy": POLICY}
    route.fulfill(path=settings.BASE_DIR / "static" / "js" / "decoder.js", headers=headers)


def test_a_card_before_the_camera_is_found_and_the_stream_serves_the_next_customer(
    scanning_till: Page, house: House
) -> None:
    till = scanning_till
    before = house.balance(house.jana)
    till.goto(f"{house.url}/checkout/")
    customer = till.get_by_label("Kundin oder Kunde")
    expect(customer).to_contain_text("Jana K.")
    till.keyboard.type("2490")
    till.get_by_role("button", name="311 Punkte gutschreiben").click()
    expect(till.get_by_role("heading", name="+311 Punkte")).to_be_visible()
    till.get_by_role("link", name="Nächste Person").click()
    expect(customer).to_contain_text("Jana K.")
    assert till.evaluate("window.streams") == 1
    assert house.balance(house.jana) == before + 311

    till.get_by_role("button", name="Sperren").click()
    expect(till.get_by_role("heading", name="Wer ist an der Kasse?")).to_be_visible()
    till.go_back()
    expect(till.get_by_role("heading", name="Wer ist an der Kasse?")).to_be_visible()
    expect(till.locator("body")).not_to_contain_text("Jana")


def test_a_printed_voucher_before_the_camera_opens_a_new_card_with_the_code_filled_in(
    till_before_a_voucher: Page, house: House
) -> None:
    till = till_before_a_voucher
    till.goto(f"{house.url}/checkout/")
    expect(till.get_by_role("heading", name="Neue Karte")).to_be_visible()
    expect(till.get_by_label("Einladungscode")).to_have_value(re.compile(r"^\w{4}-\w{4}$"))
    expect(till.get_by_text("wer einlädt, bekommt 200 Punkte")).to_be_visible()
    assert till.evaluate("window.streams") == 1
