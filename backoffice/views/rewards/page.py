"""The page of one reward: how it goes, what is out, and of an event who comes."""

import uuid
from collections.abc import Callable, Iterator

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.access import MemberRequest
from backoffice.pages import show
from backoffice.rewards.form import RewardForm
from backoffice.rewards.preview import preview
from backoffice.rewards.states import CHIPS, State, state_of
from rewards import door
from rewards.models import Redemption, Reward
from rewards.queries import (
    FIGURES_DAYS,
    Figures,
    attendance,
    figures_by_reward,
    guests,
    redemption_by_id,
    reward_by_id,
    uses_of,
)
from tenants.csv import Cell, csv_response
from tenants.errors import DomainError
from tenants.locales import moment_text

# An event with more places than this is read as a file.
GUESTS = 200


def reward(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    found, now = reward_by_id(public_id), timezone.now()
    state = state_of(found, today=timezone.localdate(now))
    is_event = found.kind == Reward.Kind.EVENT
    expected = list(guests(found)[:GUESTS]) if is_event else []
    return show(
        request,
        "backoffice/rewards/reward.html",
        reward=found,
        chip=CHIPS[state],
        figures=figures_by_reward(now=now).get(found.pk, Figures()),
        days=FIGURES_DAYS,
        uses=uses_of(found),
        is_event=is_event,
        guests=expected,
        came=attendance(found)[0] if is_event else 0,
        can_export=request.actor.could("customers.export"),
        can_write=request.actor.may("rewards.write") and found.ended_at is None,
        is_door_open=request.actor.may("rewards.write")
        and found.event_ends_at is not None
        and now < found.event_ends_at,
        is_draft=state == State.DRAFT,
        **preview(RewardForm(None, reward=found, now=now).as_it_is(), photo=found.photo, now=now),
    )


def guest_list(request: MemberRequest, public_id: uuid.UUID) -> HttpResponseBase:
    event = reward_by_id(public_id)
    if event.kind != Reward.Kind.EVENT:
        raise Http404
    return csv_response(f"{_('guests')}-{timezone.localdate(event.event_at)}.csv", _lines(event))


def check_in_guest(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    return _at_the_door(request, public_id, door.check_in)


def undo_check_in(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    return _at_the_door(request, public_id, door.undo_check_in)


def _at_the_door(request: MemberRequest, public_id: uuid.UUID, act: Callable[..., Redemption]) -> HttpResponse:
    """Back to the same line of the list: whoever stands at the door has the next guest before them."""
    guest = redemption_by_id(public_id)
    try:
        act(redemption=guest, actor=request.actor, now=timezone.now())
    except DomainError as refusal:
        messages.warning(request, str(refusal))
    return redirect(f"{reverse('backoffice:reward', args=[guest.reward.public_id])}#guest-{guest.reference}")


def _lines(event: Reward) -> Iterator[list[Cell]]:
    yield [_("Customer number"), _("Name"), _("Reference"), _("Signed up"), _("Came")]
    for guest in guests(event):
        came = moment_text(guest.used_at) if guest.used_at else ""
        person = guest.customer
        yield [person.number, person.name, guest.reference, moment_text(guest.issued_at), came]
