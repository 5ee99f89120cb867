"""What is owed to a customer is said once, in their words, to an address of theirs, and only if they may be told."""

from datetime import date, timedelta
from email.utils import parseaddr
from functools import partial
from smtplib import SMTPDataError, SMTPRecipientsRefused
from typing import Any

import pytest
from django.conf import settings
from django.core import mail
from django.utils import timezone

from customers.consents import withdraw
from customers.merging import merge
from customers.models import Customer, Via
from customers.services import change, erase
from events import delivery
from events.delivery import due_deliveries, relay_events
from events.models import Delivery, Event
from messaging.kinds import Fact, Kind
from messaging.models import Message, MutedKind, OwnText
from messaging.services import post_message
from tenants.models import Tenant
from tenants.roles import SYSTEM
from tests.clients import browser
from tests.factories import NOW, Shop, make_customer
from tests.messaging.conftest import AWAY, JANA, MailServer, agrees, reachable, work_off
from tests.tenants.threads import in_threads

pytestmark = pytest.mark.django_db
DAY = date(2026, 12, 31)
WORKERS = 8


class Killed(BaseException):
    """Stands for a worker that dies: nothing in the product catches it."""


def post(kind: Kind, customer: Customer, *, once: str = "1", **facts: Any) -> Message | None:
    stated: dict[str, Fact] = {"reward": "ein Kaffee", "code": "4K7P", "day": DAY, **facts} if kind.placeholders else {}
    return post_message(kind=kind, customer=customer, once=once, now=NOW, facts=stated)


def outcome(shop: Shop) -> tuple[str, str]:
    with shop.scope():
        message = Message.objects.get()
        return message.state, message.reason


def html_of(message: Any) -> str:
    (page,) = [part for part, kind in message.alternatives if kind == "text/html"]
    return str(page)


# --- Once -----------------------------------------------------------------------------------------------------------


def test_a_message_goes_out_once_and_is_kept_as_it_was_sent(shop: Shop, other_shop: Shop, voucher: Kind) -> None:
    with shop.scope():
        customer = reachable()
        assert post(voucher, customer) is not None
        assert post(voucher, customer) is None
        assert post(voucher, customer, once="2") is not None
    with other_shop.scope():
        assert post(voucher, reachable()) is not None
    work_off(shop)
    work_off(shop)
    assert len(mail.outbox) == 2
    sent = mail.outbox[0]
    assert (sent.to, sent.subject) == ([JANA], "ein Kaffee until 31. Dezember 2026")
    with shop.scope():
        kept = Message.objects.order_by("pk")[0]
        assert (kept.state, kept.address, kept.subject, kept.language) == ("sent", JANA, sent.subject, "de-informal")
        assert kept.text in sent.body
        assert kept.message_id == sent.extra_headers["Message-ID"]
        assert "4K7P" in kept.text


def test_facts_that_are_not_the_kind_s_are_a_mistake_of_the_caller(shop: Shop, voucher: Kind) -> None:
    with shop.scope(), pytest.raises(ValueError, match="takes"):
        post_message(kind=voucher, customer=reachable(), once="1", now=NOW, facts={"code": "4K7P"})


@pytest.mark.django_db(transaction=True)
def test_eight_tills_that_post_the_same_fact_post_it_once(shop: Shop, voucher: Kind) -> None:
    with shop.scope():
        customer = reachable()

    def work(_: int) -> bool:
        with shop.scope():
            return post(voucher, customer) is not None

    assert sorted(map(bool, in_threads(WORKERS, work))) == [False] * (WORKERS - 1) + [True]
    with shop.scope():
        assert Event.objects.filter(name="message.posted").count() == 1


@pytest.mark.django_db(transaction=True)
def test_eight_workers_send_a_message_once(shop: Shop, voucher: Kind) -> None:
    with shop.scope():
        customer = reachable()
        for number in range(5):
            post(voucher, customer, once=str(number))
        announced, _ = relay_events(now=NOW)

    def work(number: int) -> None:
        for position in range(len(announced)):
            delivery_id, attempt = announced[(position + number) % len(announced)]
            delivery.deliver(tenant=shop.tenant, delivery_id=delivery_id, attempt=attempt, now=NOW)

    assert in_threads(WORKERS, work) == [None] * WORKERS
    assert len(mail.outbox) == 5
    with shop.scope():
        assert set(Message.objects.values_list("state", flat=True)) == {"sent"}


