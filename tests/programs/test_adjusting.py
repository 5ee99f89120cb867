"""Corrections by hand: with a reason, a date on which they expire, and no effect on the tier."""

import pytest

from customers.models import Note
from events.models import Event
from ledger import queries as ledger
from ledger.errors import InsufficientPoints
from ledger.models import Entry, Lot
from programs.adjusting import MOST_POINTS, adjust_points
from programs.models import ProgramVersion
from programs.queries import standing
from programs.statement import statement
from programs.terms import _terms
from tenants.errors import Invalid
from tenants.roles import SYSTEM
from tests.factories import NOW, Shop, make_customer, make_purchase

pytestmark = pytest.mark.django_db


def test_points_are_credited_with_reason_and_note_and_count_for_no_tier(shop: Shop) -> None:
    with shop.scope():
        jana = make_customer()
        entry = adjust_points(
            customer=jana, points=9_000, reason="forgotten", note="  Bon vom 2. Oktober ", actor=SYSTEM, now=NOW
        )
        after = standing(jana, now=NOW)
        assert (after.balance, after.tier.code) == (9_000, "silver")
        assert (entry.kind, entry.points, entry.explanation) == (
            "adjust",
            9_000,
            [{"rule": "adjustment", "reason": "forgotten", "points": 9_000}],
        )
        note = Note.objects.get()
        assert (note.text, note.entry_seq, note.customer_id) == ("Bon vom 2. Oktober", entry.seq, jana.pk)
        assert Event.objects.get(name="points.adjusted").payload == {
            "customer": jana.pk,
            "seq": entry.seq,
            "points": 9_000,
            "reason": "forgotten",
        }
        (line,) = statement(ledger.account_of(jana), [entry])
        assert line.text == "Korrekturbuchung: Karte vergessen"
        assert ledger.unsound_accounts() == {}


def test_points_are_taken_as_far_as_they_reach(shop: Shop) -> None:
    with shop.scope():
        jana = make_customer()
        make_purchase(customer=jana, total=1_000)
        adjust_points(customer=jana, points=-40, reason="wrong_booking", actor=SYSTEM, now=NOW)
        assert standing(jana, now=NOW).balance == 60
        with pytest.raises(InsufficientPoints):
            adjust_points(customer=jana, points=-61, reason="wrong_booking", note="x", actor=SYSTEM, now=NOW)
        assert Note.objects.count() == 0
        assert ledger.unsound_accounts() == {}


def test_what_is_credited_expires_like_anything_else(shop: Shop) -> None:
    with shop.scope():
        ProgramVersion.objects.update(expiry_months=36)
        _terms.cache_clear()
        adjust_points(customer=make_customer(), points=10, reason="goodwill", actor=SYSTEM, now=NOW)
        expires_at = Lot.objects.get().expires_at
        assert expires_at is not None
        assert expires_at.astimezone(shop.tenant.zone).isoformat() == "2030-01-01T00:00:00+01:00"
    _terms.cache_clear()


@pytest.mark.parametrize(
    ("points", "reason", "field"),
    [(0, "other", "points"), (MOST_POINTS + 1, "other", "points"), (10, "because", "reason"), (10, "", "reason")],
)
def test_an_adjustment_that_is_none_is_refused_at_its_field(shop: Shop, points: int, reason: str, field: str) -> None:
    with shop.scope():
        with pytest.raises(Invalid) as refused:
            adjust_points(customer=make_customer(), points=points, reason=reason, actor=SYSTEM, now=NOW)
        assert refused.value.field == field
        assert not Entry.objects.exists()


def test_a_note_that_is_too_long_leaves_no_booking(shop: Shop) -> None:
    with shop.scope():
        with pytest.raises(Invalid) as refused:
            adjust_points(customer=make_customer(), points=5, reason="other", note="x" * 2001, actor=SYSTEM, now=NOW)
        assert refused.value.field == "note"
        assert not Entry.objects.exists()
