"""A new shop's programme speaks the shop's language, whoever opens it."""

import pytest
from django.utils import translation

from programs.models import Tier
from programs.setup import start_default_program
from tenants.models import Tenant
from tenants.roles import SYSTEM
from tenants.scope import tenant_scope
from tests.factories import NOW, make_tenant


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("language", "names"), [("de", ["Silber", "Gold", "Platin"]), ("en", ["Silver", "Gold", "Platinum"])]
)
def test_tiers_are_named_in_the_shops_language(language: str, names: list[str]) -> None:
    tenant = make_tenant()
    Tenant.objects.filter(pk=tenant.pk).update(language=language)
    tenant.refresh_from_db()
    for opener in ("de", "en"):
        with translation.override(opener), tenant_scope(tenant):
            program = start_default_program(name=opener, actor=SYSTEM, now=NOW)
            tiers = Tier.objects.filter(program=program).order_by("rank")
            assert list(tiers.values_list("name", flat=True)) == names