def attempts(shop: Shop, *, later: timedelta) -> None:
    """What the sweep finds after a while."""
    now = timezone.now() + later
    with shop.scope():
        due = due_deliveries(now=now)
    for delivery_id, attempt in due:
        delivery.deliver(tenant=shop.tenant, delivery_id=delivery_id, attempt=attempt, now=now)


def test_a_worker_that_dies_before_the_mail_left_costs_nobody_the_mail(
    shop: Shop, voucher: Kind, server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with shop.scope():
        post(voucher, reachable())
    with monkeypatch.context() as patched:
        patched.setattr("messaging.sending.letter_to", partial(_dies, Killed()))
        with pytest.raises(Killed):
            work_off(shop)
    attempts(shop, later=timedelta(minutes=2))
    assert (outcome(shop), len(mail.outbox)) == (("sent", ""), 1)


def _dies(death: BaseException, *_: Any, **__: Any) -> None:
    raise death


def test_a_worker_that_dies_after_the_server_took_the_mail_sends_it_no_second_time(
    shop: Shop, voucher: Kind, monkeypatch: pytest.MonkeyPatch
) -> None:
    with shop.scope():
        post(voucher, reachable())
    with monkeypatch.context() as patched:
        patched.setattr("messaging.sending._sent", partial(_dies, Killed()))
        with pytest.raises(Killed):
            work_off(shop)
    assert outcome(shop) == ("queued", "")
    attempts(shop, later=timedelta(minutes=2))
    assert (outcome(shop), len(mail.outbox)) == (("sent", ""), 1)


def test_where_nobody_can_know_whether_the_server_took_it_the_team_is_told(
    shop: Shop, voucher: Kind, server: MailServer
) -> None:
    with shop.scope():
        post(voucher, reachable())
    server.says = [Killed()]
    with pytest.raises(Killed):
        work_off(shop)
    attempts(shop, later=timedelta(minutes=2))
    assert (outcome(shop), server.asked) == (("failed", "interrupted"), 1)


def test_a_server_that_is_away_for_an_hour_loses_nothing_and_sends_nothing_twice(
    shop: Shop, voucher: Kind, server: MailServer
) -> None:
    with shop.scope():
        post(voucher, reachable())
    server.says = [AWAY] * 5
    work_off(shop)
    for minutes in (1, 3, 15, 30, 70, 90):
        attempts(shop, later=timedelta(minutes=minutes))
    assert (outcome(shop), len(mail.outbox), server.asked) == (("sent", ""), 1, 6)
    with shop.scope():
        done = Delivery.objects.get(handler="messaging.handlers.send_posted")
        assert (done.state, done.attempts) == ("done", 6)


def test_what_the_server_says_is_in_no_log(
    shop: Shop, voucher: Kind, server: MailServer, caplog: pytest.LogCaptureFixture
) -> None:
    with shop.scope():
        post(voucher, reachable())
    server.says = [AWAY, SMTPRecipientsRefused({JANA: (451, b"try jana@example.org later")})]
    work_off(shop)
    attempts(shop, later=timedelta(minutes=2))
    assert "handler failed" in caplog.text
    assert JANA not in caplog.text


# --- Who may be told ------------------------------------------------------------------------------------------------


def test_nobody_is_told_at_an_address_that_is_not_theirs(shop: Shop, voucher: Kind) -> None:
    with shop.scope():
        unproven, nameless = make_customer(email=JANA), make_customer()
        states = [post(voucher, customer, once=str(customer.pk)) for customer in (unproven, nameless)]
        assert [(m.state, m.reason) for m in states if m] == [("dropped", "unconfirmed"), ("dropped", "no_address")]
        assert not Event.objects.filter(name="message.posted").exists()
    work_off(shop)
    assert mail.outbox == []


def test_what_is_so_when_it_is_sent_decides(shop: Shop, voucher: Kind) -> None:
    with shop.scope():
        customer = reachable()
        post(voucher, customer)
        change(customer=customer, email="neu@example.org", actor=SYSTEM, now=NOW)
    work_off(shop)
    assert (outcome(shop), mail.outbox) == (("dropped", "unconfirmed"), [])


def test_no_advertising_without_consent(shop: Shop, advert: Kind) -> None:
    with shop.scope():
        customer = reachable()
        refused = post(advert, customer)
        assert refused is not None
        assert (refused.state, refused.reason) == ("dropped", "no_consent")
        agrees(customer)
        post(advert, customer, once="2")
        post(advert, customer, once="3")
    work_off(shop)
    assert len(mail.outbox) == 2
    with shop.scope():
        post(advert, customer, once="4")
        withdraw(customer=customer, channel="email", via=Via.PORTAL, actor=SYSTEM, now=NOW)
    work_off(shop)
    assert len(mail.outbox) == 2
    with shop.scope():
        assert Message.objects.get(once="4").reason == "no_consent"


def test_advertising_says_how_to_stop_it_and_a_duty_does_not(shop: Shop, advert: Kind, voucher: Kind) -> None:
    with shop.scope():
        customer = reachable()
        agrees(customer)
        post(advert, customer)
        post(voucher, customer)
    work_off(shop)
    news, duty = mail.outbox
    url = news.extra_headers["List-Unsubscribe"].strip("<>")
    assert url.startswith(f"{shop.tenant.url}/unsubscribe/")
    assert news.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert url in news.body
    assert url in html_of(news)
    assert "List-Unsubscribe" not in duty.extra_headers
    assert "/unsubscribe/" not in duty.body + html_of(duty)


def test_the_mail_program_s_button_stops_advertising_without_cookie_or_form(shop: Shop, advert: Kind) -> None:
    """By the headers of a mail that was really sent (RFC 8058)."""
    with shop.scope():
        customer = reachable()
        agrees(customer)
        post(advert, customer)
    work_off(shop)
    headers = mail.outbox[0].extra_headers
    program = browser(shop.host)
    program.handler.enforce_csrf_checks = True
    name, _, value = headers["List-Unsubscribe-Post"].partition("=")
    path = headers["List-Unsubscribe"].strip("<>").removeprefix(shop.tenant.url)
    assert program.post(path, {name: value}).status_code == 200
    with shop.scope():
        refused = post(advert, customer, once="2")
        assert refused is not None
        assert refused.reason == "no_consent"
    work_off(shop)
    assert len(mail.outbox) == 1


def test_a_kind_that_is_switched_off_is_not_sent(shop: Shop, voucher: Kind) -> None:
    with shop.scope():
        customer = reachable()
        post(voucher, customer)
        MutedKind.objects.create(kind=voucher.code, muted_at=NOW)
        assert post(voucher, customer, once="2") is None
    work_off(shop)
    assert (outcome(shop), mail.outbox) == (("dropped", "muted"), [])


# --- What comes back ------------------------------------------------------------------------------------------------


def test_an_address_that_is_refused_gets_no_more_until_it_changes(
    shop: Shop, voucher: Kind, server: MailServer
) -> None:
    with shop.scope():
        customer = reachable()
        post(voucher, customer)
    server.says = [SMTPRecipientsRefused({JANA: (550, b"5.1.1 <jana@example.org> no such user")})]
    work_off(shop)
    with shop.scope():
        refused = Message.objects.get()
        assert (refused.state, refused.reason, refused.status) == ("bounced", "refused", "5.1.1")
        assert Event.objects.get(name="message.bounced").payload == {"customer": customer.pk, "message": refused.pk}
        later = post(voucher, customer, once="2")
        assert later is not None
        assert later.reason == "unreachable"
        Customer.objects.filter(pk=customer.pk).update(email_confirmed_at=timezone.now())
        customer.refresh_from_db()
        post(voucher, customer, once="3")
    work_off(shop)
    assert len(mail.outbox) == 1


@pytest.mark.parametrize(
    "refusal",
    [
        SMTPRecipientsRefused({JANA: (552, b"5.2.2 mailbox full")}),
        SMTPDataError(554, b"5.7.1 looks like spam"),
    ],
)
def test_a_mail_that_is_refused_says_nothing_about_the_address(
    shop: Shop, voucher: Kind, server: MailServer, refusal: Exception
) -> None:
    with shop.scope():
        customer = reachable()
        post(voucher, customer)
    server.says = [refusal]
    work_off(shop)
    assert outcome(shop) == ("failed", "refused")
    with shop.scope():
        later = post(voucher, customer, once="2")
        assert later is not None
        assert later.state == "queued"


# --- Words ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "language", "name", "hello"),
    [
        ("du", "", "Jana Krüger", "Hallo Jana,"),
        ("sie", "", "Jana Krüger", "Guten Tag Jana Krüger,"),
        ("sie", "en", "Jana Krüger", "Hello Jana,"),
        ("sie", "", "", "Guten Tag,"),
    ],
)
def test_a_customer_is_addressed_in_their_language(
    shop: Shop, voucher: Kind, address: str, language: str, name: str, hello: str
) -> None:
    Tenant.objects.filter(pk=shop.tenant.pk).update(address=address)
    shop.tenant.refresh_from_db()
    with shop.scope():
        post(voucher, reachable(language=language, name=name))
    work_off(shop)
    (sent,) = mail.outbox
    assert sent.body.startswith(hello)
    assert ("December" in sent.subject) == (language == "en")


