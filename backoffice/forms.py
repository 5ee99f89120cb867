"""What members fill in."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from analytics.models import Finding, ReviewRhythm, SharedReview
from backoffice.wording import TOPICS
from feedback.models import Response
from messaging.models import OwnText
from programs.adjusting import MOST_POINTS
from programs.services import VoidReason
from programs.wording import WEEKDAYS
from team.hours import Interval, read_hours, write_hours
from team.models import ApiKey, Membership, Store
from team.queries import possible_actors, stores
from tenants.errors import DomainError
from tenants.forms import AmountField, ServiceForm, WholeNumberField
from tenants.models import Tenant, longest
from tenants.money import typed_amount
from tenants.scope import current_tenant

# Before any shop of ours.
EARLIEST = date(2000, 1, 1)


class VoidForm(forms.Form):
    """Why a booking is voided: a choice, so that no personal text reaches the audit log."""

    reason = forms.ChoiceField(choices=VoidReason.named_by_people(), widget=forms.RadioSelect)


class CloseShopForm(ServiceForm):
    """The name, typed again, so that nobody closes a shop by accident."""

    typed_name = forms.CharField(
        label=_("Name of the shop"),
        max_length=longest(Tenant, "name"),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class DomainForm(ServiceForm):
    """A domain of the shop's own; empty takes it away."""

    domain = forms.CharField(
        label=_("Domain"),
        required=False,
        max_length=longest(Tenant, "domain"),
        widget=forms.TextInput(attrs={"inputmode": "url", "autocapitalize": "none", "spellcheck": "false"}),
    )


class AppearanceForm(ServiceForm):
    name = forms.CharField(label=_("Name of the shop"), max_length=120)
    color = forms.CharField(
        label=_("Colour"), max_length=7, widget=forms.TextInput(attrs={"type": "color", "data-brand-color": True})
    )
    language = forms.ChoiceField(label=_("Language"), choices=[("de", "Deutsch"), ("en", "English")])
    address = forms.ChoiceField(
        label=_("Customers are addressed as"), choices=[("du", "du"), ("sie", "Sie")], widget=forms.RadioSelect
    )


class LogoForm(ServiceForm):
    logo = forms.FileField(
        label=_("Logo"),
        help_text=_("PNG, JPEG or WebP, at most 2 MB. A square picture looks best."),
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg,image/webp"}),
    )


class BusinessDetailsForm(ServiceForm):
    company = forms.CharField(label=_("Company and legal form"), max_length=160)
    represented_by = forms.CharField(label=_("Represented by"), max_length=160, required=False)
    street = forms.CharField(label=_("Street and number"), max_length=160)
    postcode = forms.CharField(label=_("Postcode"), max_length=12)
    city = forms.CharField(label=_("City"), max_length=80)
    email = forms.EmailField(
        label=_("E-mail"), max_length=254, error_messages={"invalid": _("Enter a valid e-mail address.")}
    )
    phone = forms.CharField(label=_("Phone"), max_length=40, required=False)
    vat_id = forms.CharField(label=_("VAT identification number"), max_length=20, required=False)
    register = forms.CharField(
        label=_("Register entry"),
        max_length=160,
        required=False,
        help_text=_("Such as: HRB 12345, Amtsgericht Hamburg"),
    )


class LegalTextForm(ServiceForm):
    body = forms.CharField(
        label=_("Text"),
        max_length=60_000,
        widget=forms.Textarea(attrs={"rows": 24}),
        help_text=_("A line that begins with ## is a heading, one with - an item of a list."),
    )


class InvitationForm(ServiceForm):
    email = forms.EmailField(
        label=_("E-mail"), max_length=254, error_messages={"invalid": _("Enter a valid e-mail address.")}
    )
    name = forms.CharField(label=_("Name at the till"), max_length=80)
    role = forms.ChoiceField(label=_("Role"), choices=Membership.Role.choices, initial=Membership.Role.STAFF)


