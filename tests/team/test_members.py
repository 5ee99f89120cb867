"""People are invited by e-mail, work in a role, and lose everything at once when they go."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.core import mail
from django.utils import timezone

from events.models import Event
from team.errors import AlreadyInTeam, AlreadyInvited, InvitationRefused, LastOwner, OwnersOnly
from team.membership import (
    accept,
    change_member,
    invitation_of,
    invitation_token,
    invite,
    invite_again,
    remove_member,
    take_back,
    tenant_of_invitation,
)
from team.models import Invitation, Membership
from team.queries import member_actor, members_at, shops_of
from team.tasks import send_invitation
from tenants.errors import Invalid
from tenants.models import User
from tenants.roles import SYSTEM
from tenants.scope import tenant_scope
from tests.clients import browser, signed_in
from tests.factories import NOW, Shop, make_invitation, make_member, make_store, make_user
from tests.tenants.threads import in_threads

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)


def mailed_path(shop: Shop, invitation: Invitation) -> str:
    """The path in the newest mail of an invitation."""
    send_invitation(shop.tenant.pk, invitation.pk)
    message = mail.outbox[-1]
    assert message.to == [invitation.email]
    return "/invitations/" + str(message.body).partition("/invitations/")[2].partition("\n")[0].strip()


def test_an_invitation_is_mailed_in_the_shops_name_and_brings_somebody_new_into_the_team(
    shop: Shop, other_shop: Shop
) -> None:
    with shop.scope():
        invitation = make_invitation(email="mia@example.org", name="Mia", role="manager", now=timezone.now())
    path = mailed_path(shop, invitation)
    assert shop.tenant.name in mail.outbox[-1].subject
    newcomer = browser(settings.BASE_DOMAIN)
    assert "mia@example.org" in newcomer.get(path).content.decode()
    refused = newcomer.post(path, {"password": "kurz"}).content.decode()
    assert "Fehler:" in refused
    answer = newcomer.post(path, {"password": "vier einfache wörter"})
    assert answer.headers["Location"] == f"/shops/{shop.tenant.slug}/"
    mia = User.objects.get(email="mia@example.org")
    assert [found.tenant for found in shops_of(mia)] == [shop.tenant]
    assert newcomer.get("/shops/").status_code == 200
    assert newcomer.get(path).status_code == 403
    with other_shop.scope():
        assert not Membership.objects.filter(user=mia).exists()


def test_whoever_has_an_account_signs_in_to_accept(shop: Shop) -> None:
    mia = make_user("mia@example.org")
    with shop.scope():
        path = mailed_path(shop, make_invitation(email="mia@example.org", name="Mia", now=timezone.now()))
    stranger = signed_in(make_user("ben@example.org"))
    assert "accounts/login" in stranger.get(path).content.decode()
    assert stranger.post(path).status_code == 200
    assert shops_of(mia) == []
    assert signed_in(mia).post(path).status_code == 302
    assert [found.tenant for found in shops_of(mia)] == [shop.tenant]


@pytest.mark.parametrize("spoil", ["again", "taken back", "too old", "used", "forged"])
def test_a_link_that_no_longer_counts_is_refused(shop: Shop, spoil: str) -> None:
    mia = make_user("mia@example.org")
    with shop.scope():
        invitation = make_invitation(email="mia@example.org")
        token, now = invitation_token(invitation), LATER
        match spoil:
            case "again":
                invite_again(invitation=invitation, actor=SYSTEM, now=LATER)
            case "taken back":
                take_back(invitation=invitation, actor=SYSTEM, now=LATER)
            case "too old":
                now = NOW + timedelta(days=7)
            case "used":
                accept(token=token, user=mia, now=LATER)
            case "forged":
                token = token[:-2] + ("AA" if not token.endswith("AA") else "BB")
        with pytest.raises(InvitationRefused):
            invitation_of(token, now=now)
    assert browser(settings.BASE_DOMAIN).get(f"/invitations/{token}/").status_code == 403


def test_an_invitation_is_for_its_own_address_and_its_own_shop(shop: Shop, other_shop: Shop) -> None:
    with shop.scope():
        token = invitation_token(make_invitation(email="mia@example.org"))
        with pytest.raises(InvitationRefused):
            accept(token=token, user=make_user("ben@example.org"), now=LATER)
    assert tenant_of_invitation(token) == shop.tenant
    with other_shop.scope(), pytest.raises(InvitationRefused):
        accept(token=token, user=make_user("mia@example.org"), now=LATER)


def test_nobody_is_invited_twice_or_while_in_the_team(shop: Shop) -> None:
    with shop.scope():
        make_invitation(email="mia@example.org")
        with pytest.raises(AlreadyInvited):
            make_invitation(email=" MIA@example.org ")
        make_member(user=make_user("ben@example.org"), role="staff")
        with pytest.raises(AlreadyInTeam):
            make_invitation(email="ben@example.org")
        with pytest.raises(Invalid):
            make_invitation(email="")
        late = NOW + timedelta(days=8)
        assert make_invitation(email="mia@example.org", now=late).sent_at == late


def test_whoever_comes_back_keeps_the_name_in_the_ledger(shop: Shop) -> None:
    mia = make_user("mia@example.org")
    with shop.scope():
        make_member(role="owner")
        before = make_member(user=mia, role="staff", pin="4711")
        remove_member(member=before, actor=SYSTEM, now=NOW)
        after = accept(token=invitation_token(make_invitation(email=mia.email, role="analyst")), user=mia, now=LATER)
        assert (after.pk, after.role, after.pin, after.ended_at) == (before.pk, "analyst", "", None)


def test_managers_look_after_everybody_but_owners(shop: Shop) -> None:
    with shop.scope():
        owner, manager, staff = (make_member(role=role) for role in ("owner", "manager", "staff"))
        actor = member_actor(manager)
        change_member(member=staff, name="Mia", role="manager", stores=[], actor=actor)
        with pytest.raises(OwnersOnly):
            change_member(member=staff, name="Mia", role="owner", stores=[], actor=actor)
        with pytest.raises(OwnersOnly):
            remove_member(member=owner, actor=actor, now=NOW)
        with pytest.raises(OwnersOnly):
            invite(email="neu@example.org", name="Neu", role="owner", actor=actor, now=NOW)
        change_member(member=staff, name="Mia", role="owner", stores=[], actor=member_actor(owner))
        staff.refresh_from_db()
        assert staff.role == "owner"


def test_the_last_owner_can_neither_go_nor_step_down(shop: Shop) -> None:
    with shop.scope():
        owner = make_member(role="owner")
        with pytest.raises(LastOwner):
            remove_member(member=owner, actor=member_actor(owner), now=NOW)
        with pytest.raises(LastOwner):
            change_member(member=owner, name="Selin", role="manager", stores=[], actor=member_actor(owner))
        make_member(role="owner")
        remove_member(member=owner, actor=member_actor(owner), now=NOW)


@pytest.mark.django_db(transaction=True)
def test_two_owners_who_leave_at_once_do_not_leave_the_shop_alone(shop: Shop) -> None:
    for _ in range(5):
        with shop.scope():
            Membership.objects.update(ended_at=NOW)
            pair = [make_member(role="owner"), make_member(role="owner")]

        def leave(number: int, pair: list[Membership] = pair) -> None:
            with tenant_scope(shop.tenant):
                remove_member(member=pair[number], actor=member_actor(pair[number]), now=NOW)

        assert sorted(type(outcome).__name__ for outcome in in_threads(2, leave)) == ["LastOwner", "NoneType"]


def test_whoever_is_removed_is_out_with_the_next_request(shop: Shop) -> None:
    with shop.scope():
        make_member(role="owner")
        mia = make_member(role="manager", pin="4711")
    client = signed_in(mia.user, shop.tenant)
    assert client.get("/backoffice/customers/").status_code == 200
    with shop.scope():
        remove_member(member=mia, actor=SYSTEM, now=NOW)
        assert list(members_at(shop.store)) == []
    assert client.get("/backoffice/customers/").status_code == 302


def test_a_member_may_be_limited_to_stores(shop: Shop) -> None:
    with shop.scope():
        harbour = make_store(code="hafen")
        mia, ben = (make_member(role="staff", pin="4711", name=name) for name in ("Mia", "Ben"))
        change_member(member=mia, name="Mia", role="staff", stores=[harbour], actor=SYSTEM)
        assert list(members_at(shop.store)) == [ben]
        assert set(members_at(harbour)) == {mia, ben}


def test_every_change_in_the_team_is_in_the_audit_log(shop: Shop) -> None:
    with shop.scope():
        owner = make_member(role="owner")
        mia = make_member(role="staff")
        before = Event.objects.count()
        actor = member_actor(owner)
        invitation = invite(email="neu@example.org", name="Neu", role="staff", actor=actor, now=NOW)
        invite_again(invitation=invitation, actor=actor, now=LATER)
        take_back(invitation=invitation, actor=actor, now=LATER)
        change_member(member=mia, name="Mia", role="analyst", stores=[], actor=actor)
        remove_member(member=mia, actor=actor, now=LATER)
        events = Event.objects.order_by("id")[before:]
        assert [(event.name, event.actor) for event in events] == [
            (name, f"member:{owner.pk}")
            for name in (
                "member.invited",
                "member.invited_again",
                "member.invitation_taken_back",
                "member.changed",
                "member.removed",
            )
        ]
        assert not any("@" in str(event.payload) for event in events)


def test_the_owner_runs_the_team_in_the_back_office(shop: Shop) -> None:
    with shop.scope():
        owner = make_member(role="owner")
        mia = make_member(role="staff", name="Mia")
    client = signed_in(owner.user, shop.tenant)
    bad = client.post("/backoffice/team/invitations/", {"email": "keine", "name": "Neu", "role": "staff"})
    assert "Fehler:" in bad.content.decode()
    assert 'value="keine"' in bad.content.decode()
    assert (
        client.post(
            "/backoffice/team/invitations/", {"email": "neu@example.org", "name": "Neu", "role": "staff"}
        ).status_code
        == 302
    )
    page = client.post(f"/backoffice/team/{mia.pk}/pin/", {"pin": ""}).content.decode()
    with shop.scope():
        mia.refresh_from_db()
    assert mia.pin
    assert 'class="secret' in page
    assert "Fehler:" in client.post(f"/backoffice/team/{mia.pk}/pin/", {"pin": "12"}).content.decode()
    assert client.post(f"/backoffice/team/{mia.pk}/", {"name": "Mia L.", "role": "analyst"}).status_code == 302
    assert client.post(f"/backoffice/team/{mia.pk}/remove/").status_code == 302
    assert client.get(f"/backoffice/team/{mia.pk}/").status_code == 404
    assert client.post(f"/backoffice/team/{owner.pk}/remove/").headers["Location"].endswith(f"/{owner.pk}/")
