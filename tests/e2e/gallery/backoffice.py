"""The merchant's desk."""

from datetime import datetime, timedelta

from django.utils import timezone
from playwright.sync_api import expect

from events.models import JobRun
from events.services import publish
from ledger.liability import state_point_value
from ledger.models import AdjustmentLimit, HeldAdjustment
from ledger.proof import PROOF
from team.models import Membership
from tenants.roles import SYSTEM
from tests.e2e import people
from tests.e2e.browsing import PHONE
from tests.e2e.gallery.visit import Visit, state
from tests.factories import make_member


@state
def backoffice_customers(visit: Visit) -> None:
    visit.as_owner()
    visit.open("/backoffice/customers/")


@state
def backoffice_customers_menu(visit: Visit) -> None:
    visit.page.set_viewport_size(PHONE)
    backoffice_customers(visit)
    visit.page.locator(".side__toggle").check(force=True)


@state
def backoffice_customers_empty(visit: Visit) -> None:
    shop = visit.exhibition.new_shop
    visit.carry(people.signed_in_member(shop, visit.house.owner), at=shop.tenant.url)
    visit.open("/backoffice/customers/", at=shop.tenant.url)


@state
def backoffice_customers_filtered(visit: Visit) -> None:
    visit.as_owner()
    visit.open("/backoffice/customers/?tier=gold&email=yes&sort=name")
    visit.page.locator(".filters summary").click()


@state
def backoffice_customers_refused(visit: Visit) -> None:
    backoffice_customers_filtered(visit)
    visit.fill(away="0")
    visit.refused()


@state
def backoffice_customers_no_hit(visit: Visit) -> None:
    backoffice_customers(visit)
    visit.fill(q="zzz")
    expect(visit.page.locator(".empty")).to_be_visible()


@state
def backoffice_customer(visit: Visit) -> None:
    visit.as_owner()
    visit.open(f"/backoffice/customers/{visit.house.jana.public_id}/")
    visit.page.locator(".why summary").nth(1).click()


@state
def backoffice_customer_void(visit: Visit) -> None:
    backoffice_customer(visit)
    visit.page.locator("details.void summary").first.click()


@state
def backoffice_customer_blocked(visit: Visit) -> None:
    visit.as_owner()
    visit.open(f"/backoffice/customers/{visit.exhibition.blocked.public_id}/")


@state
def backoffice_operations(visit: Visit) -> None:
    with visit.house.shop.scope():
        publish("mail.failed", actor=SYSTEM, mail="send_invitation")
        _runs(now=timezone.now())
    visit.as_owner()
    visit.open("/backoffice/operations/")
    visit.page.locator(".jobs__failed summary").first.click()


def _runs(*, now: datetime) -> None:
    """One that is on its way, one that waits, one that has failed before, one that took its time."""
    soon, error = now + timedelta(hours=1), "ValueError at analytics/rollups/days.py:21 draw_days"
    for job, days, facts in (
        ("analytics.figures", 0, {"state": "running", "done": 1_200, "total": 4_180, "leased_until": soon}),
        ("analytics.points", 0, {"state": "waiting", "attempts": 0}),
        ("analytics.proof", 0, {"state": "done", "finished_at": now + timedelta(seconds=95)}),
        ("analytics.scores", 0, {"state": "failed", "finished_at": now, "attempts": 5, "error": error}),
        ("analytics.scores", 1, {"state": "failed", "finished_at": now, "attempts": 5, "error": error}),
    ):
        JobRun.objects.get_or_create(
            job=job,
            due_on=now.date() - timedelta(days=days),
            defaults={"started_at": now, "leased_until": now, **facts},
        )


@state
def backoffice_operations_empty(visit: Visit) -> None:
    backoffice_customers_empty(visit)
    visit.open("/backoffice/operations/", at=visit.exhibition.new_shop.tenant.url)


