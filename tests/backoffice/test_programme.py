"""The programme in the back office: five steps that save themselves, and what is in force and planned."""

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from programs.drafting import save_draft, workpiece
from programs.errors import DraftChanged
from programs.forecast import Figures
from programs.models import Program, ProgramDraft, ProgramVersion, Tier
from programs.publishing import Draft, draft_in_force, publish_program
from programs.queries import standing
from programs.rules import Conditions, Kind, Rule
from programs.setup import prepare_program
from programs.terms import terms_at
from team.queries import member_actor
from tenants.models import Tenant
from tenants.roles import SYSTEM
from tenants.scope import tenant_scope
from tests.clients import signed_in
from tests.factories import NOW, Shop, make_customer, make_member, make_purchase, make_reward, make_tenant, today

pytestmark = pytest.mark.django_db
STEPS = "/backoffice/programme/steps"


@pytest.fixture
def owner(shop: Shop) -> Client:
    with shop.scope():
        return signed_in(make_member(role="owner").user, shop.tenant)


@pytest.fixture
def new_shop() -> Tenant:
    """As the sign-up leaves it."""
    tenant = make_tenant()
    with tenant_scope(tenant):
        prepare_program(name="Neu", actor=SYSTEM, now=NOW)
    return tenant


def filled(client: Client, step: str, **values: Any) -> dict[str, Any]:
    """What the form of a step sends, with other values."""
    form = client.get(f"{STEPS}/{step}/").context["form"]
    sent: dict[str, Any] = {"amount": "25,00"}
    for bound in form:
        value = bound.value()
        if value not in (None, "", False):
            sent[bound.html_name] = bound.field.prepare_value(value)
    return sent | values


def plain(answer: Any) -> str:
    """What somebody reads."""
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def draft_of(shop: Shop) -> Draft:
    with shop.scope():
        return workpiece().draft


def test_a_new_merchant_starts_the_template_with_a_button_in_each_step(new_shop: Tenant) -> None:
    with tenant_scope(new_shop):
        owner = signed_in(make_member(role="owner").user, new_shop)
    for step, after in (("trade", "points"), ("points", "tiers"), ("tiers", "offers"), ("offers", "start")):
        answer = owner.post(f"{STEPS}/{step}/", filled(owner, step))
        assert answer.headers["Location"] == f"{STEPS}/{after}/"
    with tenant_scope(new_shop):
        assert Program.objects.get().opened_at is None
        assert not ProgramDraft.objects.exists()
    page = owner.get(f"{STEPS}/start/").content.decode()
    assert "100 Punkte zur Begrüßung" in page
    assert "Ausgenommen: Gutscheinverkauf, Pfand, Tabakwaren, Trinkgeld." in page
    started = owner.post(f"{STEPS}/start/", filled(owner, "start"), follow=True).content.decode()
    assert "Das Programm ist gestartet. Was noch zu tun ist, steht hier." in started
    assert "Die Rechtstexte veröffentlichen" in started
    with tenant_scope(new_shop):
        version = ProgramVersion.objects.latest("number")
        assert (version.number, version.expiry_months) == (2, 36)
        assert Program.objects.get().opened_at == version.starts_at


def test_a_step_saves_itself_while_it_is_filled_in_and_shows_what_it_brings(owner: Client, shop: Shop) -> None:
    answer = owner.post(f"{STEPS}/points/save/", filled(owner, "points", points_per_unit="12")).content.decode()
    assert "Entwurf gespeichert" in answer
    assert "300 Punkte" in answer
    assert "375 Punkte" in answer
    assert draft_of(shop).points_per_unit == 12
    with shop.scope():
        assert draft_in_force(now=NOW).points_per_unit == 10
        assert ProgramVersion.objects.count() == 1


def test_what_is_no_input_stands_at_its_field_and_the_rest_is_kept(owner: Client, shop: Shop) -> None:
    typed = filled(owner, "points", points_per_unit="12", expiry_months="3", pending_days="14")
    saved = owner.post(f"{STEPS}/points/save/", typed).content.decode()
    assert 'id="id_expiry_months_error"' in saved
    assert "bis auf die markierten Felder" in saved
    page = owner.post(f"{STEPS}/points/", typed).content.decode()
    assert "Fehler:" in page
    assert 'href="#id_expiry_months"' in page
    assert re.search(r'name="expiry_months" value="3"', page)
    draft = draft_of(shop)
    assert (draft.points_per_unit, draft.pending_days, draft.expiry_months) == (12, 14, None)


