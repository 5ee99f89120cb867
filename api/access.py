"""The API as a surface: keys in the Authorization header, problems as answers."""

from django.http import HttpRequest

from api import problems
from team.queries import key_actor
from tenants.roles import Actor
from tenants.routes import Surface


def actor_of_key(request: HttpRequest) -> Actor | None:
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    return key_actor(key.strip()) if scheme.lower() == "bearer" and key else None


API = Surface(name="api", authenticate=actor_of_key, refuse=problems.refuse, not_allowed=problems.not_allowed)
