"""A reward is made, changed, published and ended, with a preview beside the form."""

import uuid
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.access import MemberRequest
from backoffice.once import sent_before
from backoffice.pages import show
from backoffice.rewards.form import RewardForm
from backoffice.rewards.preview import preview
from backoffice.rewards.states import CHIPS, state_of
from backoffice.wording import actor_name
from rewards.models import Reward, RewardPhoto
from rewards.photos import keep_photo
from rewards.queries import reward_by_id
from rewards.services import change_reward, create_reward, end_reward, publish_reward, show_photo
from team.queries import names_of_actors
from tenants.errors import DomainError
from tenants.pages import uuid_in


def add(request: MemberRequest) -> HttpResponse:
    now = timezone.now()
    form = RewardForm(request.POST or None, request.FILES or None, reward=None, now=now)
    is_published = request.POST.get("action") == "publish"
    if request.method == "POST" and form.is_valid() and sent_before(request):
        return redirect("backoffice:rewards")

    def act() -> Reward:
        reward = create_reward(draft=form.draft(), actor=request.actor, now=now, publish_now=is_published)
        return _with_photo(request, form, reward, now=now)

    if request.method == "POST" and form.carried_out(act):
        _say(request, form.result, is_published=is_published)
        return redirect("backoffice:reward", form.result.public_id)
    return _page(request, form, now=now)


def change(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    """From now on; what is out keeps its value."""
    reward, now = reward_by_id(public_id), timezone.now()
    form = RewardForm(request.POST or None, request.FILES or None, reward=reward, now=now)
    is_published = request.POST.get("action") == "publish"

    def act() -> Reward:
        seen = form.cleaned_data["stock_seen"]
        changed = change_reward(reward=reward, draft=form.draft(), actor=request.actor, now=now, stock_seen=seen)
        if is_published:
            changed = publish_reward(reward=reward, actor=request.actor, now=now)
        return _with_photo(request, form, changed, now=now)

    if request.method == "POST" and form.carried_out(act):
        _say(request, form.result, is_published=is_published)
        return redirect("backoffice:reward", reward.public_id)
    return _page(request, form, now=now)


def publish(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    reward = reward_by_id(public_id)
    try:
        published = publish_reward(reward=reward, actor=request.actor, now=timezone.now())
    except DomainError as refusal:
        messages.warning(request, str(refusal))
    else:
        _say(request, published, is_published=True)
    return redirect("backoffice:reward", public_id)


def end(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    reward = end_reward(reward=reward_by_id(public_id), actor=request.actor, now=timezone.now())
    messages.success(request, _("“%(name)s” has ended. Open vouchers stay valid.") % {"name": reward.name})
    return redirect("backoffice:reward", public_id)


def try_out(request: MemberRequest) -> HttpResponse:
    """While the form is filled in: how customers and the team would see it."""
    now, public_id = timezone.now(), uuid_in(request.GET.get("reward", ""))
    reward = reward_by_id(public_id) if public_id else None
    form = RewardForm(request.POST, reward=reward, now=now)
    return render(request, "backoffice/rewards/_tried.html", _preview(form, reward, now=now))


def _page(request: MemberRequest, form: RewardForm, *, now: datetime) -> HttpResponse:
    reward = form.reward
    who = names_of_actors({reward.actor}) if reward else {}
    return show(
        request,
        "backoffice/rewards/form.html",
        form=form,
        reward=reward,
        chip=CHIPS[state_of(reward, today=timezone.localdate(now))] if reward else None,
        changed_by=actor_name(reward.actor, who) if reward else "",
        **_preview(form, reward, now=now),
    )


def _preview(form: RewardForm, reward: Reward | None, *, now: datetime) -> dict[str, Any]:
    photo: RewardPhoto | None = reward.photo if reward else None
    if form.is_bound:
        form.is_valid()
        return preview(form.draft(), photo=photo, now=now)
    return preview(form.as_it_is(), photo=photo, now=now)


def _with_photo(request: MemberRequest, form: RewardForm, reward: Reward, *, now: datetime) -> Reward:
    picture = form.cleaned_data.get("photo")
    if picture is None and not form.cleaned_data.get("drop_photo"):
        return reward
    photo = keep_photo(picture.read()) if picture else None
    return show_photo(reward=reward, photo=photo, actor=request.actor, now=now)


def _say(request: MemberRequest, reward: Reward, *, is_published: bool) -> None:
    if is_published:
        text = _("“%(name)s” is published.") if reward.is_listed else _("“%(name)s” is published, at the till only.")
    elif reward.published_at is None:
        text = _("“%(name)s” is saved as a draft.")
    else:
        text = _("“%(name)s” is saved. Open vouchers keep their value.")
    messages.success(request, text % {"name": reward.name})
