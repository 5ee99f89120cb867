"""A month or quarter in words that a shop owner reads, in both languages, for many customers, for three, for none."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from django.utils import translation

from analytics.review.figures import Figures, Review, Waiting
from analytics.review.spans import MONTH, QUARTER, Span
from analytics.review.table import NOTHING, rows, success_of, successes, tiles
from analytics.review.wording import STEPS_AT_MOST, Step, told

OCTOBER = Span(date(2026, 10, 1), MONTH)
BUSY = Figures(
    came=162,
    again=61,
    first_time=18,
    purchases=402,
    turnover=486_420,
    active_before=240,
    left=31,
    returned=6,
    enrolled=22,
    sources={"till": 15, "portal": 7},
    referred=4,
    redeemed=38,
    reward_cost=9_500,
    answers=14,
    praise=11,
    blame=2,
)
SMALL = Figures(came=3, again=1, first_time=1, purchases=5, turnover=4_250, active_before=2, enrolled=1)


def review(
    now: Figures = BUSY, before: Figures | None = None, year: Figures | None = None, waiting: Waiting | None = None
) -> Review:
    return Review(
        span=OCTOBER,
        window_days=90,
        currency="EUR",
        now=now,
        before=before,
        year=year,
        waiting=waiting or Waiting(),
    )


def words(found: Review, *, language: str = "de") -> str:
    with translation.override(language):
        said = told(found)
        return "\n".join([*(section.text for section in said.sections), *(text for _step, text in said.steps)]).replace(
            "\N{NARROW NO-BREAK SPACE}", " "
        )


def test_a_busy_month_is_told_with_the_shops_own_numbers() -> None:
    before, year = replace(BUSY, came=150, turnover=450_000), replace(BUSY, came=165)
    assert words(review(before=before, year=year, waiting=Waiting(missed=9, unhappy=2))).splitlines() == [
        (
            "Im Oktober 2026 haben 162 Kunden eingekauft. Das sind 12 mehr als im September 2026 und 3 weniger als im"
            " Oktober 2025. Das waren zusammen 402 Einkäufe. 61 davon kamen an mehreren Tagen."
            " Für 18 davon war es der erste Einkauf."
        ),
        (
            "Von 240 Kunden zu Beginn haben 31 seit 90 Tagen nichts mehr gekauft."
            " 6 Kunden sind nach langer Pause zurückgekommen."
        ),
        (
            "22 Kunden haben sich neu angemeldet. Und zwar: 15 an der Kasse, 7 auf der Anmeldeseite."
            " 4 davon kamen auf Einladung von Freunden."
        ),
        (
            "Einkäufe mit Karte brachten 4.864,20 €, im Schnitt 12,10 € je Einkauf. 38 Prämien wurden ausgegeben."
            " Prämien haben Sie 95,00 € gekostet, das sind 1,95 € je 100 € Umsatz mit Karte."
        ),
        (
            "14 Kunden haben geantwortet. 11 davon würden Sie weiterempfehlen (9 oder 10 von 10)."
            " 2 davon waren unzufrieden (6 oder weniger)."
        ),
        "2 Kunden waren unzufrieden und warten noch auf eine Antwort von Ihnen.",
        "9 Kunden sind viel länger weg als sonst. Ein freundliches Wort holt sie vielleicht zurück.",
    ]


def test_the_same_month_in_english() -> None:
    said = words(review(before=replace(BUSY, came=162)), language="en")
    assert said.startswith(
        "162 customers bought in October 2026. That is as many as in September 2026. That made 402 purchases."
    )
    assert "Rewards cost you €95.00, that is €1.95 of every €100 that came in with a card." in said
    assert "Nothing is pressing. Tell your team what went well." in said


def test_a_shop_with_three_customers_reads_counts_and_nothing_about_a_time_in_which_it_was_not_there() -> None:
    assert words(review(SMALL)).splitlines() == [
        (
            "Im Oktober 2026 haben 3 Kunden eingekauft. Das waren zusammen 5 Einkäufe. 1 davon kam an mehreren Tagen."
            " Für 1 davon war es der erste Einkauf."
        ),
        "Von den Kunden zu Beginn ist niemand weggeblieben.",
        "1 Kunde hat sich neu angemeldet.",
        "Einkäufe mit Karte brachten 42,50 €, im Schnitt 8,50 € je Einkauf. Es wurde keine Prämie ausgegeben.",
        "Ob man Sie weiterempfehlen würde, hat in dieser Zeit niemand beantwortet.",
        "Stammkunden bringen gern Freunde mit: Bieten Sie beiden ein Dankeschön an.",
    ]


@pytest.mark.parametrize(
    ("language", "first"),
    [
        ("de", "Im Oktober 2026 hat niemand mit Karte eingekauft. Im September 2026 waren es 12."),
        ("en", "Nobody bought with a card in October 2026. In September 2026 there were 12."),
    ],
)
def test_a_month_without_a_purchase_says_so_and_what_to_do(language: str, first: str) -> None:
    found = review(Figures(active_before=12, left=12), before=Figures(came=12))
    assert words(found, language=language).splitlines()[0] == first
    assert [step for step, _text in told(found).steps] == [Step.ASK_FOR_CARD]


def test_of_a_single_customer_nothing_is_said_in_the_plural() -> None:
    said = words(review(replace(SMALL, came=1, purchases=2)))
    assert said.startswith("Im Oktober 2026 hat 1 Kunde eingekauft. Das waren zusammen 2 Einkäufe.\n")


def test_a_cost_that_nobody_has_stated_is_no_sum() -> None:
    found = review(replace(BUSY, uncosted=3))
    assert "Bei 3 davon ist nicht angegeben, was sie kosten" in words(found)
    assert "95,00" not in words(found)
    assert Step.COSTS in dict(told(found).steps)


def test_running_costs_and_what_would_pay_for_them_are_told_where_they_are_known() -> None:
    found = review(replace(BUSY, running=2_900, extra_visits=Decimal("0.4")))
    assert (
        "Prämien und laufende Kosten machten 124,00 € aus, das sind 2,55 € je 100 € Umsatz mit Karte. "
        "Das trägt sich, sobald jeder aktive Kunde im Monat 0,4-mal öfter kommt."
    ) in words(found)
    quiet = review(Figures(running=2_900))
    assert "Es wurde keine Prämie ausgegeben. Prämien und laufende Kosten machten 29,00 € aus." in words(quiet)


def test_there_are_at_most_three_steps_and_never_none() -> None:
    pressing = review(replace(BUSY, uncosted=1, enrolled=0), waiting=Waiting(missed=3, unhappy=1))
    assert [step for step, _text in told(pressing).steps] == [Step.UNHAPPY, Step.MISSED, Step.COSTS]
    assert STEPS_AT_MOST == 3
    assert told(review(replace(Figures(), enrolled=1, referred=1))).steps


@pytest.mark.parametrize("language", ["de", "en"])
def test_no_word_of_the_trade_is_in_it(language: str) -> None:
    said = words(review(before=BUSY, year=BUSY, waiting=Waiting(missed=1, unhappy=1)), language=language)
    for word in ("Kohorte", "cohort", "RFM", "Prozentpunkt", "percentage point", "Abwanderung", "churn", "NPS", "CLV"):
        assert word.lower() not in said.lower()


def test_the_table_has_a_dash_where_there_was_no_shop() -> None:
    with translation.override("de"):
        found = {row.name: row for row in rows(review(before=SMALL))}
        assert (found["Kunden mit Einkauf"].now, found["Kunden mit Einkauf"].before) == ("162", "3")
        assert {row.year for row in found.values()} == {NOTHING}
        assert len(tiles(review())) == 4


def test_what_is_shared_is_good_news_and_names_no_sum() -> None:
    with translation.override("de"):
        found = successes(review(before=replace(BUSY, came=150)))
        assert [success.what for success in found] == ["summary", "came", "again", "joined", "praise"]
        said = " ".join(f"{success.title} {' '.join(success.sentences)}" for success in found)
        assert "Im Oktober 2026 haben 162 Kunden eingekauft." in said
        assert "€" not in said
        assert "weggeblieben" not in said
    assert success_of(review(Figures()), "came") is None
    assert successes(review(Figures())) == []


def test_months_and_quarters_know_their_names_and_neighbours() -> None:
    quarter = Span.around(date(2026, 12, 31), months=QUARTER)
    assert (quarter.code, OCTOBER.code) == ("2026-q4", "2026-10")
    assert (quarter.period.first, quarter.period.last) == (date(2026, 10, 1), date(2026, 12, 31))
    assert (quarter.before.code, quarter.year_before.code) == ("2026-q3", "2025-q4")
    assert (Span.around(date(2026, 1, 31), months=MONTH).before.code, OCTOBER.year_before.code) == (
        "2025-12",
        "2025-10",
    )
    for span in (quarter, OCTOBER):
        assert Span.called(span.code) == span
        assert Span.of(span.period) == span
    with translation.override("de"):
        assert (quarter.name, OCTOBER.name) == ("4. Quartal 2026", "Oktober 2026")
    for code in ("2026", "2026-13", "2026-q5", "0000-01", "2026-10-01", "x"):
        assert Span.called(code) is None
