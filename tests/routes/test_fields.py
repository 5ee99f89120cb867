"""Who reads which fields of a customer, and that nobody writes a field that is not asked for."""

from typing import Any

import pytest
from django import forms
from django.apps import apps
from django.conf import settings
from rest_framework import serializers

from api.fields import Input
from customers.models import Customer
from customers.notes import add_note
from tenants.roles import SYSTEM
from tests.factories import NOW
from tests.routes.world import SHOP, World, ask, path_of, words

CANARIES = {
    "name": "Kanaria Vogel",
    "email": "kanaria@example.org",
    "phone": "+491515550199",
    "external_id": "kasse-kanaria",
    "note": "Hafermilch, immer",
}
EVERYTHING = set(CANARIES)
READS: dict[str, set[str]] = {
    "anonymous": set(),
    "customer": EVERYTHING,
    "owner": EVERYTHING,
    "manager": EVERYTHING,
    "analyst": EVERYTHING,
    "staff": set(),
    "device": set(),
    "till": set(),
    "key read": EVERYTHING - {"note"},
    "key write": set(),
}


@pytest.mark.django_db
def test_each_role_reads_its_fields_of_a_customer_and_no_others(world: World) -> None:
    customer = world.ids["own"]["customer"]
    with world.shop.scope():
        values = {name: value for name, value in CANARIES.items() if name != "note"}
        Customer.objects.filter(pk=customer.pk).update(**values)
        customer.refresh_from_db()
        add_note(customer=customer, text=CANARIES["note"], actor=SYSTEM, now=NOW)
    read: dict[str, set[str]] = {name: set() for name in READS}
    for caller in SHOP.callers(world):
        if caller.name not in READS:
            continue
        for pattern, methods in SHOP.methods.items():
            if "GET" in methods:
                text = words(ask(caller.client(), "GET", path_of(pattern, world.ids["own"])))
                read[caller.name] |= {name for name, value in CANARIES.items() if value in text}
    assert read == READS


def test_nothing_is_filled_in_from_a_model() -> None:
    """Forms and calls name each of their fields; a new column is in none of them by itself."""
    made = [
        kind
        for base in (forms.BaseModelForm, serializers.ModelSerializer)
        for kind in _kinds_of(base)
        if kind.__module__.partition(".")[0] in {config.name for config in apps.get_app_configs() if _is_own(config)}
    ]
    assert made == []


def test_a_call_refuses_every_column_that_it_does_not_ask_for() -> None:
    columns = {field.name for model in apps.get_models() for field in model._meta.concrete_fields}
    shapes = _kinds_of(Input)
    assert shapes
    for shape in shapes:
        asked = shape()
        strange = columns - set(asked.fields)
        checked = shape(data=dict.fromkeys(strange, "1"))
        assert not checked.is_valid()
        assert strange <= checked.errors.keys(), shape


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("caller", "path", "typed"),
    [
        ("owner", "/backoffice/customers/{id}/edit/", {"name": "Jana K.", "email": "jana@example.org"}),
        ("customer", "/profile/", {"name": "Jana K.", "language": "de"}),
    ],
)
def test_a_form_writes_the_fields_that_it_asks_for_and_no_others(
    world: World, caller: str, path: str, typed: dict[str, str]
) -> None:
    customer = world.ids["own"]["customer"]
    client = next(other.client() for other in SHOP.callers(world) if other.name == caller)
    left_out = {"phone", "language", "external_id", "birth_day", "birth_month"}
    columns = {field.attname for field in Customer._meta.concrete_fields} - left_out
    with world.shop.scope():
        before: dict[str, Any] = {**Customer.objects.filter(pk=customer.pk).values().get()}
    answer: Any = client.post(path.format(id=customer.public_id), dict.fromkeys(columns, "1") | typed)
    assert answer.status_code == 302
    with world.shop.scope():
        after: dict[str, Any] = {**Customer.objects.filter(pk=customer.pk).values().get()}
    assert {name for name in after if after[name] != before[name]} <= {"name", "name_key", "surname_key", "language"}
    assert after["name"] == "Jana K."


def _kinds_of(base: Any) -> list[Any]:
    children: list[Any] = base.__subclasses__()
    return [kind for child in children for kind in (child, *_kinds_of(child))]


def _is_own(config: Any) -> bool:
    return str(config.path).startswith(str(settings.BASE_DIR)) and ".venv" not in str(config.path)
