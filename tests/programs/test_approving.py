"""Adjustments above the shop's limit: two people, once, never one alone, and never forgotten."""

import uuid
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError
from django.test import Client

from customers.merging import merge
from customers.models import Customer, Note
from customers.services import erase
from events.models import Event
from ledger import queries as ledger
from ledger.errors import InsufficientPoints
from ledger.models import AdjustmentLimit, Entry, HeldAdjustment
from programs.adjusting import adjust_points, adjustment_limit
from programs.approving import adjust_or_ask, approve_adjustment, refuse_adjustment, set_adjustment_limit
from programs.errors import AlreadyDecided, ApprovalRequired, OwnRequest
from programs.queries import waiting_adjustments
from team.queries import member_actor
from tenants.errors import Invalid
from tenants.roles import SYSTEM, Actor, capabilities_of
from tests.clients import signed_in
from tests.factories import NOW, Shop, make_api_key, make_customer, make_member
from tests.ledger.test_races_and_failures import at_once

pytestmark = pytest.mark.django_db
MIA = Actor(reference="member:901", capabilities=capabilities_of("role:manager"))
BEN = Actor(reference="member:902", capabilities=capabilities_of("role:manager"))
OWNER = Actor(reference="member:903", capabilities=capabilities_of("role:owner"))


@pytest.fixture
def jana(shop: Shop) -> Customer:
    """In a shop where nobody adjusts more than 500 points alone."""
    with shop.scope():
        set_adjustment_limit(points=500, actor=OWNER, now=NOW)
        return make_customer()


def ask(jana: Customer, points: int = 501, *, actor: Actor = MIA, **more: Any) -> HeldAdjustment:
    held = adjust_or_ask(customer=jana, points=points, reason="goodwill", actor=actor, now=NOW, **more)
    assert isinstance(held, HeldAdjustment)
    return held


def balance(jana: Customer) -> int:
    return ledger.figures(ledger.account_of(jana), now=NOW).balance


def happened(name: str) -> list[dict[str, Any]]:
    return [event.payload for event in Event.objects.filter(name=name).order_by("pk")]


def test_without_a_limit_everybody_adjusts_alone(shop: Shop, other_shop: Shop, jana: Customer) -> None:
    with other_shop.scope():
        entry = adjust_or_ask(customer=make_customer(), points=9_999, reason="goodwill", actor=MIA, now=NOW)
        assert isinstance(entry, Entry)
        assert adjustment_limit() is None


@pytest.mark.parametrize("points", [500, -500, 1])
def test_up_to_the_limit_it_is_booked_at_once(shop: Shop, jana: Customer, points: int) -> None:
    with shop.scope():
        adjust_points(customer=jana, points=500, reason="goodwill", actor=MIA, now=NOW)
        assert isinstance(adjust_or_ask(customer=jana, points=points, reason="goodwill", actor=MIA, now=NOW), Entry)


def test_above_the_limit_it_waits_until_somebody_else_approves_it(shop: Shop, jana: Customer) -> None:
    with shop.scope():
        held = ask(jana, note="Reklamation")
        assert (balance(jana), list(waiting_adjustments())) == (0, [held])
        assert Note.objects.get().text == "Reklamation"
        with pytest.raises(OwnRequest):
            approve_adjustment(held=held, actor=MIA, now=NOW)
        entry = approve_adjustment(held=held, actor=BEN, now=NOW)
        assert (entry.points, entry.actor, balance(jana)) == (501, BEN.reference, 501)
        assert list(waiting_adjustments()) == []
        (fact,) = happened("points.adjusted")
        assert (fact["points"], fact["asked_by"]) == (501, MIA.reference)
        assert happened("points.adjustment_asked")[0]["held"] == held.pk
        with pytest.raises(AlreadyDecided):
            approve_adjustment(held=held, actor=OWNER, now=NOW)
        assert ledger.unsound_accounts() == {}


def test_who_sets_the_limit_is_not_bound_by_it(shop: Shop, jana: Customer) -> None:
    with shop.scope():
        assert isinstance(adjust_or_ask(customer=jana, points=501, reason="goodwill", actor=OWNER, now=NOW), Entry)


def test_what_is_refused_or_taken_back_is_not_booked(shop: Shop, jana: Customer) -> None:
    with shop.scope():
        for decider in (BEN, MIA):
            held = ask(jana)
            refuse_adjustment(held=held, actor=decider, now=NOW)
            with pytest.raises(AlreadyDecided):
                approve_adjustment(held=held, actor=OWNER, now=NOW)
            with pytest.raises(AlreadyDecided):
                refuse_adjustment(held=held, actor=decider, now=NOW)
        assert (balance(jana), len(happened("points.adjustment_refused"))) == (0, 2)


def test_points_that_are_not_there_are_not_taken_and_the_request_goes_on_waiting(shop: Shop, jana: Customer) -> None:
    with shop.scope():
        held = ask(jana, -600)
        with pytest.raises(InsufficientPoints):
            approve_adjustment(held=held, actor=BEN, now=NOW)
        assert list(waiting_adjustments()) == [held]


