"""The catalogue: every reward with what it costs and how often it goes, in the order that customers see."""

import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, Final

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from backoffice.access import MemberRequest
from backoffice.forms import CardLimitForm
from backoffice.pages import show
from backoffice.rewards.states import CHIPS, State, state_of
from rewards.models import Reward
from rewards.presence import card_limit, set_card_limit
from rewards.queries import FIGURES_DAYS, Figures, all_rewards, figures_by_reward, reward_by_id
from rewards.services import order_rewards
from rewards.starters import start_with_samples, starters
from tenants.csv import Cell, amount_cell, csv_response
from tenants.errors import DomainError
from tenants.locales import number_text
from tenants.money import money_text
from tenants.scope import current_tenant

NOTHING: Final = Figures()
SHOWN: Final = {
    "": (gettext_lazy("All"), frozenset(State)),
    "active": (gettext_lazy("Active"), frozenset({State.ACTIVE, State.SOON})),
    "ended": (gettext_lazy("Ended"), frozenset({State.OVER})),
}


def page(request: MemberRequest, *, limit_form: CardLimitForm | None = None) -> HttpResponse:
    now = timezone.now()
    chosen = request.GET.get("show", "")
    chosen = chosen if chosen in SHOWN else ""
    every = _rows(list(all_rewards()), today=timezone.localdate(now))
    rows = [row for row in every if row["state"] in SHOWN[chosen][1]]
    form = limit_form or CardLimitForm(initial={"value": card_limit()})
    return show(
        request,
        "backoffice/rewards/catalogue.html",
        form=form,
        rows=rows,
        is_empty=not every,
        summary=_summary(every),
        filters=[
            {"text": text, "url": f"{request.path}?show={name}" if name else request.path, "on": name == chosen}
            for name, (text, _states) in SHOWN.items()
        ],
        days=FIGURES_DAYS,
        starters=starters(),
        can_write=request.actor.may("rewards.write"),
        # A part of the list has no order of its own.
        can_order=request.actor.may("rewards.write") and not chosen and len(rows) > 1,
        can_set_limit=request.actor.may("rewards.limit"),
    )


def move(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    """One place up or down."""
    reward = reward_by_id(public_id)
    rows = list(all_rewards())
    at = rows.index(reward)
    to = at - 1 if request.POST.get("to") == "up" else at + 1
    if 0 <= to < len(rows):
        rows[at], rows[to] = rows[to], rows[at]
        order_rewards(rewards=rows, actor=request.actor, now=timezone.now())
    return redirect(f"{reverse('backoffice:rewards')}#reward-{reward.pk}")


def start(request: MemberRequest) -> HttpResponse:
    """The drafts of the trade, in a shop that has no reward yet."""
    try:
        made = start_with_samples(actor=request.actor, now=timezone.now())
    except DomainError as refusal:
        messages.warning(request, str(refusal))
    else:
        if made:
            messages.success(request, _("The drafts are there. Enter what each costs you, and publish what you like."))
    return redirect("backoffice:rewards")


def limit(request: MemberRequest) -> HttpResponse:
    form = CardLimitForm(request.POST)
    if not form.carried_out(
        lambda: set_card_limit(value=form.cleaned_data["value"], actor=request.actor, now=timezone.now())
    ):
        return page(request, limit_form=form)
    messages.success(request, _("The limit is saved."))
    return redirect("backoffice:rewards")


def export(request: MemberRequest) -> HttpResponseBase:
    """The catalogue with its figures; nothing about anybody."""
    today = timezone.localdate()
    rows = _rows(list(all_rewards()), today=today)
    return csv_response(f"{_('rewards')}-{today}.csv", _lines(rows))


def _rows(rewards: Sequence[Reward], *, today: date) -> list[dict[str, Any]]:
    figures = figures_by_reward(now=timezone.now())
    rows = []
    for reward in rewards:
        state = state_of(reward, today=today)
        rows.append(
            {
                "reward": reward,
                "figures": figures.get(reward.pk, NOTHING),
                "state": state,
                "chip": CHIPS[state],
                "is_given": reward.way != Reward.Way.CHOICE,
            }
        )
    return rows


def _summary(rows: Sequence[dict[str, Any]]) -> str:
    """`5 active, 1 draft · 745 redeemed in 30 days, cost of goods 605 €`."""
    if not rows:
        return ""
    count = Counter(row["state"] for row in rows)
    active, drafts = count[State.ACTIVE] + count[State.SOON], count[State.DRAFT]
    used = sum(row["figures"].used for row in rows)
    cost = sum(row["figures"].cost for row in rows)
    parts = [ngettext("%(count)s active", "%(count)s active", active) % {"count": number_text(active)}]
    if drafts:
        parts.append(ngettext("%(count)s draft", "%(count)s drafts", drafts) % {"count": number_text(drafts)})
    redeemed = ngettext(
        "%(count)s redeemed in %(days)s days, at a cost of %(cost)s",
        "%(count)s redeemed in %(days)s days, at a cost of %(cost)s",
        used,
    ) % {
        "count": number_text(used),
        "days": FIGURES_DAYS,
        "cost": money_text(cost, currency=current_tenant().currency),
    }
    return f"{', '.join(parts)} · {redeemed}"


def _lines(rows: Sequence[dict[str, Any]]) -> Iterator[list[Cell]]:
    currency = current_tenant().currency
    yield [
        _("Reward"),
        _("Kind"),
        _("How customers get it"),
        _("Points"),
        _("From tier"),
        _("Worth in %(currency)s") % {"currency": currency},
        _("Cost in %(currency)s") % {"currency": currency},
        _("Redeemed in %(days)s days") % {"days": FIGURES_DAYS},
        _("Cost of that in %(currency)s") % {"currency": currency},
        _("Left"),
        _("State"),
    ]
    for row in rows:
        reward, figures = row["reward"], row["figures"]
        yield [
            reward.name,
            str(reward.get_kind_display()),
            str(reward.get_way_display()),
            reward.points,
            reward.tier.name if reward.tier else "",
            amount_cell(reward.value),
            amount_cell(reward.cost),
            figures.used,
            amount_cell(figures.cost),
            reward.stock,
            str(row["chip"].text),
        ]
