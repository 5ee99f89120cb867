"""Reports: a shop with many customers, one with few, one that has just opened."""

from datetime import timedelta
from functools import cache

from django.utils import timezone

from analytics.groups import ESTIMATED_FROM, Group
from analytics.models import CustomerScore, JoiningFigures, ScoringRun
from analytics.review.sharing import share_review
from analytics.review.spans import MONTH, Span
from analytics.rollups.nightly import draw_figures
from analytics.stating import set_window, state_cost
from customers.models import Customer
from feedback.models import Response
from ledger.liability import state_point_value
from programs.customer_stats import mark
from referrals.models import Referral
from rewards.redeeming import use_voucher
from tenants.roles import SYSTEM
from tests.analytics.regulars import make_regulars
from tests.analytics.samples import make_model_check
from tests.e2e import people
from tests.e2e.gallery.exhibition import Exhibition
from tests.e2e.gallery.visit import Visit, state
from tests.e2e.people import Cookies, House
from tests.factories import (
    give_points,
    make_customer,
    make_offer,
    make_purchase,
    make_redemption,
    make_referral,
    make_reward,
    make_store,
    today,
)


@cache
def busy_house(_exhibition: Exhibition, slug: str, customers: int) -> tuple[House, Cookies]:
    house = people.open_house(slug)
    with house.shop.scope():
        stores = [house.shop.store, make_store(code="hafen", name="Hafen")]
    make_regulars(house.shop, customers, stores=stores, days=390, now=timezone.now())
    if customers >= ESTIMATED_FROM:
        with house.shop.scope():
            make_model_check(now=timezone.now())
    return house, people.signed_in_member(house.shop, house.owner)


def _open(visit: Visit, query: str = "", *, slug: str = "galerie-viele", customers: int = 420) -> None:
    house, member = busy_house(visit.exhibition, slug, customers)
    visit.carry(member, at=house.url)
    visit.open(f"/backoffice/reports/{query}", at=house.url)


@state
def backoffice_reports(visit: Visit) -> None:
    _open(visit)


@state
def backoffice_reports_explained(visit: Visit) -> None:
    _open(visit, "?show=retention")
    for summary in visit.page.locator("main summary").all():
        summary.click()


@state
def backoffice_reports_rough_value(visit: Visit) -> None:
    _open(visit, "?show=value")


@state
def backoffice_reports_few_in_a_store(visit: Visit) -> None:
    """Of one store; what is chosen stays for this session alone."""
    house, _ = busy_house(visit.exhibition, "galerie-viele", 420)
    visit.carry(people.signed_in_member(house.shop, house.owner), at=house.url)
    visit.open("/backoffice/reports/?store=hafen&show=frequency", at=house.url)


@state
def backoffice_reports_small(visit: Visit) -> None:
    _open(visit, slug="galerie-wenige", customers=24)


@state
def backoffice_customer_in_a_small_shop(visit: Visit) -> None:
    """Too few customers for an estimate: the rule of the group."""
    house, member = busy_house(visit.exhibition, "galerie-wenige", 24)
    with house.shop.scope():
        customer = Customer.objects.get(name="Gast 4")
        figures = {"recency": 5, "frequency": 4, "money": 3, "gap_days": 9}
        CustomerScore.objects.get_or_create(customer=customer, defaults={"group": Group.REGULAR, **figures})
        ran = {"window_days": 90, "footing": "few", "customers": 24, "ran_at": timezone.now()}
        ScoringRun.objects.get_or_create(day=today(), defaults=ran)
    visit.carry(member, at=house.url)
    visit.open(f"/backoffice/customers/{customer.public_id}/", at=house.url)


@state
def backoffice_reports_empty(visit: Visit) -> None:
    shop = visit.exhibition.new_shop
    visit.carry(people.signed_in_member(shop, visit.house.owner), at=shop.tenant.url)
    visit.open("/backoffice/reports/", at=shop.tenant.url)


@state
def backoffice_report_entries(visit: Visit) -> None:
    """Said twice, and another window waits for the night."""
    shop, now = visit.exhibition.new_shop, timezone.now()
    with shop.scope():
        for days, margin, running in ((400, 60, 2_900), (30, 65, 4_900)):
            since = today() - timedelta(days=days)
            state_cost(margin_percent=margin, running=running, since=since, actor=SYSTEM, now=now)
        set_window(days=120, actor=SYSTEM, now=now)
        set_window(days=60, actor=SYSTEM, now=now)
    visit.carry(people.signed_in_member(shop, visit.house.owner), at=shop.tenant.url)
    visit.open("/backoffice/reports/entries/", at=shop.tenant.url)


@state
def backoffice_report_entries_refused(visit: Visit) -> None:
    visit.as_owner()
    visit.open("/backoffice/reports/entries/")
    visit.page.locator("[name=margin_percent]").fill("150")
    visit.page.locator("[name=running]").fill("wenig")
    visit.page.locator("[name=running]").press("Enter")
    visit.refused()


