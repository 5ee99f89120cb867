"""Files on their way into the shop."""

import time
from collections.abc import Sequence
from datetime import timedelta
from functools import cache
from io import BytesIO

from django.utils import timezone, translation

from customers.models import Customer
from imports.models import Import
from imports.queries import import_by_id
from imports.services import choose_columns, start_import, undo_import, upload_file
from imports.work import work_on
from ledger.book import Voucher, open_book
from ledger.queries import account_of
from team.models import Membership
from team.queries import member_actor
from tenants.roles import SYSTEM, Actor
from tests.e2e import people
from tests.e2e.gallery.exhibition import Exhibition
from tests.e2e.gallery.visit import Visit, state
from tests.factories import Shop

PATIENCE = 30
PEOPLE = (
    "Kundennummer;Vorname;Nachname;E-Mail;Geburtstag;Newsletter",
    *(f"{number};Anna;Muster{number};anna{number}@example.org;0{1 + number % 9}.05.1990;ja" for number in range(30)),
    "31;Bert;;bert@;;",
    "32;Cora;;;31.02.1990;",
)


def purchases(letter: str) -> list[str]:
    """Of customers whose numbers begin with this letter, and one row that cannot be read."""
    rows = [f"{letter}{number % 7};0{1 + number % 9}.02.2026;{number},90" for number in range(40)]
    return ["KundenNr;Datum;Betrag", *rows, f"{letter}1;gestern;1,00"]


class Gallery:
    """Imports of one shop, led to where they are to be seen."""

    def __init__(self, shop: Shop, actor: Actor) -> None:
        self._shop = shop
        self._actor = actor

    def upload(self, kind: str, lines: Sequence[str], name: str) -> Import:
        content = "\n".join(lines).encode()
        with self._shop.scope(), translation.override("de"):
            return upload_file(
                kind=kind,
                name=name,
                file=BytesIO(content),
                size=len(content),
                actor=self._actor,
                now=timezone.now(),
            )

    def checked(self, kind: str, lines: Sequence[str], name: str) -> Import:
        source = self.upload(kind, lines, name)
        with self._shop.scope():
            choose_columns(
                source=source,
                columns=source.columns,
                date_format="",
                decimal_mark="",
                actor=self._actor,
                now=timezone.now(),
            )
        return self._worked(source)

    def done(self, kind: str, lines: Sequence[str], name: str) -> Import:
        source = self.checked(kind, lines, name)
        with self._shop.scope():
            start_import(source=source, actor=self._actor)
        return self._worked(source)

    def undone(self, source: Import) -> Import:
        with self._shop.scope():
            undo_import(source=source, actor=self._actor)
        return self._worked(source)

    def shown_as(self, source: Import, **values: object) -> Import:
        """As it looks in the middle of something; nobody works on it."""
        with self._shop.scope():
            until = timezone.now() + timedelta(days=1) if values.get("state") == "running" else None
            Import.objects.filter(pk=source.pk).update(leased_until=until, **values)
        return source

    def _worked(self, source: Import) -> Import:
        """By the worker beside the tests or by ourselves, whoever is faster."""
        give_up = time.monotonic() + PATIENCE
        while time.monotonic() < give_up:
            work_on(tenant=self._shop.tenant, import_id=source.pk, now=timezone.now())
            with self._shop.scope():
                source = import_by_id(source.pk)
            if not source.is_running:
                return source
            time.sleep(0.1)
        raise AssertionError(f"{source} is not done after {PATIENCE} seconds")


