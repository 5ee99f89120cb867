"""Every page state is usable: with a screen reader, in the dark, with thumbs, on a small phone, in both languages."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from playwright.sync_api import Browser, Page

from tests.e2e.browsing import DESKTOP, PHONE, Watch, watched_context
from tests.e2e.conftest import OpenBrowser
from tests.e2e.gallery import STATES, Exhibition, State, Visit
from tests.e2e.looking import PREPARE, faults

pytestmark = pytest.mark.e2e
GERMAN = re.compile(
    r"\b(Punkte|Einkauf|Einkaufsbetrag|Buchung|Buchungen|Storno|Karte|Stufe|Verlauf|und|für|noch|bis)\b"
)


@pytest.fixture(scope="session")
def watch() -> Watch:
    return Watch()


@pytest.fixture(scope="session")
def wall(browser: Browser, watch: Watch) -> Iterator[Page]:
    """One page shows all states: the browser keeps style sheets and scripts."""
    context = watched_context(browser, watch, reduced_motion="reduce")
    context.add_init_script(PREPARE)
    yield context.new_page()
    context.close()


@pytest.fixture
def visit(wall: Page, watch: Watch, exhibition: Exhibition) -> Iterator[Visit]:
    watch.start_over(settings.BASE_DOMAIN)
    wall.context.clear_cookies()
    wall.emulate_media(color_scheme="light")
    yield Visit(wall, exhibition)
    assert watch.complaints == []


@pytest.mark.parametrize("state", STATES.values(), ids=list(STATES))
def test_state_is_usable_by_everybody(visit: Visit, state: State, shots: Path | None) -> None:
    visit.page.set_viewport_size(PHONE if state.touch else DESKTOP)
    state.reach(visit)
    assert faults(visit.page, touch=state.touch, shots=shots / state.name if shots else None) == []


@pytest.mark.parametrize("name", ["checkout-amount-typed", "portal-home", "backoffice-customer"])
def test_state_is_usable_in_english(open_browser: OpenBrowser, exhibition: Exhibition, name: str) -> None:
    page = open_browser(locale="en-GB", reduced_motion="reduce")
    page.add_init_script(PREPARE)
    state = STATES[name]
    state.reach(Visit(page, exhibition, english=True))
    assert faults(page, touch=state.touch, language="en") == []
    assert GERMAN.findall(page.locator("body").inner_text()) == []


def test_the_api_documentation_loads_nothing_from_elsewhere(visit: Visit) -> None:
    answer = visit.page.goto(f"{visit.house.url}/api/v1/docs/")
    assert answer is not None
    assert answer.status == 200
