"""Routes that state their capability: a URL that states none cannot start and cannot answer."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import wraps
from typing import Any, Final, TypeVar

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.urls import URLPattern, URLResolver, get_resolver, path
from django.utils import translation
from django.views.decorators.cache import never_cache

from tenants.requests import ShopRequest
from tenants.roles import ALL_CAPABILITIES, Actor

View = Callable[..., Any]
Route = TypeVar("Route", URLPattern, URLResolver)
PUBLIC: Final = "public"


@dataclass(frozen=True)
class Surface:
    """One way into a shop: how it recognises who is asking, and how it refuses.

    `refuse` gets the actor, or None where nobody is signed in; `ask_second_factor` answers who could go on with one.
    """

    name: str
    authenticate: Callable[[Any], Actor | None]
    refuse: Callable[[Any, Actor | None], HttpResponse]
    ask_second_factor: Callable[[Any], HttpResponse] | None = None
    not_allowed: Callable[[Any, list[str]], HttpResponse] = lambda _, methods: HttpResponseNotAllowed(methods)
    # The language of this surface's readers; None follows the request.
    language: Callable[[Any], str] | None = None

    def route(self, pattern: str, view: View, *, name: str, **capabilities: str) -> URLPattern:
        """A URL of this surface; capabilities by method: `GET="customers.read"`. HEAD follows GET."""
        unknown = set(capabilities.values()) - ALL_CAPABILITIES - {PUBLIC}
        if not capabilities or unknown:
            raise ImproperlyConfigured(f"route {name!r} states no or unknown capabilities: {sorted(unknown)}")
        return path(pattern, self._guarded(view, capabilities), name=name)

    def _guarded(self, view: View, capabilities: dict[str, str]) -> View:
        @wraps(view)
        def guarded(request: ShopRequest, *args: Any, **kwargs: Any) -> Any:
            capability = capabilities.get("GET" if request.method == "HEAD" else str(request.method))
            if capability is None:
                return self.not_allowed(request, list(capabilities))
            actor = self.authenticate(request)
            if capability != PUBLIC and (actor is None or not actor.may(capability)):
                if self.ask_second_factor is not None and actor is not None and actor.could(capability):
                    return self.ask_second_factor(request)
                return self.refuse(request, actor)
            if actor is not None:
                request.actor = actor
            if self.language is not None:
                translation.activate(request.tenant.spelling(self.language(request)))
            return view(request, *args, **kwargs)

        return _stating(never_cache(guarded), capabilities)


def public(route: Route) -> Route:
    """State that a route, or everything under an include, is open to anyone."""
    for pattern in _leaves([route]):
        _stating(pattern.callback, PUBLIC)
    return route


def stated_routes(urlconf: str) -> dict[str, URLPattern]:
    """Every route of a URL configuration by its full pattern."""
    return dict(_named_leaves(get_resolver(urlconf).url_patterns, ""))


def unstated_routes() -> list[str]:
    """Routes without a stated capability, over all URL configurations."""
    return [
        f"{urlconf}: /{pattern}"
        for urlconf in (settings.ROOT_URLCONF, settings.PUBLIC_URLCONF)
        for pattern, route in _named_leaves(get_resolver(urlconf).url_patterns, "")
        if not hasattr(route.callback, "capabilities")
    ]


class StatedCapabilityMiddleware:
    """The second wall behind the start-up check: refuses a view that states no capability."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: View, args: Any, kwargs: Any) -> None:
        if not hasattr(view, "capabilities"):
            raise ImproperlyConfigured(f"{request.path} states no capability")


def _stating(view: Any, capabilities: dict[str, str] | str) -> View:
    view.capabilities = capabilities
    return view


def _leaves(patterns: list[Any]) -> Iterator[URLPattern]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from _leaves(pattern.url_patterns)
        else:
            yield pattern


def _named_leaves(patterns: list[Any], prefix: str) -> Iterator[tuple[str, URLPattern]]:
    for pattern in patterns:
        full = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _named_leaves(pattern.url_patterns, full)
        else:
            yield full, pattern
