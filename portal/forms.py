"""What customers type in the portal."""

import calendar
import uuid
from typing import Any

from django import forms
from django.utils.dates import MONTHS
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from customers.consents import address_on
from customers.contact import LEAP_YEAR
from customers.joining import Joiner
from customers.models import Consent, Customer
from customers.wordings import wording_of
from feedback.models import Response
from feedback.score import SCORES
from legal.models import LegalText
from programs.forms import ClaimForm
from rewards.queries import Choice
from tenants.contact import EMAIL_LENGTH, normal_email
from tenants.errors import Invalid
from tenants.forms import ServiceForm, WholeNumberField
from tenants.locales import number_text
from tenants.models import longest

_EMAIL = {"autocomplete": "email", "autocapitalize": "none", "inputmode": "email"}
# Django's own message would be found in another package's catalogue, which says du.
_BAD_EMAIL = {"invalid": _("Enter a valid e-mail address."), "required": _("Enter your e-mail address.")}


class EmailForm(ServiceForm):
    email = forms.EmailField(
        max_length=EMAIL_LENGTH, widget=forms.EmailInput(attrs=_EMAIL | {"autofocus": True}), error_messages=_BAD_EMAIL
    )


class CodeForm(ServiceForm):
    code = forms.CharField(
        max_length=12,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code", "autofocus": True}),
        error_messages={"required": _("Enter the six digits.")},
    )

    def clean_code(self) -> str:
        return "".join(self.cleaned_data["code"].split())


class ConfirmForm(ServiceForm):
    """One box that has to be ticked before something cannot be undone."""

    sure = forms.BooleanField(error_messages={"required": _("Please confirm that you have read this.")})


