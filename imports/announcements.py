"""What others are told of imports. Ids and figures: neither file names nor anything that stands in a file."""

from typing import Any

from events.services import publish
from tenants.roles import Actor


def announce(name: str, import_id: int, *, actor: Actor, **facts: Any) -> None:
    """Publish an event about an import, in the transaction of what happened to it."""
    payload: dict[str, Any] = {"import": import_id, **facts}
    publish(name, actor=actor, **payload)