def test_what_cannot_be_published_is_said_in_its_step(owner: Client) -> None:
    tiers = filled(owner, "tiers", **{"tier-2-threshold": "5.000"})
    page = owner.post(f"{STEPS}/tiers/", tiers).content.decode()
    assert 'href="#id_tier-2-threshold"' in page
    start = owner.get(f"{STEPS}/start/").content.decode()
    assert "Das braucht noch eine Korrektur" in start
    refused = owner.post(f"{STEPS}/start/", filled(owner, "start")).content.decode()
    assert "Fehler:" in refused


def test_points_by_visit_by_product_and_by_turnover_take_turns(owner: Client, shop: Shop) -> None:
    owner.post(
        f"{STEPS}/points/",
        filled(owner, "points", way="visit", points_per_visit="5", welcome="on", welcome_points="50"),
    )
    draft = draft_of(shop)
    assert draft.points_per_unit == 0
    assert [(rule.kind, rule.points) for rule in draft.rules] == [(Kind.PER_VISIT, 5), (Kind.BONUS, 50)]
    goods = filled(owner, "points", way="goods", points_per_item="3", categories="Kuchen, Torte", skus="")
    owner.post(f"{STEPS}/points/", goods)
    rule = draft_of(shop).rules[0]
    assert (rule.kind, rule.points, rule.conditions.goods.categories) == (Kind.PER_ITEM, 3, ("Kuchen", "Torte"))
    owner.post(f"{STEPS}/points/", filled(owner, "points", way="amount", points_per_unit="7"))
    draft = draft_of(shop)
    assert (draft.points_per_unit, [rule.code for rule in draft.rules]) == (7, ["welcome"])


def test_points_are_called_as_the_shop_likes_from_the_start_of_the_version(owner: Client, shop: Shop) -> None:
    wrong = filled(owner, "points", word="own", points_name="Bohnen", points_name_one="")
    assert 'href="#id_points_name_one"' in owner.post(f"{STEPS}/points/", wrong).content.decode()
    right = wrong | {"points_name_one": "Bohne", "points_per_unit": "10"}
    assert owner.post(f"{STEPS}/points/", right).status_code == 302
    tomorrow = today() + timedelta(days=1)
    later = filled(owner, "start", when="later", on=tomorrow.isoformat())
    assert owner.post(f"{STEPS}/start/", later).status_code == 302
    with shop.scope():
        now = timezone.now()
        assert terms_at(now).points_name == ""
        assert terms_at(now + timedelta(days=2)).points_name == "Bohnen"
    page = owner.get("/backoffice/programme/").content.decode()
    assert "Geplant ab" in page
    assert "10 Bohnen je 1" in page


def test_tiers_come_go_and_keep_their_holders(owner: Client, shop: Shop) -> None:
    more = filled(owner, "tiers", action="stay", **{"tier-3-name": "Diamant", "tier-3-threshold": "30.000"})
    more["tier-3-benefits"] = "Persönliche Beratung"
    assert owner.post(f"{STEPS}/tiers/", more).headers["Location"] == f"{STEPS}/tiers/"
    assert [tier.name for tier in draft_of(shop).tiers] == ["Silber", "Gold", "Platin", "Diamant"]
    owner.post(f"{STEPS}/tiers/", filled(owner, "tiers", action="remove-1"))
    draft = draft_of(shop)
    assert [(tier.name, tier.benefits) for tier in draft.tiers][-1] == ("Diamant", "Persönliche Beratung")
    with shop.scope():
        jana = make_customer()
        make_purchase(customer=jana, total=60_000, now=NOW)
    page = owner.get(f"{STEPS}/start/").content.decode()
    text = " ".join(re.sub(r"<[^>]+>", " ", page).split())
    assert "Gold → Silber 1 Person" in text
    assert owner.post(f"{STEPS}/start/", filled(owner, "start")).status_code == 302
    with shop.scope():
        assert standing(jana, now=timezone.now()).tier.name == "Silber"
        assert Tier.objects.count() == 4


