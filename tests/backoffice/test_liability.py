"""What the shop owes in points, on a page and as a file, and whether last night has proven every balance."""

from datetime import time, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from events.schedule import Job, run_job
from ledger.book import open_book
from ledger.jobs import prove_ledger
from ledger.liability import point_value
from ledger.models import Account
from ledger.queries import account_of
from tests.clients import signed_in
from tests.factories import NOW, Shop, make_customer, make_member, today
from tests.ledger.test_ledger import earn
from tests.tenants.laboratory import rows

pytestmark = pytest.mark.django_db
PAGE = "/backoffice/liability/"
PROOF = Job(name="ledger.proof", at=time(3, 30), run=prove_ledger)


def desk(shop: Shop, role: str = "owner") -> Client:
    with shop.scope():
        return signed_in(make_member(role=role).user, shop.tenant)


def owe(shop: Shop, points: int = 250) -> Account:
    with shop.scope():
        account = account_of(make_customer())
        with open_book(account.pk, now=NOW) as book:
            earn(book, points)
    return account


def text(client: Client, path: str = PAGE) -> str:
    return client.get(path).content.decode()


def test_the_page_values_points_only_once_somebody_has_said_what_they_are_worth(shops: tuple[Shop, Shop]) -> None:
    owe(shops[0])
    owe(shops[1], 77)
    owner = desk(shops[0])
    page = text(owner)
    assert "Nicht angegeben" in page
    assert ">250<" in page
    assert ">77<" not in page
    assert owner.post(f"{PAGE}value/", {"per_hundred": "1,50"}).status_code == 302
    assert "3,75" in text(owner)
    refused = owner.post(f"{PAGE}value/", {"per_hundred": "0"})
    assert "über null" in refused.content.decode()
    with shops[1].scope():
        assert point_value(at=timezone.now()) is None


def test_an_analyst_reads_the_figures_and_states_none(shop: Shop) -> None:
    analyst = desk(shop, "analyst")
    assert "per_hundred" not in text(analyst)
    assert analyst.post(f"{PAGE}value/", {"per_hundred": "1"}).status_code == 403


def test_a_day_that_has_not_been_is_refused(shop: Shop) -> None:
    client = desk(shop)
    tomorrow = today() + timedelta(days=1)
    for day in (tomorrow, "1999-12-31", "gestern"):
        assert "err" in text(client, f"{PAGE}?on={day}")


def test_the_file_adds_up_and_is_written_as_german_spreadsheets_read_it(shop: Shop) -> None:
    owe(shop)
    client = desk(shop)
    client.post(f"{PAGE}value/", {"per_hundred": "1,50"})
    answer = client.get(f"{PAGE}export/?on=2026-04-15")
    head, march, april = b"".join(answer.streaming_content).decode().strip().split("\r\n")  # type: ignore[attr-defined]
    assert head.startswith('\ufeff"Monat";"Anfangsbestand"')
    assert march == '"2026-03";0;250;0;0;0;0;0;0;250;"3,75"'
    assert april == '"2026-04";250;0;0;0;0;0;0;0;250;"3,75"'


@pytest.mark.parametrize("day", ["", "gestern", "1999-12-31", "2999-01-01"])
def test_there_is_no_file_of_a_day_that_has_not_been(shop: Shop, day: str) -> None:
    assert desk(shop).get(f"{PAGE}export/?on={day}").status_code == 404


def test_the_night_says_that_every_balance_was_proven(shops: tuple[Shop, Shop]) -> None:
    clients = [desk(shop) for shop in shops]
    owe(shops[0])
    owe(shops[0])
    assert "banner--ok" not in text(clients[0])
    run_job(PROOF, tenant=shops[0].tenant, now=timezone.now())
    for path in (PAGE, "/backoffice/"):
        assert "alle 2 Konten geprüft" in text(clients[0], path)
        assert "geprüft" not in text(clients[1], path)


def test_the_night_says_what_to_do_where_a_balance_does_not_agree(shop: Shop) -> None:
    account = owe(shop)
    client = desk(shop)
    with shop.scope():
        rows("UPDATE ledger_account SET balance = balance + 1 WHERE id = %s", account.pk)
    run_job(PROOF, tenant=shop.tenant, now=timezone.now())
    page = text(client)
    assert "banner--bad" in page
    assert "melden Sie es uns" in page
    assert "/backoffice/operations/" in page


def test_a_proof_that_could_not_be_made_is_said(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("ledger.jobs.unsound_accounts", fail)
    client = desk(shop)
    run_job(PROOF, tenant=shop.tenant, now=timezone.now())
    assert "nicht möglich" in text(client)
