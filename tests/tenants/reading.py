"""Whose eyes a text is for: a language, and a shop's country."""

from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

from django.utils import translation

from tenants.models import Tenant


@contextmanager
def reading(language: str, country: str = "DE") -> Iterator[None]:
    shop = Tenant(country=country, time_zone="Europe/Vienna")
    with translation.override(language), patch("tenants.locales.scoped_tenant", return_value=shop):
        yield