def test_an_offer_is_made_changed_switched_off_and_taken_away(owner: Client, shop: Shop) -> None:
    page = owner.get("/backoffice/programme/offers/new/?preset=happy-hour")
    assert 'value="14:00"' in page.content.decode()
    offer = {
        "version": "1",
        "kind": "multiplier",
        "factor": "2",
        "name": "Happy Hour",
        "weekdays": ["0", "1", "2"],
        "from_time": "14:00",
        "until_time": "16:00",
        "min_total": "10",
        "per_day": "100",
        "stores": [str(shop.store.pk)],
    }
    assert owner.post("/backoffice/programme/offers/new/", offer).status_code == 302
    (rule,) = draft_of(shop).rules
    assert (rule.factor_percent, rule.conditions.weekdays, rule.conditions.min_total) == (200, (0, 1, 2), 1_000)
    listed = owner.get(f"{STEPS}/offers/").content.decode()
    assert "Happy Hour: doppelte Punkte montags bis mittwochs von 14:00 bis 16:00 Uhr, ab 10" in listed
    assert "nur in: Hauptstraße, höchstens 100 Punkte am Tag" in listed
    path = f"/backoffice/programme/offers/{rule.code}/"
    assert owner.post(path, offer | {"factor": "3"}).status_code == 302
    assert draft_of(shop).rules[0].factor_percent == 300
    owner.post(f"{path}switch/")
    draft = draft_of(shop)
    assert (len(draft.rules), len(draft.resting)) == (0, 1)
    owner.post(f"{STEPS}/start/", filled(owner, "start"))
    with shop.scope():
        assert not [each for each in terms_at(timezone.now()).rules if each.code == rule.code]
    assert [each.code for each in draft_of(shop).resting] == [rule.code], "what is off is kept for the next change"
    owner.post(f"{path}switch/")
    assert [each.code for each in draft_of(shop).rules] == [rule.code]
    owner.post(f"{path}remove/")
    assert owner.get(path).status_code == 404


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"factor": ""}, "factor"),
        ({"factor": "1"}, "factor"),
        ({"kind": "bonus", "points": ""}, "points"),
        ({"kind": "per_item", "points": "2"}, "categories"),
        ({"which": "nth"}, "number"),
        ({"which": "reaches"}, "reaches"),
        ({"from_on": "2026-05-02", "until_on": "2026-05-01"}, "until_on"),
        ({"min_total": "viel"}, "min_total"),
    ],
)
def test_what_is_no_offer_is_said_at_its_field(owner: Client, values: dict[str, str], field: str) -> None:
    offer = {"version": "1", "kind": "multiplier", "factor": "2"} | values
    page = owner.post("/backoffice/programme/offers/new/", offer).content.decode()
    assert f'href="#id_{field}"' in page


def test_a_template_asks_before_it_takes_the_place_of_what_was_entered(owner: Client, shop: Shop) -> None:
    wanted = filled(owner, "trade", template="salon")
    asked = owner.post(f"{STEPS}/trade/", wanted)
    assert "Vorlage verwenden" in asked.content.decode()
    assert draft_of(shop).points_per_unit == 10
    owner.post(f"{STEPS}/trade/save/", wanted)
    assert draft_of(shop).points_per_unit == 10
    assert owner.post(f"{STEPS}/trade/", wanted | {"replaces": "on"}).status_code == 302
    draft = draft_of(shop)
    assert (draft.points_per_unit, draft.expiry_months, draft.name) == (5, 36, "Treue")
    with shop.scope():
        assert [tier.id for tier in draft.tiers] == list(Tier.objects.order_by("rank").values_list("pk", flat=True))


def test_a_new_shop_takes_another_template_without_a_question(new_shop: Tenant) -> None:
    with tenant_scope(new_shop):
        owner = signed_in(make_member(role="owner").user, new_shop)
    assert owner.post(f"{STEPS}/trade/", filled(owner, "trade", template="online")).status_code == 302
    with tenant_scope(new_shop):
        assert workpiece().draft.points_per_unit == 5
    assert owner.post(f"{STEPS}/trade/", filled(owner, "trade", template="cafe")).status_code == 302
    with tenant_scope(new_shop):
        assert workpiece().draft.points_per_unit == 10


def test_what_somebody_has_read_is_what_is_started(owner: Client, shop: Shop) -> None:
    owner.post(f"{STEPS}/points/", filled(owner, "points", points_per_unit="12"))
    read = filled(owner, "start")
    with shop.scope():
        save_draft(replace(workpiece().draft, points_per_unit=99), actor=SYSTEM, now=timezone.now())
    refused = owner.post(f"{STEPS}/start/", read)
    text = refused.content.decode()
    assert "Inzwischen wurde das Programm geändert." in text
    assert "99 Punkte je 1" in text
    with shop.scope():
        assert ProgramVersion.objects.count() == 1
    again = read | {"version": "1", "seen_at": refused.context["form"]["seen_at"].value()}
    assert owner.post(f"{STEPS}/start/", again).status_code == 302


