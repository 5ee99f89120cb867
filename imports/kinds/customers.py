"""A list of customers: whoever is known stays as they are, the others are enrolled with number, card and account."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.bulk import ROUNDS, Person, adopt, enrol_strangers, tag_all
from customers.contact import normal_phone, search_key
from customers.models import Customer, Tag
from customers.numbers import is_number
from customers.queries import customers_by
from imports.columns import Field
from imports.kinds.kind import Booking, Formats, Kind, Outcome, Refusal, RowReader, short
from imports.kinds.purchases import LONGEST_EMAIL, LONGEST_NAME, LONGEST_REFERENCE, SOURCE
from imports.models import Import
from imports.staging import Layout
from imports.values import Days, birthday
from programs.bulk import open_points_accounts
from tenants.contact import normal_email, normal_name
from tenants.errors import Invalid
from tenants.models import Tenant, longest

LONGEST_TAG = longest(Tag, "name")
MOST_TAGS = 20
LANGUAGES = {
    "": "",
    **dict.fromkeys(("de", "deutsch", "german", "de-de", "de-at", "de-ch"), "de"),
    **dict.fromkeys(("en", "englisch", "english", "en-gb", "en-us"), "en"),
}
# By which a customer is recognised, in this order.
REFERENCES = ("number", "external_id", "email", "phone")
TAG_END = "|"
_TAG_ENDS = re.compile(r"[,;|]")
_CONSENT = re.compile("newsletter|einwillig|consent|opt.?in|werb|marketing|dsgvo|gdpr|permission")

FIELDS = (
    Field(
        "external_id",
        gettext_lazy("Your customer number"),
        (
            *("externalid", "customerid", "customernumber", "customerno", "customercode", "id", "reference"),
            *("kundennummer", "kundennr", "kundenr", "kdnr", "kundenid", "mitgliedsnummer", "memberid", "kunde"),
        ),
    ),
    Field(
        "number",
        gettext_lazy("Number of a known customer"),
        ("number", "loyaltynumber", "punktenummer", "treuenummer"),
    ),
    Field("name", gettext_lazy("Name"), ("name", "fullname", "customername", "kundenname", "vorundnachname")),
    Field("first_name", gettext_lazy("First name"), ("firstname", "vorname", "givenname")),
    Field("surname", gettext_lazy("Surname"), ("surname", "lastname", "familyname", "nachname", "familienname")),
    Field("email", gettext_lazy("E-mail"), ("email", "emailaddress", "mail", "emailadresse", "kundenemail")),
    Field(
        "phone",
        gettext_lazy("Phone"),
        (
            *("phone", "phonenumber", "mobile", "mobilephone", "cell", "telephone"),
            *("telefon", "telefonnummer", "handy", "handynummer", "mobil", "mobilnummer", "mobiltelefon"),
        ),
    ),
    Field(
        "birthday",
        gettext_lazy("Birthday"),
        ("birthday", "birthdate", "dateofbirth", "dob", "geburtstag", "geburtsdatum"),
    ),
    Field("language", gettext_lazy("Language"), ("language", "lang", "locale", "sprache")),
    Field("tags", gettext_lazy("Tags"), ("tags", "tag", "labels", "groups", "schlagworte", "schlagworter", "gruppen")),
)

# Who comes twice is taken from the first row; the others name it. Empty values are NULL and never the same.
SORTED_OUT = """
SELECT line, external_id, number, name, email, phone, birthday, language, tags,
       nullif(least(CASE WHEN external_id IS NOT NULL THEN min(line) OVER (PARTITION BY external_id) END,
                    CASE WHEN number IS NOT NULL THEN min(line) OVER (PARTITION BY number) END,
                    CASE WHEN email IS NOT NULL THEN min(line) OVER (PARTITION BY email) END,
                    CASE WHEN phone IS NOT NULL THEN min(line) OVER (PARTITION BY phone) END), line)
  FROM staged
 ORDER BY external_id, email, phone, line