def test_names_and_facts_are_text_and_never_markup_or_headers(shop: Shop, voucher: Kind) -> None:
    with shop.scope():
        customer = reachable()
        Customer.objects.filter(pk=customer.pk).update(name="Jana\r\nBcc: alle@example.org {code} <b>")
        Tenant.objects.filter(pk=shop.tenant.pk).update(name='Böse "Shop" <x@y.example>')
        customer.refresh_from_db()
        post(voucher, customer, reward="<script>alert(1)</script>\r\nSubject: {code}")
    shop.tenant.refresh_from_db()
    work_off(shop)
    (sent,) = mail.outbox
    page = html_of(sent)
    assert "<script>" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; Subject: {code}" in page
    assert "\n" not in sent.subject
    assert sent.subject.startswith("<script>alert(1)</script> Subject: {code} until")
    raw = sent.message()
    assert (raw["Bcc"], raw.get_all("Subject"), raw["To"]) == (None, [raw["Subject"]], JANA)
    assert parseaddr(raw["From"])[1] == parseaddr(settings.DEFAULT_FROM_EMAIL)[1]


def test_a_mail_names_who_writes_and_where_to_answer(shop_in_law: Shop, voucher: Kind) -> None:
    with shop_in_law.scope():
        post(voucher, reachable())
    work_off(shop_in_law)
    (sent,) = mail.outbox
    assert sent.reply_to == ["hallo@morgenrot.example"]
    for part in (sent.body, html_of(sent)):
        assert "Café Morgenrot GmbH" in part
        assert "20095 Hamburg" in part
        assert f"{shop_in_law.tenant.url}/legal/imprint/" in part
        assert f"{shop_in_law.tenant.url}/vouchers/4K7P/" in part


