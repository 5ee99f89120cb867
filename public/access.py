"""The bare domain as a surface: a user who has signed in may choose a shop."""

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse

from tenants.models import User
from tenants.roles import Actor, capabilities_of
from tenants.routes import Surface


class UserRequest(HttpRequest):
    """A request to the bare domain by somebody who has signed in."""

    user: User


def signed_in_user(request: HttpRequest) -> Actor | None:
    if not request.user.is_authenticated:
        return None
    return Actor(reference=f"user:{request.user.pk}", capabilities=capabilities_of("user"), id=request.user.pk)


def refuse(request: HttpRequest, actor: Actor | None) -> HttpResponse:
    return redirect_to_login(request.get_full_path(), settings.LOGIN_URL)


SITE = Surface(name="public", authenticate=signed_in_user, refuse=refuse)
