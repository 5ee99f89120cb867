"""The till scans with its camera: codes are read by zxing under the worker's own policy, and one stream lives on."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import BrowserType, Page, Route, expect

from devtools import chromium
from loyalty.worker_policy import POLICY
from tests.e2e.browsing import Watch, carry, watched_context
from tests.e2e.films import film
from tests.e2e.people import House, bound_till, staffed_till

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
    shown = film(tmp_path / "camera.y4m", "", house.card, "", "")
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
