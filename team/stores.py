"""Stores and the devices in them: opened, renamed, moved, closed."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from events.services import publish
from team.errors import LastStore, StoreCodeTaken, StoreInUse
from team.hours import Interval
from team.models import Device, Store
from team.services import open_store
from tenants.contact import normal_name
from tenants.errors import Invalid
from tenants.models import longest
from tenants.roles import Actor

# Short and plain: tills and files name stores by it.
CODE: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,19}")


def add_store(*, code: str, name: str, actor: Actor) -> Store:
    """Raises Invalid, StoreCodeTaken."""
    code, name = code.strip().lower(), _named(name, Store)
    if not CODE.fullmatch(code):
        raise Invalid(_("Use small letters, digits and hyphens, at most 20."), field="code")
    try:
        with transaction.atomic():
            return open_store(code=code, name=name, actor=actor)
    except IntegrityError as error:
        if "store_code_once" not in str(error):
            raise
        raise StoreCodeTaken(field="code") from error


def rename_store(*, store: Store, name: str, actor: Actor) -> None:
    store.name = _named(name, Store)
    with transaction.atomic():
        store.save(update_fields=["name"])
        publish("store.renamed", actor=actor, store=store.pk)


def set_opening_hours(*, store: Store, hours: Sequence[Sequence[Interval]], actor: Actor) -> None:
    """Those of every day of the week, Monday first; all empty where nobody wants to say."""
    store.opening_hours = [[weekday, *interval] for weekday, day in enumerate(hours) for interval in day]
    with transaction.atomic():
        store.save(update_fields=["opening_hours"])
        publish("store.hours_set", actor=actor, store=store.pk)


def close_store(*, store: Store, actor: Actor, now: datetime) -> None:
    """Its history stays. Raises StoreInUse while devices belong to it, LastStore."""
    with transaction.atomic():
        stores = list(Store.objects.select_for_update().filter(closed_at=None).order_by("pk"))
        if Device.objects.filter(store=store, revoked_at=None).exists():
            raise StoreInUse
        if [open_one.pk for open_one in stores] == [store.pk]:
            raise LastStore
        Store.objects.filter(pk=store.pk, closed_at=None).update(closed_at=now)
        publish("store.closed", actor=actor, store=store.pk)


def change_device(*, device: Device, name: str, store: Store, actor: Actor) -> None:
    """Another name, or another store: what the device books from now on belongs there."""
    device.name = _named(name, Device)
    device.store = store
    with transaction.atomic():
        device.save(update_fields=["name", "store"])
        publish("device.changed", actor=actor, device=device.pk, store=store.pk)


def disconnect_device(*, device: Device, actor: Actor, now: datetime) -> None:
    """At once: whoever is signed on at it cannot book any more. Safe to repeat."""
    with transaction.atomic():
        if Device.objects.filter(pk=device.pk, revoked_at=None).update(revoked_at=now, code_hash="", token_hash=""):
            publish("device.disconnected", actor=actor, device=device.pk)


def _named(name: str, model: type[Store] | type[Device]) -> str:
    name, limit = normal_name(name), longest(model, "name")
    if not name or len(name) > limit:
        raise Invalid(_("Enter a name of at most %(limit)d characters.") % {"limit": limit}, field="name")
    return name