class PersonForm(ServiceForm):
    """Name, phone and birthday; of the birthday no year, because nothing here needs it."""

    name = forms.CharField(
        max_length=longest(Customer, "name"),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": _("Enter your name.")},
    )
    phone = forms.CharField(
        max_length=40, required=False, widget=forms.TextInput(attrs={"autocomplete": "tel", "inputmode": "tel"})
    )
    birth_day = forms.TypedChoiceField(coerce=int, empty_value=None, required=False)
    birth_month = forms.TypedChoiceField(coerce=int, empty_value=None, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        days = [(day, str(day)) for day in range(1, 32)]
        months = [(month, str(name)) for month, name in MONTHS.items()]
        for name, empty, choices in (("birth_day", _("Day"), days), ("birth_month", _("Month"), months)):
            field = self.fields.get(name)
            if isinstance(field, forms.ChoiceField):
                field.choices = [("", empty), *choices]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        day, month = data.get("birth_day"), data.get("birth_month")
        if bool(day) != bool(month):
            self.add_error("birth_day" if month else "birth_month", _("Choose day and month, or neither."))
        elif day and month and day > calendar.monthrange(LEAP_YEAR, month)[1]:
            self.add_error("birth_day", _("This day does not exist."))
        return data

    @property
    def birthday(self) -> str:
        """`MM-DD`, or empty."""
        day, month = self.cleaned_data.get("birth_day"), self.cleaned_data.get("birth_month")
        return f"{month:02d}-{day:02d}" if day and month else ""


class _TermsForm(ServiceForm):
    """Terms and advertising: two different things, neither ticked beforehand."""

    accept = forms.BooleanField(error_messages={"required": _("Without accepting the terms there is no card.")})
    # Which version was shown: accepted is what was read, not what has been published meanwhile.
    text = forms.IntegerField(widget=forms.HiddenInput)
    email_ads = forms.BooleanField(required=False)
    sms_ads = forms.BooleanField(required=False)

    _CHANNELS = {"email_ads": Consent.Channel.EMAIL, "sms_ads": Consent.Channel.SMS}

    def __init__(self, *args: Any, text: LegalText, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["text"].initial = text.pk
        self._text = text
        for name, channel in self._CHANNELS.items():
            if name in self.fields:
                self.fields[name].label = wording_of(channel, language=get_language() or "").text

    def clean_text(self) -> int:
        if self.cleaned_data["text"] != self._text.pk:
            self.data = {**self.data.dict(), "text": str(self._text.pk)}  # type: ignore[attr-defined]
            raise forms.ValidationError(_("The terms have just been changed. Please read them again."))
        return self.cleaned_data["text"]

    def channels(self) -> list[str]:
        """On which advertising was permitted."""
        return [channel for name, channel in self._CHANNELS.items() if self.cleaned_data.get(name)]


class JoinForm(PersonForm, _TermsForm):
    email = forms.EmailField(
        max_length=EMAIL_LENGTH, required=False, widget=forms.EmailInput(attrs=_EMAIL), error_messages=_BAD_EMAIL
    )
    field_order = ("name", "email", "phone", "birth_day", "birth_month", "accept", "email_ads", "sms_ads", "text")

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        email, phone = data.get("email"), data.get("phone")
        if not email and not phone and "email" not in self.errors:
            self.add_error("email", _("Enter an e-mail address or a phone number."))
        if data.get("email_ads") and not email and "email" not in self.errors:
            self.add_error("email", _("Advertising by e-mail needs an e-mail address."))
        if data.get("sms_ads") and not phone:
            self.add_error("phone", _("Advertising by SMS needs a phone number."))
        return data

    def clean_email(self) -> str:
        return _normal(self.cleaned_data["email"])

    def joiner(self, *, language: str) -> Joiner:
        data = self.cleaned_data
        return Joiner(
            name=data["name"],
            email=data["email"],
            phone=data["phone"],
            birthday=self.birthday,
            language=language,
            channels=self.channels(),
        )


class FriendForm(JoinForm):
    """Two fields and the terms: everything else can wait until there is a card."""

    # Django drops a field of the form above where the name stands for nothing.
    birth_day = birth_month = email_ads = sms_ads = None  # type: ignore[assignment]


class AgreeForm(_TermsForm):
    """For somebody who is enrolled: only the channels on which the shop could reach them, and those once."""

    field_order = ("accept", "email_ads", "sms_ads", "text")

    def __init__(self, *args: Any, customer: Customer, asks_for_ads: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, channel in self._CHANNELS.items():
            if not asks_for_ads or not address_on(channel, customer):
                del self.fields[name]


class ProfileForm(PersonForm):
    language = forms.ChoiceField(choices=(("de", "Deutsch"), ("en", "English")))

    def __init__(self, *args: Any, customer: Customer, language: str, **kwargs: Any) -> None:
        initial = {
            "name": customer.name,
            "phone": customer.phone,
            "birth_day": customer.birth_day,
            "birth_month": customer.birth_month,
            "language": language,
        }
        super().__init__(*args, initial=initial, **kwargs)

    def values(self) -> dict[str, str]:
        """What `change` takes."""
        data = self.cleaned_data
        return {
            "name": data["name"],
            "phone": data["phone"],
            "birthday": self.birthday,
            "language": data["language"],
        }


def _normal(email: str) -> str:
    try:
        return normal_email(email)
    except Invalid as refusal:
        raise forms.ValidationError(str(refusal)) from refusal


class PointsForm(ServiceForm):
    """How many points to spend on a reward that leaves the choice."""

    points = WholeNumberField(
        min_value=1,
        error_messages={
            "required": _("Enter a number of points."),
            "invalid": _("Enter a number of points."),
            "min_value": _("Enter a number of points."),
        },
    )

    def __init__(self, *args: Any, choice: Choice, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._choice = choice
        self.fields["points"].initial = choice.sensible_points()
        self.fields["points"].widget.attrs["data-points"] = ""

    def clean_points(self) -> int:
        points: int = self.cleaned_data["points"]
        if points > self._choice.most_points:
            most = number_text(self._choice.most_points)
            raise forms.ValidationError(gettext("No more than %(points)s are possible.") % {"points": most})
        if not self._choice.worth(points):
            raise forms.ValidationError(gettext("So few bring nothing yet."))
        return points


class RedeemForm(ServiceForm):
    """The answer to the question whether to redeem now; sent twice, it is carried out once."""

    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    points = forms.IntegerField(widget=forms.HiddenInput, required=False)


class ReceiptForm(ClaimForm):
    """The day makes it harder to guess what somebody else has paid."""

    purchased_on = forms.DateField(
        label=_("Day of the purchase"),
        input_formats=["%Y-%m-%d"],
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={
            "required": _("Enter the day of the purchase."),
            "invalid": _("Enter the day of the purchase."),
        },
    )


class FeedbackForm(ServiceForm):
    """One number and, if somebody likes, a sentence."""

    score = forms.TypedChoiceField(
        label=_("Your number from 0 to 10"),
        choices=[(score, str(score)) for score in SCORES],
        coerce=int,
        widget=forms.RadioSelect,
        error_messages=dict.fromkeys(("required", "invalid_choice"), _("Choose a number from 0 to 10.")),
    )
    sentence = forms.CharField(
        label=_("What is the main reason? (optional)"),
        max_length=longest(Response, "sentence"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def clean_sentence(self) -> str:
        return " ".join(self.cleaned_data["sentence"].split())
