"""What Celery tells of its tasks: a log line and a count for each, and signs of life."""

import logging
import time
from typing import Any

from celery.signals import (
    before_task_publish,
    heartbeat_sent,
    setup_logging,
    task_failure,
    task_postrun,
    task_prerun,
)
from structlog.contextvars import bind_contextvars, get_contextvars, reset_contextvars

from operations import alive, heartbeat, metrics
from tenants.tasks import GlobalTask

logger = logging.getLogger(__name__)


@setup_logging.connect
def keep_our_logging(**_: object) -> None:
    """Celery configures nothing where somebody listens to this."""


@heartbeat_sent.connect
def worker_lives(**_: object) -> None:
    alive.touch()


@before_task_publish.connect
def hand_over_request(*, sender: str, headers: dict[str, Any], **_: object) -> None:
    """A task's lines name the request that it came from."""
    if sender == heartbeat.TASK:
        heartbeat.seen_publishing()
    if request_id := get_contextvars().get("request_id"):
        headers["request_id"] = request_id


@task_prerun.connect
def begin(*, task: Any, task_id: str, **_: object) -> None:
    task.request.started = time.perf_counter()
    origin = task.request.get("request_id")
    known = {"task": task.name, "task_id": task_id} | ({"request_id": origin} if origin else {})
    task.request.bound = bind_contextvars(**known)


@task_failure.connect
def tell_failure(*, exception: BaseException, **_: object) -> None:
    logger.error("task failed", exc_info=exception)


@task_postrun.connect
def finish(*, task: Any, args: Any, state: str | None, **_: object) -> None:
    seconds = time.perf_counter() - task.request.started
    level = logging.DEBUG if isinstance(task, GlobalTask) else logging.INFO
    line = {"state": state, "milliseconds": round(seconds * 1000, 1)}
    if args and type(args[0]) is int and not isinstance(task, GlobalTask):
        line["tenant"] = args[0]
    logger.log(level, "task", extra=line)
    metrics.TASKS.add(task.name, state or "")
    metrics.TASK_SECONDS.add(task.name, seconds=seconds)
    reset_contextvars(**task.request.bound)
