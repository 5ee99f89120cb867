"""Log lines: JSON without personal data in production, readable text in development.

Our own messages are constants; what varies goes into `extra`, as ids and figures. Nobody knows what is in the arguments
of other packages' messages or in the text of an exception, so in production those are left out.
"""

import logging
import traceback
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from structlog.contextvars import merge_contextvars
from structlog.dev import ConsoleRenderer, plain_traceback
from structlog.processors import JSONRenderer, TimeStamper
from structlog.stdlib import ExtraAdder, ProcessorFormatter, add_log_level, add_logger_name
from structlog.typing import EventDict

ROOT = Path(__file__).resolve().parent.parent
OUR_PACKAGES = frozenset(path.parent.name for path in ROOT.glob("*/__init__.py"))
LEFT_OUT = "…"
FRAMES = 30
LEVELS = {
    # Every request and every task has a line of ours.
    "celery.app.trace": "CRITICAL",
    "celery.worker.strategy": "WARNING",
    # Beat calls the relay every second.
    "celery.beat": "WARNING",
    "django.request": "ERROR",
    # Tells every table of a font that goes into a PDF.
    "fontTools": "WARNING",
}

Line = EventDict


def configuration(*, development: bool) -> dict[str, Any]:
    """For `logging.config.dictConfig`."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"lines": {"()": readable_lines if development else json_lines}},
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "lines"}},
        "root": {"handlers": ["console"], "level": "INFO"},
        "loggers": {name: {"level": level} for name, level in LEVELS.items()},
    }


def readable_lines() -> logging.Formatter:
    """Everything, for somebody who looks at a terminal."""
    return ProcessorFormatter(
        foreign_pre_chain=[merge_contextvars, add_log_level, add_logger_name, _our_values],
        processors=[
            ProcessorFormatter.remove_processors_meta,
            ConsoleRenderer(colors=False, pad_event_to=0, pad_level=False, exception_formatter=plain_traceback),
        ],
    )


def json_lines() -> logging.Formatter:
    """One object for each line, for machines; no text of which nobody knows what it says."""
    return ProcessorFormatter(
        foreign_pre_chain=[
            merge_contextvars,
            add_log_level,
            add_logger_name,
            TimeStamper(fmt="iso", utc=True, key="at"),
            _our_values,
            _without_arguments,
            _without_exception_texts,
        ],
        processors=[ProcessorFormatter.remove_processors_meta, JSONRenderer(default=str, ensure_ascii=False)],
        use_get_message=False,
        pass_foreign_args=True,
    )


class _LeftOut:
    """Stands in a message where an argument was."""

    def __str__(self) -> str:
        return LEFT_OUT

    __repr__ = __str__


_add_values = ExtraAdder()


def _our_values(logger: Any, method: str, line: Line) -> Line:
    """What other packages attach to a line may be a whole request."""
    if line["_record"].name.partition(".")[0] not in OUR_PACKAGES:
        return line
    line = _add_values(logger, method, line)
    for rendered in ("message", "asctime"):  # left behind by other formatters
        line.pop(rendered, None)
    return line


def _without_arguments(_logger: Any, _method: str, line: Line) -> Line:
    arguments = line.pop("positional_args", None) or ()
    if isinstance(arguments, Mapping):
        known: Any = {name: _figure(value) for name, value in arguments.items()}
    else:
        known = tuple(_figure(value) for value in arguments)
    try:
        text = line["event"] % known if known else line["event"]
    except (TypeError, ValueError):  # a format for numbers got something else
        text = line["event"]
    line["event"] = text if any(map(str.isalpha, text)) else line["logger"]
    return line


def _figure(value: object) -> object:
    """Numbers say no name, and of an exception the type may be told."""
    if isinstance(value, int | float):
        return value
    return _type_name(value) if isinstance(value, BaseException) else _LeftOut()


def _without_exception_texts(_logger: Any, _method: str, line: Line) -> Line:
    line.pop("stack_info", None)
    _type, error, trace = line.pop("exc_info", None) or (None, None, None)
    if isinstance(error, BaseException):
        line["exception"] = [_described(each, each_trace) for each, each_trace in _causes(error, trace)]
    return line


def _causes(error: BaseException, trace: TracebackType | None) -> Iterator[tuple[BaseException, TracebackType | None]]:
    """The exception and what led to it, latest first."""
    seen: set[int] = set()
    cause: BaseException | None = error
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        yield cause, cause.__traceback__ or trace
        trace = None
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)


def _described(error: BaseException, trace: TracebackType | None) -> Line:
    frames = traceback.extract_tb(trace)[-FRAMES:]
    described: Line = {
        "type": _type_name(error),
        "at": [f"{_shortened(frame.filename)}:{frame.lineno} {frame.name}" for frame in frames],
    }
    if diagnosis := getattr(error, "diag", None):  # the message of a database error quotes values, its names do not
        names = {"sqlstate": diagnosis.sqlstate, "table": diagnosis.table_name, "constraint": diagnosis.constraint_name}
        described.update({name: value for name, value in names.items() if value})
    return described


def _type_name(error: BaseException) -> str:
    return f"{type(error).__module__}.{type(error).__qualname__}"


def _shortened(filename: str) -> str:
    return filename.rpartition("/site-packages/")[2].removeprefix(f"{ROOT}/")
