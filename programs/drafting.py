"""A change of the programme between two versions: begun, saved field by field, thrown away or started."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, get_args, get_type_hints

from django.db import transaction

from events.services import publish
from programs.errors import DraftChanged, ProgramChanged
from programs.forecast import Figures
from programs.models import Program, ProgramDraft, ProgramVersion
from programs.publishing import Draft, TierDraft, draft_of, newest_version, publish_program
from programs.rules import Rule, StampCard
from programs.terms import terms_of
from team.queries import names_of_actors
from tenants.roles import Actor


@dataclass(frozen=True, slots=True)
class Workpiece:
    """A draft as it lies there. Nothing is stored while `saved_at` is None: it is the newest version as it is."""

    draft: Draft
    template: str = ""
    saved_at: datetime | None = None
    actor: str = ""

    @property
    def saved_by(self) -> str:
        return names_of_actors({self.actor}).get(self.actor, "")


def workpiece() -> Workpiece:
    """What is being changed, or the newest version to begin a change with, planned or in force."""
    stored = ProgramDraft.objects.first()
    if stored is None:
        newest = ProgramVersion.objects.filter(published_at__isnull=False).order_by("-number")
        return Workpiece(draft_of(terms_of(newest.values_list("pk", flat=True)[0])))
    return Workpiece(draft_from_json(stored.document), stored.template, stored.saved_at, stored.actor)


def save_draft(
    draft: Draft, *, actor: Actor, now: datetime, template: str | None = None, read: Workpiece | None = None
) -> None:
    """Keep a draft, complete or not: it is checked when it is started. Nobody but the team sees it.

    `read` is what it was made from. Raises DraftChanged where somebody else has saved since, and ProgramChanged where
    it was begun on another version than the one that lies there.
    """
    with transaction.atomic():
        program = Program.objects.select_for_update().order_by("pk")[0]
        stored = ProgramDraft.objects.filter(program=program).first()
        if draft.version != (stored.base if stored else newest_version(program)):
            raise ProgramChanged
        if read and stored and stored.saved_at != read.saved_at and stored.actor != actor.reference:
            raise DraftChanged
        kept = stored.template if stored and template is None else template or ""
        ProgramDraft.objects.update_or_create(
            program=program,
            defaults={
                "base": draft.version,
                "template": kept,
                "document": as_json(draft),
                "saved_at": now,
                "actor": actor.reference,
            },
        )
        if stored is None:
            publish("program.draft_begun", actor=actor, program=program.pk)


def discard_draft(*, actor: Actor) -> None:
    with transaction.atomic():
        program = Program.objects.select_for_update().order_by("pk")[0]
        if ProgramDraft.objects.filter(program=program).delete()[0]:
            publish("program.draft_discarded", actor=actor, program=program.pk)


def start_program(
    *, seen_at: datetime | None, actor: Actor, now: datetime, starts_at: datetime | None = None
) -> ProgramVersion:
    """Publish what lies there, and open the programme to the public from then on if it is not.

    `seen_at` is when what the merchant has read was saved. Raises ProgramChanged where it has been changed since, or
    where another version came between, and Invalid; then the draft stays.
    """
    with transaction.atomic():
        program = Program.objects.select_for_update().order_by("pk")[0]
        current = workpiece()
        if current.saved_at != seen_at:
            raise ProgramChanged
        version = publish_program(current.draft, actor=actor, now=now, starts_at=starts_at)
        ProgramDraft.objects.filter(program=program).delete()
        if program.opened_at is None or program.opened_at > version.starts_at:
            Program.objects.filter(pk=program.pk).update(opened_at=version.starts_at)
    return version


def take_up(*, actor: Actor, now: datetime) -> None:
    """Whoever has been told of a newer version may go on with the draft: it then counts as begun on that one."""
    current = workpiece()
    newest = newest_version(Program.objects.order_by("pk")[0])
    ProgramDraft.objects.update(
        base=newest, document=as_json(replace(current.draft, version=newest)), saved_at=now, actor=actor.reference
    )


def planned_versions(*, now: datetime) -> list[ProgramVersion]:
    """Those that will come into force, soonest first: a newer one that begins earlier replaces them."""
    planned: list[ProgramVersion] = []
    newest_first = ProgramVersion.objects.filter(published_at__isnull=False).order_by("-number")
    for version in newest_first:
        if version.starts_at <= now:
            break
        if not planned or version.starts_at < planned[-1].starts_at:
            planned.append(version)
    return planned[::-1]


def as_json(draft: Draft) -> dict[str, Any]:
    return {each.name: _plain(getattr(draft, each.name)) for each in fields(draft)}


def draft_from_json(stored: Mapping[str, Any]) -> Draft:
    hints = get_type_hints(Draft)
    return Draft(**{name: _restored(hints[name], value) for name, value in stored.items() if name in hints})


def _plain(value: Any) -> Any:
    match value:
        case Rule() | Figures() | StampCard():
            return value.as_json()
        case TierDraft():
            return asdict(value)
        case StrEnum():
            return value.value
        case list() | tuple():
            return [_plain(item) for item in value]
    return value


def _restored(hint: Any, value: Any) -> Any:
    if hint is Figures:
        return Figures(**value)
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return hint(value)
    if isinstance(value, list):
        (item,) = get_args(hint)
        return [_restored_item(item, each) for each in value]
    return value


def _restored_item(item: Any, value: Any) -> Any:
    if item in (Rule, StampCard):
        return item.from_json(value)
    return TierDraft(**value) if item is TierDraft else value
