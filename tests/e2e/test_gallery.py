"""Every page state is usable: with a screen reader, in the dark, with thumbs, on a small phone, in both languages."""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path

import pytest
from django.conf import settings
from playwright.sync_api import Browser, Page

from tenants.brand import style_name
from tests.e2e.browsing import Watch, leave, watched_context
from tests.e2e.gallery import COLOURS, STATES, Exhibition, State, Visit, painted, speaking
from tests.e2e.gallery.routes import NO_PAGES, SHOWN_BY, asked_by_get, page_at
from tests.e2e.looking import PREPARE, Looks, axe_findings, faults, wears

pytestmark = pytest.mark.e2e
LOCALES = {"de": "de-DE", "en": "en-GB"}
# One page of each kind; the others are made of the same components.
THOROUGHLY = (
    "checkout-amount-typed",
    "checkout-done",
    "portal-home",
    "portal-history",
    "portal-profile",
    "portal-consents",
    "backoffice-start-rich",
    "backoffice-customer",
    "backoffice-reports-explained",
    "public-sign-in",
)
GERMAN = re.compile(
    r"\b(Punkte|Einkauf|Einkaufsbetrag|Buchung|Buchungen|Storno|Karte|Stufe|Verlauf|und|für|noch|bis)\b"
)


@pytest.fixture(scope="session")
def watch() -> Watch:
    return Watch()


Enter = Callable[[str], Visit]


@pytest.fixture(scope="session")
def wall(browser: Browser, watch: Watch) -> Iterator[Callable[[str], Page]]:
    """One page for each language shows all states: the browser keeps style sheets and scripts."""
    with ExitStack() as hung:

        @cache
        def page(language: str) -> Page:
            # A worker would keep one state's card for the next; the journeys look at it.
            context = watched_context(
                browser, watch, reduced_motion="reduce", locale=LOCALES[language], service_workers="block"
            )
            hung.callback(context.close)
            context.add_init_script(PREPARE)
            return context.new_page()

        yield page


@pytest.fixture
def enter(wall: Callable[[str], Page], watch: Watch, exhibition: Exhibition) -> Iterator[Enter]:
    watch.start_over(settings.BASE_DOMAIN)

    def visit(language: str) -> Visit:
        page = wall(language)
        # What the state before asks for by itself must not be refused in this one's name.
        leave(page)
        page.context.clear_cookies()
        page.emulate_media(color_scheme="light")
        return Visit(page, exhibition)

    yield visit
    assert watch.complaints == []


@pytest.fixture
def visit(enter: Enter) -> Visit:
    return enter("de")


def test_every_page_is_shown_by_a_state() -> None:
    assert asked_by_get() == SHOWN_BY.keys() | NO_PAGES.keys()
    assert set(SHOWN_BY.values()) <= STATES.keys()


@pytest.mark.parametrize("state", STATES.values(), ids=list(STATES))
def test_state_is_usable_by_everybody(visit: Visit, state: State, shots: Path | None) -> None:
    visit.page.set_viewport_size(state.size)
    state.reach(visit)
    pages = {page for page, name in SHOWN_BY.items() if name == state.name}
    assert not pages or page_at(visit.page.url) in pages
    assert axe_findings(visit.page) == []
    assert faults(visit.page, touch=state.touch, shots=shots / state.name if shots else None) == []


@pytest.mark.parametrize("language", LOCALES)
@pytest.mark.parametrize("name", THOROUGHLY)
def test_state_is_usable_in_every_colour_theme_and_language(enter: Enter, name: str, language: str) -> None:
    state, visit = STATES[name], enter(language)
    visit.page.set_viewport_size(state.size)
    with speaking(visit.exhibition, language):
        state.reach(visit)
    looks = Looks(visit.page)
    assert looks.findings() == []
    for colour, value in COLOURS.items():
        with painted(visit.exhibition, value):
            # What customers see is in the shop's colour, and nothing but this sheet says which; the rest in ours.
            assert wears(visit.page, f"/brand/{style_name(value)}") == state.touch
        if state.touch:
            assert (colour, looks.findings()) == (colour, [])
    assert faults(visit.page, touch=state.touch, language=language) == []
    if language == "en":
        # A quotation that says its own language may be in it.
        visit.page.locator("main [lang=de]").evaluate_all("quotations => quotations.forEach(one => one.remove())")
        assert GERMAN.findall(visit.page.locator("body").inner_text()) == []


def test_the_api_documentation_loads_nothing_from_elsewhere(visit: Visit) -> None:
    answer = visit.page.goto(f"{visit.house.url}/api/v1/docs/")
    assert answer is not None
    assert answer.status == 200
