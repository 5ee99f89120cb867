"""What members have searched for, kept for a while: names and addresses stand in no URL, and so in no log."""

from team.models import Membership
from tenants.lockers import keep_longer, lock_away, unlocked
from tenants.scope import current_tenant
from tenants.secrets import new_code

KEPT_FOR = 3600


def remember(text: str, *, member: Membership) -> str:
    """A token for the address line, which only this member's pages can turn back into the text."""
    token = new_code()
    lock_away(text, key=_key(token, member), seconds=KEPT_FOR)
    return token


def recall(token: str, *, member: Membership) -> str:
    """The text, or nothing where it is forgotten. It is kept as long as somebody looks at what it found."""
    text = unlocked(_key(token, member)) if token else ""
    if text:
        keep_longer(_key(token, member), seconds=KEPT_FOR)
    return text


def _key(token: str, member: Membership) -> str:
    return f"search {current_tenant().pk} {member.pk} {token}"
