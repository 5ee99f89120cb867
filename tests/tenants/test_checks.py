"""Django's system checks refuse models that would look across tenants."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.db import models
from django.test.utils import isolate_apps

from customers.models import Customer
from tenants import checks
from tenants.models import TenantModel


@pytest.fixture
def planted(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    """Models that the check takes for the product's own, kept out of the app registry."""
    found: list[Any] = []
    monkeypatch.setattr(checks, "tenant_models", lambda: [Customer, *found])
    with isolate_apps("customers"):
        yield found


def ids() -> list[str | None]:
    return [problem.id for problem in checks.tenant_models_are_composite()]


def test_the_product_s_models_pass() -> None:
    assert checks.tenant_models_are_composite() == []
    assert apps.get_model("customers", "Customer") is Customer


def test_a_column_that_is_unique_across_tenants_is_refused(planted: list[Any]) -> None:
    class Coupon(TenantModel):
        code = models.CharField(max_length=8, unique=True)

        class Meta:
            app_label = "customers"

    planted.append(Coupon)
    assert ids() == ["tenants.E002"]


def test_a_one_to_one_reference_is_refused(planted: list[Any]) -> None:
    class Preference(TenantModel):
        customer = models.OneToOneField(Customer, models.PROTECT, related_name="+")

        class Meta:
            app_label = "customers"

    planted.append(Preference)
    assert ids() == ["tenants.E002", "tenants.E003"]


def test_a_plain_foreign_key_inside_the_tenant_is_refused(planted: list[Any]) -> None:
    class Remark(TenantModel):
        customer = models.ForeignKey(Customer, models.PROTECT, related_name="+")

        class Meta:
            app_label = "customers"

    planted.append(Remark)
    assert ids() == ["tenants.E003"]


def test_an_automatic_many_to_many_table_is_refused(planted: list[Any]) -> None:
    class Club(TenantModel):
        members = models.ManyToManyField(Customer, related_name="+")

        class Meta:
            app_label = "customers"

    planted.append(Club)
    assert ids() == ["tenants.E004"]
