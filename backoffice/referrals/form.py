"""An offer as a form: who invites, what both get, and when it counts."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any, Final

from django import forms
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from backoffice.rewards.form import DayText
from referrals.models import OfferReward, ReferralOffer, Side
from referrals.offers import LONGEST_CODE, MOST_DAYS, MOST_POINTS, OfferDraft, usual_waiting_days
from referrals.queries import rewards_of
from rewards.models import Reward
from tenants.calendar import midnight
from tenants.errors import DomainError
from tenants.forms import AmountField, ServiceForm, WholeNumberField
from tenants.models import Tenant, longest
from tenants.scope import current_tenant

FRIENDS, PARTNER = "friends", "partner"
POINTS, REWARDS, NOTHING = "points", "rewards", "nothing"
GETS: Final = [(POINTS, _("Points")), (REWARDS, _("A reward")), (NOTHING, _("Nothing"))]
# What the form begins with; a web shop looks at its own average order.
USUAL_POINTS: Final[Mapping[str, int]] = {Tenant.Trade.CAFE: 200, Tenant.Trade.SALON: 500, Tenant.Trade.RETAIL: 250}
# Where the form names a field in another way than the service.
FIELDS: Final = {"starts_at": "from_on", "ends_at": "until_on"}
LIMITING: Final = ("in_total", "from_on", "until_on")


class GivenField(forms.ModelMultipleChoiceField):
    widget = forms.CheckboxSelectMultiple

    def label_from_instance(self, obj: Any) -> str:
        return str(obj.name)


class OfferForm(ServiceForm):
    audience = forms.ChoiceField(
        label=_("Who brings new customers?"),
        choices=[(FRIENDS, _("Customers invite friends")), (PARTNER, _("A partner with a code of their own"))],
        widget=forms.RadioSelect,
    )
    name = forms.CharField(
        label=_("Name"), max_length=longest(ReferralOffer, "name"), help_text=_("It stands in the statement of points.")
    )
    partner = forms.CharField(
        label=_("Partner"),
        required=False,
        max_length=longest(ReferralOffer, "partner"),
        help_text=_("Only you see it."),
    )
    code = forms.CharField(
        label=pgettext_lazy("of an invitation", "Code"),
        required=False,
        max_length=LONGEST_CODE,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
        help_text=_("3 to 20 letters and digits, easy to say aloud."),
    )
    referrer_gets = forms.ChoiceField(label=_("Who invites gets"), choices=GETS, widget=forms.RadioSelect)
    referrer_points = WholeNumberField(label=_("Points"), required=False, min_value=1, max_value=MOST_POINTS)
    referrer_rewards = GivenField(label=_("Rewards"), queryset=Reward.objects.none(), required=False)
    friend_gets = forms.ChoiceField(label=_("Who is invited gets"), choices=GETS, widget=forms.RadioSelect)
    friend_points = WholeNumberField(label=_("Points"), required=False, min_value=1, max_value=MOST_POINTS)
    friend_rewards = GivenField(label=_("Rewards"), queryset=Reward.objects.none(), required=False)
    smallest_purchase = AmountField(
        label=_("Smallest first purchase"), required=False, help_text=_("After discounts. Empty: any purchase.")
    )
    waiting_days = WholeNumberField(
        label=_("Waiting time"),
        min_value=0,
        max_value=MOST_DAYS,
        help_text=_("As long as goods can be returned. Nobody gets anything before."),
    )
    per_referrer = WholeNumberField(
        label=_("Friends for each person"),
        required=False,
        min_value=1,
        max_value=MOST_POINTS,
        help_text=_("So many are thanked for. Empty: no limit."),
    )
    in_total = WholeNumberField(
        label=_("Friends in total"),
        required=False,
        min_value=1,
        max_value=MOST_POINTS,
        help_text=_("Then nobody comes by it any more. Empty: no limit."),
    )
    from_on = DayText(label=_("First day"), required=False, help_text=_("Empty: as soon as it is published."))
    until_on = DayText(label=_("Last day"), required=False, help_text=_("Empty: until you end it."))

    def __init__(self, typed: Any, *, offer: ReferralOffer | None, now: datetime) -> None:
        super().__init__(typed, initial=_shown(offer) if offer else _usual(now=now))
        self.offer = offer
        for side in Side.values:
            self._field(f"{side}_rewards").queryset = _given(offer)

    @property
    def is_limited(self) -> bool:
        """Whether something is stated in the folded part, or wrong there."""
        stated = self.cleaned_data if self.is_bound else self.initial
        return any(name in self.errors or stated.get(name) for name in LIMITING)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if given.get("audience") == PARTNER and not given.get("code") and "code" not in self.errors:
            self.add_error("code", _("Enter the code that the partner passes on."))
        for side in self._sides():
            self._refuse_half(side)
        return given

    def refuse(self, refusal: DomainError) -> None:
        refusal.field = FIELDS.get(refusal.field or "", refusal.field)
        super().refuse(refusal)

    def draft(self) -> OfferDraft:
        """What is stated; where something is not valid, the rest. A preview shows that, too."""
        given = self.cleaned_data
        is_partner = given.get("audience") == PARTNER
        draft = OfferDraft(
            name=given.get("name", ""),
            code=given.get("code", "") if is_partner else "",
            partner=given.get("partner", "") if is_partner else "",
            starts_at=_beginning(given.get("from_on")),
            ends_at=_beginning(given.get("until_on"), days_later=1),
            smallest_purchase=given.get("smallest_purchase") or 0,
            waiting_days=given.get("waiting_days") or 0,
            per_referrer=given.get("per_referrer"),
            in_total=given.get("in_total"),
        )
        for side in self._sides():
            draft = replace(draft, **self._thanks(side))
        return draft

    def as_it_is(self) -> OfferDraft:
        """Before anything is typed."""
        self.cleaned_data = dict(self.initial)
        return self.draft()

    def _sides(self) -> list[str]:
        """A partner's code thanks the newcomer alone."""
        return [Side.FRIEND] if self.cleaned_data.get("audience") == PARTNER else list(Side.values)

    def _thanks(self, side: str) -> dict[str, Any]:
        gets = self.cleaned_data.get(f"{side}_gets")
        points = self.cleaned_data.get(f"{side}_points") if gets == POINTS else 0
        rewards = self.cleaned_data.get(f"{side}_rewards") if gets == REWARDS else ()
        return {f"{side}_points": points or 0, f"{side}_rewards": list(rewards or ())}

    def _refuse_half(self, side: str) -> None:
        gets = self.cleaned_data.get(f"{side}_gets")
        points, rewards = f"{side}_points", f"{side}_rewards"
        if gets == POINTS and not self.cleaned_data.get(points) and points not in self.errors:
            self.add_error(points, _("Enter a number of points."))
        if gets == REWARDS and not self.cleaned_data.get(rewards) and rewards not in self.errors:
            self.add_error(rewards, _("Choose a reward."))

    def _field(self, name: str) -> Any:
        return self.fields[name]


