"""Who is asking on the merchant's side: members, devices and keys, as actors."""

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import QuerySet

from team.models import ApiKey, Device, Membership
from tenants.models import Tenant, User
from tenants.roles import Actor, capabilities_of, held_back
from tenants.scope import current_tenant, identity_scope
from tenants.secrets import digest, matches

_NO_SECRET = digest("no key has this secret")


@dataclass(frozen=True)
class Shop:
    """A shop that a signed-in user may enter."""

    tenant: Tenant
    role: str

    @property
    def role_label(self) -> str:
        return str(Membership.Role(self.role).label)


def shops_of(user: User) -> list[Shop]:
    """All shops a user works for; read before a tenant is chosen."""
    with identity_scope(user):
        roles = dict(Membership.objects.filter(user=user, ended_at=None).values_list("tenant_id", "role"))
    return [Shop(tenant, roles[tenant.pk]) for tenant in Tenant.objects.filter(pk__in=roles).order_by("name")]


def member_of(user: User) -> Membership | None:
    return Membership.objects.filter(user=user, ended_at=None).first()


def members_with_pin() -> QuerySet[Membership]:
    return Membership.objects.filter(ended_at=None).exclude(pin="").order_by("name", "pk")


def owners() -> QuerySet[Membership]:
    """Whoever answers for the shop, with their addresses."""
    rows = Membership.objects.filter(ended_at=None, role=Membership.Role.OWNER)
    return rows.select_related("user").order_by("pk")


def member_actor(member: Membership, *, second_factor_age: timedelta | None = None) -> Actor:
    """A member who showed a second factor this long ago, or none at all."""
    capabilities = capabilities_of(f"role:{member.role}")
    waiting = held_back(capabilities, second_factor_age=second_factor_age)
    return Actor(reference=f"member:{member.pk}", capabilities=capabilities - waiting, id=member.pk, held_back=waiting)


def device_of_token(token: str) -> Device | None:
    return Device.objects.select_related("store").filter(token_hash=digest(token), revoked_at=None).first()


def device_actor(device: Device) -> Actor:
    return Actor(
        reference=f"device:{device.pk}",
        capabilities=capabilities_of("device"),
        device_id=device.pk,
        store_id=device.store_id,
    )


def till_actor(member: Membership, device: Device) -> Actor:
    """Staff signed on at a device: what they may do depends on the till, not on their role in the back office."""
    return Actor(
        reference=f"member:{member.pk}",
        capabilities=capabilities_of("till"),
        id=member.pk,
        device_id=device.pk,
        store_id=device.store_id,
    )


def key_actor(text: str) -> Actor | None:
    """The actor of an API key's full text, in this tenant; None for a wrong, revoked or foreign key."""
    parts = text.split("_", 3)
    if (
        len(text) > 200
        or not text.isprintable()
        or len(parts) != 4
        or parts[0] != "lk"
        or parts[1] != current_tenant().slug
    ):
        return None
    key = ApiKey.objects.filter(key_id=parts[2]).first()
    # A missing key costs the same comparison as a wrong secret.
    right = matches(parts[3], key.secret_hash if key else _NO_SECRET)
    if key is None or not right or key.revoked_at is not None:
        return None
    return Actor(
        reference=f"key:{key.pk}",
        capabilities=capabilities_of(*(f"scope:{scope}" for scope in key.scopes)),
        id=key.pk,
    )


def names_of_actors(references: set[str]) -> dict[str, str]:
    """Display names of members and keys by actor reference, in two queries."""
    ids: dict[str, set[int]] = {"member": set(), "key": set()}
    for reference in references:
        kind, _, number = reference.partition(":")
        if kind in ids:
            ids[kind].add(int(number))
    members = Membership.objects.filter(pk__in=ids["member"]).values_list("pk", "name")
    keys = ApiKey.objects.filter(pk__in=ids["key"]).values_list("pk", "name")
    return {f"member:{pk}": name for pk, name in members} | {f"key:{pk}": name for pk, name in keys}