def test_a_step_that_was_opened_before_another_version_changes_nothing(
    owner: Client, shop: Shop, other_shop: Shop
) -> None:
    opened = filled(owner, "tiers", **{"tier-1-name": "Rotgold"})
    with shop.scope():
        silver, _gold, platin = draft_in_force(now=NOW).tiers
        now = timezone.now()
        publish_program(replace(draft_in_force(now=now), tiers=[silver, platin]), actor=SYSTEM, now=now)
        names = dict(Tier.objects.values_list("code", "name"))
    page = owner.post(f"{STEPS}/tiers/", opened)
    assert "Inzwischen wurde das Programm geändert." in page.content.decode()
    assert 'value="Rotgold"' in page.content.decode()
    with shop.scope():
        assert not ProgramDraft.objects.exists()
        assert dict(Tier.objects.values_list("code", "name")) == names
    again = opened | {"version": str(page.context["form"]["version"].value())}
    assert owner.post(f"{STEPS}/tiers/", again).status_code == 302
    assert [tier.name for tier in draft_of(shop).tiers] == ["Silber", "Rotgold", "Platin"]
    assert [tier.name for tier in draft_of(other_shop).tiers] == ["Silber", "Gold", "Platin"]


def test_two_who_fill_in_the_same_step_do_not_overwrite_each_other_unseen(owner: Client, shop: Shop) -> None:
    with shop.scope():
        tom = signed_in(make_member(role="manager", name="Tom").user, shop.tenant)
    opened = filled(owner, "points", points_per_unit="12")
    tom.post(f"{STEPS}/points/save/", filled(tom, "points", points_per_unit="15"))
    saved = owner.post(f"{STEPS}/points/save/", opened).content.decode()
    assert "Tom hat diesen Schritt inzwischen geändert." in saved
    refused = owner.post(f"{STEPS}/points/", opened)
    assert "Tom hat diesen Schritt inzwischen geändert." in refused.content.decode()
    assert refused.context["form"]["points_per_unit"].value() == "12"
    assert draft_of(shop).points_per_unit == 15
    again = opened | {"seen": refused.context["form"]["seen"].value()}
    assert owner.post(f"{STEPS}/points/", again).status_code == 302
    assert draft_of(shop).points_per_unit == 12


def test_two_who_fill_in_different_steps_do_not_meet(owner: Client, shop: Shop) -> None:
    with shop.scope():
        tom = signed_in(make_member(role="manager", name="Tom").user, shop.tenant)
    tiers = filled(owner, "tiers", **{"tier-1-name": "Rotgold"})
    tom.post(f"{STEPS}/points/save/", filled(tom, "points", points_per_unit="15"))
    assert owner.post(f"{STEPS}/tiers/", tiers).status_code == 302
    draft = draft_of(shop)
    assert (draft.points_per_unit, draft.tiers[1].name) == (15, "Rotgold")


def test_who_goes_on_after_a_step_has_saved_itself_meets_nobody(owner: Client, shop: Shop) -> None:
    opened = filled(owner, "points", points_per_unit="12")
    saved = owner.post(f"{STEPS}/points/save/", opened).content.decode()
    assert re.search(r'name="seen" value="\w+" id="id_seen" hx-swap-oob', saved)
    assert owner.post(f"{STEPS}/points/", opened | {"points_per_unit": "13"}).status_code == 302
    assert draft_of(shop).points_per_unit == 13


def test_a_draft_that_somebody_else_has_saved_since_it_was_read_is_not_overwritten(shop: Shop) -> None:
    with shop.scope():
        read, tom, now = workpiece(), make_member(role="manager"), timezone.now()
        save_draft(replace(read.draft, points_per_unit=12), actor=SYSTEM, now=now, read=read)
        with pytest.raises(DraftChanged):
            save_draft(replace(read.draft, grace_days=9), actor=member_actor(tom), now=now, read=read)
        assert workpiece().draft.points_per_unit == 12


