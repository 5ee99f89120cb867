"""The two commands of an operator: one clear line when something is wrong, and what happened when it is not."""

import csv
import re
from io import StringIO
from pathlib import Path

import pytest
from allauth.account.models import EmailAddress
from django.core.management import CommandError, call_command
from django.test import Client

from ledger.queries import unsound_accounts
from programs.models import ProgramVersion, Purchase
from team.models import Membership, Store
from team.queries import shops_of
from tenants.models import Tenant, User
from tenants.scope import tenant_scope
from tests.factories import Shop, make_user
from tests.imports.conftest import Write


def run(*arguments: str) -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    call_command(*arguments, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def create(slug: str = "sonne", **options: str) -> str:
    options = {"name": "Café Sonne", "currency": "EUR", "owner": "Mia@Example.org"} | options
    return run("create_tenant", slug, *(f"--{name.replace('_', '-')}={value}" for name, value in options.items()))[0]


def test_a_shop_opens_with_owner_store_and_programme(db: None, settings: object) -> None:
    out = create(owner_name="Mia Sommer")
    tenant = Tenant.objects.get(slug="sonne")
    assert out.splitlines()[0] == tenant.url
    owner = User.objects.get(email="mia@example.org")
    assert not owner.has_usable_password()
    assert EmailAddress.objects.get(user=owner).verified
    assert [(shop.tenant, shop.role) for shop in shops_of(owner)] == [(tenant, "owner")]
    with tenant_scope(tenant):
        assert Membership.objects.get().name == "Mia Sommer"
        assert Store.objects.get().name == "Café Sonne"
        assert ProgramVersion.objects.get().published_at is not None


def test_the_link_lets_the_owner_choose_a_password(db: None) -> None:
    link = re.search(r"http://\S+", create().splitlines()[1])
    assert link
    path = link[0].removeprefix("http://localhost:8000")
    client = Client(headers={"host": "localhost:8000"})
    answer = client.get(path, follow=True)
    password = "sehr-geheim-und-lang"
    client.post(answer.redirect_chain[-1][0], {"password1": password, "password2": password})
    assert User.objects.get(email="mia@example.org").check_password(password)


def test_an_owner_who_has_an_account_keeps_it(db: None) -> None:
    selin = make_user("selin@example.org")
    password = selin.password
    out = create(owner="Selin@example.org")
    assert "signs in with the password as before" in out
    assert User.objects.get().password == password
    assert len(shops_of(selin)) == 1


def test_a_slug_is_taken_once_and_nothing_changes(db: None) -> None:
    create()
    with pytest.raises(CommandError, match="already a shop"):
        create(owner="other@example.org")
    assert Tenant.objects.count() == User.objects.count() == 1


@pytest.mark.parametrize(
    ("slug", "options", "complaint"),
    [
        ("Sonne", {}, "host name"),
        ("so", {}, "host name"),
        ("sonne.de", {}, "host name"),
        ("sonne\n", {}, "host name"),
        ("sonne", {"currency": "EURO"}, "currency"),
        ("sonne", {"currency": "ABC"}, "currency"),
        ("sonne", {"time_zone": "Europe/Bielefeld"}, "time zone"),
        ("sonne", {"country": "XX"}, "country"),
        ("sonne", {"language": "fr"}, "languages"),
        ("sonne", {"owner": "mia"}, "e-mail"),
        ("sonne", {"owner": ""}, "e-mail"),
        ("sonne", {"name": " "}, "name"),
        ("sonne", {"name": "n" * 121}, "name"),
    ],
)
def test_a_wrong_value_is_named_and_nothing_changes(
    db: None, slug: str, options: dict[str, str], complaint: str
) -> None:
    with pytest.raises(CommandError, match=complaint):
        create(slug, **options)
    assert not Tenant.objects.exists()
    assert not User.objects.exists()


def test_an_import_tells_what_it_did_and_names_refused_rows(shop: Shop, write: Write, tmp_path: Path) -> None:
    rows = [f"C{number},2026-01-02,{'x' if number < 25 else '1.00'}" for number in range(30)]
    path, refused = write("customer,date,total", *rows), tmp_path / "refused.csv"
    out, err = run("import_purchases", str(path), "--tenant=morgenrot", f"--refused={refused}")
    assert "30 rows: 5 purchases recorded, 0 already known, 25 refused; 5 new customers, 50 points." in out
    assert len(err.splitlines()) == 21
    assert err.splitlines()[0] == "Line 2: “x” is not an amount."
    assert err.splitlines()[-1] == "… and 5 more."
    with refused.open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.DictReader(file))
    assert [int(line["line"]) for line in lines] == list(range(2, 27))
    assert "0 purchases recorded, 5 already known" in run("import_purchases", str(path), "--tenant=morgenrot")[0]
    with shop.scope():
        assert Purchase.objects.count() == 5
        assert unsound_accounts() == {}


def test_an_import_takes_columns_formats_and_marks(shop: Shop, write: Write) -> None:
    path = write("who;when;how much", "A;03/04/2025;1.240", encoding="cp1252")
    options = ["--column=customer=who", "--column=date=when", "--column=total=how much", "--date-format=%d/%m/%Y"]
    run(
        "import_purchases",
        str(path),
        "--tenant=morgenrot",
        *options,
        "--decimal=,",
        "--delimiter=;",
        "--encoding=cp1252",
    )
    with shop.scope():
        purchase = Purchase.objects.get()
        assert (purchase.total, purchase.purchased_at.month) == (124_000, 4)


def test_a_dry_run_says_so(shop: Shop, write: Write) -> None:
    out, _ = run(
        "import_purchases", str(write("customer,date,total", "A,2026-01-02,1")), "--tenant=morgenrot", "--dry-run"
    )
    assert "nothing was kept" in out
    with shop.scope():
        assert not Purchase.objects.exists()


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["none.csv", "--tenant=morgenrot"], "no file none.csv"),
        ([".", "--tenant=morgenrot"], "not a file"),
        (["none.csv", "--tenant=mars"], "no shop mars"),
        (["none.csv", "--tenant=morgenrot", "--column=customer"], "FIELD=NAME"),
        (["none.csv", "--tenant=morgenrot", "--refused=/none/refused.csv"], "cannot be written"),
    ],
)
def test_what_cannot_be_done_is_one_clear_line(shop: Shop, arguments: list[str], complaint: str) -> None:
    with pytest.raises(CommandError, match=complaint):
        run("import_purchases", *arguments)
