"""From what the domain returns to the JSON of the contract."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils import translation
from django.utils.translation import gettext as _

from api import serializers as shapes
from api.rewards import reward_facts
from api.shaping import written
from customers.models import Customer
from customers.queries import active_cards
from ledger import queries as ledger
from ledger.models import Account, Entry
from programs.cards import HeldCard, cards_of
from programs.earning import Earning, Terms, TierTerms
from programs.holding import held_tiers
from programs.qualifying import Basis
from programs.queries import Preview, Standing, points_name, standing_of
from programs.returns import Returned
from programs.rules import Kind, Rule, StampCard
from programs.services import Award, Voiding
from programs.stamps import Stamped
from programs.statement import StatementLine, deficit_text, explained, stamps_in_words
from programs.terms import terms_at, terms_of
from programs.ways import Keep, NextTier
from rewards.queries import Choice
from tenants.locales import percent_text
from tenants.money import decimal_amount
from tenants.scope import current_tenant


def customers_answer(customers: Iterable[Customer], *, now: datetime) -> list[dict[str, Any]]:
    """As many queries for fifty customers as for one."""
    rows = list(customers)
    cards = active_cards(rows)
    accounts = ledger.accounts_of(rows)
    figures = ledger.figures_of(accounts.values(), now=now)
    tiers = held_tiers(accounts.values(), terms_at(now), now=now)
    held = {row.pk: accounts[row.pk].pk for row in rows}
    return [_customer(row, cards.get(row.pk), figures[held[row.pk]], tiers[held[row.pk]]) for row in rows]


def balance_answer(customer: Customer, *, now: datetime) -> dict[str, Any]:
    account = ledger.account_of(customer)
    terms = terms_at(now)
    standing = standing_of(account, terms, now=now)
    answer = {
        "balance": standing.balance,
        "pending": standing.pending,
        "expiring": [
            {"points": part.points, "expires_on": part.last_day} for part in ledger.expiring(account, now=now)
        ],
        "tier": standing.tier,
        "next_tier": _way(standing.next_tier),
        "keep": _way(standing.keep),
        "stamps": [_held(held) for held in cards_of(customer, now=now)],
    }
    return written(shapes.BalanceShape, answer)


def _way(way: NextTier | Keep | None) -> dict[str, Any] | None:
    if way is None:
        return None
    money = str(decimal_amount(way.missing, currency=current_tenant().currency))
    missing = money if way.basis == Basis.SPEND else way.missing
    return {"tier": way.tier, "missing": missing, "basis": way.basis.value, "until": way.until}


def entry_answer(line: StatementLine, *, redemptions: Mapping[int, UUID]) -> dict[str, Any]:
    """`redemptions` are the public ids of what entries belong to."""
    answer = {
        "seq": line.seq,
        "kind": line.kind,
        "points": line.points,
        "balance_after": line.balance_after,
        "purchase": line.purchase.public_id if line.purchase else None,
        "redemption": redemptions.get(line.entry.redemption_id or 0),
        "reverses": line.entry.reverses,
        "occurred_at": line.occurred_at,
        "explanation": line.text,
    }
    return written(shapes.EntryShape, answer)


def adjustment_answer(entry: Entry, account: Account) -> dict[str, Any]:
    answer = {"seq": entry.seq, "points": entry.points, "balance": account.balance, "pending": account.pending}
    return written(shapes.AdjustmentShape, answer)


def purchase_answer(award: Award) -> dict[str, Any]:
    balance = award.account.balance if award.account else None
    answer = {
        "id": award.purchase.public_id,
        "points": award.earning.points,
        "pending": award.pending,
        "balance": balance,
        "tier": award.tier,
        "tier_changed": award.tier_changed,
        "benefits": [discount] if (discount := _discount(award.tier)) else [],
        "explanation": explained(award.earning.as_json(), award.terms),
        "stamps": [_stamping(each.card, each.entry.points, each.entry.explanation[0]) for each in award.stamps],
        "receipt_text": _receipt(award.earning, award.terms, award.tier, balance),
    }
    return written(shapes.PurchaseShape, answer)


def preview_answer(preview: Preview, *, rewards: Iterable[Choice]) -> dict[str, Any]:
    standing: Standing | None = preview.standing
    tier = standing.tier if standing else None
    answer = {
        "points": preview.earning.points,
        "pending": preview.pending,
        "balance": standing.balance if standing else None,
        "tier": tier,
        "discount": _discount(tier),
        "rewards": [reward_facts(choice.reward, choice) for choice in rewards],
        "explanation": explained(preview.earning.as_json(), preview.terms),
        "stamps": [_stamping(each.card, each.stamps, each.explanation) for each in preview.stamps],
        "receipt_text": _receipt(preview.earning, preview.terms, tier, None),
    }
    return written(shapes.PreviewShape, answer)


def void_answer(voiding: Voiding) -> dict[str, Any]:
    answer = {
        "id": voiding.purchase.public_id,
        "points": -voiding.points,
        "stamps": -voiding.stamps,
        "balance": voiding.account.balance if voiding.account else None,
        "tier": voiding.tier,
        "tier_changed": voiding.tier_changed,
        "receipt_text": _void_receipt(voiding),
    }
    return written(shapes.VoidShape, answer)


def return_answer(returned: Returned) -> dict[str, Any]:
    account, terms = returned.account, terms_of(returned.purchase.program_version_id)
    answer = {
        "id": returned.record.public_id,
        "purchase": returned.purchase.public_id,
        "total": returned.record.total,
        "points": -returned.points,
        "balance": account.balance if account else None,
        "pending": account.pending if account else None,
        "deficit": returned.deficit if account else None,
        "tier": returned.tier,
        "tier_changed": returned.tier_changed,
        "explanation": explained(returned.explanation, terms),
        "receipt_text": _return_receipt(returned),
    }
    return written(shapes.ReturnShape, answer)


def stamps_answer(stamped: Stamped) -> dict[str, Any]:
    answer = _card(stamped.card, stamped.account.balance) | {"seq": stamped.entry.seq, "booked": stamped.entry.points}
    return written(shapes.StampBookingShape, answer)


def program_answer(program: str, number: int, terms: Terms) -> dict[str, Any]:
    name = points_name(terms)
    answer = {
        "name": program,
        "points_name": name.many,
        "points_name_one": name.one,
        "version": number,
        "currency": current_tenant().currency,
        "stacking": terms.stacking.value,
        "excluded": sorted(terms.excluded),
        "earning": [_rule(rule) for rule in terms.rules],
        "tiers": [
            {
                "code": tier.code,
                "name": tier.name,
                "threshold": tier.threshold,
                "factor": str(Decimal(tier.factor_percent) / 100),
                "discount_percent": tier.discount_percent,
            }
            for tier in terms.tiers
        ],
        "stamp_cards": [
            {
                "card": card.code,
                "name": card.name,
                "needed": card.needed,
                "reward": card.reward,
                "per": card.per.value,
                "goods": card.as_json().get("goods", {}),
                "expiry_months": card.expiry_months,
                "at_once": card.at_once,
            }
            for card in terms.stamp_cards
        ],
    }
    return written(shapes.ProgramShape, answer)


def _customer(customer: Customer, card: Any, figures: ledger.Figures, tier: TierTerms) -> dict[str, Any]:
    answer = {
        "id": customer.public_id,
        "number": customer.number,
        "card": card.text if card else None,
        "name": customer.name,
        "email": customer.email,
        "phone": customer.phone,
        "birthday": customer.birthday,
        "language": customer.language,
        "external_id": customer.external_id,
        "status": customer.status,
        "tier": tier,
        "balance": figures.balance,
        "pending": figures.pending,
        "enrolled_at": customer.enrolled_at,
    }
    return written(shapes.CustomerShape, answer)


def _card(card: StampCard, stamps: int) -> dict[str, Any]:
    return {"card": card.code, "name": card.name, "stamps": stamps, "needed": card.needed, "reward": card.reward}


def _held(held: HeldCard) -> dict[str, Any]:
    expiring = [{"stamps": part.points, "expires_on": part.last_day} for part in held.expiring]
    return {**_card(held.card, held.stamps), "expiring": expiring}


def _stamping(card: StampCard, stamps: int, line: dict[str, Any]) -> dict[str, Any]:
    return {"card": card.code, "name": card.name, "stamps": stamps, "text": stamps_in_words(line)}


def _discount(tier: TierTerms | None) -> dict[str, Any] | None:
    if tier is None or not tier.discount_percent:
        return None
    text = _("%(tier)s: %(percent)s discount") % {"tier": tier.name, "percent": percent_text(tier.discount_percent)}
    return {"kind": "discount", "percent": tier.discount_percent, "text": text}


def _receipt(earning: Earning, terms: Terms, tier: TierTerms | None, balance: int | None) -> str:
    """For the customer's receipt, in the customer's language."""
    if tier is None:
        return ""
    with translation.override(current_tenant().customer_language):
        name = points_name(terms)
        text = f"+{name.counted(earning.points)} ({tier.name})"
        if balance is None:
            return text
        return text + ". " + _("Balance: %(points)s") % {"points": name.counted(balance)}


def _void_receipt(voiding: Voiding) -> str:
    if voiding.account is None:
        return ""
    with translation.override(current_tenant().customer_language):
        name = points_name(terms_of(voiding.purchase.program_version_id))
        return _("%(points)s taken back") % {"points": name.counted(voiding.points)}


def _return_receipt(returned: Returned) -> str:
    account = returned.account
    if account is None:
        return ""
    with translation.override(current_tenant().customer_language):
        name = points_name(terms_of(returned.purchase.program_version_id))
        said = _("%(points)s taken back") % {"points": name.counted(returned.points)}
        if returned.deficit:
            return f"{said}. {deficit_text(returned.deficit, name)}"
        return said + ". " + _("Balance: %(points)s") % {"points": name.counted(account.balance)}


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "kind": rule.kind.value,
        "name": rule.name,
        "occasion": rule.occasion.value,
        "points": rule.points,
        "per": rule.per_minor if rule.kind == Kind.PER_AMOUNT else None,
        "factor": str(Decimal(rule.factor_percent) / 100) if rule.kind == Kind.MULTIPLIER else None,
        "conditions": rule.conditions.as_json(),
        "limits": rule.limits.as_json(),
    }
