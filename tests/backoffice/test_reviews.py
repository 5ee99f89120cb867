"""Months in words: the page, what can be chosen about it, and the link by which the team sees a success."""

import re
from html import unescape

import pytest
from django.test import Client
from django.utils import timezone

from analytics.models import ReviewRhythm, SharedReview
from analytics.review.posting import rhythm, wants_review
from analytics.review.spans import MONTH, Span
from team.models import Membership
from tests.analytics.regulars import make_regulars
from tests.clients import signed_in
from tests.factories import Shop, make_member, today

pytestmark = pytest.mark.django_db
LIST = "/backoffice/reports/months/"
SPAN = Span.around(today(), months=MONTH).before
PAGE = f"{LIST}{SPAN.code}/"


def desk(shop: Shop, role: str) -> Client:
    with shop.scope():
        return signed_in(make_member(role=role).user, shop.tenant)


def text(client: Client, path: str) -> str:
    page = client.get(path).content.decode()
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page.partition("<main")[2])).split())


@pytest.fixture
def busy(shop: Shop, other_shop: Shop) -> Shop:
    now = timezone.now()
    make_regulars(shop, 6, stores=[shop.store], days=150, now=now)
    make_regulars(other_shop, 3, stores=[other_shop.store], days=20, now=now)
    return shop


def test_every_month_since_the_shop_began_has_a_page(busy: Shop, other_shop: Shop) -> None:
    client = desk(busy, "analyst")
    pages = set(re.findall(rf'href="({LIST}[^"]+/)"', client.get(LIST).content.decode()))
    assert PAGE in pages
    assert len(pages) >= 5
    for page in pages:
        said = text(client, page)
        assert "Wer kam" in said
        assert "None" not in said
        assert "NaN" not in said
    assert client.get(f"{LIST}{Span.around(today(), months=MONTH).code}/").status_code == 404, "it is not over"
    assert client.get(f"{LIST}1999-01/").status_code == 404
    assert client.get(f"{LIST}nonsense/").status_code == 404
    assert "6 Kunden eingekauft" not in text(desk(other_shop, "owner"), PAGE)


def test_the_rhythm_is_the_managers_and_the_own_mail_everybodys_who_reads(busy: Shop) -> None:
    manager, analyst = desk(busy, "manager"), desk(busy, "analyst")
    assert manager.post(f"{LIST}rhythm/", {"rhythm": "quarterly"}).status_code == 302
    assert analyst.post(f"{LIST}rhythm/", {"rhythm": "none"}).status_code == 403
    assert analyst.post(f"{LIST}mail/", {"to": "off"}).status_code == 302
    with busy.scope():
        assert rhythm() == "quarterly"
        wanted = {member.role: wants_review(member) for member in Membership.objects.all()}
        assert wanted == {"manager": True, "analyst": False}
    assert manager.post(f"{LIST}rhythm/", {"rhythm": "hourly"}).status_code == 200
    with busy.scope():
        assert ReviewRhythm.objects.count() == 1


def test_a_success_is_shared_with_the_whole_team_and_nobody_else(busy: Shop, other_shop: Shop) -> None:
    owner, staff, stranger = desk(busy, "owner"), desk(busy, "staff"), desk(other_shop, "owner")
    assert owner.post(f"{PAGE}share/", {"what": "came"}).status_code == 302
    with busy.scope():
        link = SharedReview.objects.get()
    path = f"/backoffice/shared/{link.public_id}/"
    assert path in owner.get(PAGE).content.decode()
    shown = text(staff, path)
    assert "Kunden eingekauft" in shown
    assert "€" not in shown.partition("Haupt")[0]
    assert "Gast " not in shown
    assert staff.get(PAGE).status_code == 403, "the report itself stays closed to them"
    assert stranger.get(path).status_code == 404
    assert Client(headers={"host": busy.host}).get(path).status_code in (302, 400, 403)
    assert staff.post(f"{path}end/").status_code == 403
    assert owner.post(f"{path}end/").status_code == 302
    assert staff.get(path).status_code == 404


def test_what_is_no_success_cannot_be_shared(busy: Shop) -> None:
    owner = desk(busy, "owner")
    assert owner.post(f"{PAGE}share/", {"what": "praise"}).status_code == 200
    assert owner.post(f"{PAGE}share/", {}).status_code == 200
    with busy.scope():
        assert not SharedReview.objects.exists()


def test_before_the_first_month_is_over_the_page_says_when_it_comes(shop: Shop) -> None:
    assert "Der erste Bericht kommt" in text(desk(shop, "analyst"), LIST)
