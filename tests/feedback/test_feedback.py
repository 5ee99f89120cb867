"""A customer is asked once in 90 days and only with consent; who is unhappy gets an answer; erasure forgets all."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from customers.consents import withdraw
from customers.models import Customer, Via
from customers.services import erase
from events.models import Event
from feedback.errors import AlreadySettled, NotReachable, QuestionOver
from feedback.jobs import ask_customers
from feedback.models import OPEN_FOR, Response
from feedback.queries import REST, link_token, open_question, response_of_token, waiting_count
from feedback.services import answer_question, ask_by_mail, decline, reply, set_survey, settle
from messaging.models import Message
from tenants.roles import SYSTEM
from tests.clients import browser, phone, signed_in
from tests.factories import Shop, make_customer, make_member, make_purchase, publish_legal_texts
from tests.ledger.test_races_and_failures import at_once
from tests.messaging.conftest import agrees, reachable, work_off

pytestmark = pytest.mark.django_db(transaction=True)
DAY = timedelta(days=1)


@pytest.fixture
def jana(shop: Shop) -> Customer:
    """She bought two days ago, permits advertising, and the shop asks."""
    with shop.scope():
        publish_legal_texts()
        set_survey(by_email=True, in_portal=True, days=2, actor=SYSTEM, now=timezone.now())
        customer = reachable()
        agrees(customer)
        make_purchase(customer=customer, now=timezone.now() - 2 * DAY)
        return customer


def run_job(shop: Shop) -> None:
    ask_customers(shop.tenant, timezone.now().astimezone(shop.tenant.zone).date())


def asked(shop: Shop) -> list[Response]:
    with shop.scope():
        return list(Response.objects.select_related("customer"))


def low(customer: Customer, *, score: int = 3) -> Response:
    now = timezone.now()
    question = Response.objects.create(customer=customer, channel=Response.Channel.EMAIL, asked_at=now)
    return answer_question(response=question, score=score, sentence="Zu laut.", actor=SYSTEM, now=now)


def test_who_bought_two_days_ago_is_asked_by_mail_and_answers_without_signing_in(
    shop: Shop, other_shop: Shop, jana: Customer
) -> None:
    run_job(shop)
    run_job(shop)
    run_job(other_shop)
    work_off(shop)
    assert [response.customer for response in asked(shop)] == [jana]
    assert asked(other_shop) == []
    [letter] = mail.outbox
    assert "List-Unsubscribe" in letter.extra_headers
    found = re.search(r"https?://[^/]+(/feedback/\S+/)", str(letter.body))
    assert found
    path = found[1]
    assert browser(other_shop.host).get(path).status_code == 404
    visitor = browser(shop.host)
    assert visitor.get(path).status_code == 200
    assert asked(shop)[0].score is None
    assert visitor.post(path, {"score": "11"}).context["form"].errors
    assert visitor.post(path, {"score": "4", "sentence": " Zu \n laut. "}).status_code == 302
    visitor.post(path, {"score": "10"})
    [said] = asked(shop)
    assert (said.score, said.sentence, said.needs_answer) == (4, "Zu laut.", True)
    with shop.scope():
        event = Event.objects.get(name="feedback.answered")
        assert event.payload.keys() == {"customer", "response", "score", "needs_answer"}
        assert (waiting_count(), event.actor) == (1, f"customer:{jana.pk}")


@pytest.mark.parametrize("missing", ["consent", "survey", "purchase", "address"])
def test_nobody_is_mailed_without_all_that_it_takes(shop: Shop, jana: Customer, missing: str) -> None:
    now = timezone.now()
    with shop.scope():
        match missing:
            case "consent":
                withdraw(customer=jana, channel="email", via=Via.PORTAL, actor=SYSTEM, now=now)
            case "survey":
                set_survey(by_email=False, in_portal=True, days=2, actor=SYSTEM, now=now)
            case "purchase":
                set_survey(by_email=True, in_portal=True, days=3, actor=SYSTEM, now=now)
            case "address":
                Customer.objects.filter(pk=jana.pk).update(email_confirmed_at=None)
    run_job(shop)
    work_off(shop)
    assert asked(shop) == []
    assert mail.outbox == []


def test_two_workers_ask_once_and_again_only_after_ninety_days(shop: Shop, jana: Customer) -> None:
    now = timezone.now()

    def ask() -> Response | None:
        with shop.scope():
            return ask_by_mail(customer=jana, purchase=None, actor=SYSTEM, now=now)

    results = at_once(*[ask] * 8)
    assert len([result for result in results if isinstance(result, Response)]) == 1
    assert len(asked(shop)) == 1
    with shop.scope():
        soon, later = now + REST - DAY, now + REST
        assert ask_by_mail(customer=jana, purchase=None, actor=SYSTEM, now=soon) is None
        assert ask_by_mail(customer=jana, purchase=None, actor=SYSTEM, now=later)


def test_the_portal_asks_once_and_takes_not_now_for_an_answer(shop: Shop, jana: Customer) -> None:
    own = phone(jana, shop.tenant)
    assert "/feedback/" in own.get("/").content.decode()
    assert own.post("/feedback/", {"score": ""}).status_code == 200
    assert own.post("/feedback/", {"score": "9", "sentence": "Gern."}).headers["Location"] == "/"
    assert "/feedback/" not in own.get("/").content.decode()
    assert own.post("/feedback/", {"score": "1"}).headers["Location"] == "/"
    [said] = asked(shop)
    assert (said.score, said.channel, said.needs_answer, said.purchase_id is None) == (9, "portal", False, False)
    run_job(shop)
    assert len(asked(shop)) == 1


def test_not_now_counts_as_asked(shop: Shop, jana: Customer) -> None:
    assert phone(jana, shop.tenant).post("/feedback/later/").status_code == 302
    run_job(shop)
    [put_off] = asked(shop)
    assert put_off.score is None
    with shop.scope():
        assert open_question(jana, now=timezone.now()) is None


def test_not_now_to_a_mailed_question_leaves_its_link_open(shop: Shop, jana: Customer) -> None:
    run_job(shop)
    now = timezone.now()
    with shop.scope():
        decline(customer=jana, actor=SYSTEM, now=now)
        assert open_question(jana, now=now) is None
        [question] = Response.objects.all()
        answer_question(response=question, score=8, sentence="", actor=SYSTEM, now=now)


def test_a_link_lasts_thirty_days(shop: Shop, jana: Customer) -> None:
    run_job(shop)
    [question] = asked(shop)
    with shop.scope():
        token, last = link_token(question.pk), question.asked_at + OPEN_FOR
        assert response_of_token(token, now=last - DAY) == question
        with pytest.raises(QuestionOver):
            response_of_token(token, now=last)
        with pytest.raises(QuestionOver):
            answer_question(response=question, score=9, sentence="", actor=SYSTEM, now=last)


def test_the_shop_answers_an_unhappy_customer_by_mail_without_consent(shop: Shop, jana: Customer) -> None:
    with shop.scope():
        withdraw(customer=jana, channel="email", via=Via.PORTAL, actor=SYSTEM, now=timezone.now())
        unhappy = low(jana)
        desk = signed_in(make_member(role="manager").user, shop.tenant)
        reader = signed_in(make_member(role="analyst").user, shop.tenant)
    assert "Zu laut." in desk.get("/backoffice/feedback/?show=waiting").content.decode()
    path = f"/backoffice/feedback/{unhappy.pk}/"
    assert "reply" not in reader.get(path).content.decode()
    assert reader.post(path, {"reply": "Nein"}).status_code == 403
    assert desk.post(path, {"reply": "Das tut uns leid, wir sind jetzt leiser."}).status_code == 302
    again = desk.post(path, {"reply": "Noch einmal"})
    assert again.context["form"].errors
    work_off(shop)
    assert "wir sind jetzt leiser" in " ".join(str(mail.outbox[0].body).split())
    assert len(mail.outbox) == 1
    with shop.scope():
        assert waiting_count() == 0


def test_who_cannot_be_reached_is_settled_without_a_mail(shop: Shop) -> None:
    with shop.scope():
        unhappy, now = low(make_customer()), timezone.now()
        with pytest.raises(NotReachable):
            reply(response=unhappy, text="Hallo", actor=SYSTEM, now=now)
        settle(response=unhappy, actor=SYSTEM, now=now)
        with pytest.raises(AlreadySettled):
            settle(response=unhappy, actor=SYSTEM, now=now)
        assert (waiting_count(), Message.objects.count()) == (0, 0)


def test_erasure_takes_the_opinion_along_and_a_neighbour_keeps_hers(shop: Shop, other_shop: Shop) -> None:
    with other_shop.scope():
        low(make_customer())
    with shop.scope():
        jana, lea = make_customer(), make_customer()
        low(lea)
        erase(customer=low(jana).customer, actor=SYSTEM, now=timezone.now())
    assert [response.customer for response in asked(shop)] == [lea]
    assert len(asked(other_shop)) == 1
