"""Every rule is one German sentence, the same for the team, the portal and the poster."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from django.utils import translation

from programs.changes import changes
from programs.models import Product
from programs.publishing import draft_in_force
from programs.qualifying import Basis, Window
from programs.rules import Conditions, ExpiryEnd, Goods, Kind, Limits, Occasion, Rule, Stacking
from programs.terms import terms_at
from programs.wording import conditions_in_words, names_in, rule_in_words, rules_in_words
from tests.factories import NOW, Shop

pytestmark = pytest.mark.django_db


def said(shop: Shop, rule: Rule) -> str:
    with shop.scope(), translation.override("de"):
        text = rule_in_words(rule, terms_at(NOW), names_in([rule]))
    return text.replace("\N{NARROW NO-BREAK SPACE}", " ").replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ({"kind": Kind.PER_AMOUNT, "points": 10, "per_minor": 100}, "10 Punkte je 1 €"),
        ({"kind": Kind.PER_ITEM, "points": 1, "goods": ("Kuchen",)}, "1 Punkt je Stück bei „Kuchen“"),
        ({"kind": Kind.PER_VISIT, "points": 5}, "5 Punkte je Besuch"),
        ({"kind": Kind.MULTIPLIER, "factor_percent": 200}, "Doppelte Punkte"),
        ({"kind": Kind.MULTIPLIER, "factor_percent": 300}, "Dreifache Punkte"),
        ({"kind": Kind.MULTIPLIER, "factor_percent": 150, "name": "Woche"}, "Woche: 1,5-fache Punkte"),
        ({"kind": Kind.BONUS, "points": 50}, "50 Punkte extra"),
        ({"kind": Kind.BONUS, "points": 100, "occasion": Occasion.SIGN_UP}, "100 Punkte zur Begrüßung"),
        ({"kind": Kind.BONUS, "points": 200, "occasion": Occasion.BIRTHDAY}, "200 Punkte zum Geburtstag"),
    ],
)
def test_what_a_rule_gives_is_said_first(shop: Shop, rule: dict[str, Any], text: str) -> None:
    goods = Goods(categories=rule.pop("goods", ()))
    assert said(shop, Rule(code="x", conditions=Conditions(goods=goods), **rule)) == text


@pytest.mark.parametrize(
    ("conditions", "text"),
    [
        ({"goods": Goods(categories=("Kuchen", "Torte"), skus=("4711",))}, "bei „Kuchen“, „Torte“ oder „Espresso“"),
        ({"weekdays": (0, 1, 2, 3, 4)}, "montags bis freitags"),
        ({"weekdays": (5, 1)}, "dienstags und samstags"),
        ({"weekdays": (1,), "from_minute": 840, "until_minute": 960}, "dienstags von 14:00 bis 16:00 Uhr"),
        ({"from_minute": 1_080}, "ab 18:00 Uhr"),
        ({"until_minute": 600}, "bis 10:00 Uhr"),
    ],
)
def test_goods_days_and_hours_follow(shop: Shop, conditions: dict[str, Any], text: str) -> None:
    with shop.scope():
        Product.objects.create(sku="4711", name="Espresso", created_at=NOW)
    rule = Rule(code="x", kind=Kind.MULTIPLIER, factor_percent=200, conditions=Conditions(**conditions))
    assert said(shop, rule) == f"Doppelte Punkte {text}"


@pytest.mark.parametrize(
    ("conditions", "text"),
    [
        ({"from_on": date(2026, 12, 1), "until_on": date(2027, 1, 6)}, "vom 1. Dezember 2026 bis zum 6. Januar 2027"),
        ({"from_on": date(2026, 12, 24), "until_on": date(2026, 12, 24)}, "am 24. Dezember 2026"),
        ({"until_on": date(2026, 12, 24)}, "bis zum 24. Dezember 2026"),
        ({"visit": 1}, "beim ersten Einkauf"),
        ({"visit": 10}, "beim 10. Einkauf"),
        ({"visit": 10, "every": True}, "bei jedem 10. Einkauf"),
        ({"spend_reaches": 50_000}, "einmalig, wenn alle Einkäufe zusammen 500 € erreichen"),
        ({"min_total": 2_000}, "ab 20 € Einkauf"),
        ({"birthday_within": 0}, "am Geburtstag"),
        ({"birthday_within": 3}, "bis zu 3 Tage vor und nach dem Geburtstag"),
        ({"channels": ("checkout",)}, "nur am Gerät an der Kasse"),
    ],
)
def test_the_other_conditions_stand_behind_a_comma(shop: Shop, conditions: dict[str, Any], text: str) -> None:
    assert said(shop, Rule(code="x", kind=Kind.BONUS, points=50, conditions=Conditions(**conditions))) == (
        f"50 Punkte extra, {text}"
    )


def test_stores_tiers_and_limits_are_called_by_their_names(shop: Shop, other_shop: Shop) -> None:
    with shop.scope():
        gold = terms_at(NOW).tiers[1].id
    conditions = Conditions(stores=(shop.store.pk, other_shop.store.pk), tiers=(gold,))
    limits = Limits(per_day=100, per_month=500, per_customer=1_000, budget=50_000)
    assert said(shop, Rule(code="x", kind=Kind.BONUS, points=50, conditions=conditions, limits=limits)) == (
        "50 Punkte extra, nur in: Hauptstraße, nur für Gold, höchstens 100 Punkte am Tag, höchstens 500 Punkte im"
        " Monat, höchstens 1.000 Punkte je Person, höchstens 50.000 Punkte für alle zusammen"
    )


def test_what_holds_for_all_points_is_said_once(shop: Shop) -> None:
    double = Rule(code="x", kind=Kind.MULTIPLIER, factor_percent=200)
    with shop.scope(), translation.override("de"):
        terms = replace(
            terms_at(NOW),
            rules=(*terms_at(NOW).rules, double),
            excluded=frozenset({"Pfand", "Trinkgeld"}),
            stacking=Stacking.MULTIPLY,
            pending_days=14,
            expiry_months=36,
            tier_basis=Basis.SPEND,
            tier_window=Window.ROLLING,
            grace_days=30,
            one_step_down=True,
        )
        assert conditions_in_words(terms) == [
            "Ausgenommen: Pfand, Trinkgeld.",
            "Gelten mehrere Faktoren zugleich, auch der Faktor der Stufe, werden alle multipliziert.",
            "Punkte sind 14 Tage nach dem Einkauf verfügbar.",
            "Punkte gelten 36 Monate und dann bis zum Jahresende.",
            "Für die Stufe zählt der Umsatz der letzten zwölf Monate.",
            "Wird sie nicht mehr erreicht, bleibt sie noch 30 Tage.",
            "Dann geht es höchstens eine Stufe hinunter.",
        ]
        assert "Monatsende" in " ".join(conditions_in_words(replace(terms, expiry_end=ExpiryEnd.MONTH)))
        assert rules_in_words(terms)[-1] == "Doppelte Punkte"


def test_a_change_says_what_was_and_what_will_be(shop: Shop) -> None:
    with shop.scope(), translation.override("de"):
        draft = draft_in_force(now=NOW)
        before = terms_at(NOW)
        gold = replace(draft.tiers[1], discount_percent=5, benefits="Beratung")
        after = replace(draft, points_per_unit=12, expiry_months=36, tiers=[draft.tiers[0], gold, draft.tiers[2]])
        found = [(change.before, change.after) for change in changes(before, after.terms())]
        assert changes(before, draft.terms()) == []
    plain = [tuple(text.replace("\N{NARROW NO-BREAK SPACE}", " ") for text in pair) for pair in found]
    assert plain == [
        ("10 Punkte je 1 €", "12 Punkte je 1 €"),
        ("Gold: ab 5.000 Punkte, × 1,25", "Gold: ab 5.000 Punkte, × 1,25, 5 % Rabatt, Beratung"),
        ("Punkte verfallen nicht.", ""),
        ("", "Punkte gelten 36 Monate und dann bis zum Jahresende."),
    ]
