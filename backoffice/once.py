"""A form that makes something new is sent once: a second press and a reload must not make another."""

from django.contrib import messages
from django.core.cache import cache
from django.http import HttpRequest
from django.utils.translation import gettext as _

from tenants.scope import current_tenant
from tenants.secrets import digest

SECONDS = 3_600


def sent_before(request: HttpRequest) -> bool:
    """Whether this rendering of the form has been sent already, with the same content; the next page then says so.

    Each rendering of a page has a CSRF token of its own, which all its forms share. Whoever goes back and types
    something else means something else.
    """
    if not request.POST.get("csrfmiddlewaretoken"):
        return False
    is_first = cache.add(_key(request), 1, timeout=SECONDS)
    if not is_first:
        messages.info(request, _("That was sent already and counts once."))
    return not is_first


def may_be_sent_again(request: HttpRequest) -> None:
    """It was refused: the same once more is no second time."""
    if request.POST.get("csrfmiddlewaretoken"):
        cache.delete(_key(request))


def _key(request: HttpRequest) -> str:
    return f"form:{current_tenant().pk}:{digest(_content(request))}"


def _content(request: HttpRequest) -> str:
    typed = sorted((name, values) for name, values in request.POST.lists())
    files = sorted((name, file.name, file.size) for name, sent in request.FILES.lists() for file in sent)
    return repr((request.path, typed, files))
