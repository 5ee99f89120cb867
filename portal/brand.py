"""The shop's palette, logo and photos as files, for every page of its host."""

from django.http import Http404, HttpResponse
from django.utils.cache import patch_cache_control

from rewards.queries import photo_called
from team.brand import logo_called
from tenants.brand import style_name, style_sheet
from tenants.requests import ShopRequest

A_YEAR = 31_536_000


def styles(request: ShopRequest, name: str) -> HttpResponse:
    """Always the palette in force: a page that was open while the colour changed must not lose all colour."""
    color = request.tenant.brand_color
    response = HttpResponse(style_sheet(color), content_type="text/css; charset=utf-8")
    return _kept(response, for_ever=f"{name}.css" == style_name(color))


def logo(request: ShopRequest, name: str) -> HttpResponse:
    return _picture(name, "small")


def large_logo(request: ShopRequest, name: str) -> HttpResponse:
    return _picture(name, "large")


def reward_photo(request: ShopRequest, name: str) -> HttpResponse:
    return _photo(name, "small")


def large_reward_photo(request: ShopRequest, name: str) -> HttpResponse:
    return _photo(name, "large")


def _photo(name: str, size: str) -> HttpResponse:
    found = photo_called(name)
    if found is None:
        raise Http404
    return _kept(HttpResponse(bytes(getattr(found, size)), content_type="image/webp"), for_ever=True)


def _picture(name: str, size: str) -> HttpResponse:
    found = logo_called(name)
    if found is None:
        raise Http404
    return _kept(HttpResponse(bytes(getattr(found, size)), content_type="image/png"), for_ever=True)


def _kept(response: HttpResponse, *, for_ever: bool) -> HttpResponse:
    """The name holds a hash of the content, so the content under a name never changes."""
    if for_ever:
        patch_cache_control(response, public=True, max_age=A_YEAR, immutable=True)
    else:
        patch_cache_control(response, no_cache=True)
    response["X-Content-Type-Options"] = "nosniff"
    return response
