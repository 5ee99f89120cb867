"""Who is asking on the merchant's side: members, devices and keys, as actors."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from allauth.mfa.models import Authenticator
from django.db.models import Case, Exists, F, IntegerField, OuterRef, Q, QuerySet, Value, When
from django.utils import timezone

from team.models import ApiKey, Device, Invitation, Membership, MemberStore, Store
from tenants.models import Tenant, User
from tenants.postgresql.reading import one
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
    def is_closed(self) -> bool:
        return self.tenant.closed_at is not None

    @property
    def role_label(self) -> str:
        return str(Membership.Role(self.role).label)


def shops_of(user: User) -> list[Shop]:
    """All shops a user may enter; read before a tenant is chosen. A closed one is its owner's alone, while it lasts."""
    with identity_scope(user):
        roles = dict(Membership.objects.filter(user=user, ended_at=None).values_list("tenant_id", "role"))
    shops = [Shop(tenant, roles[tenant.pk]) for tenant in Tenant.objects.filter(pk__in=roles).order_by("name")]
    now = timezone.now()
    return [shop for shop in shops if not shop.is_closed or (shop.role == "owner" and not shop.tenant.is_gone(now))]


def member_of(user: User) -> Membership | None:
    """In a closed shop only an owner is one."""
    members = Membership.objects.filter(user=user, ended_at=None)
    return (members.filter(role=Membership.Role.OWNER) if current_tenant().closed_at else members).first()


def team() -> QuerySet[Membership]:
    """Everybody who works here, owners first."""
    ranks = {role: rank for rank, role in enumerate(Membership.Role.values)}
    rank = Case(*(When(role=role, then=Value(at)) for role, at in ranks.items()), output_field=IntegerField())
    return Membership.objects.filter(ended_at=None).select_related("user").order_by(rank, "name", "pk")


def members_who(capability: str) -> QuerySet[Membership]:
    """Everybody whose role has it, with their addresses."""
    roles = [role for role in Membership.Role.values if capability in capabilities_of(f"role:{role}")]
    return team().filter(role__in=roles)


def open_invitations() -> QuerySet[Invitation]:
    return Invitation.objects.filter(accepted_at=None, revoked_at=None).order_by("-sent_at", "-pk")


def users_with_second_factor(users: Iterable[User]) -> set[int]:
    """Ids of those who set one up, in one query."""
    return set(Authenticator.objects.filter(user__in=list(users)).values_list("user_id", flat=True))


def stores_of_members(members: Iterable[Membership]) -> dict[int, list[Store]]:
    """The stores to which members are limited, by member id, in one query; who is missing may go everywhere."""
    rows = MemberStore.objects.filter(member__in=list(members)).select_related("store").order_by("store__name")
    limited: dict[int, list[Store]] = {}
    for row in rows:
        limited.setdefault(row.member_id, []).append(row.store)
    return limited


def members_with_pin() -> QuerySet[Membership]:
    return Membership.objects.filter(ended_at=None).exclude(pin="").order_by("name", "pk")


def owners() -> QuerySet[Membership]:
    """Whoever answers for the shop, with their addresses."""
    rows = Membership.objects.filter(ended_at=None, role=Membership.Role.OWNER)
    return rows.select_related("user").order_by("pk")


def members_at(store: Store) -> QuerySet[Membership]:
    """Who may sign on at a store's tills: everybody with a PIN who is not limited to other stores."""
    limits = MemberStore.objects.filter(member=OuterRef("pk"))
    free = Q(~Exists(limits)) | Q(Exists(limits.filter(store=store)))
    return members_with_pin().filter(free)


def stores() -> QuerySet[Store]:
    """Those that are open."""
    return Store.objects.filter(closed_at=None).order_by("name", "pk")


def devices() -> QuerySet[Device]:
    """Those that are connected or wait for it, by store."""
    return Device.objects.filter(revoked_at=None).select_related("store").order_by("store__name", "name", "pk")


def api_keys() -> QuerySet[ApiKey]:
    """Those that work first, then the revoked ones, newest first."""
    return ApiKey.objects.order_by(F("revoked_at").desc(nulls_first=True), "-pk")


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
    key = one(ApiKey, "key_id = %s", parts[2])
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


def names_of_devices(ids: set[int]) -> dict[int, str]:
    return dict(Device.objects.filter(pk__in=ids).values_list("pk", "name")) if ids else {}


def possible_actors() -> list[tuple[str, str]]:
    """Members, also former ones, and keys by actor reference: who may stand in the audit log."""
    members = Membership.objects.order_by("name", "pk").values_list("pk", "name")
    keys = ApiKey.objects.order_by("name", "pk").values_list("pk", "name")
    return [(f"member:{pk}", name) for pk, name in members] + [(f"key:{pk}", name) for pk, name in keys]
