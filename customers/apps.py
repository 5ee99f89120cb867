"""Collects what every app holds about a customer once all apps are loaded."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class CustomersConfig(AppConfig):
    name = "customers"

    def ready(self) -> None:
        autodiscover_modules("personal_data")
