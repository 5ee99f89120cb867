"""`pages`: how long a first visit waits for what it came for, on a slow phone with a slow connection.

The largest contentful paint of one page of each surface, and of the page behind an invitation: the median of nine loads
with an empty cache, over slow 4G and with a quarter of this machine's speed, against the budget of the design. A busy
machine tells little.
"""

import os
import socket
import statistics
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.utils import timezone
from playwright.sync_api import Browser, ViewportSize, sync_playwright

from checkout.access import DEVICE_COOKIE, SHIFT, new_shift
from devtools import chromium
from devtools.bench.figures import Figure
from devtools.demo import PLANS, demo_shop
from devtools.failure import Failure
from devtools.run import commands, running_processes, wait_for_answer
from ledger.models import Account
from portal.access import session_of
from referrals.links import link_of
from referrals.models import Channel, Invitation
from team.models import Membership
from team.services import bind_device
from tenants.hosts import SESSION_TENANT
from tenants.models import Tenant
from tenants.scope import tenant_scope

BENCH = "pages"
SETTINGS = "devtools.bench.production_settings"
LOADS = 9
# 1.6 Mbit/s down, 750 kbit/s up, 150 ms there and back.
SLOW_4G = {"offline": False, "latency": 150, "downloadThroughput": 200_000, "uploadThroughput": 93_750}
CPU_SLOWDOWN = 4
LARGEST_PAINT = """() => new Promise((tell) => {
  const last = (list) => tell(list.getEntries().at(-1).startTime);
  new PerformanceObserver(last).observe({ type: "largest-contentful-paint", buffered: true });
})"""
PHONE: ViewportSize = {"width": 390, "height": 844}
TABLET: ViewportSize = {"width": 1024, "height": 768}
DESKTOP: ViewportSize = {"width": 1440, "height": 900}


@dataclass(frozen=True, kw_only=True)
class Visit:
    """A page, who opens it on what, and the most that it may take."""

    name: str
    path: str
    screen: ViewportSize
    cookies: Mapping[str, str]
    budget_ms: int


def measure() -> Iterator[Figure]:
    shop = demo_shop(PLANS[0], {}, now=timezone.now())
    tenant = Tenant.objects.get(slug=shop["slug"])
    with tenant_scope(tenant):
        visits = visits_of(tenant, device_code=shop["devices"][0]["code"])
    port = free_port()
    environment = os.environ | {"BASE_DOMAIN": f"localhost:{port}", "DJANGO_SETTINGS_MODULE": SETTINGS}
    with running_processes() as processes, sync_playwright() as playwright:
        processes.run("static", "manage.py", "collectstatic", "--noinput", "-v0", environment=environment)
        processes.start("web", "-m", *commands(port)["web"], environment=environment, quiet=True)
        wait_for_answer(processes, port)
        browser = playwright.chromium.launch(**chromium.launch_options())
        for visit in visits:
            address = f"http://{tenant.slug}.localhost:{port}{visit.path}"
            paint = statistics.median(largest_paint(browser, visit, address) for _ in range(LOADS))
            yield Figure(BENCH, f"{visit.name}, largest paint", paint, "ms")
            yield Figure(BENCH, f"{visit.name}, budget / paint", visit.budget_ms / paint, "ratio", bar=1)


def largest_paint(browser: Browser, visit: Visit, address: str) -> float:
    """Milliseconds, the first time that this browser sees the shop."""
    context = browser.new_context(viewport=visit.screen, locale="de-DE")
    context.add_cookies([{"name": name, "value": value, "url": address} for name, value in visit.cookies.items()])
    page = context.new_page()
    devtools = context.new_cdp_session(page)
    devtools.send("Network.enable")
    devtools.send("Network.emulateNetworkConditions", SLOW_4G)
    devtools.send("Emulation.setCPUThrottlingRate", {"rate": CPU_SLOWDOWN})
    answer = page.goto(address, wait_until="networkidle")
    if answer is None or answer.url != address or not answer.ok:
        raise Failure(f"{address} does not open: {answer and (answer.status, answer.url)}")
    paint = page.evaluate(LARGEST_PAINT)
    context.close()
    return paint


def visits_of(tenant: Tenant, *, device_code: str) -> list[Visit]:
    """By the owner, at the till too, by the customer who has most to show, and by a friend whom nobody knows yet."""
    owner = Membership.objects.select_related("user").get(role="owner")
    device, token = bind_device(code=device_code, address="127.0.0.1", now=timezone.now())
    # In the future, so that nobody is idle during the loads.
    shift = new_shift(owner, device) | {"seen": int(timezone.now().timestamp()) + 3600}
    richest = Account.objects.select_related("customer").order_by("-last_seq")[0].customer
    user = {
        SESSION_KEY: str(owner.user.pk),
        BACKEND_SESSION_KEY: settings.AUTHENTICATION_BACKENDS[0],
        HASH_SESSION_KEY: owner.user.get_session_auth_hash(),
    }
    till = session(tenant, **{SHIFT: shift}) | {DEVICE_COOKIE: token}
    landing = link_of(Invitation.objects.order_by("pk")[0].code, channel=Channel.WHATSAPP).removeprefix(tenant.url)
    return [
        Visit(name="checkout", path="/checkout/", screen=TABLET, cookies=till, budget_ms=1500),
        Visit(name="portal", path="/", screen=PHONE, cookies=session(tenant, **session_of(richest)), budget_ms=1800),
        Visit(name="invitation", path=landing, screen=PHONE, cookies={}, budget_ms=1800),
        Visit(name="back office", path="/backoffice/", screen=DESKTOP, cookies=session(tenant, **user), budget_ms=2500),
    ]


def session(tenant: Tenant, **held: Any) -> dict[str, str]:
    """The cookie of a session in this shop."""
    store = SessionStore()
    store.update({SESSION_TENANT: tenant.pk, **held})
    store.create()
    return {settings.SESSION_COOKIE_NAME: str(store.session_key)}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
