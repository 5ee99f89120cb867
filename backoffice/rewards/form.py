"""A reward as a form: what it is and what it costs first, and folded what limits it."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, time
from typing import Any, Final

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from programs.models import Tier
from programs.rules import Conditions
from programs.terms import terms_at
from programs.wording import WEEKDAYS
from rewards.models import Reward
from rewards.services import MOST_POINTS, RewardDraft
from team.models import Store
from tenants.forms import AmountField, ServiceForm, WholeNumberField
from tenants.models import longest

ICONS: Final = {
    "gift": _("Gift"),
    "cup": _("Cup"),
    "cake": _("Cake"),
    "bowl": _("Bowl"),
    "bag": _("Bag"),
    "star": _("Star"),
    "scissors": _("Scissors"),
    "euro": _("Euro"),
    "percent": _("Per cent"),
    "tag": _("Price tag"),
    "box": _("Parcel"),
    "calendar": _("Calendar"),
}
# The most usual first.
KINDS: Final = [
    (kind.value, kind.label)
    for kind in (
        *(Reward.Kind.PRODUCT, Reward.Kind.AMOUNT, Reward.Kind.PERCENT),
        *(Reward.Kind.GIFT, Reward.Kind.SHIPPING, Reward.Kind.EVENT),
    )
]
MOST_DAYS: Final = 366
# What the form holds as the draft does.
PLAIN: Final = (
    *("name", "description", "icon", "percent", "cost", "tier", "early_tier", "event_place", "is_listed"),
    *("chooses_points", "most_points", "value", "per_customer", "per_customer_day", "per_day", "stock"),
    *("event_at", "event_ends_at"),
)
NUMBERS: Final = ("points", "early_days", "teaser_days", "min_total")
LIMITING: Final = (
    *("from_on", "until_on", "weekdays", "from_time", "until_time", "stores", "min_total"),
    *("per_customer", "per_customer_day", "per_day", "stock", "early_tier", "early_days", "teaser_days", "valid_days"),
)


class DayText(forms.DateField):
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class TimeText(forms.TimeField):
    widget = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")


class MomentText(forms.DateTimeField):
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")


def _count(label: Any, *, least: int = 1, most: int = 1_000_000, hint: Any = "") -> WholeNumberField:
    return WholeNumberField(label=label, required=False, min_value=least, max_value=most, help_text=hint)


class RewardForm(ServiceForm):
    kind = forms.ChoiceField(label=_("What is it?"), choices=KINDS, widget=forms.RadioSelect)
    way = forms.ChoiceField(label=_("How do customers get it?"), choices=Reward.Way.choices, widget=forms.RadioSelect)
    name = forms.CharField(label=_("Name"), max_length=longest(Reward, "name"))
    description = forms.CharField(
        label=_("Description (optional)"), required=False, max_length=longest(Reward, "description")
    )
    points = _count(_("Points"), least=0, most=MOST_POINTS)
    chooses_points = forms.BooleanField(
        label=_("Customers choose how many points to redeem; the value is in proportion"), required=False
    )
    most_points = _count(_("Most points at once"), most=MOST_POINTS, hint=_("Empty: as many as there are."))
    value = AmountField(label=_("Worth to customers"), required=False)
    percent = _count(_("Discount in percent"), most=100)
    cost = AmountField(label=_("Cost to you"), required=False)
    tier = forms.ModelChoiceField(
        label=_("From tier"), queryset=Tier.objects.none(), required=False, empty_label=_("all customers")
    )
    event_at = MomentText(label=_("Begins"), required=False)
    event_ends_at = MomentText(label=_("Ends"), required=False)
    event_place = forms.CharField(label=_("Place"), required=False, max_length=longest(Reward, "event_place"))
    from_on = DayText(label=_("First day"), required=False)
    until_on = DayText(label=_("Last day"), required=False)
    weekdays = forms.MultipleChoiceField(
        label=_("Weekdays"),
        required=False,
        choices=[(str(day), name) for day, name in enumerate(WEEKDAYS)],
        widget=forms.CheckboxSelectMultiple,
    )
    from_time = TimeText(label=_("From (time)"), required=False)
    until_time = TimeText(label=_("Until (time)"), required=False)
    stores = forms.MultipleChoiceField(label=_("Stores"), required=False, widget=forms.CheckboxSelectMultiple)
    min_total = AmountField(label=_("With a purchase of at least"), required=False)
    per_customer = _count(_("For each customer"))
    per_customer_day = _count(_("For each customer a day"))
    per_day = _count(_("A day, for all together"))
    stock = _count(_("Left in stock"), least=0, hint=_("Of an event: free places. Empty: as many as are wanted."))
    # What was left when the form was opened.
    stock_seen = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)
    early_tier = forms.ModelChoiceField(
        label=_("Earlier from tier"), queryset=Tier.objects.none(), required=False, empty_label=_("nobody")
    )
    early_days = _count(_("Days earlier"), least=0, most=MOST_DAYS)
    teaser_days = _count(
        _("Announce so many days before"), least=0, most=MOST_DAYS, hint=_("With a countdown to the first day.")
    )
    valid_days = _count(_("Days that a voucher is valid"), most=3 * MOST_DAYS, hint=_("Then the points come back."))
    is_listed = forms.BooleanField(label=_("Visible in the portal"), required=False)
    icon = forms.ChoiceField(label=_("Icon"), choices=list(ICONS.items()), widget=forms.RadioSelect)
    photo = forms.FileField(
        label=_("Photo (optional)"),
        required=False,
        help_text=_("PNG, JPEG or WebP, at most 8 MB. It stands in place of the icon."),
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg,image/webp"}),
    )
    drop_photo = forms.BooleanField(label=_("Show the icon in place of the photo"), required=False)

    def __init__(self, typed: QueryDict | None, files: Any = None, *, reward: Reward | None, now: datetime) -> None:
        super().__init__(typed, files, initial=_shown(reward))
        self.reward = reward
        tiers = _tiers(reward, now=now)
        for name in ("tier", "early_tier"):
            self._field(name).queryset = Tier.objects.filter(pk__in=tiers).order_by("rank")
        self._field("stores").choices = _stores(reward)
        if reward is None or reward.photo is None:
            del self.fields["drop_photo"]

    @property
    def is_limited(self) -> bool:
        """Whether something is stated in the folded part, or wrong there."""
        usual = _shown(None)
        stated = self.cleaned_data if self.is_bound else self.initial
        return any(name in self.errors or stated.get(name) not in (usual.get(name), None, [], "") for name in LIMITING)

    def as_it_is(self) -> RewardDraft:
        """What the reward states before anything is typed."""
        source: Any = self.reward or _EMPTY
        names = (*PLAIN, *NUMBERS, "kind", "way", "valid_days")
        return replace(_EMPTY, **{name: getattr(source, name) for name in names})

    def draft(self) -> RewardDraft:
        """What is stated; where something is not valid, the rest. A preview shows that, too."""
        given = self.cleaned_data
        known = replace(_EMPTY, kind=Reward.Kind(given.get("kind") or _EMPTY.kind))
        stated: dict[str, Any] = {name: given[name] for name in PLAIN if name in given}
        stated |= {name: given.get(name) or 0 for name in NUMBERS}
        stated["way"] = Reward.Way(given.get("way") or known.way)
        stated["valid_days"] = given.get("valid_days") or known.valid_days
        stated["conditions"] = Conditions(
            weekdays=tuple(map(int, given.get("weekdays", ()))),
            from_minute=_minute(given.get("from_time")),
            until_minute=_minute(given.get("until_time")),
            from_on=given.get("from_on"),
            until_on=given.get("until_on"),
            stores=tuple(map(int, given.get("stores", ()))),
        )
        return replace(known, **stated)

    def _field(self, name: str) -> Any:
        return self.fields[name]


_EMPTY: Final = RewardDraft(kind=Reward.Kind.PRODUCT, name="")


def _shown(reward: Reward | None) -> dict[str, Any]:
    source: Any = reward or _EMPTY
    wanted = Conditions.from_json(reward.conditions) if reward else Conditions()
    return {
        **{name: getattr(source, name) for name in PLAIN},
        **{name: getattr(source, name) or None for name in NUMBERS},
        "kind": source.kind,
        "way": source.way,
        "valid_days": source.valid_days,
        "stock_seen": source.stock,
        "from_on": wanted.from_on,
        "until_on": wanted.until_on,
        "weekdays": list(map(str, wanted.weekdays)),
        "from_time": _time(wanted.from_minute),
        "until_time": _time(wanted.until_minute),
        "stores": list(map(str, wanted.stores)),
    }


def _tiers(reward: Reward | None, *, now: datetime) -> Collection[int]:
    """Above the lowest, which everybody has; and those that the reward names already."""
    offered = {tier.id for tier in terms_at(now).tiers if tier.rank}
    named = (reward.tier_id, reward.early_tier_id) if reward else ()
    return offered | {tier_id for tier_id in named if tier_id is not None}


def _stores(reward: Reward | None) -> list[tuple[str, str]]:
    """Those that are open, and those that the reward names already."""
    named = set(Conditions.from_json(reward.conditions).stores) if reward else set()
    rows = Store.objects.order_by("pk").values_list("pk", "name", "closed_at")
    return [(str(pk), name) for pk, name, closed_at in rows if closed_at is None or pk in named]


def _minute(at: time | None) -> int | None:
    return None if at is None else at.hour * 60 + at.minute


def _time(minute: int | None) -> time | None:
    return None if minute is None else time(minute // 60 % 24, minute % 60)
