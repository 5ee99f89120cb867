"""Why customers leave: asked once, never in the way, and counted so that it points to nobody."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from customers.consents import give, withdraw, withdrawal_token
from customers.merging import merge
from customers.models import Consent, Customer, Via
from customers.services import erase
from events.models import Event
from feedback.departures import FEWEST, OPEN_FOR, explain_farewell, farewell, reasons_for_leaving
from feedback.models import Departure
from tenants.roles import SYSTEM
from tests.clients import browser, phone, signed_in
from tests.factories import NOW, Shop, make_customer, make_member, today

pytestmark = pytest.mark.django_db
ASKED = "Dürfen wir fragen, warum?"
THANKS = "Vielen Dank für die Antwort."


def make_reader(shop: Shop, *, channel: Consent.Channel = Consent.Channel.SMS) -> Customer:
    """Who permits advertising."""
    with shop.scope():
        customer = make_customer(name="Jana", phone="0151 2345678")
        give(customer=customer, channel=channel, language="en", via=Via.PORTAL, actor=SYSTEM, now=NOW)
    return customer


def text(client: Client, path: str) -> str:
    return client.get(path).content.decode()


def reasons(shop: Shop) -> list[tuple[str, str, int | None]]:
    with shop.scope():
        return list(Departure.objects.order_by("pk").values_list("occasion", "reason", "customer"))


# --- Withdrawing a consent


def test_whoever_withdraws_in_the_portal_may_say_why_once(shop: Shop, other_shop: Shop) -> None:
    jana = make_reader(shop)
    client = phone(jana, shop.tenant)
    assert ASKED not in text(client, "/consents/?withdrawn=sms")
    page = client.post("/consents/sms/", {"decision": "withdraw"}).headers["Location"]
    assert ASKED in text(client, page)
    assert ASKED not in text(client, "/consents/")  # a later visit does not ask again
    for reason in ("data", "other"):
        client.post("/consents/sms/why/", {"reason": reason})
    assert reasons(shop) == [("withdrawn", "data", jana.pk)]
    assert reasons(other_shop) == []
    assert THANKS in text(client, page)
    assert ASKED not in text(client, page)


def test_whoever_unsubscribes_by_the_link_of_a_mail_may_say_why(shop: Shop) -> None:
    jana = make_reader(shop)
    with shop.scope():
        token = withdrawal_token(Consent.objects.get())
    program = browser(shop.host)
    program.post(f"/unsubscribe/{token}/why/", {"reason": "messages"})
    assert reasons(shop) == []  # the consent still stands
    program.post(f"/unsubscribe/{token}/")
    assert ASKED in text(program, f"/unsubscribe/{token}/")
    for nothing in ("", "none of these"):
        program.post(f"/unsubscribe/{token}/why/", {"reason": nothing})
    assert reasons(shop) == []
    program.post(f"/unsubscribe/{token}/why/", {"reason": "messages"})
    assert reasons(shop) == [("withdrawn", "messages", jana.pk)]
    assert THANKS in text(program, f"/unsubscribe/{token}/")


def test_what_was_never_confirmed_is_taken_back_without_a_question(shop: Shop) -> None:
    with shop.scope():
        customer = make_customer(name="Jana", email="jana@example.org")
        give(customer=customer, channel="email", language="en", via=Via.PORTAL, actor=SYSTEM, now=NOW)
        Consent.objects.update(confirmed_at=None)
        withdraw(customer=customer, channel="email", via=Via.PORTAL, actor=SYSTEM, now=NOW)
    assert ASKED not in text(phone(customer, shop.tenant), "/consents/?withdrawn=email")


def test_the_reason_of_a_withdrawal_goes_with_the_customer(shop: Shop) -> None:
    jana = make_reader(shop)
    client = phone(jana, shop.tenant)
    client.post("/consents/sms/", {"decision": "withdraw"})
    client.post("/consents/sms/why/", {"reason": "offers"})
    with shop.scope():
        stays = make_customer()
        merge(customer=Customer.objects.get(pk=jana.pk), into=stays, actor=SYSTEM, now=NOW)
        assert Departure.objects.get().customer_id == stays.pk
        erase(customer=stays, actor=SYSTEM, now=NOW)
        assert not Departure.objects.exists()
        # What is left says that somebody answered, and not what.
        assert "offers" not in str(Event.objects.get(name="feedback.leaving_explained").payload)


# --- Deleting the account


def test_whoever_has_deleted_the_account_may_say_why_and_nobody_knows_who_it_was(shop: Shop) -> None:
    with shop.scope():
        nele = make_customer(name="Nele", phone="0151 7654321")
    client = phone(nele, shop.tenant)
    page = client.post("/privacy/delete/", {"sure": "on"}).headers["Location"]
    assert ASKED in text(client, page)
    for reason in ("seldom", "other"):
        assert client.post(page, {"reason": reason}).headers["Location"] == page
    assert reasons(shop) == [("closed", "seldom", None)]
    with shop.scope():
        event = Event.objects.get(name="feedback.leaving_explained")
        assert (event.actor, event.payload) == (SYSTEM.reference, {"occasion": "closed"})
    assert THANKS in text(client, page)


def test_a_farewell_lasts_an_hour_and_holds_in_its_own_shop_alone(shop: Shop, other_shop: Shop) -> None:
    with shop.scope():
        token = farewell()
    stranger = browser(other_shop.host)
    assert ASKED not in text(stranger, f"/goodbye/?farewell={token}")
    stranger.post(f"/goodbye/?farewell={token}", {"reason": "other"})
    assert ASKED not in text(browser(shop.host), "/goodbye/?farewell=made-up")
    with time_machine.travel(timezone.now() + OPEN_FOR + timedelta(minutes=1)):
        late = browser(shop.host)
        assert ASKED not in text(late, f"/goodbye/?farewell={token}")
        assert late.post(f"/goodbye/?farewell={token}", {"reason": "other"}).status_code == 302
    assert reasons(shop) == reasons(other_shop) == []


# --- What the merchant sees


def leave(count: int, reason: str, *, days: int = 0) -> None:
    for _ in range(count):
        explain_farewell(farewell=farewell(), reason=reason, now=NOW)
    newest = Departure.objects.order_by("-pk")[:count].values("pk")
    Departure.objects.filter(pk__in=newest).update(on=today() - timedelta(days=days))


def test_reasons_are_counted_where_they_point_to_nobody(shop: Shop, other_shop: Shop) -> None:
    with shop.scope():
        leave(FEWEST - 1, "offers")
        leave(1, "data", days=100)
        leave(1, "other", days=365)
        lately, year = reasons_for_leaving(today=today())["closed"]
    assert (lately.days, lately.answers, lately.counts) == (90, FEWEST - 1, None)
    assert (year.days, year.answers) == (365, FEWEST)
    assert year.counts is not None
    assert {reason: count for reason, count in year.counts.items() if count} == {"offers": FEWEST - 1, "data": 1}
    with other_shop.scope():
        assert [each.answers for each in reasons_for_leaving(today=today())["closed"]] == [0, 0]


def test_the_merchant_reads_why_customers_leave(shop: Shop) -> None:
    with shop.scope():
        owner = signed_in(make_member(role="owner").user, shop.tenant)
    nobody = text(owner, "/backoffice/feedback/")
    with shop.scope():
        leave(6, "offers")
    page = text(owner, "/backoffice/feedback/")
    heading = "Warum Kunden gehen"
    assert (heading in nobody, heading in page) == (False, True)
    assert "Die Angebote passen nicht zu mir" in page
