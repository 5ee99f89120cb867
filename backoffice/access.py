"""The back office as a surface: members of this shop, signed in on its own host."""

from django.conf import settings
from django.http import HttpResponse, HttpResponseRedirect

from team.models import Membership
from team.queries import member_actor, member_of
from tenants.error_pages import forbidden
from tenants.requests import ShopRequest
from tenants.roles import Actor
from tenants.routes import Surface


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
    return member_actor(member)


def refuse(request: MemberRequest, actor: Actor | None) -> HttpResponse:
    """Nobody is sent to the sign-in on the bare domain; a member without the right gets a page that says so."""
    if actor is None and request.method in ("GET", "HEAD"):
        return HttpResponseRedirect(f"{settings.PUBLIC_SCHEME}://{settings.BASE_DOMAIN}/shops/")
    return forbidden(request)


BACKOFFICE = Surface(name="backoffice", authenticate=signed_in_member, refuse=refuse)
