"""The back office as a surface: members of this shop, signed in on its own host."""

import time
from datetime import timedelta
from urllib.parse import urlencode, urlsplit

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from team.models import Membership
from team.queries import member_actor, member_of
from tenants.error_pages import forbidden
from tenants.public_site import public_url
from tenants.requests import ShopRequest, own_page
from tenants.roles import Actor
from tenants.routes import Surface

SESSION_SECOND_FACTOR = "second_factor_at"


class MemberRequest(ShopRequest):
    """A request by a member of this shop."""

    member: Membership


def signed_in_member(request: MemberRequest) -> Actor | None:
    if not request.user.is_authenticated:
        return None
    member = member_of(request.user)
    if member is None:
        return None
    request.member = member
    return member_actor(member, second_factor_age=_second_factor_age(request))


def refuse(request: MemberRequest, actor: Actor | None) -> HttpResponse:
    """Nobody is sent to the sign-in on the bare domain; a member without the right gets a page that says so.

    A part of a page that asks for news moves the whole page there: it may not ask another host itself.
    """
    if actor is None and request.method in ("GET", "HEAD"):
        door = public_url("/shops/")
        if "HX-Request" in request.headers:
            return HttpResponse(headers={"HX-Redirect": door})
        return HttpResponseRedirect(door)
    return forbidden(request)


def ask_second_factor(request: MemberRequest) -> HttpResponse:
    """Says why, and leads to the bare domain, where the second factor is, and back to this page."""
    way = urlencode({"shop": request.tenant.slug, "page": _page_to_return_to(request)})
    again = _second_factor_age(request) is not None
    context = {
        "again": again,
        "prove_url": public_url(f"/second-factor/?{way}"),
        "back_url": reverse("backoffice:home"),
    }
    return render(request, "backoffice/second_factor.html", context, status=403)


def _second_factor_age(request: MemberRequest) -> timedelta | None:
    shown_at = request.session.get(SESSION_SECOND_FACTOR)
    return timedelta(seconds=max(time.time() - shown_at, 0)) if shown_at is not None else None


def _page_to_return_to(request: MemberRequest) -> str:
    """The page that was asked for; for a form that was sent, the page that it stands on."""
    if request.method in ("GET", "HEAD"):
        return request.get_full_path()
    stood_on = urlsplit(request.headers.get("Referer", ""))
    page = own_page(stood_on.path, below=reverse("backoffice:home")) if stood_on.netloc == request.get_host() else ""
    return page or reverse("backoffice:home")


BACKOFFICE = Surface(
    name="backoffice", authenticate=signed_in_member, refuse=refuse, ask_second_factor=ask_second_factor
)
