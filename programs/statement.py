"""The ledger in plain words, from the facts stored with each entry; nothing is computed again."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from ledger.models import POINTS, Account, Entry
from ledger.queries import reversed_seqs
from programs.adjusting import Reason
from programs.earning import Terms
from programs.models import Purchase
from programs.queries import points_name, purchases_of_entries
from programs.rules import Kind, Occasion
from programs.services import VoidReason
from programs.terms import terms_of
from team.queries import names_of_actors
from tenants.locales import Noun, day_month_text, number_text
from tenants.money import money_text, rate_text
from tenants.scope import current_tenant

OCCASIONS = {
    Occasion.SIGN_UP.value: gettext_lazy("Welcome bonus"),
    Occasion.PROFILE.value: gettext_lazy("Profile completed"),
    Occasion.REVIEW.value: gettext_lazy("Thank you for your review"),
    Occasion.BIRTHDAY.value: gettext_lazy("Birthday"),
    Occasion.ANNIVERSARY.value: gettext_lazy("Anniversary"),
}


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
    # How the points add up, and the version whose rules said so; empty and None where no rule did.
    lines: list[Explained]
    version: int | None

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
    def returned(self) -> str:
        """How much of the goods has come back, on the entry of their purchase."""
        purchase = self.purchase
        if self.kind != Entry.Kind.EARN or purchase is None or not purchase.returned_total or self.is_voided:
            return ""
        return money_text(purchase.returned_total, currency=purchase.currency)

    @property
    def device(self) -> str:
        return self.entry.device.name if self.entry.device else ""

    @property
    def text(self) -> str:
        """Title and reason in one sentence, for machines that show it as it is."""
        return f"{self.title}: {self.reason}" if self.reason else self.title


def statement(account: Account, entries: list[Entry]) -> list[StatementLine]:
    """The given entries in words; as many queries for fifty as for one."""
    purchases = purchases_of_entries(entries)
    voided = reversed_seqs(account, [entry.seq for entry in entries])
    names = names_of_actors({entry.actor for entry in entries})
    terms = {pk: terms_of(pk) for pk in {entry.program_version_id for entry in entries} if pk is not None}
    return [
        StatementLine(
            entry=entry,
            title=_title(entry, purchases.get(entry.purchase_id or 0)),
            reason=_reason(entry, purchases.get(entry.purchase_id or 0)),
            who=names.get(entry.actor, ""),
            purchase=purchases.get(entry.purchase_id or 0),
            is_voided=entry.seq in voided or _was_voided_later(entry, purchases),
            lines=_lines(entry, terms),
            version=terms[entry.program_version_id].number if entry.program_version_id is not None else None,
        )
        for entry in entries
    ]


def _was_voided_later(entry: Entry, purchases: dict[int, Purchase]) -> bool:
    """After a merge the void stands on another account; the purchase knows of it."""
    purchase = purchases.get(entry.purchase_id or 0)
    return entry.kind == Entry.Kind.EARN and purchase is not None and purchase.voided_at is not None


def _lines(entry: Entry, terms: dict[int, Terms]) -> list[Explained]:
    """Of points only: a card's stamps are told in one phrase."""
    if entry.kind != Entry.Kind.EARN or entry.program_version_id is None or not entry.explanation:
        return []
    if entry.explanation[0]["rule"].startswith("stamp_"):
        return []
    return explained(entry.explanation, terms[entry.program_version_id])


def explained(lines: list[dict[str, Any]], terms: Terms) -> list[Explained]:
    """Stored explanation lines in the active language, with the words of the terms that brought them."""
    name = points_name(terms)
    return [Explained(rule=line["rule"], text=_line_text(line, name), points=line["points"]) for line in lines]


def deficit_text(points: int, name: Noun) -> str:
    """What is owed, for whoever wonders why the balance stands at zero or below."""
    text = ngettext(
        "%(points)s is missing; it is made up for by the next purchases.",
        "%(points)s are missing; they are made up for by the next purchases.",
        points,
    )
    return text % {"points": name.counted(points)}