def test_a_shop_s_own_words_take_the_place_of_ours_in_their_language(shop: Shop, voucher: Kind) -> None:
    with shop.scope():
        OwnText.objects.create(kind=voucher.code, language="de", subject="Für dich", body="{code}!", changed_at=NOW)
        post(voucher, reachable(), once="1")
        post(voucher, reachable(email="ole@example.org", language="en"), once="2")
    work_off(shop)
    assert [sent.subject for sent in mail.outbox] == ["Für dich", "ein Kaffee until 31 December 2026"]


# --- Forgetting and joining -----------------------------------------------------------------------------------------


def test_nothing_that_was_said_outlives_the_customer(shop: Shop, voucher: Kind) -> None:
    with shop.scope():
        customer = reachable()
        post(voucher, customer)
    work_off(shop)
    with shop.scope():
        post(voucher, customer, once="2")
        erase(customer=customer, actor=SYSTEM, now=NOW)
        assert not Message.objects.exists()
        customer.refresh_from_db()
        assert post(voucher, customer, once="3") is None
    work_off(shop)
    assert len(mail.outbox) == 1


def test_who_was_joined_with_somebody_is_told_there(shop: Shop, voucher: Kind) -> None:
    with shop.scope():
        gone, stays = reachable(), reachable(email="ole@example.org", name="Ole")
        post(voucher, gone)
        merge(customer=gone, into=stays, actor=SYSTEM, now=NOW)
        gone.refresh_from_db()
        post(voucher, gone, once="2")
        assert set(Message.objects.values_list("customer", flat=True)) == {stays.pk}
    work_off(shop)
    assert [sent.to for sent in mail.outbox] == [["ole@example.org"]] * 2
