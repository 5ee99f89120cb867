"""What members ask and say about customers."""

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from analytics.groups import Group
from analytics.models import CustomerScore
from customers.blocking import Reason as BlockReason
from customers.models import Consent, Customer, Note, Tag
from programs.adjusting import MOST_POINTS, Reason
from programs.giving import Reason as GivenReason
from programs.members import Wanted
from programs.terms import terms_at
from referrals.forms import FriendsCodeForm
from team.models import Store
from tenants.errors import DomainError
from tenants.forms import ServiceForm, WholeNumberField
from tenants.locales import date_text
from tenants.models import longest


class FilterForm(forms.Form):
    """What the list can be narrowed by; all of it stands in the address line, so none of it names a person."""

    status = forms.ChoiceField(label=_("Status"), required=False)
    tier = forms.ChoiceField(label=_("Tier"), required=False)
    tag = forms.TypedChoiceField(label=_("Tag"), required=False, coerce=int, empty_value=None)
    store = forms.ChoiceField(label=_("Last purchase in"), required=False)
    seen = forms.IntegerField(label=_("Bought in the last … days"), required=False, min_value=1, max_value=3650)
    away = forms.IntegerField(label=_("Not bought for … days"), required=False, min_value=1, max_value=3650)
    consent = forms.ChoiceField(label=_("Consent"), required=False)
    email = forms.ChoiceField(label=_("E-mail address"), required=False)
    reach = forms.ChoiceField(label=_("Reachable"), required=False)
    group = forms.TypedChoiceField(label=_("Group"), required=False, coerce=int, empty_value=None)
    expiring = forms.IntegerField(label=_("Points expire within … days"), required=False, min_value=1, max_value=3650)
    since = forms.DateField(
        label=_("Member since"),
        required=False,
        input_formats=["%Y-%m-%d"],
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(self, *args: Any, now: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        tags = Tag.objects.order_by("key").values_list("pk", "name")
        stores = Store.objects.order_by("name", "pk").values_list("code", "name")
        statuses = ((Customer.Status.ACTIVE.value, _("active")), (Customer.Status.BLOCKED.value, _("blocked")))
        self._offer("status", statuses)
        self._offer("tier", ((tier.code, tier.name) for tier in terms_at(now).tiers))
        self._offer("tag", tags)
        self._offer("store", stores)
        self._offer("consent", Consent.Channel.choices)
        self._offer("email", (("yes", _("has one")), ("no", _("has none"))))
        self._offer("reach", (("email", _("by e-mail, with consent")),))
        self._offer("group", CustomerScore.Group.choices)

    def wanted(self, text: str) -> Wanted:
        """What is asked for; a value that is none is left out."""
        asked = self.asked
        return Wanted(
            text=text,
            status=asked.get("status", ""),
            tier=asked.get("tier", ""),
            tag=asked.get("tag"),
            store=asked.get("store", ""),
            seen_days=asked.get("seen"),
            away_days=asked.get("away"),
            consent=asked.get("consent", ""),
            has_email={"yes": True, "no": False}.get(asked.get("email", "")),
            is_reachable=bool(asked.get("reach")),
            expiring_days=asked.get("expiring"),
            enrolled_since=asked.get("since"),
        )

    @property
    def wanted_group(self) -> Group | None:
        """The one that is asked for; which customers are in it is known to analytics alone."""
        asked = self.asked.get("group")
        return Group(asked) if asked else None

    @property
    def asked(self) -> dict[str, Any]:
        """The filters that are set, by name."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value not in (None, "")}

    def said(self, name: str) -> str:
        """A set filter in words."""
        value = self.asked[name]
        match name:
            case "seen":
                return gettext("bought in the last %(days)s days") % {"days": value}
            case "away":
                return gettext("not bought for %(days)s days") % {"days": value}
            case "expiring":
                return gettext("points expire within %(days)s days") % {"days": value}
            case "reach":
                return gettext("reachable by e-mail")
            case "since":
                return gettext("since %(date)s") % {"date": date_text(value)}
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        return f"{field.label}: {dict(field.choices).get(value, value)}"  # type: ignore[arg-type]

    def _offer(self, name: str, choices: Any) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", _("any")), *choices]


class PersonForm(ServiceForm):
    """All of it is voluntary. Consents are no field here: the customer gives them on the own phone."""

    name = forms.CharField(
        label=_("Name"), required=False, max_length=120, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    email = forms.CharField(
        label=_("E-mail"),
        required=False,
        max_length=254,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false", "inputmode": "email"}
        ),
    )
    phone = forms.CharField(
        label=_("Phone"),
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "tel"}),
    )
    birthday = forms.CharField(
        label=_("Birthday"),
        required=False,
        max_length=10,
        help_text=_("Month and day such as 05-17; the year is not kept."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    language = forms.ChoiceField(
        label=_("Language"),
        required=False,
        choices=[("", _("as the shop")), ("de", "Deutsch"), ("en", "English")],
    )
    external_id = forms.CharField(
        label=_("Reference in another system"),
        required=False,
        max_length=80,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )
    # The public id of the customer who has this address, number or reference already.
    existing_id: str = ""

    def refuse(self, refusal: DomainError) -> None:
        super().refuse(refusal)
        self.existing_id = refusal.facts.get("customer", "")


class EnrolForm(FriendsCodeForm, PersonForm):
    """The same for somebody new, with the code of whoever has brought them."""


class AdjustForm(ServiceForm):
    """`points` below zero takes them."""

    points = WholeNumberField(label=_("Points"), min_value=-MOST_POINTS, max_value=MOST_POINTS)
    reason = forms.ChoiceField(label=_("Reason"), choices=Reason.choices, widget=forms.RadioSelect)
    note = forms.CharField(
        label=_("Note"),
        required=False,
        max_length=longest(Note, "text"),
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Kept with the customer, who can read it on request."),
    )
    key = forms.UUIDField(widget=forms.HiddenInput)


class GiveTierForm(ServiceForm):
    """All tiers but the lowest, which everybody has."""

    tier = forms.ChoiceField(label=_("Tier"), widget=forms.RadioSelect)
    until = forms.DateField(
        label=_("Last day"),
        input_formats=["%Y-%m-%d"],
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    reason = forms.ChoiceField(label=_("Reason"), choices=GivenReason.choices, widget=forms.RadioSelect)

    def __init__(self, *args: Any, now: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        tier = self.fields["tier"]
        assert isinstance(tier, forms.ChoiceField)
        tier.choices = [(known.code, known.name) for known in terms_at(now).tiers[1:]]


class BlockForm(ServiceForm):
    reason = forms.ChoiceField(label=_("Reason"), choices=BlockReason.choices, widget=forms.RadioSelect)


class NoteForm(ServiceForm):
    note = forms.CharField(label=_("Note"), max_length=longest(Note, "text"), widget=forms.Textarea(attrs={"rows": 3}))


class TagForm(ServiceForm):
    tag = forms.CharField(
        label=_("Tag"),
        max_length=longest(Tag, "name"),
        error_messages={"required": _("Please enter a word.")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "list": "tag-words"}),
    )


class EraseForm(ServiceForm):
    """The customer's number, typed, so that nobody is erased by accident."""

    typed_number = forms.CharField(
        label=_("Customer number"),
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "numeric"}),
    )


class FindOtherForm(ServiceForm):
    q = forms.CharField(
        label=_("Name, e-mail, card or number of the other one"),
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
