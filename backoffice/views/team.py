"""The team: who works here, in which role, where, and with which PIN."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.access import MemberRequest
from backoffice.forms import InvitationForm, MemberForm, PinForm
from backoffice.pages import show
from team.membership import change_member, invite, invite_again, remove_member, take_back
from team.models import Invitation, Membership
from team.queries import open_invitations, stores, stores_of_members, team, users_with_second_factor
from team.services import new_pin, set_pin
from tenants.errors import DomainError


def members(request: MemberRequest) -> HttpResponse:
    return _list(request, form=InvitationForm())


def invite_member(request: MemberRequest) -> HttpResponse:
    form = InvitationForm(request.POST)
    if form.carried_out(lambda: invite(**form.cleaned_data, actor=request.actor, now=timezone.now())):
        messages.success(request, _("The invitation is on its way to %(email)s.") % {"email": form.result.email})
        return redirect("backoffice:team")
    return _list(request, form=form)


def resend_invitation(request: MemberRequest, invitation_id: int) -> HttpResponse:
    invitation = get_object_or_404(Invitation, pk=invitation_id)
    try:
        invite_again(invitation=invitation, actor=request.actor, now=timezone.now())
    except DomainError as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, _("The invitation is on its way to %(email)s.") % {"email": invitation.email})
    return redirect("backoffice:team")


def revoke_invitation(request: MemberRequest, invitation_id: int) -> HttpResponse:
    invitation = get_object_or_404(Invitation, pk=invitation_id)
    try:
        take_back(invitation=invitation, actor=request.actor, now=timezone.now())
    except DomainError as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, _("The invitation is taken back."))
    return redirect("backoffice:team")


def member(request: MemberRequest, member_id: int) -> HttpResponse:
    person = _member(member_id)
    limited = stores_of_members([person]).get(person.pk, [])
    initial = {"name": person.name, "role": person.role, "stores": [store.pk for store in limited]}
    form = MemberForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.carried_out(
        lambda: change_member(member=person, **form.cleaned_data, actor=request.actor)
    ):
        messages.success(request, _("The changes are saved."))
        return redirect("backoffice:team")
    return _one(request, person, form=form)


def pin(request: MemberRequest, member_id: int) -> HttpResponse:
    """A new PIN, chosen or drawn; it is shown this once, and ends a shift that began with the one before."""
    person = _member(member_id)
    form = PinForm(request.POST)

    def act() -> str:
        chosen = form.cleaned_data["pin"] or new_pin()
        set_pin(member=person, pin=chosen, actor=request.actor)
        return chosen

    shown = form.result if form.carried_out(act) else ""
    return _one(request, person, form=form, pin_form=form, shown_pin=shown)


def remove(request: MemberRequest, member_id: int) -> HttpResponse:
    person = _member(member_id)
    try:
        remove_member(member=person, actor=request.actor, now=timezone.now())
    except DomainError as refusal:
        messages.warning(request, str(refusal))
        return redirect("backoffice:member", person.pk)
    messages.success(request, _("%(name)s no longer works here.") % {"name": person.name})
    return redirect("backoffice:team")


def _member(member_id: int) -> Membership:
    return get_object_or_404(team(), pk=member_id)


def _list(request: MemberRequest, *, form: InvitationForm) -> HttpResponse:
    people = list(team())
    secured = users_with_second_factor([person.user for person in people])
    limited = stores_of_members(people)
    rows = [
        {
            "member": person,
            "stores": limited.get(person.pk, []),
            "has_second_factor": person.user_id in secured,
            "is_self": person.pk == request.member.pk,
        }
        for person in people
    ]
    invitations = [
        {"invitation": invitation, "is_over": invitation.expires_at <= timezone.now()}
        for invitation in open_invitations()
    ]
    return show(request, "backoffice/team.html", rows=rows, invitations=invitations, form=form)


def _one(request: MemberRequest, person: Membership, *, form: Any, **more: Any) -> HttpResponse:
    member_form = form if isinstance(form, MemberForm) else None
    limited = stores_of_members([person]).get(person.pk, [])
    context = {
        "person": person,
        "form": form,
        "member_form": member_form
        or MemberForm(initial={"name": person.name, "role": person.role, "stores": [store.pk for store in limited]}),
        "pin_form": PinForm(),
        "has_stores": stores().count() > 1,
        "is_self": person.pk == request.member.pk,
    }
    return show(request, "backoffice/member.html", **context | more)
