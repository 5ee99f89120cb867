"""Which column of a purchase log means what: by the usual German and English names, or as somebody says."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from django.utils.translation import gettext as _

from customers.contact import search_key
from imports.errors import BadFile

NEEDED: Final = ("customer", "date", "total")
# Spelt as `_folded` leaves them; the first of them that the file has is taken.
USUAL_NAMES: Final[dict[str, tuple[str, ...]]] = {
    "customer": (
        *("customer", "customerid", "customernumber", "customerno", "customernr", "customerref", "customercode"),
        *("kunde", "kundennummer", "kundennr", "kundenr", "kundenid", "kdnr", "kundenreferenz", "mitgliedsnummer"),
        *("client", "clientid", "member", "memberid", "userid"),
    ),
    "date": (
        *("date", "purchasedon", "purchasedat", "purchasedate", "orderdate", "transactiondate", "invoicedate"),
        *("datetime", "timestamp", "datum", "kaufdatum", "bestelldatum", "rechnungsdatum", "belegdatum", "zeitpunkt"),
        *("buchungsdatum", "bondatum", "createdat"),
    ),
    "time": ("time", "purchasetime", "uhrzeit", "zeit", "kaufzeit", "bonzeit"),
    "total": (
        *("total", "totalamount", "grandtotal", "ordertotal", "amount", "sum", "revenue"),
        *("gesamtbetrag", "gesamtsumme", "rechnungsbetrag", "bruttobetrag", "betrag", "summe", "gesamt", "umsatz"),
        *("brutto", "endbetrag", "bonsumme"),
    ),
    "receipt_number": (
        *("receiptnumber", "receiptno", "receiptid", "receipt", "invoicenumber", "invoiceno", "invoice", "ordernumber"),
        *("orderno", "orderid", "transactionid", "bonnummer", "bonnr", "belegnummer", "belegnr", "beleg"),
        *("rechnungsnummer", "rechnungsnr", "bestellnummer", "bestellnr"),
    ),
    "store": ("store", "storecode", "storeid", "shop", "branch", "filiale", "filialnummer", "filialnr", "standort"),
    "currency": ("currency", "currencycode", "wahrung", "waehrung"),
    "quantity": ("quantity", "qty", "menge", "anzahl", "stuck", "stueck"),
    "email": ("email", "emailaddress", "customeremail", "mail", "emailadresse", "kundenemail"),
    "name": ("name", "customername", "fullname", "kundenname"),
}
_BRACKETS = re.compile(r"\(.*?\)|\[.*?\]")


def columns_of(header: Sequence[str], chosen: Mapping[str, str]) -> dict[str, int]:
    """The position of every field that the file has. `chosen` names columns; an empty name leaves a field out.

    Raises BadFile for an unknown field, a column that is not there, and a needed field without a column.
    """
    folded = [_folded(name) for name in header]
    columns = {}
    for field, usual in USUAL_NAMES.items():
        position = next((folded.index(name) for name in usual if name in folded), None)
        if field not in chosen and position is not None:
            columns[field] = position
    for field, name in chosen.items():
        if field not in USUAL_NAMES:
            fields = ", ".join(USUAL_NAMES)
            raise BadFile(_("There is no field %(field)s; there are %(fields)s.") % {"field": field, "fields": fields})
        if name:
            columns[field] = _position(name, header, folded)
    for field in NEEDED:
        if field not in columns:
            raise BadFile(
                _("No column is known for %(field)s. The file has: %(header)s.")
                % {"field": field, "header": ", ".join(header)[:500]}
            )
    return columns


def _position(name: str, header: Sequence[str], folded: Sequence[str]) -> int:
    if name in header:
        return header.index(name)
    if _folded(name) in folded:
        return folded.index(_folded(name))
    raise BadFile(_("The file has no column %(name)s.") % {"name": name})


def _folded(name: str) -> str:
    """`Betrag (EUR)` -> `betrag`."""
    return "".join(character for character in search_key(_BRACKETS.sub("", name)) if character.isalnum())
