"""The address of an invitation, and the code in what was scanned."""

import re
from typing import Final

from referrals.invitations import spelled
from referrals.models import Channel
from tenants.scope import current_tenant

# In the address, so that a printed code stays small.
LETTERS: Final = {"w": Channel.WHATSAPP, "m": Channel.EMAIL, "s": Channel.SMS, "p": Channel.PAPER}
# Whichever host it was printed for: shops move to domains of their own.
_LINK: Final = re.compile(
    r"^(?:https?://)?[^/\s]+/e/(?P<code>[0-9A-Za-z-]{3,40})/?(?:\?(?:.*&)?w=(?P<letter>[a-z])\b.*|\?.*)?$"
)


def link_of(code: str, *, channel: Channel = Channel.LINK) -> str:
    """Leads to the page on which somebody enrols by an invitation."""
    letter = next((letter for letter, one in LETTERS.items() if one == channel), "")
    return f"{current_tenant().url}/e/{spelled(code)}/{f'?w={letter}' if letter else ''}"


def channel_of(letter: str) -> Channel:
    """On which way somebody has come who follows a link."""
    return LETTERS.get(letter, Channel.LINK)


def read_link(text: str) -> tuple[str, Channel] | None:
    """Code and channel of a link that was scanned; None for anything else."""
    match = _LINK.match(text.strip())
    return (match["code"], channel_of(match["letter"] or "")) if match else None
