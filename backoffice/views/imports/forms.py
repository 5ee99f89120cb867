"""What members say about a file."""

from collections.abc import Sequence
from typing import Any, Final

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from imports.kinds import KINDS
from imports.models import Import
from imports.services import too_large
from tenants.forms import ServiceForm

# Marked UTF-8 reads unmarked as well.
ENCODINGS: Final = (
    ("utf-8-sig", "UTF-8"),
    ("cp1252", gettext_lazy("Windows (Western Europe)")),
    ("utf-16", "UTF-16"),
    ("iso-8859-15", "ISO 8859-15"),
    ("mac-roman", gettext_lazy("Mac (older programs)")),
    ("cp850", gettext_lazy("DOS (older tills)")),
)
# Under names, because a browser may trim a tab.
DELIMITERS: Final = {";": "semicolon", ",": "comma", "\t": "tab", "|": "bar"}
DELIMITER_LABELS: Final = (
    ("semicolon", gettext_lazy("Semicolon ;")),
    ("comma", gettext_lazy("Comma ,")),
    ("tab", gettext_lazy("Tab")),
    ("bar", gettext_lazy("Vertical bar |")),
)
DATE_FORMATS: Final = (
    ("", gettext_lazy("found by itself")),
    ("%d.%m.%Y", gettext_lazy("day.month.year (31.12.2026)")),
    ("%d/%m/%Y", gettext_lazy("day/month/year (31/12/2026)")),
    ("%d/%m/%y", gettext_lazy("day/month/year (31/12/26)")),
    ("%m/%d/%Y", gettext_lazy("month/day/year (12/31/2026)")),
    ("%m/%d/%y", gettext_lazy("month/day/year (12/31/26)")),
    ("%d-%m-%Y", gettext_lazy("day-month-year (31-12-2026)")),
    ("%m-%d-%Y", gettext_lazy("month-day-year (12-31-2026)")),
    ("%Y-%m-%d", gettext_lazy("year-month-day (2026-12-31)")),
)
DECIMAL_MARKS: Final = (
    ("", gettext_lazy("found by itself")),
    (",", gettext_lazy("comma (1.240,50)")),
    (".", gettext_lazy("point (1,240.50)")),
)


class UploadForm(ServiceForm):
    kind = forms.ChoiceField(
        label=gettext_lazy("What does the file contain?"), choices=Import.Kind.choices, widget=forms.RadioSelect
    )
    file = forms.FileField(
        label=gettext_lazy("File"),
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,.tsv,text/csv,text/plain,text/tab-separated-values"}),
    )

    def __init__(self, *args: Any, skipped: bool = False, **kwargs: Any) -> None:
        """`skipped` says that the request was too large for its file to be read."""
        super().__init__(*args, **kwargs)
        if skipped:
            self.fields["file"].error_messages["required"] = str(too_large())


class ReadingForm(ServiceForm):
    """How the characters and lines of the file are to be read."""

    encoding = forms.ChoiceField(label=gettext_lazy("Characters"), choices=ENCODINGS)
    delimiter = forms.ChoiceField(label=gettext_lazy("Between two columns"), choices=DELIMITER_LABELS)

    @classmethod
    def of(cls, source: Import) -> "ReadingForm":
        encoding = "utf-8-sig" if source.encoding == "utf-8" else source.encoding
        return cls(initial={"encoding": encoding, "delimiter": DELIMITERS.get(source.delimiter, "")})

    @property
    def chosen_delimiter(self) -> str:
        name = self.cleaned_data["delimiter"]
        return next(delimiter for delimiter, other in DELIMITERS.items() if other == name)


class ColumnsForm(ServiceForm):
    """What each column means, and how dates and amounts are written."""

    date_format = forms.ChoiceField(label=gettext_lazy("Dates"), choices=DATE_FORMATS, required=False)
    decimal_mark = forms.ChoiceField(label=gettext_lazy("Decimal mark"), choices=DECIMAL_MARKS, required=False)

    def __init__(self, data: Any = None, *, source: Import) -> None:
        initial = {f"column{at}": name for name, at in source.columns.items()}
        initial |= {"date_format": source.date_format, "decimal_mark": source.decimal_mark}
        super().__init__(data, initial=initial)
        self._source = source
        self._kind = KINDS[source.kind]
        meanings = [(field.name, field.label) for field in self._kind.fields]
        for at, name in enumerate(source.header):
            self.fields[f"column{at}"] = forms.ChoiceField(
                label=name or _("Column %(number)d") % {"number": at + 1},
                choices=[("", _("– leave out –")), *meanings],
                required=False,
            )
        if not self._kind.dates:
            del self.fields["date_format"]
        if not self._kind.amounts:
            del self.fields["decimal_mark"]

    @property
    def columns(self) -> dict[str, int]:
        """The position of each field that is chosen."""
        return {self.cleaned_data[name]: at for at, name in enumerate(self._names) if self.cleaned_data.get(name)}

    def shown_columns(self) -> Sequence[Any]:
        return [self[name] for name in self._names]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        seen: dict[str, str] = {}
        for name in self._names:
            meaning = cleaned.get(name)
            if meaning and meaning in seen:
                text = _("“%(column)s” already has this meaning.") % {"column": self.fields[seen[meaning]].label}
                self.add_error(name, text)
            elif meaning:
                seen[meaning] = name
        for problem in self._kind.missing(self.columns):
            self.add_error(None, problem)
        return cleaned

    @property
    def _names(self) -> list[str]:
        return [f"column{at}" for at in range(len(self._source.header))]