@state
def backoffice_liability(visit: Visit) -> None:
    """With a value, and a night that has proven every account."""
    shop = visit.house.shop
    now = timezone.now()
    with shop.scope():
        state_point_value(per_hundred=100, actor=SYSTEM, now=now)
        JobRun.objects.get_or_create(
            job=PROOF, due_on=now.date(), defaults={"state": "done", "started_at": now, "leased_until": now}
        )
        publish("ledger.proved", actor=SYSTEM, accounts=1_234, unsound={})
        JobRun.objects.filter(job=PROOF).update(finished_at=timezone.now())
    visit.as_owner()
    visit.open("/backoffice/liability/")


@state
def backoffice_liability_refused(visit: Visit) -> None:
    backoffice_liability(visit)
    visit.fill(per_hundred="viel")
    visit.refused()


@state
def backoffice_liability_empty(visit: Visit) -> None:
    backoffice_customers_empty(visit)
    visit.open("/backoffice/liability/", at=visit.exhibition.new_shop.tenant.url)


@state
def backoffice_approvals(visit: Visit) -> None:
    """Somebody else's, one's own, and the limit."""
    now, jana = timezone.now(), visit.house.jana
    with visit.house.shop.scope():
        owner = Membership.objects.get(user=visit.house.owner)
        AdjustmentLimit.objects.create(points=500, stated_at=now, stated_by="system")
        mia = make_member(role="manager", name="Mia")
        for asked_by in (f"member:{mia.pk}", f"member:{owner.pk}"):
            facts = {"points": 1_200, "reason": "goodwill", "asked_by": asked_by, "asked_at": now}
            HeldAdjustment.objects.get_or_create(customer=jana, asked_by=asked_by, state="waiting", defaults=facts)
    visit.as_owner()
    visit.open("/backoffice/approvals/")


@state
def backoffice_approvals_refused(visit: Visit) -> None:
    backoffice_approvals(visit)
    visit.fill(points="viele")
    visit.refused()


@state
def backoffice_approvals_empty(visit: Visit) -> None:
    backoffice_customers_empty(visit)
    visit.open("/backoffice/approvals/", at=visit.exhibition.new_shop.tenant.url)


@state
def backoffice_signed_out(visit: Visit) -> None:
    visit.open("/backoffice/signed-out/")


@state
def backoffice_appearance(visit: Visit) -> None:
    visit.as_owner()
    visit.open("/backoffice/appearance/")


@state
def backoffice_appearance_refused(visit: Visit) -> None:
    backoffice_appearance(visit)
    visit.fill(name="")
    visit.refused()


@state
def backoffice_legal(visit: Visit) -> None:
    visit.as_owner()
    visit.open("/backoffice/legal/")


@state
def backoffice_legal_missing(visit: Visit) -> None:
    shop = visit.exhibition.new_shop
    visit.carry(people.signed_in_member(shop, visit.house.owner), at=shop.tenant.url)
    visit.open("/backoffice/legal/", at=shop.tenant.url)
    visit.fill(company="Neu", city="")
    visit.refused()


@state
def backoffice_legal_text(visit: Visit) -> None:
    visit.as_owner()
    visit.open("/backoffice/legal/privacy/")


@state
def backoffice_legal_text_refused(visit: Visit) -> None:
    backoffice_legal_text(visit)
    visit.page.locator("main [name=body]").fill("")
    visit.page.get_by_role("button", name="Fassung veröffentlichen").click()
    visit.refused()


@state
def backoffice_legal_version(visit: Visit) -> None:
    visit.as_owner()
    visit.open("/backoffice/legal/terms/1/")


@state
def backoffice_stores(visit: Visit) -> None:
    visit.as_owner()
    visit.open("/backoffice/stores/")


@state
def backoffice_stores_refused(visit: Visit) -> None:
    backoffice_stores(visit)
    visit.page.locator("form[action$='stores/new/'] [name=name]").fill("Hafen")
    visit.page.locator("form[action$='stores/new/'] [name=code]").fill("main")
    visit.page.keyboard.press("Enter")
    visit.refused()


@state
def backoffice_store(visit: Visit) -> None:
    visit.as_owner()
    visit.open(f"/backoffice/stores/{visit.house.shop.store.pk}/")


@state
def backoffice_store_refused(visit: Visit) -> None:
    backoffice_store(visit)
    visit.fill(name="")
    visit.refused()


