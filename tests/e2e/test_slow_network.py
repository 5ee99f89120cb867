"""Pages that come in pieces, as through a slow network or into a slow phone."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
from playwright.sync_api import Browser, Route

from tests.e2e.browsing import DESKTOP, PHONE, carry
from tests.e2e.conftest import OpenBrowser
from tests.e2e.looking import MOST_SHIFT, PREPARE
from tests.e2e.people import House, signed_in_member

pytestmark = pytest.mark.e2e


@contextmanager
def in_two_pieces(document: str, *, before: str) -> Iterator[str]:
    """The address at which the document is sent up to a word, and the rest when the first piece could be drawn."""
    first, rest = document.split(before, 1)

    class Slow(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(first.encode())
            time.sleep(1)
            self.wfile.write((before + rest).encode())

    with HTTPServer(("localhost", 0), Slow) as server:
        Thread(target=server.serve_forever).start()
        try:
            yield f"http://localhost:{server.server_port}/"
        finally:
            server.shutdown()


@pytest.mark.parametrize("path", ["/sign-in/", "/checkout/bind/"])
def test_a_page_in_the_middle_of_the_screen_stands_still_while_it_comes(
    browser: Browser, house: House, path: str
) -> None:
    page = browser.new_page(viewport=PHONE)
    page.add_init_script(PREPARE)
    answer = page.goto(house.url + path)
    assert answer
    document = answer.text().replace('href="/', f'href="{house.url}/')
    with in_two_pieces(document, before="<form") as address:
        page.goto(address, wait_until="load")
        shifted, jumped = page.evaluate("[window.shifted, window.jumped]")
    page.close()
    assert shifted <= MOST_SHIFT, jumped


def test_a_page_stands_still_when_its_font_is_late(open_browser: OpenBrowser, house: House) -> None:
    page = open_browser(viewport=DESKTOP)
    page.add_init_script(PREPARE)
    carry(signed_in_member(house.shop, house.owner), to=house.url, context=page.context)
    page.route("**/*.woff2", late)
    with page.expect_response("**/*.woff2"):
        page.goto(f"{house.url}/backoffice/")
    shifted, jumped = page.evaluate("document.fonts.ready.then(() => [window.shifted, window.jumped])")
    assert shifted == 0, jumped


def late(route: Route) -> None:
    time.sleep(1)
    route.continue_()
