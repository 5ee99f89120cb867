"""Watching for fraud, and deciding what stands out: a finding is a question to the shop, never an answer."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from django.db import transaction
from django.utils.translation import gettext as _

from analytics import fraud
from analytics.errors import AlreadyDecided, OwnFinding
from analytics.fraud.findings import Finding as Found
from analytics.fraud.findings import Subject, SubjectKind
from analytics.loading import load_facts, own_cards, subject_in
from analytics.models import Finding
from customers.queries import known_customers
from events.services import publish, publish_many
from tenants.errors import Invalid
from tenants.models import longest
from tenants.roles import SYSTEM, Actor

if TYPE_CHECKING:
    from analytics.rollups.proof import Proof

WINDOW: Final = timedelta(days=30)
CHANGES: Final = ("severity", "first_at", "last_at", "figures", "evidence", "seen_at")
State = Finding.State


def watch_for_fraud(*, now: datetime) -> list[Finding]:
    """Look at the last thirty days; what is new of it. Safe to repeat: what is open already is brought up to date."""
    found = _of_known_customers(fraud.findings(load_facts(since=now - WINDOW, until=now)))
    with transaction.atomic():
        locked = Finding.objects.select_for_update().filter(state=State.OPEN).order_by("pk")
        waiting = {(row.pattern, subject_in(row.customer_id, row.device_id, row.key_id)): row for row in locked}
        known = [(waiting.get((each.pattern.value, each.subject)), each) for each in found]
        Finding.objects.bulk_update([_brought_up(row, each, now=now) for row, each in known if row], CHANGES)
        raised = Finding.objects.bulk_create(_raised(each, now=now) for row, each in known if row is None)
        if raised:
            payloads = ({"finding": finding.pk, "pattern": finding.pattern} for finding in raised)
            publish_many("finding.raised", actor=SYSTEM, occurred_at=now, payloads=payloads)
    return raised


def confirm(*, finding: Finding, actor: Actor, now: datetime, note: str = "") -> Finding:
    """It was what it looked like. What follows is up to people. Raises Invalid, AlreadyDecided, OwnFinding."""
    return _decide(finding, State.CONFIRMED, note=note, actor=actor, now=now)


def dismiss(*, finding: Finding, note: str, actor: Actor, now: datetime) -> Finding:
    """It has a harmless reason; it does not come back for the same. Raises Invalid, AlreadyDecided, OwnFinding."""
    if not note.strip():
        raise Invalid(_("Say in a few words why it is harmless."), field="note")
    return _decide(finding, State.DISMISSED, note=note, actor=actor, now=now)


def _decide(finding: Finding, state: Finding.State, *, note: str, actor: Actor, now: datetime) -> Finding:
    note = " ".join(note.split())
    if len(note) > (most := longest(Finding, "note")):
        raise Invalid(_("At most %(count)s characters.") % {"count": most}, field="note")
    with transaction.atomic():
        current = Finding.objects.select_for_update().get(pk=finding.pk)
        if current.state != State.OPEN:
            raise AlreadyDecided
        # An owner steals from nobody but the owner.
        if not actor.may("points.limit") and actor.reference in own_cards().get(current.customer_id or 0, ()):
            raise OwnFinding
        current.state, current.note = state, note
        current.decided_by, current.decided_at = actor.reference, now
        current.save(update_fields=["state", "note", "decided_by", "decided_at"])
        facts = {"finding": current.pk, "pattern": current.pattern}
        publish(f"finding.{state.value}", actor=actor, occurred_at=now, **facts)
    return current


def _of_known_customers(found: Iterable[Found]) -> list[Found]:
    """Nobody watches who has been erased or joined with another customer."""
    everything = list(found)
    people = {each.subject.id for each in everything if each.subject.kind == SubjectKind.CUSTOMER}
    known = set(known_customers().filter(pk__in=people).values_list("pk", flat=True))
    return [each for each in everything if each.subject.kind != SubjectKind.CUSTOMER or each.subject.id in known]


def _raised(found: Found, *, now: datetime) -> Finding:
    return Finding(pattern=found.pattern.value, found_at=now, **_about(found.subject), **_seen(found, now=now))


def _brought_up(row: Finding, found: Found, *, now: datetime) -> Finding:
    for name, value in _seen(found, now=now).items():
        setattr(row, name, value)
    return row


def _about(subject: Subject) -> dict[str, int]:
    return {f"{subject.kind.value}_id": subject.id}


def _seen(found: Found, *, now: datetime) -> dict[str, Any]:
    return {
        "severity": found.severity.value,
        "first_at": found.first_at,
        "last_at": found.last_at,
        "figures": dict(found.figures),
        "evidence": {kind: ids for kind, ids in found.evidence.items() if ids},
        "seen_at": now,
    }


def note_proof(proof: "Proof") -> None:
    """That all figures were drawn anew, and whether they were equal."""
    publish(
        "figures.proved",
        actor=SYSTEM,
        customers=proof.customers,
        days=proof.days,
        unequal_customers=proof.unequal_customers,
        unequal_days=proof.unequal_days,
    )
