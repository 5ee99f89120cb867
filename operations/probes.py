"""/healthz, /readyz and /metrics: for machines that look after this one, on any host name, before everything else."""

import hmac
import logging
from collections.abc import Callable
from functools import cache

import redis
from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from django.db.migrations.loader import MigrationLoader
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4

from operations import heartbeat, metrics
from tenants.valkey import valkey

logger = logging.getLogger(__name__)
OK = "ok"


class ProbeMiddleware:
    """Answers the three paths itself: they are no routes of a shop, and need no host that is one."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self.probes = {"/healthz": alive, "/readyz": ready, "/metrics": figures}

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        probe = self.probes.get(request.path)
        if probe is None:
            return self.get_response(request)
        if request.method not in {"GET", "HEAD"}:
            return HttpResponse(status=405, headers={"Allow": "GET, HEAD"})
        response = probe(request)
        response["Cache-Control"] = "no-store"
        return response


def alive(_request: HttpRequest) -> HttpResponse:
    """The process answers; nothing else is asked."""
    return HttpResponse("ok", content_type="text/plain")


def ready(_request: HttpRequest) -> HttpResponse:
    """Whether this process could serve a shop; worker and beat are told of, but a request needs neither."""
    answers: dict[str, object] = {name: _asked(name, question) for name, question in QUESTIONS.items()}
    status = 200 if set(answers.values()) == {OK} else 503
    try:
        ages = heartbeat.ages()
    except redis.RedisError:
        ages = dict.fromkeys(heartbeat.PROCESSES)
    seen = {f"{process}_seen_seconds_ago": age for process, age in ages.items()}
    return JsonResponse(answers | seen, status=status)


def figures(request: HttpRequest) -> HttpResponse:
    """For whoever knows the token; nobody else learns that there is something here."""
    if not settings.METRICS_TOKEN or not _knows_token(request):
        return HttpResponse(status=404)
    try:
        return HttpResponse(metrics.text(), content_type=CONTENT_TYPE_PLAIN_0_0_4)
    except redis.RedisError:
        return HttpResponse(status=503)


def _knows_token(request: HttpRequest) -> bool:
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    return hmac.compare_digest(given.encode(), settings.METRICS_TOKEN.encode())


def _asked(name: str, question: Callable[[], str]) -> str:
    try:
        return question()
    except (DatabaseError, InterfaceError, redis.RedisError) as error:
        logger.warning("not ready", extra={"part": name, "error": type(error).__name__})
        return "does not answer"


def _database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return OK


def _migrations() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT app, name FROM django_migrations")
        applied = set(cursor.fetchall())
    return OK if _known_migrations() <= applied else "missing"


@cache
def _known_migrations() -> set[tuple[str, str]]:
    loader = MigrationLoader(None, ignore_no_migrations=True)
    assert loader.disk_migrations is not None
    return set(loader.disk_migrations)


def _valkey() -> str:
    valkey().ping()
    return OK


QUESTIONS: dict[str, Callable[[], str]] = {"database": _database, "migrations": _migrations, "valkey": _valkey}
