"""The one question after a purchase, and what the shop makes of the answers."""

from datetime import timedelta
from functools import cache

from django.utils import timezone
from playwright.sync_api import expect

from customers.models import Customer
from feedback.departures import explain_farewell, farewell
from feedback.models import Departure, Response
from feedback.queries import link_token
from feedback.services import set_survey
from tenants.roles import SYSTEM
from tests.e2e.gallery.exhibition import Exhibition
from tests.e2e.gallery.visit import Visit, state
from tests.e2e.people import ago
from tests.factories import make_customer, make_purchase, today

SAID = {
    10: "Der beste Cappuccino der Stadt.",
    9: "",
    8: "Alles gut, nur manchmal voll.",
    3: "Zwanzig Minuten Wartezeit und der Kaffee war kalt.",
}

REPLY = "Das tut uns leid. Samstags stehen jetzt zwei Leute an der Maschine, der nächste Kaffee geht auf uns."


@cache
def _answers(exhibition: Exhibition) -> list[Response]:
    now = timezone.now()
    with exhibition.house.shop.scope():
        set_survey(by_email=True, in_portal=True, days=2, actor=SYSTEM, now=now)
        return [
            Response.objects.create(
                customer=make_customer(name=f"Mila Wolf {score}", now=ago()),
                channel=Response.Channel.PORTAL,
                asked_at=now,
                answered_at=now,
                score=score,
                sentence=sentence,
            )
            for score, sentence in SAID.items()
        ]


def _mila(visit: Visit) -> Customer:
    """Who bought three days ago."""
    _answers(visit.exhibition)
    with visit.house.shop.scope():
        fresh = make_customer(name="Mila Wolf", now=ago(days=4))
        make_purchase(customer=fresh, now=timezone.now() - timedelta(days=3))
    return fresh


def _link(visit: Visit) -> str:
    with visit.house.shop.scope():
        asked = Response.objects.create(customer=_mila(visit), channel=Response.Channel.EMAIL, asked_at=timezone.now())
        return f"/feedback/{link_token(asked.pk)}/"


@state
def portal_home_asked(visit: Visit) -> None:
    visit.on_phone_of(_mila(visit))
    visit.open("/")


@state
def portal_feedback(visit: Visit) -> None:
    visit.on_phone_of(_mila(visit))
    visit.open("/feedback/")


@state
def portal_feedback_refused(visit: Visit) -> None:
    portal_feedback(visit)
    visit.page.get_by_role("button", name="Antwort senden").click()
    visit.refused()


@state
def portal_opinions(visit: Visit) -> None:
    """What she said, and what the shop answered."""
    mila, now = _mila(visit), timezone.now()
    with visit.house.shop.scope():
        for days, score, sentence, reply in ((1, 3, SAID[3], REPLY), (120, 9, "", "")):
            at = now - timedelta(days=days)
            Response.objects.create(
                customer=mila,
                channel=Response.Channel.PORTAL,
                asked_at=at,
                answered_at=at,
                score=score,
                sentence=sentence,
                reply=reply,
                settled_at=now if reply else None,
                settled_by=SYSTEM.reference if reply else "",
            )
    visit.on_phone_of(mila)
    visit.open("/")
    visit.page.get_by_role("link", name="hat geantwortet").click()


@state
def portal_feedback_link(visit: Visit) -> None:
    visit.open(_link(visit))


@state
def portal_feedback_thanks(visit: Visit) -> None:
    portal_feedback_link(visit)
    visit.page.get_by_role("radio", name="9").check(force=True)
    visit.page.get_by_role("button", name="Antwort senden").click()
    expect(visit.page.locator(".gate__tick")).to_be_visible()


@cache
def _departures(exhibition: Exhibition) -> None:
    """Of deleted accounts enough to tell reasons apart, of consents too few."""
    now = timezone.now()
    with exhibition.house.shop.scope():
        for reason in (*["offers"] * 4, *["seldom"] * 7, "data", "other"):
            explain_farewell(farewell=farewell(), reason=reason, now=now)
        for number in range(3):
            facts = {"occasion": "withdrawn", "reason": "messages", "on": today(), "once": f"said {number}"}
            Departure.objects.create(customer=exhibition.house.jana, **facts)


@state
def backoffice_feedback(visit: Visit) -> None:
    _answers(visit.exhibition)
    _departures(visit.exhibition)
    visit.as_owner()
    visit.open("/backoffice/feedback/")


@state
def backoffice_feedback_waiting(visit: Visit) -> None:
    _answers(visit.exhibition)
    visit.as_owner()
    visit.open("/backoffice/feedback/?show=waiting")


@state
def backoffice_feedback_refused(visit: Visit) -> None:
    backoffice_feedback(visit)
    visit.page.locator("main [name=days]").fill("99")
    visit.page.get_by_role("button", name="Umfrage speichern").click()
    visit.refused()


@state
def backoffice_feedback_response(visit: Visit) -> None:
    unhappy = _answers(visit.exhibition)[-1]
    visit.as_owner()
    visit.open(f"/backoffice/feedback/{unhappy.pk}/")