class MemberForm(ServiceForm):
    name = forms.CharField(label=_("Name at the till"), max_length=80)
    role = forms.ChoiceField(label=_("Role"), choices=Membership.Role.choices)
    stores = forms.ModelMultipleChoiceField(
        label=_("Only at these stores"),
        queryset=Store.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Without a choice: at every store."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["stores"]
        assert isinstance(field, forms.ModelMultipleChoiceField)
        field.queryset = stores()


class PinForm(ServiceForm):
    pin = forms.CharField(
        label=_("PIN"),
        required=False,
        max_length=8,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        help_text=_("Four to eight digits. Leave it empty to have one drawn."),
    )


class StoreForm(ServiceForm):
    name = forms.CharField(label=_("Name of the store"), max_length=120)
    code = forms.CharField(
        label=_("Code"),
        max_length=20,
        widget=forms.TextInput(attrs={"autocapitalize": "none", "spellcheck": "false"}),
        help_text=_("A short name for files and the API, such as altstadt. It stays as it is."),
    )


class StoreNameForm(ServiceForm):
    name = forms.CharField(label=_("Name of the store"), max_length=120)


class HoursField(forms.CharField):
    """The hours of one day, several with commas between them; empty is closed."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, max_length=80, **kwargs)

    def clean(self, value: Any) -> Any:
        try:
            return read_hours(super().clean(value))
        except ValueError as error:
            raise forms.ValidationError(_("Enter hours such as 8:00–12:30, 14:00–18:00.")) from error


class OpeningHoursForm(ServiceForm):
    """One field for each day of the week."""

    def __init__(self, *args: Any, hours: Sequence[Sequence[int]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for weekday, name in enumerate(WEEKDAYS):
            own = [(begin, end) for day, begin, end in hours if day == weekday]
            widget = forms.TextInput(attrs={"autocomplete": "off"})
            self.fields[f"day_{weekday}"] = HoursField(label=capfirst(name), initial=write_hours(own), widget=widget)

    @property
    def hours(self) -> list[list[Interval]]:
        return [self.cleaned_data[f"day_{weekday}"] for weekday in range(len(WEEKDAYS))]


class DeviceForm(ServiceForm):
    name = forms.CharField(label=_("Name of the device"), max_length=80)
    store = forms.ModelChoiceField(label=_("Store"), queryset=Store.objects.none(), empty_label=None)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["store"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = stores()


class ApiKeyForm(ServiceForm):
    name = forms.CharField(label=_("What is it for?"), max_length=80)
    scopes = forms.MultipleChoiceField(
        label=_("It may"), choices=ApiKey.Scope.choices, widget=forms.CheckboxSelectMultiple, required=False
    )


class DayForm(ServiceForm):
    """A day that has been; what is no such day is said, and today is shown."""

    on = forms.DateField(
        label=_("At the end of"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["on"] = today
        self._today = today

    @property
    def day(self) -> date:
        on = self.cleaned_data.get("on") if self.is_valid() else None
        return on or self._today

    def clean_on(self) -> date | None:
        on: date | None = self.cleaned_data["on"]
        if on is not None and not EARLIEST <= on <= self._today:
            raise forms.ValidationError(_("Choose a day that has been."))
        return on


class PointValueForm(ServiceForm):
    per_hundred = forms.CharField(
        label=_("100 points are worth"), max_length=16, widget=forms.TextInput(attrs={"inputmode": "decimal"})
    )

    def clean_per_hundred(self) -> int:
        try:
            return typed_amount(self.cleaned_data["per_hundred"], currency=current_tenant().currency)
        except DomainError as refusal:
            raise forms.ValidationError(str(refusal)) from refusal


class HandedOutForm(DayForm):
    """A day, and one store or all of them."""

    store = forms.ModelChoiceField(
        label=_("Store"), queryset=Store.objects.none(), required=False, empty_label=_("all stores")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["on"].label = _("Day")
        field = self.fields["store"]
        assert isinstance(field, forms.ModelChoiceField)
        # What a store that has closed handed out stays to be found.
        field.queryset = Store.objects.order_by("pk")

    @property
    def chosen_store(self) -> Store | None:
        return self.cleaned_data.get("store") if self.is_valid() else None


class CardLimitForm(ServiceForm):
    value = AmountField(label=_("A printed card redeems up to"))


class AdjustmentLimitForm(ServiceForm):
    points = WholeNumberField(
        label=_("Points that one person may adjust alone"),
        required=False,
        min_value=1,
        max_value=MOST_POINTS,
        help_text=_("Leave it empty for no limit. You yourself are not bound by it."),
    )


class AuditForm(ServiceForm):
    topic = forms.ChoiceField(label=_("What"), required=False, choices=[("", _("Everything")), *TOPICS.items()])
    who = forms.ChoiceField(label=_("Who"), required=False)
    since = forms.DateField(label=_("From"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label=_("To"), required=False, widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["who"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", _("Everybody")), ("system", _("System")), *possible_actors()]


class MessageTextForm(ServiceForm):
    """What a kind of message says; the service knows its placeholders."""

    subject = forms.CharField(label=_("Subject"), max_length=longest(OwnText, "subject"))
    body = forms.CharField(
        label=_("Text"), max_length=longest(OwnText, "body"), widget=forms.Textarea(attrs={"rows": 14})
    )


class FindingsForm(ServiceForm):
    pattern = forms.ChoiceField(
        label=_("Kind of anomaly"), required=False, choices=[("", _("Everything")), *Finding.Pattern.choices]
    )


class FindingForm(ServiceForm):
    """What people make of what stands out."""

    decision = forms.ChoiceField(
        label=_("What is it?"),
        choices=[
            (Finding.State.DISMISSED.value, _("Harmless")),
            (Finding.State.CONFIRMED.value, _("It is what it looks like")),
        ],
        widget=forms.RadioSelect,
    )
    note = forms.CharField(
        label=_("Note"),
        required=False,
        max_length=longest(Finding, "note"),
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Why it is harmless, or what was done. Customers can read it in a copy of their data."),
    )


class SurveyForm(ServiceForm):
    """Where customers are asked; nowhere is off."""

    in_portal = forms.BooleanField(label=_("Ask in the portal"), required=False)
    by_email = forms.BooleanField(
        label=_("Ask by e-mail"),
        required=False,
        help_text=_("Only customers who have agreed to advertising by e-mail get it."),
    )
    days = WholeNumberField(
        label=_("Days after the purchase"),
        min_value=1,
        max_value=14,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class FeedbackReplyForm(ServiceForm):
    reply = forms.CharField(
        label=_("Answer to the customer"),
        max_length=longest(Response, "reply"),
        widget=forms.Textarea(attrs={"rows": 5}),
    )

    def clean_reply(self) -> str:
        return " ".join(self.cleaned_data["reply"].split())


class ReviewRhythmForm(ServiceForm):
    """How often the report is mailed."""

    rhythm = forms.ChoiceField(
        label=_("The report comes by e-mail"), choices=ReviewRhythm.Rhythm.choices, widget=forms.RadioSelect
    )


class ShareReviewForm(ServiceForm):
    """What of a month the team may see."""

    what = forms.ChoiceField(label=_("What the team sees"), widget=forms.RadioSelect)

    def __init__(self, *args: Any, can_be_shared: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["what"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(what, label) for what, label in SharedReview.What.choices if what in can_be_shared]
        field.initial = can_be_shared[0] if can_be_shared else None
