"""Delivery reports (RFC 3464): mail that another server took at first and then sent back."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.message import Message as AnyMessage
from email.utils import parseaddr
from typing import Final

from messaging.models import Message
from messaging.sending import refuse
from tenants.hosts import tenant_of_host
from tenants.models import Tenant
from tenants.scope import tenant_scope

_ORIGINAL: Final = ("message/rfc822", "text/rfc822-headers")


@dataclass(frozen=True, slots=True)
class Report:
    """One mail that did not arrive: which one, and why, as a status of RFC 3463."""

    message_id: str
    status: str

    @property
    def host(self) -> str:
        """The shop's own, which stands in the identity of each of its mails."""
        return self.message_id.rpartition("@")[2].rstrip(">")


def reports_in(content: bytes) -> list[Report]:
    """Of one mail: none where it is no report of a final failure, such as an answer from somebody's holidays."""
    mail = message_from_bytes(content, policy=policy.default)
    assert isinstance(mail, EmailMessage)
    statuses = [status for part in mail.walk() for status in _failures(part)]
    identity = next((found for part in mail.walk() if (found := _identity(part))), "")
    return [Report(identity, status) for status in statuses[:1]] if identity else []


def record_bounce(report: Report, *, now: datetime) -> bool:
    """Note that a message came back; False where no shop of ours has sent it, or it is known."""
    tenant = _sender(report)
    if tenant is None:
        return False
    with tenant_scope(tenant):
        sent = Message.objects.select_for_update(no_key=True).filter(message_id=report.message_id)
        message = sent.filter(state=Message.State.SENT).first()
        if message is None:
            return False
        refuse(message, status=report.status, now=now)
    return True


def _sender(report: Report) -> Tenant | None:
    return tenant_of_host(report.host.lower()) if report.host else None


def _failures(part: AnyMessage) -> Iterator[str]:
    """A report has a block for the mail and one for each recipient; only those that failed for good count."""
    if part.get_content_type() != "message/delivery-status":
        return
    for block in part.get_payload():
        if isinstance(block, AnyMessage) and f"{block.get('Action', '')}".strip().lower() == "failed":
            status = f"{block.get('Status', '')}".split()
            if status and status[0].startswith("5."):
                yield status[0]


def _identity(part: AnyMessage) -> str:
    """Of the mail that the report is about, whose headers it carries."""
    kind = part.get_content_type()
    if kind not in _ORIGINAL:
        return ""
    payload = part.get_payload()
    if kind == "message/rfc822" and isinstance(payload, list):
        original = payload[0]
    else:
        raw = part.get_payload(decode=True)
        original = message_from_bytes(raw if isinstance(raw, bytes) else b"")
    assert isinstance(original, AnyMessage)
    address = parseaddr(f"{original.get('Message-ID', '')}")[1]
    return f"<{address}>" if address else ""