@state
def backoffice_device(visit: Visit) -> None:
    visit.as_owner()
    visit.open(f"/backoffice/stores/devices/{visit.house.device.pk}/")


@state
def backoffice_device_refused(visit: Visit) -> None:
    backoffice_device(visit)
    visit.fill(name="")
    visit.refused()


@state
def backoffice_device_code(visit: Visit) -> None:
    backoffice_stores(visit)
    visit.page.locator("form[action$='devices/new/'] [name=name]").fill("Kasse 9")
    visit.page.keyboard.press("Enter")
    expect(visit.page.locator(".secret--code")).to_be_visible()


@state
def backoffice_team(visit: Visit) -> None:
    visit.as_owner()
    visit.open("/backoffice/team/")


@state
def backoffice_team_refused(visit: Visit) -> None:
    backoffice_team(visit)
    visit.fill(email="keine Adresse", name="Neu")
    visit.refused()


@state
def backoffice_member(visit: Visit) -> None:
    with visit.house.shop.scope():
        mia = Membership.objects.get(user=visit.house.staff)
    visit.as_owner()
    visit.open(f"/backoffice/team/{mia.pk}/")


@state
def backoffice_member_refused(visit: Visit) -> None:
    backoffice_member(visit)
    visit.fill(name="")
    visit.refused()


@state
def backoffice_member_pin_refused(visit: Visit) -> None:
    backoffice_member(visit)
    visit.fill(pin="12")
    visit.refused()


@state
def backoffice_member_pin_shown(visit: Visit) -> None:
    with visit.house.shop.scope():
        gone = make_member(role="staff", name="Noor")
    visit.as_owner()
    visit.open(f"/backoffice/team/{gone.pk}/")
    visit.fill(pin="")
    expect(visit.page.locator(".secret")).to_be_visible()


@state
def backoffice_keys(visit: Visit) -> None:
    visit.as_owner()
    visit.open("/backoffice/keys/")


@state
def backoffice_keys_refused(visit: Visit) -> None:
    backoffice_keys(visit)
    visit.fill(name="")
    visit.refused()


@state
def backoffice_key_shown(visit: Visit) -> None:
    backoffice_keys(visit)
    visit.page.locator("main [name=name]").fill("Kasse am Hafen")
    visit.page.locator("main [name=scopes]").first.check(force=True)
    visit.page.get_by_role("button", name="Schlüssel ausstellen").click()
    expect(visit.page.locator(".secret")).to_be_visible()


@state
def backoffice_audit(visit: Visit) -> None:
    visit.as_owner()
    visit.open("/backoffice/audit/")


@state
def backoffice_audit_nothing(visit: Visit) -> None:
    visit.as_owner()
    visit.open("/backoffice/audit/?since=2999-01-01")


@state
def backoffice_audit_refused(visit: Visit) -> None:
    visit.as_owner()
    visit.open("/backoffice/audit/?who=niemand")
    visit.refused()


@state
def backoffice_start(visit: Visit) -> None:
    visit.as_owner()
    visit.open("/backoffice/")


@state
def backoffice_start_setting_up(visit: Visit) -> None:
    shop = visit.exhibition.new_shop
    visit.carry(people.signed_in_member(shop, visit.house.owner), at=shop.tenant.url)
    visit.open("/backoffice/", at=shop.tenant.url)


@state
def backoffice_account(visit: Visit) -> None:
    visit.as_owner()
    visit.open("/backoffice/account/")


@state
def backoffice_account_domain_refused(visit: Visit) -> None:
    backoffice_account(visit)
    visit.fill(domain="keine domain")
    visit.refused()


@state
def backoffice_close_shop(visit: Visit) -> None:
    visit.as_owner()
    visit.open("/backoffice/account/closing/")


@state
def backoffice_close_shop_refused(visit: Visit) -> None:
    backoffice_close_shop(visit)
    visit.fill(typed_name="Ein anderes")
    visit.refused()


@state
def backoffice_second_factor(visit: Visit) -> None:
    house = visit.house
    visit.carry(people.signed_in_member(house.shop, house.owner, second_factor=False))
    visit.open("/backoffice/account/closing/")