def in_short(lines: list[dict[str, Any]], terms: Terms) -> str:
    """As a cashier would say it: `249 × 1.25 Gold + 50 Birthday`, or the rules alone where nothing multiplies.

    A multiplier that was cut short by its limit is told by what it brought.
    """
    name = points_name(terms)
    cut_short = [line for line in lines if "factor_percent" in line and line.get("limited")]
    factors = [line for line in lines if "factor_percent" in line and line not in cut_short]
    extras = cut_short + [line for line in lines if line["rule"] == Kind.BONUS]
    base = [line for line in lines if line not in factors and line not in extras]
    if factors:
        first = number_text(sum(line["points"] for line in base))
        said = " ".join([first, *(f"× {_factor(line)} {_factor_name(line)}" for line in factors)])
    else:
        said = ", ".join(_rule_text(line, name) for line in base)
    added = [f"{number_text(line['points'])} {_bonus_name(line)}" for line in extras if line["points"]]
    return " + ".join([said, *added] if said else added)


def purchase_in_short(purchase: Purchase) -> str:
    """How the points of a purchase came about, as its entry has stored it."""
    earned = Entry.objects.filter(purchase_id=purchase.pk, kind=Entry.Kind.EARN, account__unit=POINTS).first()
    return _reason(earned, purchase) if earned else ""


def _title(entry: Entry, purchase: Purchase | None) -> str:
    amount = money_text(purchase.total, currency=purchase.currency) if purchase else ""
    match entry.kind:
        case Entry.Kind.EARN:
            return _("Purchase %(amount)s") % {"amount": amount} if purchase else _bonus_title(entry)
        case Entry.Kind.VOID if cancelled := _stated(entry, "stamp_reward_cancelled", "reward_cancelled"):
            return _("Cancelled: %(reward)s") % {"reward": cancelled["reward"]}
        case Entry.Kind.VOID if expired := _stated(entry, "reward_expired"):
            return _("Not used in time: %(reward)s") % {"reward": expired["reward"]}
        case Entry.Kind.REDEEM if redeemed := _stated(entry, "stamp_reward", "reward"):
            return _("Redeemed: %(reward)s") % {"reward": redeemed["reward"]}
        case Entry.Kind.VOID if thanks := _stated(entry, "referral_taken_back"):
            return _("Taken back: %(thanks)s") % {"thanks": _referral_name(thanks)}
        case Entry.Kind.VOID:
            return _("Voided: purchase %(amount)s") % {"amount": amount} if purchase else _("Voided")
        case Entry.Kind.RETURN:
            return _returned_goods(entry, purchase)
        case Entry.Kind.REDEEM:
            return _("Redeemed")
        case Entry.Kind.EXPIRE:
            return _("Expired")
        case Entry.Kind.ADJUST:
            return _("Adjustment")
        case Entry.Kind.TRANSFER:
            return _transfer(entry)
    return _("Opening balance")


def _returned_goods(entry: Entry, purchase: Purchase | None) -> str:
    total = next((line["total"] for line in entry.explanation if "total" in line), None)
    if total is None or purchase is None:
        return _("Return")
    return _("Return %(amount)s") % {"amount": money_text(total, currency=purchase.currency)}


def _bonus_title(entry: Entry) -> str:
    """Points without a purchase; an import's name no rule."""
    if _stated(entry, "stamp_tap"):
        return _("Stamp at the till") if entry.points == 1 else _("Stamps at the till")
    if thanks := _stated(entry, "referral"):
        return _referral_name(thanks)
    return _bonus_name(entry.explanation[0]) if entry.explanation else _("Points earned")


def _transfer(entry: Entry) -> str:
    """Two accounts of one person were joined; a deficit moves the other way round."""
    left = any(line["rule"] == "moved_to" for line in entry.explanation)
    return _("Moved to the other account") if left else _("Taken over from another account")


def _stated(entry: Entry, *rules: str) -> dict[str, Any] | None:
    return next((line for line in entry.explanation if line["rule"] in rules), None)


def stamps_in_words(line: dict[str, Any]) -> str:
    """What a purchase brought to a card, from the facts that are stored with it."""
    if line["rule"] == "stamp_visit":
        return _("one stamp for the visit")
    text = ngettext("%(items)s item", "%(items)s items", line["items"]) % {"items": number_text(line["items"])}
    return _("%(rule)s (limit reached)") % {"rule": text} if line.get("limited") else text


