"""HTTP clients as the people and machines of a shop use them."""

import json
import time
import uuid
from datetime import timedelta
from http.cookies import SimpleCookie
from typing import Any

from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.test import Client

from backoffice.access import SESSION_SECOND_FACTOR
from checkout.access import DEVICE_COOKIE
from customers.models import Customer
from portal.access import session_of
from tenants.hosts import SESSION_TENANT
from tenants.models import Tenant, User


class ApiClient:
    """A till or web shop with a key. Answers are Django's test responses."""

    def __init__(self, tenant: Tenant, key: str) -> None:
        self._client = Client(HTTP_HOST=tenant.host, raise_request_exception=False)
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}

    def get(self, path: str) -> Any:
        return self._client.get(f"/api/v1/{path}", headers=self._headers)

    def post(self, path: str, body: Any = None, *, key: str | None = "", **headers: str) -> Any:
        """With an own idempotency key unless one is given; `key=None` sends none."""
        if key is not None:
            headers["Idempotency-Key"] = key or str(uuid.uuid4())
        return self.send("POST", path, json.dumps(body if body is not None else {}).encode(), **headers)

    def patch(self, path: str, body: Any) -> Any:
        return self.send("PATCH", path, json.dumps(body).encode())

    def delete(self, path: str) -> Any:
        return self.send("DELETE", path, b"")

    def send(self, method: str, path: str, body: bytes, **headers: str) -> Any:
        return self._client.generic(
            method, f"/api/v1/{path}", body, content_type="application/json", headers=self._headers | headers
        )


def browser(host: str, **session: Any) -> Client:
    """A browser on a host, with whatever its session holds."""
    client = Client(HTTP_HOST=host, raise_request_exception=False)
    if session:
        store = SessionStore()
        store.update(session)
        store.create()
        client.cookies = SimpleCookie({settings.SESSION_COOKIE_NAME: str(store.session_key)})
    return client


def phone(customer: Customer, tenant: Tenant, *, host: str = "") -> Client:
    """A customer's browser, signed in to a shop's portal, or carried to another host with that session."""
    return browser(host or tenant.host, **session_of(customer), **{SESSION_TENANT: tenant.pk})


def signed_in(
    user: User,
    tenant: Tenant | None = None,
    *,
    host: str = "",
    second_factor_age: timedelta | None = timedelta(0),
) -> Client:
    """A browser of a team member with a session of the bare domain or of a shop, carried to `host` if that is given.

    In a shop they have just shown a second factor, unless another age is given, or None for never; on the bare domain
    they have just typed their password.
    """
    shown: dict[str, Any] = (
        {} if second_factor_age is None else {SESSION_SECOND_FACTOR: time.time() - second_factor_age.total_seconds()}
    )
    if tenant is None:
        shown = {
            AUTHENTICATION_METHODS_SESSION_KEY: [{"method": "password", "at": time.time(), "reauthenticated": True}]
        }
        shown["account_authentication_methods_user"] = str(user.pk)
    return browser(
        host or (tenant.host if tenant else settings.BASE_DOMAIN),
        **{
            SESSION_KEY: str(user.pk),
            BACKEND_SESSION_KEY: settings.AUTHENTICATION_BACKENDS[0],
            HASH_SESSION_KEY: user.get_session_auth_hash(),
            SESSION_TENANT: tenant.pk if tenant else None,
            **shown,
        },
    )


def bind(client: Client, device_token: str) -> Client:
    client.cookies[DEVICE_COOKIE] = device_token
    return client
