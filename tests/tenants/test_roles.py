"""The table from roles to capabilities: nobody needs what nobody holds, and the till is not the back office."""

import re
from pathlib import Path

from django.conf import settings

from team.models import ApiKey, Membership
from tenants.roles import ALL_CAPABILITIES, CAPABILITIES, SYSTEM, Actor, capabilities_of
from tenants.routes import PUBLIC, stated_routes

NAMED_IN_CODE = re.compile(r"""(?:GET|POST|PUT|PATCH|DELETE)="([a-z._]+)"|\.may\("([a-z._]+)"\)""")


def named_by_routes() -> set[str]:
    stated: set[str] = set()
    for urlconf in (settings.ROOT_URLCONF, settings.PUBLIC_URLCONF):
        for route in stated_routes(urlconf).values():
            capabilities = getattr(route.callback, "capabilities", {})
            stated |= {PUBLIC} if capabilities == PUBLIC else set(capabilities.values())
    return stated - {PUBLIC}


def named_in_code() -> set[str]:
    found: set[str] = set()
    for app in settings.INSTALLED_APPS:
        for source in (Path(settings.BASE_DIR) / app).glob("**/*.py"):
            found |= {first or second for first, second in NAMED_IN_CODE.findall(source.read_text())}
    return found - {PUBLIC}


def test_every_role_of_a_member_and_every_scope_of_a_key_is_in_the_table() -> None:
    roles = {f"role:{role}" for role in Membership.Role.values}
    scopes = {f"scope:{scope}" for scope in ApiKey.Scope.values}
    assert set(CAPABILITIES) - {"device", "till", "customer", "user"} <= roles | scopes
    assert roles <= set(CAPABILITIES)


def test_no_route_names_a_capability_that_nobody_holds() -> None:
    assert named_by_routes() - ALL_CAPABILITIES == set()


def test_code_asks_for_known_capabilities_only() -> None:
    assert named_in_code() - ALL_CAPABILITIES == set()


def test_reading_roles_write_nothing() -> None:
    for holder in ("role:analyst", "scope:read"):
        assert [name for name in CAPABILITIES[holder] if name.endswith((".write", ".erase", ".void", ".retry"))] == []


def test_each_role_may_what_the_one_below_it_may() -> None:
    assert CAPABILITIES["role:owner"] >= CAPABILITIES["role:manager"] > CAPABILITIES["role:analyst"]
    assert CAPABILITIES["role:analyst"] > CAPABILITIES["role:staff"]


def test_people_at_the_till_customers_and_keys_never_enter_the_back_office() -> None:
    inside = {name for name in ALL_CAPABILITIES if not name.startswith(("api.", "till.", "portal.", "shops."))}
    for holder in ("device", "till", "customer", "user", "scope:read", "scope:write"):
        assert CAPABILITIES[holder] & inside == set()


def test_capabilities_add_up_and_unknown_holders_hold_none() -> None:
    assert capabilities_of("scope:read", "scope:write") == CAPABILITIES["scope:read"] | CAPABILITIES["scope:write"]
    assert capabilities_of() == capabilities_of("role:emperor") == frozenset()


def test_an_actor_may_only_what_it_holds() -> None:
    actor = Actor(reference="member:1", capabilities=frozenset({"customers.read"}))
    assert actor.may("customers.read")
    assert not actor.may("purchases.void")
    assert not any(SYSTEM.may(capability) for capability in ALL_CAPABILITIES)
