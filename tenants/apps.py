"""Wires tenancy into every database connection and registers its checks."""

from django.apps import AppConfig


class TenantsConfig(AppConfig):
    name = "tenants"

    def ready(self) -> None:
        from tenants import accounts, checks, scope  # noqa: F401 - importing registers the checks

        scope.install_guard()
        accounts.listen()