@cache
def imports(exhibition: Exhibition) -> dict[str, Import]:
    house = exhibition.house
    with house.shop.scope():
        gallery = Gallery(house.shop, member_actor(Membership.objects.get(user=house.owner)))
    shown = {
        "columns": gallery.upload("customers", PEOPLE, "kunden-2026.csv"),
        "checked": gallery.checked("purchases", purchases("K"), "einkaeufe.csv"),
        "wrong": gallery.upload("purchases", ("Kunde;Datum;Betrag", "K1;03/04/2026;1.240"), "kasse.csv"),
        "done": gallery.done("customers", PEOPLE, "kunden.csv"),
        "spent": gallery.done("purchases", purchases("S"), "alte-kasse.csv"),
        "undone": gallery.undone(gallery.done("products", ("SKU;Name", "1;Cappuccino"), "artikel.csv")),
        "stopped": gallery.checked("purchases", purchases("T"), "shop.csv"),
        "failed": gallery.checked("products", ("SKU;Name", "2;Tee"), "artikel-neu.csv"),
    }
    with house.shop.scope():
        customer = Customer.objects.get(external_id="S1")
        with open_book(account_of(customer).pk, now=timezone.now()) as book:
            book.spend(20, Voucher(actor=SYSTEM, occurred_at=timezone.now()))
    gallery.shown_as(shown["stopped"], step="import", state="stopped", recorded=12)
    gallery.shown_as(shown["failed"], step="import", state="failed")
    busy = (
        ("checking", gallery.checked("customers", PEOPLE[:3], "kunden-neu.csv")),
        (
            "importing",
            gallery.checked("purchases", purchases("U"), "bons.csv"),
        ),
    )
    undoing = gallery.done("purchases", purchases("V"), "falsch.csv")
    shown |= dict(busy) | {"undoing": undoing}
    half = {"state": "running", "phase": "reading", "done": 400, "total": 1000, "rows": 12_400, "refused": 3}
    gallery.shown_as(shown["checking"], step="check", **half)
    gallery.shown_as(shown["importing"], step="import", **(half | {"phase": "recording", "recorded": 5_000}))
    gallery.shown_as(undoing, step="undo", undone={"purchases": 12}, **(half | {"phase": "voiding"}))
    return shown


def open_import(visit: Visit, name: str, *, page: str = "") -> None:
    visit.as_owner()
    visit.open(f"/backoffice/imports/{imports(visit.exhibition)[name].pk}/{page}")


@state
def backoffice_imports(visit: Visit) -> None:
    imports(visit.exhibition)
    visit.as_owner()
    visit.open("/backoffice/imports/")


@state
def backoffice_imports_empty(visit: Visit) -> None:
    shop = visit.exhibition.new_shop
    visit.carry(people.signed_in_member(shop, visit.house.owner), at=shop.tenant.url)
    visit.open("/backoffice/imports/", at=shop.tenant.url)


@state
def backoffice_import_upload(visit: Visit) -> None:
    visit.as_owner()
    visit.open("/backoffice/imports/new/?kind=purchases")


@state
def backoffice_import_upload_refused(visit: Visit) -> None:
    backoffice_import_upload(visit)
    workbook = {"name": "kunden.xlsx", "mimeType": "application/zip", "buffer": b"PK\x03\x04" + b"x" * 500}
    visit.page.locator("[type=file]").set_input_files(workbook)  # type: ignore[arg-type]
    visit.page.get_by_role("button", name="Hochladen und weiter").click()
    visit.refused()


@state
def backoffice_import_columns(visit: Visit) -> None:
    open_import(visit, "columns")


@state
def backoffice_import_columns_refused(visit: Visit) -> None:
    open_import(visit, "wrong")
    visit.page.locator("[name=column1]").select_option("customer")
    visit.page.get_by_role("button", name="Datei prüfen").click()
    visit.refused()


@state
def backoffice_import_checking(visit: Visit) -> None:
    open_import(visit, "checking")


@state
def backoffice_import_checked(visit: Visit) -> None:
    open_import(visit, "checked")


@state
def backoffice_import_running(visit: Visit) -> None:
    open_import(visit, "importing")


@state
def backoffice_import_done(visit: Visit) -> None:
    open_import(visit, "done")


@state
def backoffice_import_stopped(visit: Visit) -> None:
    open_import(visit, "stopped")


@state
def backoffice_import_failed(visit: Visit) -> None:
    open_import(visit, "failed")


@state
def backoffice_import_undo(visit: Visit) -> None:
    open_import(visit, "spent", page="undo/")


@state
def backoffice_import_undoing(visit: Visit) -> None:
    open_import(visit, "undoing")


@state
def backoffice_import_undone(visit: Visit) -> None:
    open_import(visit, "undone")
