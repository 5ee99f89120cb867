"""What customers may ask of the shop about their data, carried out by the team."""

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.access import MemberRequest
from backoffice.views.customers.person import back_to
from customers.consents import withdraw
from customers.copies import CopyFormat, hand_out_copy
from customers.models import Consent, Via
from customers.queries import customer_by
from customers.scoring import object_to_scoring
from tenants.downloads import download
from tenants.errors import NotFound

FORMATS = frozenset(CopyFormat)


def withdraw_consent(request: MemberRequest, public_id: uuid.UUID, channel: str) -> HttpResponse:
    """Only away: a consent is given by the customer alone."""
    if channel not in Consent.Channel.values:
        raise NotFound
    person = customer_by(id=str(public_id))
    withdraw(customer=person, channel=channel, via=Via.STAFF, actor=request.actor, now=timezone.now())
    messages.success(request, _("The consent is withdrawn."))
    return back_to(person)


def decide_scoring(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    person = customer_by(id=str(public_id))
    objects = request.POST.get("scoring") == "off"
    object_to_scoring(customer=person, objects=objects, actor=request.actor, now=timezone.now())
    messages.success(request, _("The choice is saved."))
    return back_to(person)


def hand_out(request: MemberRequest, public_id: uuid.UUID, ending: str) -> HttpResponse:
    """Everything that is stored about the customer, as the portal has it."""
    if ending not in FORMATS:
        raise NotFound
    person, wanted = customer_by(id=str(public_id)), CopyFormat(ending)
    content = hand_out_copy(customer=person, wanted=wanted, actor=request.actor)
    return download(content, name=f"{request.tenant.slug}-{person.number}.{wanted}", kind=wanted.kind)
