"""From the bare domain to a shop's host: a signed token, valid for 60 seconds, exchanged once."""

import secrets

from django.core import signing
from django.core.cache import cache

from tenants.errors import DomainError
from tenants.models import Tenant, User

SALT = "team.handover"
SECONDS = 60


class HandoverRefused(DomainError):
    code = "handover_refused"
    status = 403


def handover_token(*, user: User, tenant: Tenant) -> str:
    return signing.dumps({"user": user.pk, "tenant": tenant.pk, "nonce": secrets.token_hex(8)}, salt=SALT)


def user_handed_over(token: str, *, tenant: Tenant) -> User:
    """The user a token brings to this shop, once. Raises HandoverRefused."""
    try:
        claim = signing.loads(token, salt=SALT, max_age=SECONDS)
    except signing.BadSignature as error:
        raise HandoverRefused from error
    first = cache.add(f"handover:{claim['nonce']}", 1, timeout=2 * SECONDS)
    user = User.objects.filter(pk=claim["user"], is_active=True).first()
    if claim["tenant"] != tenant.pk or not first or user is None:
        raise HandoverRefused
    return user
