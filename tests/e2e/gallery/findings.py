"""What stands out in the bookings, and when a store is open."""

from functools import cache

from django.utils import timezone

from analytics.models import Finding
from analytics.services import confirm
from tenants.roles import SYSTEM
from tests.analytics.samples import FIGURES, make_finding
from tests.e2e.gallery.exhibition import Exhibition
from tests.e2e.gallery.visit import Visit, state
from tests.e2e.people import ago
from tests.factories import make_customer, make_device, make_purchase


@cache
def _findings(exhibition: Exhibition) -> dict[Finding.Pattern, Finding]:
    """One of each kind, about Jana or a till; two small purchases of hers lie behind the first."""
    shop, now = exhibition.house.shop, timezone.now()
    with shop.scope():
        customer = make_customer(name="Emil Pohl", now=ago(days=9))
        till, _token = make_device(store=shop.store, name="Kasse 2", now=ago(days=9))
        bought = [
            make_purchase(customer=customer, total=260, store=shop.store, receipt_number=f"R-{number}", now=ago(days=1))
            for number in range(2)
        ]
        made = {
            pattern: make_finding(pattern, customer, till, now=now, severity=1 + number % 3)
            for number, pattern in enumerate(FIGURES)
        }
        first = made[Finding.Pattern.SMALL_AWARDS]
        first.evidence = {"purchases": [award.purchase.pk for award in bought], "customers": [customer.pk]}
        first.save()
        confirm(finding=made[Finding.Pattern.ROUND_SUMS], note="Mit Emil gesprochen.", actor=SYSTEM, now=now)
    return made


def _open(visit: Visit, pattern: Finding.Pattern) -> None:
    finding = _findings(visit.exhibition)[pattern]
    visit.as_owner()
    visit.open(f"/backoffice/findings/{finding.pk}/")


@state
def backoffice_findings_empty(visit: Visit) -> None:
    visit.as_owner()
    visit.open("/backoffice/findings/?pattern=referral_ring&show=all")


@state
def backoffice_findings(visit: Visit) -> None:
    _findings(visit.exhibition)
    visit.as_owner()
    visit.open("/backoffice/findings/")


@state
def backoffice_findings_all(visit: Visit) -> None:
    _findings(visit.exhibition)
    visit.as_owner()
    visit.open("/backoffice/findings/?show=all")


@state
def backoffice_finding(visit: Visit) -> None:
    _open(visit, Finding.Pattern.SMALL_AWARDS)


@state
def backoffice_finding_of_a_till(visit: Visit) -> None:
    _open(visit, Finding.Pattern.DEVICE_BURST)


@state
def backoffice_finding_refused(visit: Visit) -> None:
    backoffice_finding(visit)
    visit.page.get_by_role("radio", name="Harmlos").check(force=True)
    visit.page.get_by_role("button", name="Entscheidung speichern").click()
    visit.refused()


@state
def backoffice_finding_confirmed(visit: Visit) -> None:
    _open(visit, Finding.Pattern.ROUND_SUMS)


@state
def backoffice_store_hours_refused(visit: Visit) -> None:
    visit.as_owner()
    visit.open(f"/backoffice/stores/{visit.house.shop.store.pk}/")
    visit.page.locator("main [name=day_0]").fill("immer")
    visit.page.get_by_role("button", name="Öffnungszeiten speichern").click()
    visit.refused()
