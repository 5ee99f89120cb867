"""Mail that another server takes and sends back later: the report marks the message, and with it the address."""

from dataclasses import replace
from email.mime.text import MIMEText
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from customers.models import Customer
from messaging.bounces import Report, record_bounce, reports_in
from messaging.kinds import Kind, Purpose, declare
from messaging.models import Message
from messaging.services import post_message
from tests.factories import NOW, Shop
from tests.messaging.conftest import JANA, reachable, work_off

pytestmark = pytest.mark.django_db

REPORT = """\
From: MAILER-DAEMON@mx.example.org
To: returned@punktwerk.example
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="part"

--part
Content-Type: text/plain

The mail could not be delivered.
--part
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.org

Final-Recipient: rfc822; jana@example.org
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 no such user

--part
Content-Type: {kind}

Subject: Hallo
Message-ID: {message_id}
To: jana@example.org

--part--
"""


def report(
    message_id: str, *, action: str = "failed", status: str = "5.1.1", kind: str = "text/rfc822-headers"
) -> bytes:
    return REPORT.format(message_id=message_id, action=action, status=status, kind=kind).encode()


def sent(shop: Shop, kind: Kind) -> Message:
    with shop.scope():
        post_message(kind=kind, customer=reachable(), once="1", now=NOW, facts={})
    work_off(shop)
    with shop.scope():
        return Message.objects.get()


@pytest.fixture
def notice(advert: Kind) -> Kind:
    """Something that needs no facts and no consent."""
    return declare(replace(advert, code="test_notice", purpose=Purpose.SERVICE))


@pytest.mark.parametrize("kind", ["text/rfc822-headers", "message/rfc822"])
def test_a_report_names_the_mail_and_why_it_failed(kind: str) -> None:
    assert reports_in(report("<1@morgenrot.localhost>", kind=kind)) == [Report("<1@morgenrot.localhost>", "5.1.1")]


@pytest.mark.parametrize(("action", "status"), [("delayed", "4.4.1"), ("delivered", "2.0.0"), ("failed", "4.7.0")])
def test_what_may_still_arrive_is_no_failure(action: str, status: str) -> None:
    assert reports_in(report("<1@morgenrot.localhost>", action=action, status=status)) == []


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe\x00", b"Subject: Re: Hallo\n\nIch bin im Urlaub.", REPORT.encode()]
)
def test_other_mail_is_no_report(content: bytes) -> None:
    assert reports_in(content) == []


def test_a_report_marks_the_message_once_and_in_its_own_shop(shop: Shop, other_shop: Shop, notice: Kind) -> None:
    mine, theirs = sent(shop, notice), sent(other_shop, notice)
    (found,) = reports_in(report(mine.message_id))
    assert record_bounce(found, now=timezone.now())
    assert not record_bounce(found, now=timezone.now())
    assert not record_bounce(Report("<1@nowhere.example>", "5.1.1"), now=NOW)
    with shop.scope():
        mine.refresh_from_db()
        assert (mine.state, mine.status) == ("bounced", "5.1.1")
        later = post_message(kind=notice, customer=Customer.objects.get(email=JANA), once="2", now=NOW, facts={})
        assert later is not None
        assert later.reason == "unreachable"
    with other_shop.scope():
        theirs.refresh_from_db()
        assert theirs.state == "sent"


def test_the_command_reads_a_mail_or_a_mailbox(shop: Shop, notice: Kind, tmp_path: Path) -> None:
    content = report(sent(shop, notice).message_id, status="5.2.2")
    mailbox, mail = tmp_path / "returned.mbox", tmp_path / "one.eml"
    mail.write_bytes(MIMEText("Guten Tag").as_bytes())
    mailbox.write_bytes(b"From MAILER-DAEMON Thu Nov 26 10:00:00 2026\n" + content + b"\n")
    said = StringIO()
    call_command("record_bounces", str(mailbox), str(mail), stdout=said)
    assert said.getvalue().strip() == "2 mails, 1 reports of failed delivery, 1 of them recorded"
    with shop.scope():
        assert Message.objects.get().state == "failed", "a full mailbox says nothing about the address"
    with pytest.raises(CommandError):
        call_command("record_bounces", str(tmp_path / "none"))
