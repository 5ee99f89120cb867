"""Errors to Sentry, only where SENTRY_DSN is set, and reduced to where they happened: no text, no value, no person."""

from typing import Any

import sentry_sdk
from sentry_sdk.types import Event, Hint
from structlog.contextvars import get_contextvars

from operations.logs import OUR_PACKAGES

# What may leave the house; everything else, messages and requests above all, stays.
KEPT = {"event_id", "timestamp", "platform", "level", "logger", "environment", "release", "sdk", "type"}
KEPT_OF_EXCEPTION = {"type", "module", "mechanism"}
KEPT_OF_FRAME = {"filename", "function", "module", "lineno", "in_app"}


def start(dsn: str, **options: Any) -> None:
    sentry_sdk.init(
        dsn=dsn,
        include_local_variables=False,
        include_source_context=False,
        max_request_body_size="never",
        max_breadcrumbs=0,
        auto_session_tracking=False,
        traces_sample_rate=None,
        server_name="",
        before_send=reduced,
        **options,
    )


def reduced(event: Event, _hint: Hint) -> Event:
    """The same event without anything that a person could have typed; its tags find the lines in our own log."""
    found: dict[str, Any] = dict(event)
    kept = {name: value for name, value in found.items() if name in KEPT}
    exceptions = (found.get("exception") or {}).get("values", [])
    kept["exception"] = {"values": [_without_values(exception) for exception in exceptions]}
    if str(found.get("logger")).partition(".")[0] in OUR_PACKAGES:  # our messages are constants
        kept["logentry"] = {"message": (found.get("logentry") or {}).get("message", "")}
    kept["tags"] = {name: str(value) for name, value in get_contextvars().items()}
    return kept  # type: ignore[return-value]


def _without_values(exception: dict[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in exception.items() if name in KEPT_OF_EXCEPTION}
    frames = (exception.get("stacktrace") or {}).get("frames", [])
    kept["stacktrace"] = {
        "frames": [{name: value for name, value in frame.items() if name in KEPT_OF_FRAME} for frame in frames]
    }
    return kept
