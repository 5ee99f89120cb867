"""Who has invited whom, how far each has come, and the merchant's word on what was held."""

import uuid
from collections.abc import Mapping
from typing import Any, Final

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.access import MemberRequest
from backoffice.pages import show
from backoffice.referrals.rows import referral_rows
from backoffice.views.referrals.overview import tabs
from referrals.models import Referral, Thanks
from referrals.paying import approve_referral, refuse_referral
from referrals.queries import held, referral_by_id, referrals
from referrals.verdict import Obstacle
from referrals.wording import reasons_in_words
from tenants.errors import DomainError, NotFound
from tenants.locales import date_text
from tenants.pages import page_of, uuid_in

ROWS = 50
State = Referral.State
SHOWN: Final[Mapping[str, tuple[Any, tuple[str, ...]]]] = {
    "": (gettext_lazy("All"), ()),
    "held": (gettext_lazy("To be decided"), (State.HELD,)),
    "open": (gettext_lazy("On the way"), (State.WAITING, State.DUE)),
    "paid": (gettext_lazy("Thanked"), (State.PAID,)),
    "out": (gettext_lazy("Not counted"), (State.REFUSED, State.TAKEN_BACK, State.LAPSED)),
}


def page(request: MemberRequest) -> HttpResponse:
    chosen = request.GET.get("show", "")
    chosen = chosen if chosen in SHOWN else ""
    after = uuid_in(request.GET.get("after", ""))
    # What waits is decided in the order in which it came.
    order, behind = ("public_id", "gt") if chosen == "held" else ("-public_id", "lt")
    rows = referrals(states=SHOWN[chosen][1]).order_by(order)
    found = page_of(rows.filter(**{f"public_id__{behind}": after}) if after else rows, size=ROWS)
    base = f"{request.path}?show={chosen}"
    return show(
        request,
        "backoffice/referrals/friends.html",
        tabs=tabs("friends", waiting=held().count()),
        rows=referral_rows(found.rows),
        chosen=chosen,
        can_write=request.actor.may("referrals.write"),
        filters=[
            {"text": text, "url": f"{request.path}?show={name}" if name else request.path, "on": name == chosen}
            for name, (text, _states) in SHOWN.items()
        ],
        first_url=base if after else None,
        next_url=f"{base}&after={found.last.public_id}" if found.last else None,
    )


def approve(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    try:
        decided = approve_referral(referral=referral_by_id(public_id), actor=request.actor, now=timezone.now())
    except NotFound:
        raise
    except DomainError as refusal:
        messages.warning(request, str(refusal))
    else:
        _say_approved(request, decided)
    return _to_the_next()


def refuse(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    try:
        refuse_referral(referral=referral_by_id(public_id), actor=request.actor, now=timezone.now())
    except NotFound:
        raise
    except DomainError as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, _("Refused. Nobody gets anything for it."))
    return _to_the_next()


def _to_the_next() -> HttpResponse:
    return redirect(f"{reverse('backoffice:friends')}?show=held")


def _say_approved(request: MemberRequest, decided: Referral) -> None:
    """Facts stand above the merchant's word: what turns out to be no new customer is refused all the same."""
    match decided.state:
        case State.PAID if Thanks.objects.filter(referral=decided, obstacle=Obstacle.NO_REWARD).exists():
            text = _("Approved. Of the promised rewards none was left: thank them yourself, with points or a gift.")
            messages.warning(request, text)
        case State.HELD:
            text = _("It still waits for you: %(reasons)s")
            messages.warning(request, text % {"reasons": " ".join(reasons_in_words(decided.reasons))})
        case State.PAID:
            messages.success(request, _("Approved. The thanks are credited."))
        case State.DUE if decided.pays_at is not None:
            text = _("Approved. The thanks are credited on %(day)s, unless the purchase is returned.")
            messages.success(request, text % {"day": date_text(decided.pays_at)})
        case State.REFUSED:
            text = _("Approved, but it cannot count: %(reasons)s")
            messages.warning(request, text % {"reasons": " ".join(reasons_in_words(decided.reasons))})
        case _:
            messages.info(request, _("Approved. It waits for a purchase that is large enough."))
