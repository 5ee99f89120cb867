"""Who works for the shop: invited by e-mail, changed, let go. Managers look after everybody but owners."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.core import signing
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from events.services import publish
from team.errors import AlreadyInTeam, AlreadyInvited, InvitationRefused, LastOwner, OwnersOnly
from team.models import Invitation, Membership, MemberStore, Store
from team.services import add_member
from tenants.contact import normal_email, normal_name
from tenants.errors import Invalid
from tenants.models import Tenant, User, longest
from tenants.roles import Actor
from tenants.scope import current_tenant

VALID_FOR = timedelta(days=7)
SALT = "team.invitation"


def invite(*, email: str, name: str, role: str, actor: Actor, now: datetime) -> Invitation:
    """Ask somebody to join. Raises Invalid, AlreadyInTeam, AlreadyInvited, OwnersOnly."""
    from team.tasks import send_invitation

    _refuse_above(actor, role)
    email, name = normal_email(email), _name(name)
    if not email:
        raise Invalid(_("Enter a valid e-mail address."), field="email")
    if Membership.objects.filter(user__email=email, ended_at=None).exists():
        raise AlreadyInTeam(field="email")
    Invitation.objects.filter(email=email, accepted_at=None, revoked_at=None, expires_at__lte=now).update(
        revoked_at=now
    )
    try:
        with transaction.atomic():
            invitation = Invitation.objects.create(
                email=email,
                name=name,
                role=Membership.Role(role),
                invited_by=actor.reference,
                sent_at=now,
                expires_at=now + VALID_FOR,
            )
            publish("member.invited", actor=actor, invitation=invitation.pk, role=role)
    except IntegrityError as error:
        if "invitation_open_once" not in str(error):
            raise
        raise AlreadyInvited(field="email") from error
    send_invitation.delay_on_commit(current_tenant().pk, invitation.pk)
    return invitation


def invite_again(*, invitation: Invitation, actor: Actor, now: datetime) -> None:
    """Another mail with another link; the one before no longer works."""
    from team.tasks import send_invitation

    with transaction.atomic():
        invitation = _open_invitation(invitation.pk)
        _refuse_above(actor, invitation.role)
        invitation.sent_at, invitation.expires_at = now, now + VALID_FOR
        invitation.save(update_fields=["sent_at", "expires_at"])
        publish("member.invited_again", actor=actor, invitation=invitation.pk)
    send_invitation.delay_on_commit(current_tenant().pk, invitation.pk)


def take_back(*, invitation: Invitation, actor: Actor, now: datetime) -> None:
    with transaction.atomic():
        invitation = _open_invitation(invitation.pk)
        _refuse_above(actor, invitation.role)
        invitation.revoked_at = now
        invitation.save(update_fields=["revoked_at"])
        publish("member.invitation_taken_back", actor=actor, invitation=invitation.pk)


def invitation_token(invitation: Invitation) -> str:
    """What the link carries: signed, so that nothing secret waits in the database or the broker."""
    return signing.dumps(
        {"tenant": current_tenant().pk, "invitation": invitation.pk, "sent": int(invitation.sent_at.timestamp())},
        salt=SALT,
    )


def tenant_of_invitation(token: str) -> Tenant:
    """Which shop's scope the link is for. Raises InvitationRefused."""
    tenant = Tenant.objects.filter(pk=_claim(token)["tenant"], closed_at=None).first()
    if tenant is None:
        raise InvitationRefused
    return tenant


def invitation_of(token: str, *, now: datetime) -> Invitation:
    """The open invitation a link is for; to be called in its shop's scope. Raises InvitationRefused."""
    claim = _claim(token)
    invitation = _open_invitation(claim["invitation"])
    is_latest = int(invitation.sent_at.timestamp()) == claim["sent"]
    if claim["tenant"] != current_tenant().pk or not is_latest or invitation.expires_at <= now:
        raise InvitationRefused
    return invitation


