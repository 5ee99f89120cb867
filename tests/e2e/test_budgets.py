"""What a page costs the first time: bytes, requests, scripts and nodes, against the budgets of the design."""

from dataclasses import dataclass

import brotli  # type: ignore[import-untyped]
import pytest
from django.utils import timezone
from playwright.sync_api import Page, Response, expect

from tests.e2e.browsing import DESKTOP, carry
from tests.e2e.conftest import OpenBrowser
from tests.e2e.looking import MEASURE, MOST_SHIFT, PREPARE
from tests.e2e.people import (
    House,
    bound_till,
    let_buy_at_the_till,
    let_buy_often,
    make_more_customers,
    signed_in_customer,
    signed_in_member,
    staffed_till,
)
from tests.factories import make_friends_code, make_offer, make_redemption, make_referral, make_reward

pytestmark = pytest.mark.e2e


@dataclass(frozen=True, kw_only=True)
class Cost:
    kilobytes: float
    script_kilobytes: float
    requests: int
    nodes: int
    shift: float

    def within(self, *, kilobytes: int, script_kilobytes: int, requests: int, nodes: int) -> bool:
        return (
            self.kilobytes <= kilobytes
            and self.script_kilobytes <= script_kilobytes
            and self.requests <= requests
            and self.nodes <= nodes
            and self.shift <= MOST_SHIFT
        )


def cost(page: Page, url: str) -> Cost:
    """Of a first visit. Static files count as Whitenoise sends them in production, pages as they are."""
    answers: list[Response] = []
    page.add_init_script(PREPARE)
    page.on("response", lambda answer: answers.append(answer))  # noqa: PLW0108 - Playwright marks its handlers
    page.goto(url, wait_until="networkidle")
    weights = {answer.url: weight(answer) for answer in answers}
    return Cost(
        kilobytes=round(sum(weights.values()) / 1024, 1),
        script_kilobytes=round(sum(size for url, size in weights.items() if url.endswith(".js")) / 1024, 1),
        requests=len(answers),
        nodes=page.evaluate(MEASURE, 0)["nodes"],
        shift=page.evaluate("window.shifted"),
    )


def weight(answer: Response) -> int:
    if answer.status >= 300:
        return 0
    body = answer.body()
    compressed = "/static/" in answer.url and not answer.url.endswith(".woff2")
    return answer.request.sizes()["responseHeadersSize"] + len(brotli.compress(body) if compressed else body)


def test_a_till_is_light_even_on_a_busy_day(open_browser: OpenBrowser, house: House) -> None:
    let_buy_at_the_till(house, times=60)
    till = bound_till(house)
    for path in ("/checkout/", f"/checkout/customers/{house.jana.public_id}/"):
        page = open_browser()
        carry(staffed_till(house, till), to=house.url, context=page.context)
        spent = cost(page, house.url + path)
        assert spent.within(kilobytes=120, script_kilobytes=35, requests=10, nodes=400), f"{path}: {spent}"


def test_the_portal_is_light(open_browser: OpenBrowser, house: House) -> None:
    let_buy_often(house, house.timo, times=60)
    with house.shop.scope():
        for number in range(12):
            make_reward(name=f"Gebäck {number}", points=200 * number)
        voucher = make_redemption(customer=house.timo, reward=make_reward(points=0), now=timezone.now())
        make_offer(now=timezone.now())
        code = make_friends_code(house.jana, now=timezone.now())
        for _ in range(12):
            make_referral(referrer=house.timo, now=timezone.now())
    timo = signed_in_customer(house, house.timo)
    for path in ("/", "/card/", "/rewards/", f"/vouchers/{voucher.public_id}/", "/invite/"):
        page = open_browser()
        carry(timo, to=house.url, context=page.context)
        spent = cost(page, house.url + path)
        assert spent.within(kilobytes=100, script_kilobytes=25, requests=10, nodes=500), f"{path}: {spent}"
    friend = open_browser()
    spent = cost(friend, f"{house.url}/e/{code}/?w=w")
    assert spent.within(kilobytes=100, script_kilobytes=0, requests=10, nodes=500), spent
    page = open_browser()
    carry(timo, to=house.url, context=page.context)
    page.goto(f"{house.url}/history/")
    expect(page.get_by_role("heading", name="Verlauf")).to_be_visible()
    assert page.evaluate(MEASURE, 0)["nodes"] <= 500


def test_the_back_office_is_light_with_a_full_page_of_customers(open_browser: OpenBrowser, house: House) -> None:
    make_more_customers(house, 60, surname="Schäfer")
    let_buy_often(house, house.timo, times=60)
    member = signed_in_member(house.shop, house.owner)
    for path in ("/backoffice/customers/", f"/backoffice/customers/{house.timo.public_id}/"):
        page = open_browser(viewport=DESKTOP)
        carry(member, to=house.url, context=page.context)
        spent = cost(page, house.url + path)
        assert spent.within(kilobytes=180, script_kilobytes=40, requests=12, nodes=1200), f"{path}: {spent}"
