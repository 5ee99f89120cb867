"""What a new version changes, in plain words: before it is published, for whoever decides about it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from programs.earning import Terms
from programs.queries import threshold_in_words
from programs.wording import conditions_in_words, names_in, rule_in_words, stamp_cards_in_words
from tenants.locales import number_text, percent_text


@dataclass(frozen=True, slots=True)
class Change:
    """Something that is said differently: one of the two is empty where it is new or gone."""

    before: str = ""
    after: str = ""


def changes(before: Terms, after: Terms) -> list[Change]:
    """Rules by their codes, tiers by who they are, and what holds for all points."""
    return [
        *_rules(before, after),
        *_stamp_cards(before, after),
        *_tiers(before, after),
        *_conditions(before, after),
    ]


def _stamp_cards(before: Terms, after: Terms) -> list[Change]:
    """By their codes; a new one has none yet."""
    old, new = (
        {
            card.code or f"new {number}": text
            for number, (card, text) in enumerate(
                zip(terms.stamp_cards, stamp_cards_in_words(terms.stamp_cards), strict=True)
            )
        }
        for terms in (before, after)
    )
    return _differing(old, new)


def _rules(before: Terms, after: Terms) -> list[Change]:
    names = names_in([*before.rules, *after.rules])
    old = {rule.code: rule_in_words(rule, before, names) for rule in before.rules}
    new = {rule.code: rule_in_words(rule, after, names) for rule in after.rules}
    return _differing(old, new)


def _tiers(before: Terms, after: Terms) -> list[Change]:
    return _differing(_tiers_in_words(before), _tiers_in_words(after))


def _tiers_in_words(terms: Terms) -> dict[int, str]:
    said = {}
    for tier in terms.tiers:
        parts = [threshold_in_words(terms, tier)]
        if tier.factor_percent != 100:
            parts.append(f"× {number_text(tier.factor)}")
        if tier.discount_percent:
            parts.append(_("%(percent)s discount") % {"percent": percent_text(tier.discount_percent)})
        if tier.benefits:
            parts.append(tier.benefits)
        said[tier.id] = f"{tier.name}: {', '.join(parts)}"
    return said


def _conditions(before: Terms, after: Terms) -> list[Change]:
    old, new = conditions_in_words(before), conditions_in_words(after)
    gone = [text for text in old if text not in new]
    come = [text for text in new if text not in old]
    return [Change(before=text) for text in gone] + [Change(after=text) for text in come]


def _differing(old: Mapping[Any, str], new: Mapping[Any, str]) -> list[Change]:
    keys = [*old, *(key for key in new if key not in old)]
    return [Change(old.get(key, ""), new.get(key, "")) for key in keys if old.get(key, "") != new.get(key, "")]
