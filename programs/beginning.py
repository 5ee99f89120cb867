"""What happens when a version begins, which may be long after it was published."""

from datetime import datetime

from events.services import publish
from programs.earning import Terms
from programs.models import Program, ProgramVersion
from programs.qualifying import Window
from programs.terms import terms_at, terms_of
from programs.tiers import are_alike
from tenants.roles import Actor
from tenants.scope import current_tenant


def begin_versions(*, actor: Actor, now: datetime) -> None:
    """Announce what changes for customers with the version in force, once, under the lock of the programme."""
    program = Program.objects.select_for_update().order_by("pk").first()
    if program is None:
        return
    terms = terms_at(now)
    number = ProgramVersion.objects.values_list("number", flat=True).get(pk=terms.version_id)
    if number <= program.begun_number:
        return
    before = _terms_of_number(program, program.begun_number)
    program.begun_number = number
    if before is not None:
        _announce(program, before, terms, number, actor=actor, now=now)
    program.save(update_fields=["begun_number", "moved_to"])


def _announce(program: Program, before: Terms, terms: Terms, number: int, *, actor: Actor, now: datetime) -> None:
    if terms.tier_window == Window.ROLLING and before.tier_window != Window.ROLLING:
        program.moved_to = now.astimezone(current_tenant().zone).date()
    if not are_alike(terms, before):
        publish("program.tiers_changed", actor=actor, version=number)
    if before.expiry_months is None and terms.expiry_months is not None:
        publish("program.expiry_switched_on", actor=actor, version=number)


def _terms_of_number(program: Program, number: int) -> Terms | None:
    found = ProgramVersion.objects.filter(program=program, number=number).values_list("pk", flat=True).first()
    return None if found is None else terms_of(found)
