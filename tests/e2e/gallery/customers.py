"""One customer at the merchant's desk."""

from datetime import timedelta
from functools import cache

from django.core.cache import cache as store
from django.utils import timezone
from playwright.sync_api import expect

from analytics.groups import Group
from analytics.models import CustomerScore, ScoringRun
from analytics.why import Why
from customers import sign_in
from customers.consents import give
from customers.models import Customer, Tag, Via
from customers.queries import tags_of
from customers.scoring import object_to_scoring
from customers.services import enrol
from customers.tags import add_tag
from customers.welcoming import DESK
from programs.recounting import recount
from tenants.roles import SYSTEM
from tests.analytics.samples import make_model_check
from tests.e2e import people
from tests.e2e.gallery.exhibition import Exhibition
from tests.e2e.gallery.visit import Visit, state
from tests.factories import make_purchase, today


def _open(visit: Visit, path: str) -> None:
    visit.as_owner()
    visit.open(f"/backoffice/customers/{path}")


@cache
def _newcomer(exhibition: Exhibition) -> Customer:
    """Enrolled at the desk, has not joined yet, and bears a tag."""
    with exhibition.house.shop.scope():
        lea = enrol(name="Lea Braun", phone="0151 5550101", source=DESK, actor=SYSTEM, now=timezone.now())
        add_tag(customer=lea, name="Hafermilch", actor=SYSTEM)
        object_to_scoring(customer=lea, objects=True, actor=SYSTEM, now=timezone.now())
    return lea


def _tag(exhibition: Exhibition) -> Tag:
    lea = _newcomer(exhibition)
    with exhibition.house.shop.scope():
        return tags_of([lea])[lea.pk][0]


@state
def backoffice_customer_newcomer(visit: Visit) -> None:
    _open(visit, f"{_newcomer(visit.exhibition).public_id}/")


@cache
def _missed(exhibition: Exhibition) -> Customer:
    """Came every nine days or so, and has not been here for a month."""
    now = timezone.now()
    with exhibition.house.shop.scope():
        nora = enrol(name="Nora Lindqvist", source=DESK, actor=SYSTEM, now=now - timedelta(days=150))
        for days in (138, 129, 119, 110, 102, 93, 84, 76, 66, 57, 48, 40, 31):
            make_purchase(customer=nora, total=860, purchased_at=now - timedelta(days=days), now=now)
        recount([nora.pk])
        figures = {"group": Group.AT_RISK, "recency": 1, "frequency": 5, "money": 4, "gap_days": 9}
        estimate = {"silent_percent": 72, "expected": 18_000, "expected_low": 6_000, "expected_high": 31_000}
        why = {"reason": Why.LONG_PAUSE, "second_reason": Why.MANY_RETURNS}
        CustomerScore.objects.create(customer=nora, **figures, **estimate, **why)
        ran = {"window_days": 90, "footing": "sound", "parameters": {"days": 6.4}, "ran_at": now}
        check = make_model_check(now=now)
        ScoringRun.objects.create(day=today(), customers=412, model_check=check, **ran)
    return nora


@state
def backoffice_customer_missed(visit: Visit) -> None:
    _open(visit, f"{_missed(visit.exhibition).public_id}/")


@state
def backoffice_customer_welcome(visit: Visit) -> None:
    _open(visit, f"{_newcomer(visit.exhibition).public_id}/welcome/")


@state
def backoffice_customer_welcome_over(visit: Visit) -> None:
    backoffice_customer_welcome(visit)
    with visit.house.shop.scope():
        store.delete(sign_in._link_state_key(_newcomer(visit.exhibition).pk))
    expect(visit.page.locator(".welcome__state--expired")).to_be_visible()


@state
def backoffice_customer_withdraw(visit: Visit) -> None:
    """The proof of a consent, opened."""
    with visit.house.shop.scope():
        give(customer=visit.house.jana, channel="sms", language="de", via=Via.PORTAL, actor=SYSTEM, now=timezone.now())
    _open(visit, f"{visit.house.jana.public_id}/")
    visit.page.locator("details.proof summary").first.click()


