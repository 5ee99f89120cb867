"""Before a shop is chosen, a signed-in user reads their own memberships, and nothing of anybody else's."""

import pytest
from django.db import ProgrammingError, transaction

from customers.models import Customer
from team.models import Membership, Store
from team.queries import Shop as OpenShop
from team.queries import member_actor, member_of, shops_of
from tenants.errors import TenantNotSet
from tenants.roles import CAPABILITIES
from tenants.scope import identity_scope
from tests.factories import NOW, Shop, make_member, make_user
from tests.tenants.laboratory import changed, rows, unguarded

pytestmark = pytest.mark.django_db


def test_a_user_sees_every_shop_they_work_for(shops: tuple[Shop, Shop]) -> None:
    selin = make_user("selin@example.org")
    for shop, role in zip(shops, ("owner", "staff"), strict=True):
        with shop.scope():
            make_member(user=selin, role=role)
    assert shops_of(selin) == [OpenShop(shops[0].tenant, "owner"), OpenShop(shops[1].tenant, "staff")]


def test_a_user_reads_their_own_memberships_only(shops: tuple[Shop, Shop]) -> None:
    selin, tom = make_user("selin@example.org"), make_user("tom@example.org")
    for shop in shops:
        with shop.scope():
            make_member(user=tom)
    with shops[1].scope():
        make_member(user=selin, role="staff")
    assert shops_of(selin) == [OpenShop(shops[1].tenant, "staff")]
    assert shops_of(make_user()) == []
    with identity_scope(selin):
        assert Membership.objects.count() == 1


def test_a_user_reads_no_other_table_before_choosing(shops: tuple[Shop, Shop]) -> None:
    with identity_scope(make_user()):
        with pytest.raises(TenantNotSet):
            Store.objects.count()
        with pytest.raises(TenantNotSet):
            rows("SELECT 1 FROM team_membership AS m JOIN customers_customer AS c ON c.id = m.id")
        with unguarded():
            assert (Store.objects.count(), Customer.objects.count()) == (0, 0)


def test_a_user_changes_nothing_before_choosing(shops: tuple[Shop, Shop]) -> None:
    selin = make_user()
    with shops[0].scope():
        make_member(user=selin, role="staff")
    with identity_scope(selin):
        assert changed("UPDATE team_membership SET role = 'owner'") == 0
        assert changed("DELETE FROM team_membership") == 0
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            rows(
                "INSERT INTO team_membership (tenant_id, user_id, role, name, pin, created_at)"
                " VALUES (%s, %s, 'owner', '', '', now())",
                shops[1].tenant.pk,
                selin.pk,
            )


def test_memberships_are_hidden_again_afterwards(shops: tuple[Shop, Shop]) -> None:
    selin = make_user()
    with shops[0].scope():
        make_member(user=selin)
    shops_of(selin)
    with pytest.raises(TenantNotSet):
        Membership.objects.count()
    with unguarded():
        assert Membership.objects.count() == 0


def test_an_ended_membership_opens_no_shop(shops: tuple[Shop, Shop]) -> None:
    selin = make_user()
    with shops[0].scope():
        make_member(user=selin)
        Membership.objects.update(ended_at=NOW)
        assert member_of(selin) is None
    assert shops_of(selin) == []


def test_a_member_acts_in_their_own_shop_with_their_role(shops: tuple[Shop, Shop]) -> None:
    selin = make_user()
    with shops[0].scope():
        member = make_member(user=selin, role="analyst")
        assert member_of(selin) == member
        actor = member_actor(member)
        assert (actor.reference, actor.id) == (f"member:{member.pk}", member.pk)
        assert actor.capabilities == CAPABILITIES["role:analyst"]
    with shops[1].scope():
        assert member_of(selin) is None


def test_a_role_has_a_name_for_people(shops: tuple[Shop, Shop]) -> None:
    assert OpenShop(shops[0].tenant, "owner").role_label
