"""From the bare domain to a shop's host: a signed token, valid for 60 seconds, exchanged once."""

import secrets
from dataclasses import dataclass

from django.core import signing
from django.core.cache import cache

from tenants.errors import DomainError
from tenants.models import Tenant, User

SALT = "team.handover"
SECONDS = 60


class HandoverRefused(DomainError):
    code = "handover_refused"
    status = 403


@dataclass(frozen=True, slots=True)
class Handover:
    """Who comes, when they last showed a second factor (in seconds since 1970), and which page they want."""

    user: User
    second_factor_at: int | None
    page: str


def handover_token(*, user: User, tenant: Tenant, second_factor_at: int | None = None, page: str = "") -> str:
    claim = {
        "user": user.pk,
        "tenant": tenant.pk,
        "second_factor_at": second_factor_at,
        "page": page,
        "nonce": secrets.token_hex(8),
    }
    return signing.dumps(claim, salt=SALT)


def handed_over(token: str, *, tenant: Tenant) -> Handover:
    """What a token brings to this shop, once. Raises HandoverRefused."""
    try:
        claim = signing.loads(token, salt=SALT, max_age=SECONDS)
    except signing.BadSignature as error:
        raise HandoverRefused from error
    first = cache.add(f"handover:{claim['nonce']}", 1, timeout=2 * SECONDS)
    user = User.objects.filter(pk=claim["user"], is_active=True).first()
    if claim["tenant"] != tenant.pk or not first or user is None:
        raise HandoverRefused
    return Handover(user=user, second_factor_at=claim["second_factor_at"], page=claim["page"])
