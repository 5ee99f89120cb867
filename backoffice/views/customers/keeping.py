"""Notes, tags, cards and blocks of a customer: each a button on the page about them."""

import uuid
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.access import MemberRequest
from backoffice.once import sent_before
from backoffice.pages import show
from backoffice.views.customers.forms import BlockForm, NoteForm, TagForm
from backoffice.views.customers.person import back_to, page_about
from customers.blocking import block, unblock
from customers.cards import issue_card, revoke_card
from customers.models import Card, Customer, Note, Tag
from customers.notes import add_note, delete_note
from customers.queries import customer_by
from customers.tags import add_tag, remove_tag
from tenants.errors import DomainError


def write_note(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    person = _person(public_id)
    form = NoteForm(request.POST)
    if form.is_valid() and sent_before(request):
        return back_to(person)
    text = form.cleaned_data.get("note", "")
    if form.carried_out(lambda: add_note(customer=person, text=text, actor=request.actor, now=timezone.now())):
        return back_to(person)
    return page_about(request, person, form=form, note_form=form)


def drop_note(request: MemberRequest, public_id: uuid.UUID, note_id: int) -> HttpResponse:
    person = _person(public_id)
    note = get_object_or_404(Note, pk=note_id, customer=person)
    return _done(request, person, lambda: delete_note(note=note, actor=request.actor), _("The note is deleted."))


def set_tag(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    person = _person(public_id)
    form = TagForm(request.POST)
    name = form.cleaned_data["tag"] if form.is_valid() else ""
    if form.carried_out(lambda: add_tag(customer=person, name=name, actor=request.actor)):
        return back_to(person)
    return page_about(request, person, form=form, tag_form=form)


def drop_tag(request: MemberRequest, public_id: uuid.UUID, tag_id: int) -> HttpResponse:
    person = _person(public_id)
    remove_tag(customer=person, tag=get_object_or_404(Tag, pk=tag_id), actor=request.actor)
    return back_to(person)


def new_card(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    person = _person(public_id)
    if sent_before(request):
        return back_to(person)
    now = timezone.now()
    act = lambda: issue_card(customer=person, actor=request.actor, now=now)  # noqa: E731 - said once
    return _done(request, person, act, _("A new card is issued."))


def lose_card(request: MemberRequest, public_id: uuid.UUID, card_id: int) -> HttpResponse:
    person = _person(public_id)
    card = get_object_or_404(Card, pk=card_id, customer=person)
    revoke_card(card=card, actor=request.actor, now=timezone.now())
    messages.success(request, _("The card is revoked. It finds nobody any more."))
    return back_to(person)


def block_customer(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    person = _person(public_id)
    form = BlockForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.carried_out(
        lambda: block(customer=person, **form.cleaned_data, actor=request.actor, now=timezone.now())
    ):
        messages.success(request, _("The customer is blocked."))
        return back_to(person)
    return show(request, "backoffice/customer_block.html", customer=person, form=form)


def unblock_customer(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    person = _person(public_id)
    unblock(customer=person, actor=request.actor, now=timezone.now())
    messages.success(request, _("The customer can take part again."))
    return back_to(person)


def _person(public_id: uuid.UUID) -> Customer:
    return customer_by(id=str(public_id))


def _done(request: MemberRequest, person: Customer, act: Callable[[], Any], said: str) -> HttpResponse:
    """Do it, and say so or why not."""
    try:
        act()
    except DomainError as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, said)
    return back_to(person)
