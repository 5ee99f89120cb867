"""Changes on the merchant's side: stores, memberships, devices, API keys."""

import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django.utils.translation import gettext as _

from events.services import publish
from team.errors import UnknownBindingCode, WrongPin
from team.models import ApiKey, Device, Membership, Store
from tenants.contact import normal_name
from tenants.errors import Invalid
from tenants.models import User
from tenants.roles import Actor
from tenants.scope import current_tenant
from tenants.secrets import as_typed, digest, new_code, new_token
from tenants.throttle import Limit

CODE_VALID_FOR = timedelta(days=1)
_binding_tries = Limit("device-binding", times=20, seconds=600)
_pin_tries = Limit("pin", times=5, seconds=300)
# Over all devices: ten thousand PINs must not be tried in a week.
_pin_tries_per_day = Limit("pin-day", times=30, seconds=86_400)


def open_store(*, code: str, name: str, actor: Actor) -> Store:
    store = Store.objects.create(code=code, name=name)
    publish("store.opened", actor=actor, store=store.pk)
    return store


def add_member(*, user: User, role: str, name: str, actor: Actor, pin: str = "") -> Membership:
    member = Membership.objects.create(user=user, role=role, name=name, pin=_hashed_pin(pin) if pin else "")
    publish("member.added", actor=actor, member=member.pk, role=role)
    return member


def new_pin() -> str:
    """Six random digits."""
    return f"{secrets.randbelow(1_000_000):06d}"


def set_pin(*, member: Membership, pin: str, actor: Actor) -> None:
    member.pin = _hashed_pin(pin)
    member.save(update_fields=["pin"])
    publish("member.pin_set", actor=actor, member=member.pk)


def check_pin(*, member: Membership, pin: str, device: Device) -> None:
    """Raise WrongPin, or Throttled after five wrong ones in five minutes on this device.

    Counted before it is compared: guesses that come at once cannot overtake the count.
    """
    subject = (current_tenant().pk, device.pk, member.pk)
    _pin_tries.hit(*subject)
    _pin_tries_per_day.hit(current_tenant().pk, member.pk)
    if not (member.pin and check_password(pin, member.pin)):
        raise WrongPin(field="pin")
    _pin_tries.clear(*subject)
    _pin_tries_per_day.clear(current_tenant().pk, member.pk)


def register_device(*, store: Store, name: str, actor: Actor, now: datetime) -> tuple[Device, str]:
    """A device that waits to be bound, and the code that binds it once within a day."""
    code = new_code()
    device = Device.objects.create(store=store, name=name, code_hash=digest(code), code_expires_at=now + CODE_VALID_FOR)
    publish("device.registered", actor=actor, device=device.pk, store=store.pk)
    return device, code


def renew_binding_code(*, device: Device, actor: Actor, now: datetime) -> str:
    code = new_code()
    device.code_hash = digest(code)
    device.code_expires_at = now + CODE_VALID_FOR
    device.save(update_fields=["code_hash", "code_expires_at"])
    publish("device.code_renewed", actor=actor, device=device.pk)
    return code


def bind_device(*, code: str, address: str, now: datetime) -> tuple[Device, str]:
    """Exchange a binding code for the device's token. Raises UnknownBindingCode; throttled per network address."""
    _binding_tries.hit(current_tenant().pk, address)
    waiting = Device.objects.select_for_update().filter(
        code_hash=digest(as_typed(code)), code_expires_at__gt=now, revoked_at=None
    )
    device = waiting.first()
    if device is None:
        raise UnknownBindingCode(field="code")
    token = new_token()
    device.token_hash = digest(token)
    device.code_hash = ""
    device.bound_at = now
    device.save(update_fields=["token_hash", "code_hash", "bound_at"])
    publish("device.bound", actor=Actor(reference=f"device:{device.pk}", device_id=device.pk), device=device.pk)
    return device, token


def issue_api_key(*, name: str, scopes: Iterable[str], actor: Actor) -> tuple[ApiKey, str]:
    """A new key and its full text `lk_<slug>_<id>_<secret>`, which is shown this once. Raises Invalid."""
    if not (name := normal_name(name)):
        raise Invalid(_("Enter a name."), field="name")
    if not (scopes := list(scopes)):
        raise Invalid(_("Choose what the key may do."), field="scopes")
    secret = new_token()
    key = ApiKey.objects.create(
        name=name, scopes=sorted(scopes), key_id=new_code(12).lower(), secret_hash=digest(secret)
    )
    publish("api_key.issued", actor=actor, api_key=key.pk, scopes=key.scopes)
    return key, f"lk_{current_tenant().slug}_{key.key_id}_{secret}"


def revoke_api_key(*, key: ApiKey, actor: Actor, now: datetime) -> None:
    """At once, and for good. Safe to repeat."""
    with transaction.atomic():
        if ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=now):
            publish("api_key.revoked", actor=actor, api_key=key.pk)


def _hashed_pin(pin: str) -> str:
    if not (pin.isascii() and pin.isdigit() and 4 <= len(pin) <= 8):
        raise Invalid(_("A PIN has four to eight digits."), field="pin")
    return make_password(pin)
