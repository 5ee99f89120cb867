"""Looks at a page as people with different eyes, hands, themes and screens do, and says what is wrong with it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page, ViewportSize

from tests.e2e.browsing import DESKTOP, NARROW, PHONE

MEASURE = (Path(__file__).parent / "measure.js").read_text()
MOST_SHIFT = 0.02
PREPARE = (Path(__file__).parent / "prepare.js").read_text()
_AXE = """async (only) => {
  const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
  const rules = { "target-size": { enabled: true } };
  const asked = only ? { runOnly: { type: "rule", values: only } } : { runOnly: tags, rules };
  const { violations } = await axe.run({ ...asked, resultTypes: ["violations"] });
  const why = ({ any, all, none }) => [...any, ...all, ...none].map(({ message }) => message).join("; ");
  return violations.flatMap(({ id, nodes }) =>
    nodes.map((node) => `${id}: ${node.html.slice(0, 120)} (${why(node).slice(0, 160)})`));
}"""
# What axe says of colours; all its other rules look at the document and at where things stand.
_OF_COLOUR = ["color-contrast", "link-in-text-block"]
# Everything that those others see: two looks of a page with the same answer differ in nothing but colours.
_STANDING = """() => [...document.querySelectorAll("*")].map((element) => {
  const { x, y, width, height } = element.getBoundingClientRect();
  const style = getComputedStyle(element);
  const made = ["::before", "::after"].map((part) => getComputedStyle(element, part).content);
  const text = [style.visibility, style.fontSize, style.fontWeight, style.textDecorationLine];
  return [x, y, width, height, element.checkVisibility(), ...text, ...made];
}).join()"""
_WEAR = """(sheet) => new Promise((worn, failed) => {
  const own = document.querySelector("link[rel=stylesheet][href*='/brand/']");
  if (!own) return worn(false);
  const other = own.cloneNode();
  other.onload = () => { own.remove(); worn(true); };
  other.onerror = failed;
  other.href = sheet;
  own.after(other);
})"""
Scheme = Literal["light", "dark"]
SCHEMES: tuple[Scheme, Scheme] = ("light", "dark")


@dataclass(frozen=True, kw_only=True)
class Screen:
    name: str
    size: ViewportSize
    least_target: int


def screens(*, touch: bool) -> tuple[Screen, Screen]:
    """The till and the portal are touched on every screen, elsewhere there is a mouse."""
    least = 44 if touch else 24
    return (
        Screen(name="phone", size=PHONE, least_target=least),
        Screen(name="desktop", size=DESKTOP, least_target=least),
    )


def faults(page: Page, *, touch: bool, shots: Path | None = None, language: str = "de") -> list[str]:
    """What is wrong with the page that is open, as far as a cheap look in every size can tell."""
    shift = page.evaluate("document.fonts.ready.then(() => window.shifted)")
    found = [f"layout shift of {shift:.3f}: {page.evaluate('window.jumped')}"] if shift > MOST_SHIFT else []
    for screen in screens(touch=touch):
        page.set_viewport_size(screen.size)
        found += _measured(page, screen, language)
        if shots:
            _photograph(page, screen, shots)
    page.set_viewport_size(NARROW)
    return found + [f"scrolls sideways at 320 px: {what}" for what in _measure(page, 0)["sideways"]]


def axe_findings(page: Page) -> list[str]:
    """What a screen reader or weak eyes stumble over, in the width and theme that the page has."""
    # A form that was sent may have brought the page, but not yet its style sheets.
    page.wait_for_load_state()
    height = page.evaluate("document.fonts.ready.then(() => document.scrollingElement.scrollHeight)")
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    # What scrolls under a bar at the bottom is not hidden for good, and axe cannot know that.
    if page.viewport_size and height > page.viewport_size["height"]:
        page.set_viewport_size({"width": page.viewport_size["width"], "height": height})
    return page.evaluate(_AXE, None)


class Looks:
    """The page that is open, in one look after the other: every rule at first, then those that a look can change."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.standing: str | None = None

    def findings(self) -> list[str]:
        return [f"{scheme}: {finding}" for scheme in SCHEMES for finding in self._in(scheme)]

    def _in(self, scheme: Scheme) -> list[str]:
        self.page.emulate_media(color_scheme=scheme)
        standing = self.page.evaluate(_STANDING)
        if standing == self.standing:
            return self.page.evaluate(_AXE, _OF_COLOUR)
        found = axe_findings(self.page)
        # Looking may have made the window higher.
        self.standing = self.page.evaluate(_STANDING)
        return found


def wears(page: Page, sheet: str) -> bool:
    """Put a brand's sheet in the place of the page's; a page of the product's own look has none."""
    return page.evaluate(_WEAR, sheet)


def _photograph(page: Page, screen: Screen, shots: Path) -> None:
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        path = shots.with_name(f"{shots.name}-{screen.name}-{scheme}.png")
        page.screenshot(path=path, full_page=True, animations="disabled")


def _measured(page: Page, screen: Screen, language: str) -> list[str]:
    seen = _measure(page, screen.least_target)
    found = [f"{screen.name}: smaller than {screen.least_target} px: {target}" for target in seen["small"]]
    found += [f"{screen.name}: scrolls sideways: {what}" for what in seen["sideways"]]
    if seen["language"].partition("-")[0] != language:
        found.append(f"the page says that it is in {seen['language']!r}, not {language!r}")
    if not seen["title"].strip(" –"):
        found.append("the page has no title")
    return found


def _measure(page: Page, least_target: int) -> dict[str, Any]:
    return page.evaluate(MEASURE, least_target)