@state
def backoffice_tags(visit: Visit) -> None:
    _newcomer(visit.exhibition)
    _open(visit, "tags/")


@state
def backoffice_tags_none(visit: Visit) -> None:
    shop = visit.exhibition.new_shop
    visit.carry(people.signed_in_member(shop, visit.house.owner), at=shop.tenant.url)
    visit.open("/backoffice/customers/tags/", at=shop.tenant.url)


@state
def backoffice_tag(visit: Visit) -> None:
    _open(visit, f"tags/{_tag(visit.exhibition).pk}/")


@state
def backoffice_tag_refused(visit: Visit) -> None:
    backoffice_tag(visit)
    visit.fill(tag=" ")
    visit.refused()


@state
def backoffice_customer_new(visit: Visit) -> None:
    _open(visit, "new/")


@state
def backoffice_customer_new_refused(visit: Visit) -> None:
    backoffice_customer_new(visit)
    visit.fill(email="keine Adresse")
    visit.refused()


@state
def backoffice_customer_edit(visit: Visit) -> None:
    _open(visit, f"{visit.house.jana.public_id}/edit/")


@state
def backoffice_customer_purchases(visit: Visit) -> None:
    _open(visit, f"{visit.house.jana.public_id}/purchases/")


@state
def backoffice_customer_history(visit: Visit) -> None:
    _open(visit, f"{visit.house.jana.public_id}/history/")


@state
def backoffice_customer_adjust(visit: Visit) -> None:
    _open(visit, f"{visit.house.jana.public_id}/adjust/")


@state
def backoffice_customer_adjust_refused(visit: Visit) -> None:
    backoffice_customer_adjust(visit)
    visit.fill(points="viele")
    visit.refused()


@state
def backoffice_customer_tier(visit: Visit) -> None:
    _open(visit, f"{visit.house.jana.public_id}/tier/")


@state
def backoffice_customer_tier_refused(visit: Visit) -> None:
    backoffice_customer_tier(visit)
    visit.fill(until="2020-01-01")
    visit.refused()


@state
def backoffice_customer_adjust_confirm(visit: Visit) -> None:
    backoffice_customer_adjust(visit)
    visit.page.locator("main [name=points]").fill("-50")
    visit.page.locator("main [name=reason]").first.check(force=True)
    visit.page.locator("main [name=note]").fill("Am Telefon besprochen.")
    visit.page.get_by_role("button", name="Weiter").click()
    expect(visit.page.locator("[name=confirmed]")).to_be_visible()


@state
def backoffice_customer_block(visit: Visit) -> None:
    _open(visit, f"{visit.house.jana.public_id}/block/")


@state
def backoffice_customer_block_refused(visit: Visit) -> None:
    backoffice_customer_block(visit)
    visit.page.get_by_role("button", name="Kunden sperren").click()
    visit.refused()


@state
def backoffice_customer_erase(visit: Visit) -> None:
    _open(visit, f"{visit.house.jana.public_id}/erase/")


@state
def backoffice_customer_erase_refused(visit: Visit) -> None:
    backoffice_customer_erase(visit)
    visit.fill(typed_number="0")
    visit.refused()


@state
def backoffice_customer_merge_pick(visit: Visit) -> None:
    _open(visit, f"{visit.house.jana.public_id}/merge/")


@state
def backoffice_customer_merge_pick_found(visit: Visit) -> None:
    backoffice_customer_merge_pick(visit)
    visit.fill(q="Timo")
    expect(visit.page.get_by_text("Timo Öztürk")).to_be_visible()


@state
def backoffice_customer_merge_pick_none(visit: Visit) -> None:
    backoffice_customer_merge_pick(visit)
    visit.fill(q="zzz")
    expect(visit.page.locator(".empty")).to_be_visible()


@state
def backoffice_customer_merge_pick_refused(visit: Visit) -> None:
    backoffice_customer_merge_pick(visit)
    visit.fill(q="")
    visit.refused()


@state
def backoffice_customer_merge(visit: Visit) -> None:
    _open(visit, f"{visit.house.jana.public_id}/merge/{visit.house.timo.public_id}/")
