"""System checks: routes state their capability, tenant models follow the rules the database relies on."""

from typing import Any, cast

from django.core import checks
from django.db import models

from tenants.routes import unstated_routes
from tenants.scope import tenant_models


@checks.register(checks.Tags.urls)
def routes_state_their_capability(**_: Any) -> list[checks.CheckMessage]:
    return [checks.Error(f"{route} states no capability", id="tenants.E001") for route in unstated_routes()]


@checks.register(checks.Tags.models)
def tenant_models_are_composite(**_: Any) -> list[checks.CheckMessage]:
    """No global key and no plain reference between tenant tables: both would look across tenants."""
    owned = tenant_models()
    problems: list[checks.CheckMessage] = []
    for model in owned:
        for field in model._meta.local_fields:
            if field.unique and not field.primary_key:
                problems.append(checks.Error(f"{field} is unique across tenants", id="tenants.E002"))
            if (
                isinstance(field, models.ForeignKey)
                and cast("Any", field).db_constraint
                and field.related_model in owned
            ):
                problems.append(checks.Error(f"{field} must be a TenantForeignKey", id="tenants.E003"))
        if model._meta.local_many_to_many:
            problems.append(checks.Error(f"{model} has an automatic many-to-many table", id="tenants.E004"))
    return problems
