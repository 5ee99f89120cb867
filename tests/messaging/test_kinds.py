"""What holds for every kind of message that any app declares, in every language in which customers are addressed."""

import re
from datetime import timedelta

import pytest
from django.core import mail

from customers.mails import page_of
from messaging.jobs import KEPT_FOR, forget_old
from messaging.kinds import Fact, Kind, kinds
from messaging.models import Message
from messaging.services import post_message
from messaging.wording import checked, default_words, sample_letter
from tenants.models import Tenant
from tests.factories import NOW, Shop
from tests.messaging.conftest import agrees, reachable, work_off

pytestmark = pytest.mark.django_db
ADDRESSED = [("de", "du", "Hallo Jana,"), ("de", "sie", "Guten Tag Jana Krüger,"), ("en", "sie", "Hello Jana,")]


@pytest.mark.parametrize(("language", "address", "hello"), ADDRESSED)
def test_every_kind_speaks_every_language(shop: Shop, language: str, address: str, hello: str) -> None:
    Tenant.objects.filter(pk=shop.tenant.pk).update(address=address, language="de")
    shop.tenant.refresh_from_db()
    spoken = {("de", "du"): "de-informal", ("de", "sie"): "de", ("en", "sie"): "en"}[language, address]
    with shop.scope():
        for kind in kinds():
            words = default_words(kind, language=spoken)
            checked(kind, subject=words.subject, body=words.body)
            letter = sample_letter(kind, words, language=language)
            page = page_of(letter, logo_url="")
            for text in (letter.subject, letter.text, re.sub("<style>.*?</style>", "", page, flags=re.DOTALL)):
                assert not re.search(r"[{}]", text), kind.code
            assert letter.text.startswith(hello), kind.code
            assert letter.subject
            assert "\n" not in letter.subject
            informal, formal = (
                re.search(r"\b[Dd](u|ich|ir|ein\w*)\b", letter.text),
                re.search(r"\bI(hr|hnen)", letter.text),
            )
            assert not (formal if address == "du" else informal), kind.code


def test_no_advertising_of_any_kind_goes_to_anybody_who_has_not_agreed(shop: Shop, advert: Kind) -> None:
    with shop.scope():
        reluctant, willing = reachable(), reachable(email="ole@example.org")
        agrees(willing)
        for kind in kinds():
            for customer in (reluctant, willing):
                facts = {placeholder.code: placeholder.example for placeholder in kind.placeholders}
                post_message(kind=kind, customer=customer, once=f"{customer.pk}", now=NOW, facts=facts)
    work_off(shop)
    advertising = [sent for sent in mail.outbox if "List-Unsubscribe" in sent.extra_headers]
    assert {address for sent in advertising for address in sent.to} == {"ole@example.org"}
    assert len(advertising) == sum(kind.is_marketing for kind in kinds())
    assert len(mail.outbox) == 2 * len(kinds()) - len(advertising)


def test_a_very_long_subject_is_cut(shop: Shop, voucher: Kind) -> None:
    with shop.scope():
        facts: dict[str, Fact] = {"reward": "ein sehr langes Wort " * 30, "code": "4K7P", "day": NOW.date()}
        post_message(kind=voucher, customer=reachable(), once="1", now=NOW, facts=facts)
    work_off(shop)
    (sent,) = mail.outbox
    assert len(sent.subject) <= 150
    assert sent.subject.endswith("…")


def test_what_was_said_long_ago_is_forgotten_unless_it_came_back(shop: Shop, other_shop: Shop) -> None:
    for one in (shop, other_shop):
        with one.scope():
            customer = reachable()
            for once, state, reason, age in (
                ("old", "sent", "", KEPT_FOR + timedelta(days=1)),
                ("fresh", "sent", "", KEPT_FOR - timedelta(days=1)),
                ("back", "bounced", "refused", KEPT_FOR + timedelta(days=1)),
            ):
                Message.objects.create(
                    customer=customer,
                    kind="welcome",
                    once=once,
                    state=state,
                    reason=reason,
                    text="Hallo",
                    posted_at=NOW - age,
                )
    with shop.scope():
        forget_old(now=NOW)
        assert dict(Message.objects.values_list("once", "text")) == {"fresh": "Hallo", "back": ""}
    with other_shop.scope():
        assert Message.objects.count() == 3
