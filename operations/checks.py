"""What production must not start with: each has been somebody's way into, or out of, an installation."""

from typing import Any

from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core import checks

from tenants.startup import PRODUCTION

SHORTEST_SECRET = 32
FEWEST_CHARACTERS = 10
SHORTEST_TOKEN = 16
# Nobody but a developer reads what these send.
LOCAL_MAIL = {f"django.core.mail.backends.{name}.EmailBackend" for name in ("console", "dummy", "filebased", "locmem")}


def _error(number: int, text: str) -> checks.CheckMessage:
    return checks.Error(text, id=f"operations.E{number:03}")


@checks.register(PRODUCTION, deploy=True)
def secrets_are_secret(**_: Any) -> list[checks.CheckMessage]:
    problems = []
    key = settings.SECRET_KEY
    if len(key) < SHORTEST_SECRET or len(set(key)) < FEWEST_CHARACTERS or key.startswith("django-insecure"):
        problems.append(_error(1, f"SECRET_KEY is no secret: set {SHORTEST_SECRET} random characters or more"))
    if settings.METRICS_TOKEN and len(settings.METRICS_TOKEN) < SHORTEST_TOKEN:
        problems.append(_error(2, f"METRICS_TOKEN is too short: set {SHORTEST_TOKEN} random characters or more"))
    return problems


@checks.register(PRODUCTION, deploy=True)
def nothing_is_meant_for_developers(**_: Any) -> list[checks.CheckMessage]:
    problems = []
    if settings.DEBUG:
        problems.append(_error(3, "DEBUG shows settings and data to everybody: unset it"))
    if settings.EMAIL_BACKEND in LOCAL_MAIL:
        problems.append(_error(4, "EMAIL_URL sends no mail: set smtp+tls://user:password@host:587"))
    host = settings.BASE_DOMAIN.partition(":")[0]
    if host.endswith("localhost") or host.replace(".", "").isdigit() or "." not in host:
        problems.append(_error(5, f"BASE_DOMAIN is {settings.BASE_DOMAIN}: set the domain below which the shops live"))
    return problems


@checks.register(PRODUCTION, deploy=True)
def traffic_is_encrypted(**_: Any) -> list[checks.CheckMessage]:
    if not settings.HTTPS:
        return [_error(6, "PUBLIC_SCHEME is not https: cookies could be read on the way")]
    if settings.TRUSTED_PROXY_COUNT is None:
        text = "TRUSTED_PROXY_COUNT is not set: say how many proxies of yours stand in front (0 where there is none)"
        return [_error(7, text)]
    return []


@checks.register(PRODUCTION, deploy=True)
def static_files_are_collected(**_: Any) -> list[checks.CheckMessage]:
    if getattr(staticfiles_storage, "hashed_files", None):
        return []
    return [_error(8, f"{settings.STATIC_ROOT} holds no collected static files: run manage.py collectstatic")]