def _reason(entry: Entry, purchase: Purchase | None) -> str:
    if entry.explanation and entry.explanation[0]["rule"].startswith("stamp_"):
        return stamps_in_words(entry.explanation[0]) if entry.purchase_id else ""
    if entry.redemption_id is not None:
        return ""
    if entry.kind == Entry.Kind.RETURN:
        return _of_purchase(purchase) if purchase else ""
    if entry.kind == Entry.Kind.VOID:
        return ", ".join(str(dict(VoidReason.choices).get(line.get("reason", ""), "")) for line in entry.explanation)
    if entry.kind == Entry.Kind.ADJUST:
        return ", ".join(_adjustment(line) for line in entry.explanation)
    if not entry.explanation or entry.program_version_id is None or _says_it_all(entry.explanation[0]):
        return ""
    return in_short(entry.explanation, terms_of(entry.program_version_id))


def _says_it_all(line: dict[str, Any]) -> bool:
    """Where the title is the reason."""
    return "occasion" in line or line["rule"] == "referral"


def _of_purchase(purchase: Purchase) -> str:
    values = {
        "amount": money_text(purchase.total, currency=purchase.currency),
        "day": day_month_text(purchase.purchased_at),
    }
    return _("from the purchase of %(amount)s on %(day)s") % values


def _line_text(line: dict[str, Any], name: Noun) -> str:
    match line["rule"]:
        case Kind.PER_AMOUNT:
            amount = money_text(line["total"], currency=current_tenant().currency)
            text = _("%(amount)s: %(rate)s") % {"amount": amount, "rate": _rule_text(line, name)}
        case "tier_factor" | Kind.MULTIPLIER:
            text = f"{_factor_name(line)} × {_factor(line)}"
        case Kind.BONUS:
            text = _bonus_name(line)
        case "adjustment":
            return _adjustment(line)
        case "referral" | "referral_taken_back":
            return _referral_name(line)
        case "return":
            values = {"amount": money_text(line["total"], currency=current_tenant().currency)}
            text = _("Return %(amount)s") % values
            return f"{text}: {_kept(line, name)}" if line["points"] else text
        case "expired_before":
            return _("Already expired")
        case _:
            text = _rule_text(line, name)
    return _("%(rule)s (limit reached)") % {"rule": text} if line.get("limited") else text


def _kept(line: dict[str, Any], name: Noun) -> str:
    return _("%(kept)s instead of %(was)s") % {"kept": number_text(line["kept"]), "was": name.counted(line["was"])}


def _rule_text(line: dict[str, Any], name: Noun) -> str:
    """How a rule of the purchase itself gives its points; its own name stands before it."""
    match line["rule"]:
        case Kind.PER_AMOUNT:
            text = _rate(line, name)
        case Kind.PER_ITEM:
            values = {"items": number_text(Decimal(line["items"])), "points": name.counted(line["rate"])}
            text = _("%(items)s × %(points)s") % values
        case Kind.PER_VISIT:
            text = _("%(points)s per visit") % {"points": name.counted(line["points"])}
        case _:
            text = str(line["rule"])
    return f"{line['name']}: {text}" if line.get("name") else text


def _factor_name(line: dict[str, Any]) -> str:
    return str(line.get("tier") or line.get("name") or _("Special offer"))


def _bonus_name(line: dict[str, Any]) -> str:
    return str(line.get("name") or OCCASIONS.get(line.get("occasion", ""), _("Bonus")))


def _referral_name(line: dict[str, Any]) -> str:
    """What somebody got for an invitation, or for following one."""
    text = _("Recommendation: %(offer)s") if line["side"] == "referrer" else _("Welcome gift: %(offer)s")
    return text % {"offer": line["offer"]}


def _adjustment(line: dict[str, Any]) -> str:
    return str(dict(Reason.choices).get(line.get("reason", ""), ""))


def _rate(line: dict[str, Any], name: Noun) -> str:
    per = rate_text(line["per_minor"], currency=current_tenant().currency)
    return _("%(points)s per %(per)s") % {"points": name.counted(line["rate"]), "per": per}


def _factor(line: dict[str, Any]) -> str:
    return number_text((Decimal(line["factor_percent"]) / 100).normalize())