@state
def backoffice_reviews(visit: Visit) -> None:
    _open(visit, "months/")


@state
def backoffice_reviews_empty(visit: Visit) -> None:
    shop = visit.exhibition.new_shop
    visit.carry(people.signed_in_member(shop, visit.house.owner), at=shop.tenant.url)
    visit.open("/backoffice/reports/months/", at=shop.tenant.url)


@state
def backoffice_review(visit: Visit) -> None:
    """With a link that has been passed on."""
    house, _ = busy_house(visit.exhibition, "galerie-viele", 420)
    with house.shop.scope():
        share_review(span=_last_month(), what="summary", actor=SYSTEM, now=timezone.now())
    _open(visit, f"months/{_last_month().code}/")


@state
def backoffice_review_of_a_quarter(visit: Visit) -> None:
    _open(visit, f"months/{Span.around(today(), months=3).before.code}/", slug="galerie-wenige", customers=24)


@state
def backoffice_review_shared(visit: Visit) -> None:
    house, member = busy_house(visit.exhibition, "galerie-viele", 420)
    with house.shop.scope():
        link = share_review(span=_last_month(), what="came", actor=SYSTEM, now=timezone.now())
    visit.carry(member, at=house.url)
    visit.open(f"/backoffice/shared/{link.public_id}/", at=house.url)


def _last_month() -> Span:
    return Span.around(today(), months=MONTH).before


@cache
def _paying(exhibition: Exhibition) -> tuple[House, Cookies]:
    """The shop of many customers says what it costs, hands out rewards, sells without a card and is praised."""
    house, member = busy_house(exhibition, "galerie-viele", 420)
    shop, now = house.shop, timezone.now()
    with shop.scope():
        state_cost(margin_percent=65, running=4_900, since=today() - timedelta(days=400), actor=SYSTEM, now=now)
        JoiningFigures.objects.create(day=today(), members=64, before=4_120, after=4_890, low=110, high=1_430)
        state_point_value(per_hundred=60, actor=SYSTEM, now=now - timedelta(days=300))
        cappuccino = make_reward(now=now - timedelta(days=80))
        guests = list(Customer.objects.order_by("pk")[:60])
        for number, guest in enumerate(guests):
            make_purchase(customer=None, total=480, store=shop.store, now=now - timedelta(days=1 + number))
            if number < 12:
                give_points(guest, 600, now=now - timedelta(days=70))
                taken = make_redemption(customer=guest, reward=cappuccino, now=now - timedelta(days=number + 3))
                use_voucher(redemption=taken, actor=SYSTEM, now=now - timedelta(days=number + 2))
            Response.objects.create(
                customer=guest,
                channel=Response.Channel.EMAIL,
                asked_at=now - timedelta(days=6 * number + 4),
                score=(10, 9, 9, 8, 10, 4, 9, 7)[number % 8],
                answered_at=now - timedelta(days=6 * number + 3),
            )
        make_offer(now=now - timedelta(days=200))
        for number in range(32):
            make_customer(name=f"Neu {number}", now=now - timedelta(days=9 * number + 2))
        for days in (12, 30, 51, 57):
            make_referral(referrer=guests[days], state=Referral.State.PAID, now=now - timedelta(days=days))
        make_referral(referrer=guests[1], now=now - timedelta(days=3))
        mark([(None, today() - timedelta(days=number)) for number in range(1, 70)])
    draw_figures(shop.tenant, today=today())
    return house, member


def _open_paying(visit: Visit, path: str) -> None:
    house, member = _paying(visit.exhibition)
    visit.carry(member, at=house.url)
    visit.open(f"/backoffice/reports/{path}", at=house.url)


@state
def backoffice_report_programme(visit: Visit) -> None:
    _open_paying(visit, "programme/?show=break_even&days=90&store=")
    for summary in visit.page.locator("main summary").all():
        summary.click()


@state
def backoffice_report_programme_cost(visit: Visit) -> None:
    _open_paying(visit, "programme/?show=cost&days=90&store=")


@state
def backoffice_report_programme_small(visit: Visit) -> None:
    """Without what only the merchant knows."""
    _open(visit, "programme/?show=cost", slug="galerie-wenige", customers=24)


@state
def backoffice_report_referrals(visit: Visit) -> None:
    _open_paying(visit, "referrals/?show=quota&days=365&store=")


@state
def backoffice_report_referrals_empty(visit: Visit) -> None:
    _open(visit, "referrals/?days=30", slug="galerie-wenige", customers=24)


@state
def backoffice_report_satisfaction(visit: Visit) -> None:
    _open_paying(visit, "satisfaction/?show=recommendation&days=365&store=")


@state
def backoffice_report_satisfaction_empty(visit: Visit) -> None:
    _open(visit, "satisfaction/", slug="galerie-wenige", customers=24)