def test_switching_expiry_on_says_whose_points_it_concerns(owner: Client, shop: Shop, other_shop: Shop) -> None:
    for one, customers in ((shop, 2), (other_shop, 1)):
        with one.scope():
            for _number in range(customers):
                make_purchase(customer=make_customer(), total=1_000)
    start = owner.get(f"{STEPS}/start/").content.decode()
    assert "noch keinen letzten Tag" not in start
    owner.post(f"{STEPS}/points/", filled(owner, "points", expiry_months="36"))
    start = owner.get(f"{STEPS}/start/").content.decode()
    assert "200 Punkte von 2 Personen haben noch keinen letzten Tag." in start


def test_the_preview_says_which_offers_it_leaves_out(owner: Client, shop: Shop) -> None:
    said = "Aktionen für bestimmte Zeiten, Waren oder Kunden kommen hinzu."
    assert said not in owner.get(f"{STEPS}/offers/").content.decode()
    happy = Rule(code="happy", kind=Kind.MULTIPLIER, factor_percent=200, conditions=Conditions(weekdays=(0,)))
    with shop.scope():
        save_draft(replace(workpiece().draft, rules=[happy]), actor=SYSTEM, now=timezone.now())
    assert said in owner.get(f"{STEPS}/offers/").content.decode()


@pytest.mark.parametrize("version", ["", "eins", "7"])
def test_a_form_that_does_not_say_what_it_was_opened_on_changes_nothing(
    owner: Client, shop: Shop, version: str
) -> None:
    for step in ("points", "tiers", "offers"):
        assert (
            owner.post(f"{STEPS}/{step}/", filled(owner, step, version=version, stacking="multiply")).status_code == 200
        )
    with shop.scope():
        assert not ProgramDraft.objects.exists()


@pytest.mark.parametrize("tier", ["another shop's", "0", "-1", "9" * 30, "x"])
def test_a_form_names_no_tier_of_anybody_else(owner: Client, shop: Shop, other_shop: Shop, tier: str) -> None:
    with other_shop.scope():
        foreign = str(Tier.objects.get(code="gold").pk)
    forged = filled(owner, "tiers", **{"tier-1-id": foreign if tier == "another shop's" else tier})
    for path in ("", "save/"):
        assert owner.post(f"{STEPS}/tiers/{path}", forged).status_code == 200
    owner.post(f"{STEPS}/start/", filled(owner, "start"))
    with other_shop.scope():
        assert Tier.objects.get(code="gold").name == "Gold"


def test_tiers_are_reached_by_turnover_or_visits_in_a_window(owner: Client, shop: Shop) -> None:
    by_spend = {"tier_basis": "spend", "tier_window": "rolling", "grace_days": "30", "one_step_down": "on"}
    sent = filled(owner, "tiers", **by_spend, **{"tier-1-threshold": "500", "tier-2-threshold": "1.500"})
    assert owner.post(f"{STEPS}/tiers/", sent).status_code == 302
    draft = draft_of(shop)
    assert [tier.threshold for tier in draft.tiers] == [0, 50_000, 150_000]
    assert (draft.grace_days, draft.one_step_down) == (30, True)
    assert filled(owner, "tiers")["tier-1-threshold"] == "500"
    start = owner.get(f"{STEPS}/start/").content.decode()
    assert "ab 500" in start
    assert "Umsatz der letzten zwölf Monate" in start
    owner.post(f"{STEPS}/start/", filled(owner, "start"))
    with shop.scope():
        terms = terms_at(timezone.now())
        assert (terms.tier_basis.value, terms.tier_window.value) == ("spend", "rolling")


def test_offers_cost_as_many_queries_for_twenty_as_for_one(owner: Client, shop: Shop) -> None:
    def queries(count: int) -> int:
        wanted = Conditions(stores=(shop.store.pk,))
        rules = [Rule(code=f"x{n}", kind=Kind.BONUS, points=5, conditions=wanted) for n in range(count)]
        with shop.scope():
            save_draft(replace(workpiece().draft, rules=rules), actor=SYSTEM, now=timezone.now())
        with CaptureQueriesContext(connection) as seen:
            assert owner.get(f"{STEPS}/offers/").status_code == 200
            assert owner.get(f"{STEPS}/start/").status_code == 200
        return len(seen)

    queries(1)
    assert queries(1) == queries(20)


