"""Joining two customers who are one person: pick the other, see the outcome, then do it."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.access import MemberRequest
from backoffice.pages import show
from backoffice.views.customers.forms import FindOtherForm
from backoffice.wording import PERSON, birthday_in_words, language_in_words
from customers.merging import VALUES, consents_after, lacking, merge
from customers.models import Card, Customer, Note
from customers.queries import customer_by, customers_matching, former_customer, tags_of
from programs.merging import together
from tenants.errors import DomainError

FOUND_AT_MOST = 10


def pick(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    """Who is the other one? Looking is POST: no name stands in an address."""
    person = customer_by(id=str(public_id))
    form = FindOtherForm(request.POST if request.method == "POST" else None)
    found: list[Customer] = []
    if request.method == "POST" and form.is_valid():
        rows = customers_matching(form.cleaned_data["q"]).exclude(pk=person.pk)
        found = list(rows.order_by("-public_id")[:FOUND_AT_MOST])
    looked = request.method == "POST" and form.is_valid()
    return show(request, "backoffice/customer_merge_pick.html", customer=person, form=form, found=found, looked=looked)


def join(request: MemberRequest, public_id: uuid.UUID, other_id: uuid.UUID) -> HttpResponse:
    """The other one goes, the one whose page it is stays. A second press finds it done."""
    stays = customer_by(id=str(public_id))
    if _is_joined(other_id, stays):
        return _joined(request, stays)
    gone = customer_by(id=str(other_id))
    taken = [name for name in VALUES if request.POST.get(name) == "other"] if request.POST else lacking(gone, stays)
    if "confirmed" in request.POST:
        try:
            merge(customer=gone, into=stays, take=taken, actor=request.actor, now=timezone.now())
        except DomainError as refusal:
            if not _is_joined(other_id, stays):
                messages.warning(request, str(refusal))
                return redirect("backoffice:customer", stays.public_id)
        return _joined(request, stays)
    return show(request, "backoffice/customer_merge.html", customer=stays, other=gone, **_outcome(gone, stays, taken))


def _is_joined(other_id: uuid.UUID, stays: Customer) -> bool:
    former = former_customer(other_id)
    return former is not None and former.merged_into == stays


def _joined(request: MemberRequest, stays: Customer) -> HttpResponse:
    messages.success(request, _("The two are one customer now."))
    return redirect("backoffice:customer", stays.public_id)


def _outcome(gone: Customer, stays: Customer, taken: list[str]) -> dict[str, Any]:
    both = (gone, stays)
    tags = tags_of(both)
    return {
        "values": [
            {
                "name": name,
                "label": label,
                "own": _in_words(stays, name),
                "theirs": _in_words(gone, name),
                "take": name in taken,
            }
            for name, label in PERSON.items()
            if getattr(stays, name) != getattr(gone, name)
        ],
        "together": together(both, now=timezone.now()),
        "consents": [consent.get_channel_display() for consent in consents_after(gone, stays, taken)],
        "cards": Card.objects.filter(customer__in=both, revoked_at=None).count(),
        "notes": Note.objects.filter(customer__in=both).count(),
        "tags": sorted({tag.name for held in tags.values() for tag in held}),
        "is_blocked": Customer.Status.BLOCKED in (gone.status, stays.status),
    }


def _in_words(person: Customer, name: str) -> str:
    words = {"birthday": birthday_in_words, "language": language_in_words}
    return words[name](person) if name in words else getattr(person, name)