"""


@dataclass(frozen=True, slots=True)
class PersonRow:
    """`twin` is the line of an earlier row about the same person."""

    line: int
    external_id: str
    number: str
    name: str
    email: str
    phone: str
    birthday: str
    language: str
    tags: str
    twin: int | None = None

    def as_fields(self) -> tuple[Any, ...]:
        return (
            self.line,
            self.external_id,
            self.number,
            self.name,
            self.email,
            self.phone,
            self.birthday,
            self.language,
            self.tags,
        )

    @staticmethod
    def parse(fields: list[str]) -> "PersonRow":
        line, external_id, number, name, email, phone, born_on, language, tags, twin = fields
        return PersonRow(
            line=int(line),
            external_id=external_id,
            number=number,
            name=name,
            email=email,
            phone=phone,
            birthday=born_on,
            language=language,
            tags=tags,
            twin=int(twin) if twin else None,
        )

    @property
    def person(self) -> Person:
        return Person(
            external_id=self.external_id,
            name=self.name,
            email=self.email,
            phone=self.phone,
            birthday=self.birthday,
            language=self.language,
        )


class PersonReader(RowReader[PersonRow]):
    def __init__(self, *, columns: Mapping[str, int], width: int, tenant: Tenant, formats: Formats) -> None:
        super().__init__(columns=columns, width=width)
        self._country = tenant.country
        self._days = Days(date_format=formats.date_format)

    def row(self, line: int, values: Mapping[str, str]) -> PersonRow:
        row = PersonRow(
            line=line,
            external_id=short(normal_name(values.get("external_id", "")), LONGEST_REFERENCE),
            number=_number(values.get("number", "")),
            name=short(_name(values), LONGEST_NAME),
            email=short(normal_email(values.get("email", "")), LONGEST_EMAIL),
            phone=normal_phone(values.get("phone", ""), country=self._country),
            birthday=birthday(values.get("birthday", ""), self._days),
            language=_language(values.get("language", "")),
            tags=_tags(values.get("tags", "")),
        )
        if not any((row.external_id, row.number, row.name, row.email, row.phone)):
            raise Invalid(_("The row names nobody: number, name, e-mail and phone are empty."))
        return row


class Customers(Kind[PersonRow]):
    code = Import.Kind.CUSTOMERS
    fields = FIELDS
    one_of = ("external_id", "number", "name", "surname", "email", "phone")
    dates = ("birthday",)
    layout: ClassVar = Layout(
        columns=(
            ("line", "bigint"),
            *((name, 'text COLLATE "C"') for name in ("external_id", "number", "name", "email", "phone")),
            *((name, "text") for name in ("birthday", "language", "tags")),
        ),
        sorted_out=SORTED_OUT,
        parse=PersonRow.parse,
        group=lambda row: row.line,
    )

    def reader(
        self, *, columns: Mapping[str, int], width: int, tenant: Tenant, formats: Formats, now: datetime
    ) -> PersonReader:
        return PersonReader(columns=columns, width=width, tenant=tenant, formats=formats)

    def so_far(self, import_id: int) -> Outcome:
        return Outcome(recorded=Customer.objects.filter(import_id=import_id).count())

    def record(self, rows: Sequence[PersonRow], booking: Booking) -> Outcome:
        batch = _Batch(booking)
        batch.enrol(batch.without_twins(rows))
        return batch.outcome


class _Batch:
    """Rows of people, of whom some are known."""

    def __init__(self, booking: Booking) -> None:
        self.outcome = Outcome()
        self._booking = booking

    def without_twins(self, rows: Sequence[PersonRow]) -> list[PersonRow]:
        for row in rows:
            if row.twin is not None:
                self._refuse(row, _("The same person stands in line %(line)d already.") % {"line": row.twin})
        return [row for row in rows if row.twin is None]

    def enrol(self, waiting: list[PersonRow]) -> None:
        new: list[tuple[Customer, PersonRow]] = []
        for _round in range(ROUNDS):
            strangers = self._strangers(waiting)
            tried = enrol_strangers(
                [row.person for row in strangers],
                source=SOURCE,
                now=self._booking.now,
                import_id=self._booking.import_id,
            )
            enrolled = list(zip(tried, strangers, strict=True))
            new += [(customer, row) for customer, row in enrolled if customer is not None]
            waiting = [row for customer, row in enrolled if customer is None]
            if not waiting:
                break
        for row in waiting:
            self._refuse(row, _("Somebody else has one of these values."))
        open_points_accounts([customer.pk for customer, _row in new], now=self._booking.now)
        tag_all([(customer.pk, tag) for customer, row in new for tag in row.tags.split(TAG_END) if tag])
        self.outcome.recorded = len(new)
        self.outcome.enrolled = [customer for customer, _row in new]

    def _strangers(self, rows: list[PersonRow]) -> list[PersonRow]:
        """Those whom nobody knows; about the others it is settled what becomes of them."""
        known = {
            kind: customers_by(kind, {value for row in rows if (value := getattr(row, kind))}) for kind in REFERENCES
        }
        strangers = []
        for row in rows:
            matches = (known[reference].get(getattr(row, reference)) for reference in REFERENCES)
            found = {customer.pk: customer for customer in matches if customer is not None}
            if found:
                self._recognise(row, list(found.values()), is_linked=row.external_id in known["external_id"])
            elif row.number:
                text = _("Nobody has the number %(number)s. Leave it out: new customers get theirs here.")
                self._refuse(row, text % {"number": row.number})
            else:
                strangers.append(row)
        return strangers

    def _recognise(self, row: PersonRow, found: list[Customer], *, is_linked: bool) -> None:
        customer = found[0]
        if len(found) > 1 or (row.external_id and customer.external_id and not is_linked):
            self._refuse(row, _("These values belong to different customers."))
        elif self._booking.import_id is None or customer.import_id != self._booking.import_id:
            self.outcome.known += 1
            if row.external_id and not is_linked:
                adopt(customer, row.external_id)

    def _refuse(self, row: PersonRow, reason: str) -> None:
        self.outcome.refusals.append(Refusal(row.line, reason))


def consent_columns(header: Sequence[str]) -> list[str]:
    """Columns that look like permissions: those are never taken over, a file is no proof of them."""
    return [name for name in header if _CONSENT.search(search_key(name))]


def _number(text: str) -> str:
    number = "".join(text.split())
    if number and not is_number(number):
        raise Invalid(_("“%(number)s” is not a number that is given here.") % {"number": text[:40]})
    return number


def _name(values: Mapping[str, str]) -> str:
    whole = values.get("name", "")
    return normal_name(whole or f"{values.get('first_name', '')} {values.get('surname', '')}")


def _language(text: str) -> str:
    if text.lower() not in LANGUAGES:
        raise Invalid(_("“%(language)s” is not German or English.") % {"language": text[:40]})
    return LANGUAGES[text.lower()]


def _tags(text: str) -> str:
    tags = [short(tag, LONGEST_TAG) for part in _TAG_ENDS.split(text) if (tag := normal_name(part))]
    if len(tags) > MOST_TAGS:
        raise Invalid(_("A customer has at most %(count)d tags.") % {"count": MOST_TAGS})
    return TAG_END.join(tags)