def test_a_start_lies_ahead(owner: Client, shop: Shop) -> None:
    for day in ("", (today() - timedelta(days=1)).isoformat()):
        page = owner.post(f"{STEPS}/start/", filled(owner, "start", when="later", on=day)).content.decode()
        assert 'href="#id_on"' in page
    with shop.scope():
        assert ProgramVersion.objects.count() == 1


def test_a_change_is_thrown_away(owner: Client, shop: Shop) -> None:
    owner.post(f"{STEPS}/points/", filled(owner, "points", points_per_unit="12"))
    assert "Eine Änderung ist in Arbeit" in owner.get("/backoffice/programme/").content.decode()
    assert owner.post("/backoffice/programme/discard/").status_code == 302
    assert draft_of(shop).points_per_unit == 10


def test_an_analyst_reads_the_programme_and_changes_nothing(shop: Shop) -> None:
    with shop.scope():
        analyst = signed_in(make_member(role="analyst").user, shop.tenant)
    page = analyst.get("/backoffice/programme/").content.decode()
    assert "10 Punkte je 1" in page
    assert "Programm ändern" not in page
    assert analyst.get(f"{STEPS}/points/").status_code == 403
    assert analyst.post(f"{STEPS}/points/save/", {}).status_code == 403


def test_the_calculation_says_what_is_missing_and_reckons_with_own_figures_only(owner: Client) -> None:
    page = owner.get(f"{STEPS}/points/").content.decode()
    assert "Eigene Zahlen eintragen" in page
    assert "Es fehlt" not in page
    own = filled(owner, "points", average="6,40")
    some = owner.post(f"{STEPS}/points/save/", own).content.decode()
    assert "Es fehlt: wie viele Punkte die erste Prämie kostet" in some
    own |= {"reward": "Cappuccino", "reward_points": "500", "cost": "0,75", "price": "3,40"}
    own |= {"welcome": "on", "welcome_points": "100"}
    text = plain(owner.post(f"{STEPS}/points/save/", own))
    assert "(500 − 100 Willkommensbonus) ÷ 64 Punkte je Besuch 7 Besuchen" in text
    assert "2 × Cappuccino zu 0,75" in text
    assert "1,50" in text
    assert "6,80" in text


def test_without_a_reward_of_the_merchants_own_the_cheapest_of_the_catalogue_counts(
    owner: Client, shop: Shop, other_shop: Shop
) -> None:
    now = timezone.now()
    with other_shop.scope():
        make_reward(name="Keks", points=10, now=now)
    with shop.scope():
        make_reward(name="Frühstück", points=2_000, value=1_400, cost=600, now=now)
        make_reward(name="Cappuccino", points=500, value=340, cost=75, now=now)
        make_reward(name="Ausverkauft", points=100, stock=0, now=now)
        make_reward(name="Nur Gold", points=100, tier=Tier.objects.get(code="gold"), now=now)
    own = filled(owner, "points", average="6,40") | {"welcome": "on", "welcome_points": "100"}
    text = plain(owner.post(f"{STEPS}/points/save/", own))
    assert "(500 − 100 Willkommensbonus) ÷ 64 Punkte je Besuch 7 Besuchen" in text
    assert "2 × Cappuccino zu 0,75" in text
    assert "1,50" in text
    assert "6,80" in text
    assert "Cappuccino ist die günstigste Prämie Ihres Katalogs." in text
    with shop.scope():
        assert workpiece().draft.figures == Figures(average=640)
    text = plain(owner.post(f"{STEPS}/points/save/", own | {"reward": "Kuchen", "reward_points": "700"}))
    assert "(700 − 100 Willkommensbonus) ÷ 64 Punkte je Besuch 10 Besuchen" in text
    assert "Cappuccino" not in text


def test_a_rule_that_names_a_tier_of_another_shop_is_refused(owner: Client, shop: Shop, other_shop: Shop) -> None:
    with other_shop.scope():
        foreign = Tier.objects.get(code="gold").pk
    with shop.scope():
        rule = Rule(code="x", kind=Kind.BONUS, points=5, conditions=Conditions(tiers=(foreign,)))
        save_draft(replace(workpiece().draft, rules=[rule]), actor=SYSTEM, now=timezone.now())
    assert "Das braucht noch eine Korrektur" in owner.get(f"{STEPS}/start/").content.decode()
    owner.post(f"{STEPS}/start/", filled(owner, "start"))
    with shop.scope():
        assert ProgramVersion.objects.count() == 1
