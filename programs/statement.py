"""The ledger in plain words, from the facts stored with each entry; nothing is computed again."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from ledger.models import Account, Entry
from ledger.queries import reversed_seqs
from programs.adjusting import Reason
from programs.earning import Terms
from programs.models import Purchase
from programs.queries import points_name, purchases_of_entries
from programs.terms import terms_of
from team.queries import names_of_actors
from tenants.locales import Noun, number_text
from tenants.money import money_text, rate_text
from tenants.scope import current_tenant


@dataclass(frozen=True, slots=True)
class Explained:
    """One line of an explanation: which rule, in words, with the points it brought."""

    rule: str
    text: str
    points: int


@dataclass(frozen=True, slots=True)
class StatementLine:
    """An entry as people read it."""

    entry: Entry
    title: str
    reason: str
    who: str
    purchase: Purchase | None
    is_voided: bool

    @property
    def seq(self) -> int:
        return self.entry.seq

    @property
    def kind(self) -> str:
        return self.entry.kind

    @property
    def points(self) -> int:
        return self.entry.points

    @property
    def balance_after(self) -> int:
        return self.entry.balance_after

    @property
    def occurred_at(self) -> datetime:
        return self.entry.occurred_at

    @property
    def store(self) -> str:
        return self.entry.store.name if self.entry.store else ""

    @property
    def text(self) -> str:
        """Title and reason in one sentence, for machines that show it as it is."""
        return f"{self.title}: {self.reason}" if self.reason else self.title


def statement(account: Account, entries: list[Entry]) -> list[StatementLine]:
    """The given entries in words; as many queries for fifty as for one."""
    purchases = purchases_of_entries(entries)
    voided = reversed_seqs(account, [entry.seq for entry in entries])
    names = names_of_actors({entry.actor for entry in entries})
    return [
        StatementLine(
            entry=entry,
            title=_title(entry, purchases.get(entry.purchase_id or 0)),
            reason=_reason(entry),
            who=names.get(entry.actor, ""),
            purchase=purchases.get(entry.purchase_id or 0),
            is_voided=entry.seq in voided or _was_voided_later(entry, purchases),
        )
        for entry in entries
    ]


def _was_voided_later(entry: Entry, purchases: dict[int, Purchase]) -> bool:
    """After a merge the void stands on another account; the purchase knows of it."""
    purchase = purchases.get(entry.purchase_id or 0)
    return entry.kind == Entry.Kind.EARN and purchase is not None and purchase.voided_at is not None


def explained(lines: list[dict[str, Any]], terms: Terms) -> list[Explained]:
    """Stored explanation lines in the active language, with the words of the terms that brought them."""
    name = points_name(terms)
    return [Explained(rule=line["rule"], text=_line_text(line, name), points=line["points"]) for line in lines]


def in_short(lines: list[dict[str, Any]], terms: Terms) -> str:
    """As a cashier would say it: `249 × 1.25 Gold`, or the rule alone where nothing multiplies."""
    factor = next((line for line in lines if line["rule"] == "tier_factor"), None)
    if factor is None:
        name = points_name(terms)
        return ", ".join(_rate(line, name) for line in lines if line["rule"] == "per_amount")
    base = sum(line["points"] for line in lines if line is not factor)
    return f"{number_text(base)} × {_factor(factor)} {factor['tier']}"


def _title(entry: Entry, purchase: Purchase | None) -> str:
    amount = money_text(purchase.total, currency=purchase.currency) if purchase else ""
    match entry.kind:
        case Entry.Kind.EARN:
            return _("Purchase %(amount)s") % {"amount": amount} if purchase else _("Points earned")
        case Entry.Kind.VOID:
            return _("Voided: purchase %(amount)s") % {"amount": amount} if purchase else _("Voided")
        case Entry.Kind.RETURN:
            return _("Return")
        case Entry.Kind.REDEEM:
            return _("Redeemed")
        case Entry.Kind.EXPIRE:
            return _("Expired")
        case Entry.Kind.ADJUST:
            return _("Adjustment")
        case Entry.Kind.TRANSFER:
            return _transfer(entry)
    return _("Opening balance")


def _transfer(entry: Entry) -> str:
    """Two accounts of one person were joined; a deficit moves the other way round."""
    left = any(line["rule"] == "moved_to" for line in entry.explanation)
    return _("Moved to the other account") if left else _("Taken over from another account")


def _reason(entry: Entry) -> str:
    if entry.kind == Entry.Kind.ADJUST:
        return ", ".join(_adjustment(line) for line in entry.explanation)
    if not entry.explanation or entry.program_version_id is None:
        return ""
    return in_short(entry.explanation, terms_of(entry.program_version_id))


def _line_text(line: dict[str, Any], name: Noun) -> str:
    match line["rule"]:
        case "per_amount":
            amount = money_text(line["total"], currency=current_tenant().currency)
            return _("%(amount)s: %(rate)s") % {"amount": amount, "rate": _rate(line, name)}
        case "tier_factor":
            return f"{line['tier']} × {_factor(line)}"
        case "adjustment":
            return _adjustment(line)
    return str(line["rule"])


def _adjustment(line: dict[str, Any]) -> str:
    return str(dict(Reason.choices).get(line.get("reason", ""), ""))


def _rate(line: dict[str, Any], name: Noun) -> str:
    per = rate_text(line["per_minor"], currency=current_tenant().currency)
    return _("%(points)s per %(per)s") % {"points": name.counted(line["rate"]), "per": per}


def _factor(line: dict[str, Any]) -> str:
    return number_text((Decimal(line["factor_percent"]) / 100).normalize())
