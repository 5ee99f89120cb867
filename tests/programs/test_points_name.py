"""One point is one point: the shop's word for points knows how many there are, wherever they are counted."""

import pytest
from django.template import Context, Template
from django.utils import translation

from ledger.models import Entry
from ledger.queries import account_of
from programs.models import ProgramVersion
from programs.queries import points_name
from programs.statement import statement
from programs.terms import _terms, terms_at
from tenants.locales import Noun
from tests.clients import ApiClient
from tests.factories import NOW, Shop, make_api_key, make_customer, make_purchase

HEARTS = Noun(one="Herz", many="Herzen")


def call_points(*, many: str, one: str) -> None:
    """In the shop whose scope is open."""
    ProgramVersion.objects.update(points_name=many, points_name_one=one)
    _terms.cache_clear()


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 Herzen"),
        (1, "1 Herz"),
        (-1, "−1 Herz"),
        (2, "2 Herzen"),
        (3480, "3.480 Herzen"),
        (-1240, "−1.240 Herzen"),
    ],
)
def test_the_word_fits_the_figure(count: int, text: str) -> None:
    with translation.override("de"):
        assert HEARTS.counted(count) == text


@pytest.mark.parametrize(
    ("count", "counted", "gained", "unit"),
    [(0, "0 Herzen", "0 Herzen", "Herzen"), (1, "1 Herz", "+1 Herz", "Herz"), (-2, "−2 Herzen", "−2 Herzen", "Herzen")],
)
def test_templates_count_with_it(count: int, counted: str, gained: str, unit: str) -> None:
    template = Template(
        "{% load loyalty_format %}{{ count|counted:name }}, {{ count|gained:name }}, {{ count|unit:name }}, {{ name }}"
    )
    with translation.override("de"):
        assert template.render(Context({"count": count, "name": HEARTS})) == f"{counted}, {gained}, {unit}, Herzen"


@pytest.mark.django_db
def test_a_shop_counts_with_its_own_word_and_others_with_the_usual_one(shop: Shop, other_shop: Shop) -> None:
    with shop.scope():
        call_points(many="Herzen", one="Herz")
        assert points_name(terms_at(NOW)) == HEARTS
    with other_shop.scope():
        for language, usual in (("de", Noun(one="Punkt", many="Punkte")), ("en", Noun(one="point", many="points"))):
            with translation.override(language):
                assert points_name(terms_at(NOW)) == usual


@pytest.mark.django_db
def test_a_shop_that_named_no_single_point_keeps_its_word(shop: Shop) -> None:
    with shop.scope():
        call_points(many="Sterne", one="")
        assert points_name(terms_at(NOW)).counted(1) == "1 Sterne"


@pytest.mark.django_db
def test_receipts_and_explanations_count_with_the_shops_word(shop: Shop) -> None:
    with shop.scope():
        call_points(many="Herzen", one="Herz")
        till = ApiClient(shop.tenant, make_api_key()[1])
        customer = make_customer()
    body = {"customer": {"number": customer.number}, "total": "0.10", "currency": "EUR"}
    answer = till.post("purchases", body).json()
    assert answer["receipt_text"] == "+1 Herz (Silber). Punktestand: 1 Herz"
    assert "10 Herzen je 1" in answer["explanation"][0]["text"]
    assert till.post(f"purchases/{answer['id']}/void").json()["receipt_text"] == "1 Herz zurückgenommen"
    program = till.get("program").json()
    assert (program["points_name"], program["points_name_one"]) == ("Herzen", "Herz")


@pytest.mark.django_db
def test_the_history_explains_with_the_shops_word(shop: Shop) -> None:
    with shop.scope(), translation.override("de"):
        call_points(many="Herzen", one="Herz")
        make_purchase(customer=(customer := make_customer()))
        account = account_of(customer)
        (line,) = statement(account, list(Entry.objects.filter(account=account)))
        assert line.reason == "10 Herzen je 1\N{NARROW NO-BREAK SPACE}€"