def accept(*, token: str, user: User, now: datetime) -> Membership:
    """Join the team, once, as the address that was invited. Raises InvitationRefused.

    Somebody who was in the team before comes back under the same name in the ledger.
    """
    with transaction.atomic():
        invitation = invitation_of(token, now=now)
        if user.email != invitation.email:
            raise InvitationRefused
        invitation.accepted_at = now
        invitation.save(update_fields=["accepted_at"])
        actor = Actor(reference=f"user:{user.pk}")
        former = Membership.objects.select_for_update().filter(user=user).first()
        if former is None:
            return add_member(user=user, role=invitation.role, name=invitation.name, actor=actor)
        former.role, former.name, former.pin, former.ended_at = invitation.role, invitation.name, "", None
        former.save(update_fields=["role", "name", "pin", "ended_at"])
        publish("member.added", actor=actor, member=former.pk, role=former.role)
        return former


def change_member(*, member: Membership, name: str, role: str, stores: Iterable[Store], actor: Actor) -> Membership:
    """Name, role and the stores where a member may sign on; none means everywhere. Raises LastOwner, OwnersOnly."""
    with transaction.atomic():
        member = _locked(member, actor=actor)
        _refuse_above(actor, role)
        if role != Membership.Role.OWNER:
            _keep_an_owner(member)
        member.name, member.role = _name(name), Membership.Role(role)
        member.save(update_fields=["name", "role"])
        MemberStore.objects.filter(member=member).delete()
        MemberStore.objects.bulk_create(MemberStore(member=member, store=store) for store in stores)
        publish("member.changed", actor=actor, member=member.pk, role=role)
    return member


def remove_member(*, member: Membership, actor: Actor, now: datetime) -> None:
    """At once and everywhere: back office, till, PIN. Raises LastOwner, OwnersOnly."""
    with transaction.atomic():
        member = _locked(member, actor=actor)
        _keep_an_owner(member)
        member.ended_at, member.pin = now, ""
        member.save(update_fields=["ended_at", "pin"])
        publish("member.removed", actor=actor, member=member.pk)


def _locked(member: Membership, *, actor: Actor) -> Membership:
    """Owners first and together: two who leave at once cannot both be the last but one, nor wait for each other."""
    _owners()
    current = Membership.objects.select_for_update().filter(pk=member.pk, ended_at=None).first()
    if current is None:
        raise InvitationRefused
    _refuse_above(actor, current.role)
    return current


def _refuse_above(actor: Actor, role: str) -> None:
    """The system, and whoever opens the shop, may do everything; a member has a role to compare."""
    if role == Membership.Role.OWNER and actor.id is not None and not _is_owner(actor.id):
        raise OwnersOnly(field="role")


def _is_owner(member_id: int) -> bool:
    return Membership.objects.filter(pk=member_id, role=Membership.Role.OWNER, ended_at=None).exists()


def _keep_an_owner(member: Membership) -> None:
    if [owner.pk for owner in _owners()] == [member.pk]:
        raise LastOwner(field="role")


def _owners() -> list[Membership]:
    rows = Membership.objects.select_for_update().filter(role=Membership.Role.OWNER, ended_at=None)
    return list(rows.order_by("pk"))


def _open_invitation(invitation_id: int) -> Invitation:
    rows = Invitation.objects.select_for_update()
    invitation = rows.filter(pk=invitation_id, accepted_at=None, revoked_at=None).first()
    if invitation is None:
        raise InvitationRefused
    return invitation


def _claim(token: str) -> dict[str, int]:
    try:
        return signing.loads(token, salt=SALT, max_age=VALID_FOR)
    except signing.BadSignature as error:
        raise InvitationRefused from error


def _name(name: str) -> str:
    name, limit = normal_name(name), longest(Membership, "name")
    if not name or len(name) > limit:
        raise Invalid(_("Enter a name of at most %(limit)d characters.") % {"limit": limit}, field="name")
    return name
