"""Asking the product over HTTP, with routes that only tests use."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

from django.conf import settings
from django.test import Client, override_settings

PAGES = {"stores.html": "{% for store in stores %}{{ store.code }};{% endfor %}"}


@contextmanager
def routes_of_tests(*, urlconf: str = "tests.tenants.shop_urls", **more: Any) -> Iterator[None]:
    """Routes and pages for tests on both kinds of host; static files come from their source."""
    (engine,) = cast("list[dict[str, Any]]", settings.TEMPLATES)
    loaders = [("django.template.loaders.locmem.Loader", PAGES), *engine["OPTIONS"]["loaders"]]
    overridden = {
        "ROOT_URLCONF": urlconf,
        "PUBLIC_URLCONF": urlconf,
        "TEMPLATES": [engine | {"OPTIONS": engine["OPTIONS"] | {"loaders": loaders}}],
        "STORAGES": settings.STORAGES
        | {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}},
        "WHITENOISE_AUTOREFRESH": True,
    }
    with override_settings(**overridden | more):
        yield


def ask(
    path: str,
    host: str,
    *,
    client: Client | None = None,
    method: str = "get",
    headers: dict[str, str] | None = None,
) -> Any:
    """The answer of a host to a browser, also to a crash."""
    client = client or Client(raise_request_exception=False)
    return getattr(client, method)(path, HTTP_HOST=host, headers=headers)
