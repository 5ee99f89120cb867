"""An offer to friends is prepared, published and ended, with a preview beside the form."""

import uuid
from collections.abc import Callable
from datetime import datetime

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from backoffice.access import MemberRequest
from backoffice.once import sent_before
from backoffice.pages import show
from backoffice.referrals.form import OfferForm
from backoffice.referrals.preview import in_words, meaning_of, preview
from backoffice.referrals.states import State, chip_of, is_passed_on, state_of
from backoffice.wording import actor_name
from referrals.errors import UnknownOffer
from referrals.invitations import offer_in_force
from referrals.links import link_of
from referrals.models import ReferralOffer
from referrals.offers import change_offer, create_offer, discard_offer, end_offer, publish_offer
from referrals.queries import offer_by_id, rewards_of
from referrals.report import OfferFigures, figures_by_offer
from team.queries import names_of_actors
from tenants.downloads import printable
from tenants.errors import DomainError
from tenants.locales import date_text
from tenants.money import currency_sign
from tenants.pages import uuid_in
from tenants.scope import current_tenant


def offer(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    found, now = offer_by_id(public_id), timezone.now()
    in_force = offer_in_force(now=now)
    state = state_of(found, in_force=in_force, now=now)
    can_write = request.actor.may("referrals.write")
    return show(
        request,
        "backoffice/referrals/offer.html",
        offer=found,
        chip=chip_of(found, in_force=in_force, now=now),
        figures=figures_by_offer().get(found.pk, OfferFigures()),
        link=link_of(found.code) if is_passed_on(found, now=now) else "",
        is_draft=state == State.DRAFT,
        meaning=meaning_of(found, now=now) if state == State.DRAFT else [],
        can_change=can_write and state == State.DRAFT,
        can_end=can_write and state in (State.SOON, State.ACTIVE, State.RESTING),
        changed_by=actor_name(found.actor, names_of_actors({found.actor})),
        **in_words(found, rewards_of(found), now=now),
    )


def cards(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    """Ten business cards with a partner's code, to print, in the words that customers of the shop read."""
    # Only whoever prints loads what draws PDFs, and numpy with it.
    from referrals.vouchers import sheet_name, voucher_sheet

    found = offer_by_id(public_id)
    if not is_passed_on(found, now=timezone.now()):
        raise UnknownOffer
    with translation.override(current_tenant().customer_language):
        sheet = voucher_sheet(offer=found, code=found.code)
    return printable(sheet, name=sheet_name(found.code))


def add(request: MemberRequest) -> HttpResponse:
    now = timezone.now()
    form = OfferForm(request.POST or None, offer=None, now=now)
    if request.method == "POST" and form.is_valid() and sent_before(request):
        return redirect("backoffice:referrals")
    return _filled_in(
        request, form, lambda: create_offer(draft=form.draft(), actor=request.actor, now=now), offer=None, now=now
    )


def change(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    """As long as it is a draft."""
    found, now = offer_by_id(public_id), timezone.now()
    if found.state != ReferralOffer.State.DRAFT:
        return redirect("backoffice:referral_offer", public_id)
    form = OfferForm(request.POST or None, offer=found, now=now)
    return _filled_in(
        request,
        form,
        lambda: change_offer(offer=found, draft=form.draft(), actor=request.actor, now=now),
        offer=found,
        now=now,
    )


def try_out(request: MemberRequest) -> HttpResponse:
    """While the form is filled in: what both read, what it costs and what publishing means."""
    now, public_id = timezone.now(), uuid_in(request.GET.get("offer", ""))
    found = offer_by_id(public_id) if public_id else None
    form = OfferForm(request.POST, offer=found, now=now)
    form.is_valid()
    return render(request, "backoffice/referrals/_tried.html", preview(form.draft(), offer=found, now=now))


def publish(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    found = offer_by_id(public_id)
    try:
        published = publish_offer(offer=found, actor=request.actor, now=timezone.now())
    except DomainError as refusal:
        messages.warning(request, str(refusal))
    else:
        _say_published(request, published)
    return redirect("backoffice:referral_offer", public_id)


def end(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    try:
        ended = end_offer(offer=offer_by_id(public_id), actor=request.actor, now=timezone.now())
    except DomainError as refusal:
        messages.warning(request, str(refusal))
    else:
        text = _("“%(name)s” has ended. Whoever has come by it keeps what was promised.")
        messages.success(request, text % {"name": ended.name})
    return redirect("backoffice:referral_offer", public_id)


def discard(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    """A draft; of what was published nothing goes."""
    found = offer_by_id(public_id)
    try:
        discard_offer(offer=found, actor=request.actor, now=timezone.now())
    except DomainError as refusal:
        messages.warning(request, str(refusal))
        return redirect("backoffice:referral_offer", public_id)
    messages.success(request, _("The draft “%(name)s” is deleted.") % {"name": found.name})
    return redirect("backoffice:referrals")


def _filled_in(
    request: MemberRequest,
    form: OfferForm,
    write: Callable[[], ReferralOffer],
    *,
    offer: ReferralOffer | None,
    now: datetime,
) -> HttpResponse:
    is_published = request.POST.get("action") == "publish"

    def act() -> ReferralOffer:
        written = write()
        return publish_offer(offer=written, actor=request.actor, now=now) if is_published else written

    if request.method == "POST" and form.carried_out(act):
        if is_published:
            _say_published(request, form.result)
        else:
            messages.success(request, _("“%(name)s” is saved as a draft.") % {"name": form.result.name})
        return redirect("backoffice:referral_offer", form.result.public_id)
    form.is_valid()
    return show(
        request,
        "backoffice/referrals/form.html",
        form=form,
        offer=offer,
        currency_sign=currency_sign(current_tenant().currency).text,
        **preview(form.draft() if form.is_bound else form.as_it_is(), offer=offer, now=now),
    )


def _say_published(request: MemberRequest, published: ReferralOffer) -> None:
    assert published.starts_at is not None
    if published.starts_at > timezone.now():
        text = _("“%(name)s” is published and in force from %(day)s.")
    else:
        text = _("“%(name)s” is published and in force.")
    messages.success(request, text % {"name": published.name, "day": date_text(published.starts_at)})
