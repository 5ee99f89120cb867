"""What imports are called, by kind and by where they stand."""

from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from imports.models import Import
from tenants.locales import number_text


@dataclass(frozen=True, slots=True)
class Words:
    """`needs` says what a file must have, `offers` what else it may."""

    icon: str
    hint: Any
    needs: Any
    offers: Any


WORDS: Final[dict[str, Words]] = {
    Import.Kind.CUSTOMERS: Words(
        icon="users",
        hint=gettext_lazy("Names, contact details, tags"),
        needs=gettext_lazy("your customer number, a name, an e-mail address or a phone number"),
        offers=gettext_lazy("birthday, language, tags"),
    ),
    Import.Kind.BALANCES: Words(
        icon="transfer",
        hint=gettext_lazy("Points from an earlier programme"),
        needs=gettext_lazy("the customer (your number, card or e-mail address) and the points"),
        offers=gettext_lazy("the last day on which they are valid"),
    ),
    Import.Kind.PURCHASES: Words(
        icon="receipt",
        hint=gettext_lazy("From a till or an online shop, with dates"),
        needs=gettext_lazy("the customer (your number), the date and the amount paid"),
        offers=gettext_lazy("time, receipt number, store, quantity, name, e-mail"),
    ),
    Import.Kind.PRODUCTS: Words(
        icon="box",
        hint=gettext_lazy("Numbers, names and categories"),
        needs=gettext_lazy("the product number (SKU) and the name"),
        offers=gettext_lazy("a category"),
    ),
}


def things(kind: str, count: int) -> str:
    """`1 product`, `3,120 purchases`."""
    match kind:
        case Import.Kind.CUSTOMERS:
            text = ngettext("%(number)s customer", "%(number)s customers", count)
        case Import.Kind.BALANCES:
            text = ngettext("%(number)s opening balance", "%(number)s opening balances", count)
        case Import.Kind.PURCHASES:
            text = ngettext("%(number)s purchase", "%(number)s purchases", count)
        case _:
            text = ngettext("%(number)s product", "%(number)s products", count)
    return text % {"number": number_text(count)}


def steps(step: str, *, at: int) -> list[dict[str, Any]]:
    """The way of a file; an import that is taken back has left it."""
    if step == Import.Step.UNDO:
        return []
    texts = (_("File"), _("Columns"), _("Check"), _("Import"))
    return [
        {"number": number, "text": text, "is_done": number < at, "is_current": number == at}
        for number, text in enumerate(texts, start=1)
    ]


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an import stands, in one word; the tone is a chip's."""

    text: str
    tone: str = ""
    icon: str = ""


def standing(source: Import) -> Standing:
    match (source.step, source.state):
        case (Import.Step.UNDO, Import.State.RUNNING):
            return Standing(_("being undone"), "warn", "refresh")
        case (Import.Step.UNDO, Import.State.DONE):
            return Standing(_("undone"), "", "undo")
        case (_step, Import.State.FAILED):
            return Standing(_("failed"), "bad", "alert")
        case (Import.Step.COLUMNS, _state):
            return Standing(_("columns to be chosen"), "warn", "edit")
        case (Import.Step.CHECK, Import.State.RUNNING):
            return Standing(_("being checked"), "warn", "refresh")
        case (Import.Step.CHECK, _state):
            return Standing(_("checked"), "warn", "check")
        case (_step, Import.State.RUNNING):
            return Standing(_("running"), "warn", "refresh")
        case (_step, Import.State.STOPPED):
            return Standing(_("stopped"), "warn", "close")
    return Standing(_("done"), "ok", "check")
