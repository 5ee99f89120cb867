"""What code and database agree on: the settings that say who is asking, and the roles."""

from typing import Any

from django.db.models import BigIntegerField, Func

TENANT_SETTING = "app.tenant_id"
USER_SETTING = "app.user_id"
# Owns the tables and migrates them; exempt from the policies, so it never serves a request.
OWNER_ROLE = "migrator"
# Web and workers; owns nothing.
APP_ROLE = "app"


class CurrentTenant(Func):
    """Database default: the column fills itself from the transaction's scope."""

    template = f"NULLIF(current_setting('{TENANT_SETTING}', true), '')::bigint"
    output_field = BigIntegerField()
    allowed_default = True

    def deconstruct(self) -> tuple[str, tuple[()], dict[str, Any]]:
        return "tenants.database.CurrentTenant", (), {}
