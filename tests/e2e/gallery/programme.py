"""The programme at the merchant's desk: what is in force, and the five steps to something else."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from functools import cache

from django.utils import timezone
from playwright.sync_api import expect

from programs.drafting import discard_draft, save_draft, workpiece
from programs.forecast import Figures
from programs.models import Program
from programs.publishing import Draft, draft_in_force, publish_program
from programs.rules import Conditions, Goods, Kind, Limits, Rule
from programs.setup import prepare_program, template_of
from team.services import open_store
from tenants.roles import SYSTEM
from tenants.scope import tenant_scope
from tests.e2e import people
from tests.e2e.gallery.exhibition import Exhibition
from tests.e2e.gallery.merchant_rewards import event
from tests.e2e.gallery.visit import Visit, state
from tests.factories import Shop, make_member, make_tenant

STEPS = "/backoffice/programme/steps"
OFFERS = (
    Rule(
        code="happy",
        kind=Kind.MULTIPLIER,
        name="Happy Hour",
        factor_percent=200,
        conditions=Conditions(weekdays=(0, 1, 2), from_minute=840, until_minute=960),
        limits=Limits(per_day=500),
    ),
    Rule(
        code="cake",
        kind=Kind.BONUS,
        points=50,
        conditions=Conditions(goods=Goods(categories=("Kuchen", "Torte")), min_total=1_000),
    ),
)
FIGURES = Figures(reward="Cappuccino", reward_points=500, average=640, cost=75, price=340)


@cache
def not_started(exhibition: Exhibition) -> Shop:
    """As the sign-up leaves it."""
    tenant = make_tenant(f"{exhibition.house.shop.tenant.slug}-vorher")
    with tenant_scope(tenant):
        store = open_store(code="main", name="Hauptstraße", actor=SYSTEM)
        prepare_program(name="Café Früh", actor=SYSTEM, now=timezone.now())
        make_member(user=exhibition.house.owner, name="Selin")
    return Shop(tenant=tenant, store=store)


def _draft(
    visit: Visit, *, rules: Sequence[Rule] = (), figures: Figures = FIGURES, resting: Sequence[Rule] = ()
) -> None:
    """A change of the template in the living shop, whatever was there before."""
    with visit.house.shop.scope():
        discard_draft(actor=SYSTEM)
        whole: Draft = template_of("cafe", workpiece().draft)
        draft = replace(whole, rules=[*whole.rules, *rules], figures=figures, resting=list(resting))
        save_draft(draft, actor=SYSTEM, now=timezone.now())


def _step(visit: Visit, place: str) -> None:
    visit.as_owner()
    visit.open(f"{STEPS}/{place}/")


def _fresh(visit: Visit, path: str) -> None:
    shop = not_started(visit.exhibition)
    visit.carry(people.signed_in_member(shop, visit.house.owner), at=shop.tenant.url)
    visit.open(path, at=shop.tenant.url)


@state
def backoffice_programme(visit: Visit) -> None:
    visit.as_owner()
    visit.open("/backoffice/programme/")


@state
def backoffice_programme_planned(visit: Visit) -> None:
    """Another version from tomorrow on, and a change that somebody has begun."""
    with visit.house.shop.scope():
        now = timezone.now()
        discard_draft(actor=SYSTEM)
        draft = replace(draft_in_force(now=now), points_per_unit=12, rules=list(OFFERS), expiry_months=36)
        publish_program(draft, actor=SYSTEM, now=now, starts_at=now + timedelta(days=1))
        save_draft(replace(workpiece().draft, points_per_unit=15), actor=SYSTEM, now=now)
    visit.as_owner()
    visit.open("/backoffice/programme/")
    with visit.house.shop.scope():
        discard_draft(actor=SYSTEM)
        now = timezone.now()
        publish_program(draft_in_force(now=now), actor=SYSTEM, now=now)


@state
def backoffice_programme_not_started(visit: Visit) -> None:
    _fresh(visit, "/backoffice/programme/")


@state
def backoffice_programme_trade(visit: Visit) -> None:
    _fresh(visit, f"{STEPS}/trade/")


@state
def backoffice_programme_trade_asks(visit: Visit) -> None:
    _draft(visit, rules=OFFERS)
    _step(visit, "trade")
    visit.page.locator("[name=template][value=salon]").check(force=True)
    visit.page.locator(".wiz__foot [value=next]").click()
    expect(visit.page.locator("[name=replaces][value=on]")).to_be_visible()


@state
def backoffice_programme_points(visit: Visit) -> None:
    _draft(visit)
    _step(visit, "points")


@state
def backoffice_programme_points_fresh(visit: Visit) -> None:
    _fresh(visit, f"{STEPS}/points/")


@state
def backoffice_programme_points_cheapest(visit: Visit) -> None:
    """Reckoned with a reward of the catalogue, as long as the merchant names none."""
    event(visit.exhibition)
    _draft(visit, figures=Figures(average=640))
    _step(visit, "points")
    visit.page.locator("details.own summary").click()


@state
def backoffice_programme_points_saved(visit: Visit) -> None:
    """Saved by itself, but for a field; goods instead of turnover, and a word of their own."""
    _draft(visit)
    _step(visit, "points")
    visit.page.locator("[name=way][value=goods]").check(force=True)
    visit.page.locator("[name=word][value=own]").check(force=True)
    visit.page.locator("[name=expiry_months]").fill("3")
    visit.page.locator("[name=expiry_months]").blur()
    expect(visit.page.locator("#id_expiry_months_error")).not_to_be_empty()


@state
def backoffice_programme_points_refused(visit: Visit) -> None:
    _draft(visit)
    _step(visit, "points")
    visit.page.locator("[name=expiry_months]").fill("3")
    visit.page.locator(".wiz__foot [value=next]").click()
    visit.refused()


@state
def backoffice_programme_tiers(visit: Visit) -> None:
    _draft(visit)
    _step(visit, "tiers")


@state
def backoffice_programme_tiers_refused(visit: Visit) -> None:
    _draft(visit)
    _step(visit, "tiers")
    visit.page.locator("[name=tier-1-threshold]").fill("0")
    visit.page.locator(".wiz__foot [value=next]").click()
    visit.refused()


@state
def backoffice_programme_outdated(visit: Visit) -> None:
    """Somebody else has published meanwhile."""
    with visit.house.shop.scope():
        discard_draft(actor=SYSTEM)
    _step(visit, "tiers")
    with visit.house.shop.scope():
        now = timezone.now()
        publish_program(draft_in_force(now=now), actor=SYSTEM, now=now)
    visit.page.locator("[name=tier-1-threshold]").fill("100")
    visit.page.locator(".wiz__foot [value=next]").click()
    visit.refused()


@state
def backoffice_programme_overtaken(visit: Visit) -> None:
    """Somebody else has changed the same step of the draft meanwhile."""
    _draft(visit)
    _step(visit, "tiers")
    with visit.house.shop.scope():
        draft = workpiece().draft
        tiers = [draft.tiers[0], replace(draft.tiers[1], name="Rotgold"), *draft.tiers[2:]]
        save_draft(replace(draft, tiers=tiers), actor=SYSTEM, now=timezone.now())
    visit.page.locator("[name=tier-1-threshold]").fill("100")
    visit.page.locator(".wiz__foot [value=next]").click()
    visit.refused()


@state
def backoffice_programme_offers_none(visit: Visit) -> None:
    _draft(visit)
    _step(visit, "offers")


@state
def backoffice_programme_offers(visit: Visit) -> None:
    _draft(visit, rules=OFFERS[:1], resting=OFFERS[1:])
    _step(visit, "offers")


@state
def backoffice_programme_offer_new(visit: Visit) -> None:
    visit.as_owner()
    visit.open("/backoffice/programme/offers/new/?preset=happy-hour")


@state
def backoffice_programme_offer(visit: Visit) -> None:
    _draft(visit, rules=OFFERS)
    visit.as_owner()
    visit.open("/backoffice/programme/offers/cake/")


@state
def backoffice_programme_offer_refused(visit: Visit) -> None:
    backoffice_programme_offer_new(visit)
    visit.page.locator("[name=factor]").fill("")
    visit.page.locator(".wiz__foot [value=next]").click()
    visit.refused()


@state
def backoffice_programme_start(visit: Visit) -> None:
    _draft(visit, rules=OFFERS)
    _step(visit, "start")


@state
def backoffice_programme_start_fresh(visit: Visit) -> None:
    _fresh(visit, f"{STEPS}/start/")


@state
def backoffice_programme_start_with_problems(visit: Visit) -> None:
    _draft(visit)
    with visit.house.shop.scope():
        draft = workpiece().draft
        save_draft(replace(draft, tiers=[*draft.tiers[:2], draft.tiers[1]]), actor=SYSTEM, now=timezone.now())
    _step(visit, "start")
    visit.page.locator("[name=when][value=later]").check(force=True)
    visit.page.locator(".wiz__foot [value=next]").click()
    visit.refused()


@state
def portal_join_not_started(visit: Visit) -> None:
    visit.open("/join/", at=not_started(visit.exhibition).tenant.url)


@state
def portal_poster_not_started(visit: Visit) -> None:
    visit.open("/poster/", at=not_started(visit.exhibition).tenant.url)


@state
def portal_poster_with_all_rules(visit: Visit) -> None:
    """Of a whole template with offers, as it is printed."""
    shop = not_started(visit.exhibition)
    with shop.scope():
        now = timezone.now()
        draft = workpiece().draft
        tiers = [replace(tier, benefits="Beratung") for tier in draft.tiers]
        start = replace(draft, rules=[*draft.rules, *OFFERS], tiers=tiers)
        Program.objects.update(opened_at=now)
        publish_program(start, actor=SYSTEM, now=now)
    visit.open("/poster/", at=shop.tenant.url)
    with shop.scope():
        Program.objects.update(opened_at=None)
        publish_program(replace(draft, version=(start.version or 0) + 1), actor=SYSTEM, now=timezone.now())
