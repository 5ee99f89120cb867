"""Where a reward stands, as a chip says it."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Final

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from programs.rules import Conditions
from rewards.models import Reward


class State(StrEnum):
    DRAFT = "draft"
    SOON = "soon"
    ACTIVE = "active"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Chip:
    text: Any
    tone: str
    icon: str


CHIPS: Final = {
    State.DRAFT: Chip(_("Draft"), "warn", "edit"),
    State.SOON: Chip(_("Soon"), "", "clock"),
    State.ACTIVE: Chip(_("Active"), "ok", "check"),
    State.OVER: Chip(_("Ended"), "", "lock"),
}


def state_of(reward: Reward, *, today: date) -> State:
    """An end that is reached by date counts like one by hand."""
    wanted = Conditions.from_json(reward.conditions)
    if reward.ended_at is not None or (wanted.until_on is not None and today > wanted.until_on):
        return State.OVER
    if reward.published_at is None:
        return State.DRAFT
    if reward.event_ends_at is not None and today > timezone.localdate(reward.event_ends_at):
        return State.OVER
    return State.SOON if wanted.from_on is not None and today < wanted.from_on else State.ACTIVE