def _usual(*, now: datetime) -> dict[str, Any]:
    points = USUAL_POINTS.get(current_tenant().trade)
    return {
        "audience": FRIENDS,
        "name": str(_("Friends invite friends")),
        "referrer_gets": POINTS,
        "referrer_points": points,
        "friend_gets": POINTS,
        "friend_points": points,
        "waiting_days": usual_waiting_days(now=now),
        "per_referrer": OfferDraft(name="").per_referrer,
    }


def _shown(offer: ReferralOffer) -> dict[str, Any]:
    rewards, names = rewards_of(offer), ("name", "partner", "code", "waiting_days", "per_referrer", "in_total")
    shown: dict[str, Any] = {name: getattr(offer, name) for name in names}
    for side in Side.values:
        points = offer.points_for(side)
        shown[f"{side}_gets"] = POINTS if points else REWARDS if rewards[side] else NOTHING
        shown |= {f"{side}_points": points or None, f"{side}_rewards": rewards[side]}
    return shown | {
        "audience": PARTNER if offer.is_campaign else FRIENDS,
        "smallest_purchase": offer.smallest_purchase or None,
        "from_on": timezone.localdate(offer.starts_at, current_tenant().zone) if offer.starts_at else None,
        "until_on": offer.last_day,
    }


def _given(offer: ReferralOffer | None) -> Any:
    """What is offered now for a fixed price or none, and what the draft names already."""
    named = OfferReward.objects.filter(offer=offer).values("reward") if offer else []
    offered = Q(published_at__isnull=False, ended_at=None, chooses_points=False)
    return Reward.objects.filter(offered | Q(pk__in=named)).order_by("position", "pk")


def _beginning(day: date | None, *, days_later: int = 0) -> datetime | None:
    return None if day is None else midnight(day + timedelta(days=days_later), zone=current_tenant().zone)