def test_the_database_knows_that_two_people_are_needed(shop: Shop, jana: Customer) -> None:
    with shop.scope():
        held = ask(jana)
    with pytest.raises(IntegrityError, match="held_adjustment_by_two_people"), shop.scope():
        HeldAdjustment.objects.filter(pk=held.pk).update(state="approved", decided_by=MIA.reference, decided_at=NOW)


def test_what_waits_moves_with_a_customer_who_is_joined_with_another(shop: Shop, jana: Customer) -> None:
    with shop.scope():
        held, stays = ask(jana), make_customer(name="Jana K")
        merge(customer=jana, into=stays, actor=SYSTEM, now=NOW)
        approve_adjustment(held=held, actor=BEN, now=NOW)
        assert balance(stays) == 501


def test_what_waits_for_an_erased_customer_ends_and_that_is_said(shop: Shop, jana: Customer) -> None:
    with shop.scope():
        held = ask(jana)
        erase(customer=jana, actor=OWNER, now=NOW)
        assert [fact["held"] for fact in happened("points.adjustment_lapsed")] == [held.pk]
        assert list(waiting_adjustments()) == []
        with pytest.raises(AlreadyDecided):
            refuse_adjustment(held=held, actor=BEN, now=NOW)


def test_the_limit_is_kept_with_who_set_it(shop: Shop, jana: Customer) -> None:
    with shop.scope():
        set_adjustment_limit(points=500, actor=OWNER, now=NOW)
        set_adjustment_limit(points=None, actor=OWNER, now=NOW)
        assert list(AdjustmentLimit.objects.order_by("pk").values_list("points", "stated_by")) == [
            (500, OWNER.reference),
            (None, OWNER.reference),
        ]
        assert [fact["points"] for fact in happened("points.limit_set")] == [500, None]
        for senseless in (0, -1, 1_000_001):
            with pytest.raises(Invalid):
                set_adjustment_limit(points=senseless, actor=OWNER, now=NOW)


def test_another_system_is_told_that_it_needs_a_person(shop: Shop, jana: Customer) -> None:
    with shop.scope():
        _, key = make_api_key(scopes=["write"])
        with pytest.raises(ApprovalRequired):
            adjust_points(customer=jana, points=501, reason="goodwill", actor=MIA, now=NOW)
    answer = Client().post(
        f"/api/v1/customers/{jana.public_id}/adjustments",
        {"points": 501, "reason": "goodwill"},
        content_type="application/json",
        headers={
            "Host": shop.host,
            "Authorization": f"Bearer {key}",
            "Idempotency-Key": str(uuid.uuid4()),
        },
    )
    assert (answer.status_code, answer.json()["code"], answer.json()["limit"]) == (409, "approval_required", 500)


def test_at_the_desk_one_asks_and_another_approves(shop: Shop, jana: Customer) -> None:
    with shop.scope():
        mia, ben = (make_member(role="manager", name=name) for name in ("Mia", "Ben"))
        desk, other_desk = signed_in(mia.user, shop.tenant), signed_in(ben.user, shop.tenant)
        held_by_mia = {"points": "1.200", "reason": "goodwill", "note": "", "key": str(uuid.uuid4())}
        page = desk.post(f"/backoffice/customers/{jana.public_id}/adjust/", held_by_mia).content.decode()
        assert "Freigabe anfragen" in page
        for _ in range(2):
            desk.post(f"/backoffice/customers/{jana.public_id}/adjust/", held_by_mia | {"confirmed": "yes"})
        held = HeldAdjustment.objects.get()
        assert held.asked_by == member_actor(mia).reference
        own, others = (client.get("/backoffice/approvals/").content.decode() for client in (desk, other_desk))
        assert "Zurückziehen" in own
        assert "/approve/" not in own
        assert "/approve/" in others
        assert "1 Korrekturbuchung wartet" in other_desk.get("/backoffice/").content.decode()
        desk.post(f"/backoffice/approvals/{held.pk}/approve/")
        assert balance(jana) == 0
        other_desk.post(f"/backoffice/approvals/{held.pk}/approve/")
        assert balance(jana) == 1_200
        assert other_desk.post("/backoffice/approvals/limit/", {"points": "9"}).status_code == 403


@pytest.mark.django_db(transaction=True)
def test_of_two_who_approve_at_once_one_does(shop: Shop, jana: Customer) -> None:
    with shop.scope():
        held = ask(jana)

    def decide(act: Any, actor: Actor) -> bool:
        with shop.scope():
            act(held=held, actor=actor, now=NOW)
        return True

    results = at_once(partial(decide, approve_adjustment, BEN), partial(decide, approve_adjustment, OWNER))
    assert sorted(type(result).__name__ for result in results) == ["AlreadyDecided", "bool"]
    with shop.scope():
        assert balance(jana) == 501
        held = ask(jana)
    results = at_once(partial(decide, approve_adjustment, BEN), partial(decide, refuse_adjustment, OWNER))
    assert sorted(type(result).__name__ for result in results) == ["AlreadyDecided", "bool"]
    with shop.scope():
        assert balance(jana) in {501, 1_002}
        assert ledger.unsound_accounts() == {}
