"""The room of referrals: what is offered at the moment, every offer with its figures, and the codes of partners."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from backoffice.access import MemberRequest
from backoffice.pages import show
from backoffice.referrals.preview import in_words
from backoffice.referrals.states import chip_of, is_passed_on
from programs.queries import points_name
from programs.terms import terms_at
from referrals.invitations import offer_in_force
from referrals.links import link_of
from referrals.models import ReferralOffer
from referrals.queries import held, offers, rewards_of, rewards_of_offers
from referrals.report import OfferFigures, figures_by_offer
from referrals.wording import offer_in_words
from tenants.pages import page_of, seq_in

ROWS = 50


def page(request: MemberRequest) -> HttpResponse:
    now, waiting = timezone.now(), held().count()
    in_force = offer_in_force(now=now)
    before = seq_in(request.GET.get("before", ""))
    rows = offers().order_by("-pk")
    found = page_of(rows.filter(pk__lt=before) if before else rows, size=ROWS)
    shown = _rows(found.rows, in_force=in_force, now=now)
    return show(
        request,
        "backoffice/referrals/overview.html",
        tabs=tabs("referrals", waiting=waiting),
        in_force=in_force,
        words=in_words(in_force, rewards_of(in_force), now=now) if in_force else {},
        rows=shown,
        links=[row for row in shown if row["link"]],
        waiting=waiting,
        can_write=request.actor.may("referrals.write"),
        first_url=request.path if before else None,
        next_url=f"{request.path}?before={found.last.pk}" if found.last else None,
    )


def tabs(current: str, *, waiting: int) -> list[dict[str, Any]]:
    """The pages of the room; how many referrals wait for a decision stands at theirs."""
    named = (
        ("referrals", pgettext("to friends", "Offers")),
        ("friends", pgettext("brought along", "Friends")),
        ("referral_report", _("Report")),
    )
    return [
        {
            "text": text,
            "url": reverse(f"backoffice:{name}"),
            "on": name == current,
            "count": waiting if waiting and name == "friends" else None,
        }
        for name, text in named
    ]


def _rows(found: list[ReferralOffer], *, in_force: ReferralOffer | None, now: datetime) -> list[dict[str, Any]]:
    """As many queries for fifty offers as for one."""
    figures, rewards, word = figures_by_offer(), rewards_of_offers(found), points_name(terms_at(now))
    return [
        {
            "offer": offer,
            "sentence": offer_in_words(offer, rewards[offer.pk], word=word)
            if _promises(offer, rewards[offer.pk])
            else "",
            "figures": figures.get(offer.pk, OfferFigures()),
            "chip": chip_of(offer, in_force=in_force, now=now),
            "link": link_of(offer.code) if is_passed_on(offer, now=now) else "",
        }
        for offer in found
    ]


def _promises(offer: ReferralOffer, rewards: Mapping[str, Any]) -> bool:
    return bool(offer.referrer_points or offer.friend_points or any(rewards.values()))
