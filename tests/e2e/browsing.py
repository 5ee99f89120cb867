"""A browser that complains: about the console, the network and the Content Security Policy."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, Response, ViewportSize

PHONE: ViewportSize = {"width": 390, "height": 844}
NARROW: ViewportSize = {"width": 320, "height": 568}
TABLET: ViewportSize = {"width": 1024, "height": 768}
DESKTOP: ViewportSize = {"width": 1440, "height": 900}
# Two workers, a server and a browser share the cores: patience costs nothing where all is well.
PATIENCE_MS = 15_000

# The browser logs every 4xx; the responses are judged by themselves.
_EXPECTED = re.compile(
    r"Failed to load resource: the server responded with a status of 4\d\d"
    r"|Service Worker registration blocked by Playwright"
)
_TELL_VIOLATIONS = """addEventListener("securitypolicyviolation", (event) =>
  console.error(`CSP: ${event.violatedDirective} refuses ${event.blockedURI} ${event.sample}`))"""

_FOCUSED = """() => {
  const element = document.activeElement;
  const text = element.getAttribute("aria-label") || element.labels?.[0]?.textContent || element.textContent;
  return text.trim().replace(/\\s+/g, " ");
}"""


@dataclass
class Watch:
    """Everything in a browser that must not happen."""

    address: str = ""
    complaints: list[str] = field(default_factory=list)

    def over(self, context: BrowserContext) -> None:
        context.add_init_script(_TELL_VIOLATIONS)
        context.on("console", self._console)
        context.on("weberror", lambda failure: self.complaints.append(f"uncaught: {failure.error}"))
        context.on("request", self._request)
        context.on("response", self._response)

    def start_over(self, address: str) -> None:
        self.address = address
        self.complaints.clear()

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not _EXPECTED.match(message.text):
            self.complaints.append(f"console {message.type}: {message.text}")

    def _request(self, request: Request) -> None:
        if request.url.startswith("http") and self.address not in request.url.split("/")[2]:
            self.complaints.append(f"request to another host: {request.url}")

    def _response(self, response: Response) -> None:
        whole_page = response.request.is_navigation_request()
        if response.status >= 500 or (response.status >= 400 and not whole_page):
            self.complaints.append(f"{response.status} for {response.url}")


def watched_context(browser: Browser, watch: Watch, **options: Any) -> BrowserContext:
    chosen: dict[str, Any] = {"viewport": PHONE, "locale": "de-DE", "timezone_id": "Europe/Berlin"}
    context = browser.new_context(**(chosen | options))
    context.set_default_timeout(PATIENCE_MS)
    watch.over(context)
    return context


def leave(page: Page) -> None:
    """Nobody asks for anything any more. The page goes by itself: sent by the browser it would cost a process."""
    page.unroute_all()
    page.evaluate("location.replace('about:blank')")
    page.wait_for_url("about:blank")


def carry(cookies: Mapping[str, str], *, to: str, context: BrowserContext) -> None:
    """Put cookies into a browser, as if the shop under this URL had set them."""
    context.add_cookies([{"name": name, "value": value, "url": to} for name, value in cookies.items()])


def cookies_of(context: BrowserContext, url: str) -> dict[str, str]:
    return {str(cookie.get("name")): str(cookie.get("value")) for cookie in context.cookies(url)}


def focused(page: Page) -> Any:
    """What the keyboard would act on: its accessible text."""
    return page.evaluate(_FOCUSED)
