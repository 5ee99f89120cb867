"""Becoming a customer, and the pages behind the links that mails and posters carry."""

from django.utils import timezone
from playwright.sync_api import expect

from customers.addresses import claim_email
from customers.confirmation import claim_of_token, prove_email
from customers.consents import give, withdrawal_token
from customers.joining import accept_terms
from customers.models import Consent, Customer, Via
from customers.sign_in import new_link
from feedback.departures import farewell
from legal.models import LegalText
from legal.queries import text_in_force
from legal.services import publish_text
from portal.views.leaving import goodbye_url
from tenants.models import Tenant
from tenants.roles import SYSTEM
from tests.e2e.gallery.visit import Visit, state
from tests.e2e.mailbox import mailed_link
from tests.factories import make_customer


@state
def portal_join(visit: Visit) -> None:
    visit.open("/join/")


@state
def portal_join_refused(visit: Visit) -> None:
    visit.open("/join/")
    visit.page.get_by_role("button", name="Karte holen").click()
    visit.refused()


@state
def portal_join_without_terms(visit: Visit) -> None:
    visit.open("/join/", at=visit.exhibition.new_shop.tenant.url)


@state
def portal_join_done(visit: Visit) -> None:
    visit.open("/join/")
    visit.page.locator("[name=name]").fill("Mila Wolf")
    visit.page.locator("[name=email]").fill(f"mila{timezone.now():%H%M%S%f}@example.org")
    visit.page.locator("[name=accept]").check()
    visit.page.get_by_role("button", name="Karte holen").click()
    expect(visit.page.get_by_role("heading", name="Hallo Mila")).to_be_visible()


@state
def portal_welcome(visit: Visit) -> None:
    with visit.house.shop.scope():
        token = new_link(_fresh())
    visit.open(f"/welcome/{token}/")


@state
def portal_agree(visit: Visit) -> None:
    portal_welcome(visit)
    visit.page.get_by_role("button").filter(has_text="Karte auf dieses Handy").click()
    expect(visit.page.locator("[name=accept]")).to_be_visible()


@state
def portal_agree_refused(visit: Visit) -> None:
    portal_agree(visit)
    visit.page.get_by_role("button", name="Karte zeigen").click()
    visit.refused()


@state
def portal_agree_anew(visit: Visit) -> None:
    """Terms that have changed since they were accepted."""
    with visit.house.shop.scope():
        fresh = _fresh()
        newest = text_in_force(LegalText.Kind.TERMS, language="de")
        assert newest is not None
        accept_terms(customer=fresh, text=newest, via=Via.PORTAL, actor=SYSTEM, now=timezone.now())
        publish_text(kind=newest.kind, language=newest.language, body=newest.body, actor=SYSTEM, now=timezone.now())
    visit.on_phone_of(fresh)
    visit.open("/")
    visit.page.get_by_role("link", name="Bedingungen").first.click()
    expect(visit.page.locator("[name=accept]")).to_be_visible()


@state
def portal_link_over(visit: Visit) -> None:
    visit.open("/welcome/abc/")


@state
def portal_confirm(visit: Visit) -> None:
    visit.open(f"/confirm/{_token(visit)}/")


@state
def portal_confirmed(visit: Visit) -> None:
    portal_confirm(visit)
    visit.page.get_by_role("button", name="Ja, bestätigen").click()
    expect(visit.page.get_by_role("heading", name="Bestätigt")).to_be_visible()


@state
def portal_confirmed_before(visit: Visit) -> None:
    token = _token(visit)
    with visit.house.shop.scope():
        prove_email(claim=claim_of_token(token, now=timezone.now()), actor=SYSTEM, now=timezone.now())
    visit.open(f"/confirm/{token}/")


@state
def portal_unsubscribe(visit: Visit) -> None:
    visit.open(f"/unsubscribe/{_withdrawal(visit)}/")


@state
def portal_unsubscribed(visit: Visit) -> None:
    portal_unsubscribe(visit)
    visit.page.get_by_role("button", name="Einwilligung widerrufen").click()
    expect(visit.page.get_by_role("heading", name="Widerrufen")).to_be_visible()


@state
def portal_unsubscribed_why(visit: Visit) -> None:
    """Somebody has said why."""
    portal_unsubscribed(visit)
    visit.page.get_by_role("button", name="Zu viele Nachrichten").click()
    expect(visit.page.locator(".leaving__thanks")).to_be_visible()


@state
def portal_goodbye(visit: Visit) -> None:
    with visit.house.shop.scope():
        visit.open(goodbye_url(farewell()))


@state
def portal_blocked(visit: Visit) -> None:
    _former(visit, status=Customer.Status.BLOCKED)


@state
def portal_merged(visit: Visit) -> None:
    _former(visit, status=Customer.Status.MERGED, merged_into=visit.house.jana)


@state
def portal_erased(visit: Visit) -> None:
    _former(visit, status=Customer.Status.ERASED)


@state
def portal_closed(visit: Visit) -> None:
    shop = visit.exhibition.new_shop
    Tenant.objects.filter(pk=shop.tenant.pk).update(closed_at=timezone.now())
    visit.open("/join/", at=shop.tenant.url)
    Tenant.objects.filter(pk=shop.tenant.pk).update(closed_at=None)


@state
def portal_poster(visit: Visit) -> None:
    visit.open("/poster/")


def _fresh() -> Customer:
    moment = timezone.now()
    phone = f"0151 {moment:%M%S%f}"[:13]
    return make_customer(name="Mila Wolf", email=f"mila{moment:%H%M%S%f}@example.org", phone=phone, now=moment)


def _token(visit: Visit) -> str:
    """Of the link in a mail, which the gallery makes itself: the mailbox is asked in the journeys."""
    with visit.house.shop.scope():
        fresh = make_customer(name="Mila Wolf", now=timezone.now())
        claim = claim_email(customer=fresh, email=f"mila{timezone.now():%H%M%S%f}@example.org", now=timezone.now())
    return mailed_link(claim.email).rstrip("/").rpartition("/")[2]


def _withdrawal(visit: Visit) -> str:
    with visit.house.shop.scope():
        fresh = _fresh()
        consent = give(
            customer=fresh, channel=Consent.Channel.SMS, language="de", via=Via.PORTAL, actor=SYSTEM, now=timezone.now()
        )
        return withdrawal_token(consent)


def _former(visit: Visit, **fate: object) -> None:
    with visit.house.shop.scope():
        fresh = make_customer(name="Mila Wolf", now=timezone.now())
        visit.on_phone_of(fresh)
        Customer.objects.filter(pk=fresh.pk).update(**fate)
    visit.open("/")
