"""Awards that do not count what the customer has bought: what this costs is the difference."""

from typing import Any

from programs import services


def leave_out() -> None:
    setattr(services, "count_in", _nothing)  # noqa: B010 - in place of the product's


def _nothing(*_: Any, **__: Any) -> None:
    pass
