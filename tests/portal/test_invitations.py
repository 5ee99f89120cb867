"""The page behind an invitation, as browsers and other programs ask for it, and what a customer passes on."""

from urllib.parse import unquote

import pytest
from django.test import Client
from django.utils import timezone

from customers.models import Customer
from referrals.models import Channel, Invitation, InvitationClicks, Referral, ReferralOffer
from referrals.offers import end_offer
from tenants.roles import SYSTEM
from tests.clients import browser, phone
from tests.factories import Shop, make_customer, make_friends_code, make_offer, publish_legal_texts

CHROME = (
    "Mozilla/5.0 (Linux; Android 16; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0 Mobile Safari/537.36"
)
MILA = {"name": "Mila Wolf", "email": "mila@example.org", "accept": "on"}


@pytest.fixture
def anna(shop: Shop) -> Customer:
    """Invites friends at a shop that thanks them."""
    with shop.scope():
        publish_legal_texts(now=timezone.now())
        make_offer(referrer_points=500, friend_points=300, smallest_purchase=1000, now=timezone.now())
        return make_customer(name="Anna Bergmann", email="anna@example.org", now=timezone.now())


def path_of(shop: Shop, customer: Customer, letter: str = "") -> str:
    with shop.scope():
        code = make_friends_code(customer, now=timezone.now())
    return f"/e/{code[:4].lower()}-{code[4:]}/{f'?w={letter}' if letter else ''}"


def clicks(shop: Shop) -> dict[str, int]:
    with shop.scope():
        return {one.channel: one.count for one in InvitationClicks.objects.all()}


def enrol(visitor: Client, shop: Shop, path: str, **said: str) -> int:
    """As the page's form is sent; the version of the terms is read off it."""
    form = visitor.get(path).context["form"]
    headers = {"Origin": f"http://{shop.host}"}
    return visitor.post(path, MILA | {"text": form.fields["text"].initial} | said, headers=headers).status_code


def test_whoever_opens_the_page_reads_what_both_get_and_gets_no_cookie(shop: Shop, anna: Customer) -> None:
    answer = browser(shop.host).get(path_of(shop, anna), headers={"User-Agent": CHROME})
    page = answer.content.decode()
    assert answer.status_code == 200
    assert answer.cookies == {}
    assert (
        "Du bekommst 300 Punkte und Anna bekommt 500 Punkte – 14 Tage nach dem ersten Einkauf ab 10,00\u202f€." in page
    )
    assert "Bergmann" not in page
    assert f'<meta property="og:image" content="http://{shop.host}/icon-512.png">' in page
    assert "Anna" not in page.partition("</head>")[0]


def test_only_people_are_counted_and_by_the_way_they_came(shop: Shop, anna: Customer) -> None:
    path, visitor = path_of(shop, anna, "w"), browser(shop.host)
    visitor.head(path, headers={"User-Agent": CHROME})
    for headers in (
        {"User-Agent": CHROME, "Sec-Purpose": "prefetch;prerender"},
        {"User-Agent": CHROME, "Sec-Fetch-Dest": "empty"},
        {"User-Agent": "WhatsApp/2.25.1 A"},
        {"User-Agent": "facebookexternalhit/1.1"},
        {"User-Agent": "Mozilla/5.0 (compatible; Googlebot/2.1)"},
    ):
        assert visitor.get(path, headers=headers).status_code == 200
    assert clicks(shop) == {}
    visitor.get(path, headers={"User-Agent": CHROME, "Sec-Fetch-Dest": "document"})
    assert clicks(shop) == {"whatsapp": 1}


def test_a_friend_enrols_and_is_noted_with_the_channel(shop: Shop, anna: Customer) -> None:
    visitor = browser(shop.host)
    assert enrol(visitor, shop, path_of(shop, anna, "p")) == 302
    with shop.scope():
        referral = Referral.objects.select_related("referrer", "friend").get()
        assert (referral.referrer, referral.channel) == (anna, Channel.PAPER)
        assert referral.friend is not None
        assert referral.friend.name == "Mila Wolf"
    assert "Vorgemerkt: 300 Punkte." in visitor.get("/").content.decode()


def test_a_form_from_another_page_enrols_nobody(shop: Shop, anna: Customer) -> None:
    path = path_of(shop, anna)
    for headers in ({}, {"Origin": "https://elsewhere.example"}, {"Origin": "null"}):
        assert browser(shop.host).post(path, MILA, headers=headers).status_code == 403
    with shop.scope():
        assert not Customer.objects.filter(name="Mila Wolf").exists()


def test_after_the_end_one_still_enrols_but_nobody_is_thanked(shop: Shop, anna: Customer) -> None:
    path = path_of(shop, anna)
    with shop.scope():
        end_offer(offer=ReferralOffer.objects.get(), actor=SYSTEM, now=timezone.now())
    for number, old in enumerate((path, "/e/NIEMAND/")):
        visitor = browser(shop.host)
        assert "Diese Einladung gilt nicht mehr" in visitor.get(old).content.decode()
        assert enrol(visitor, shop, old, email=f"mila{number}@example.org") == 302
    with shop.scope():
        assert Customer.objects.filter(name="Mila Wolf").count() == 2
        assert not Referral.objects.exists()
    assert clicks(shop) == {}


def test_a_page_promises_nothing_where_as_many_have_come_as_the_offer_allows(shop: Shop) -> None:
    with shop.scope():
        publish_legal_texts(now=timezone.now())
        make_offer(in_total=1, now=timezone.now())
        eva = make_customer(name="Eva Lindner", email="eva@example.org", now=timezone.now())
    path = path_of(shop, eva)
    assert enrol(browser(shop.host), shop, path) == 302
    assert "Diese Einladung gilt nicht mehr" in browser(shop.host).get(path).content.decode()
    assert "So viele Freunde" in phone(eva, shop.tenant).get("/invite/").content.decode()


def test_who_has_a_card_is_told_and_so_is_the_one_who_invites(shop: Shop, anna: Customer) -> None:
    path = path_of(shop, anna)
    with shop.scope():
        ben = make_customer(name="Ben Vogt", email="ben@example.org", now=timezone.now())
    assert "Du hast schon eine Karte" in phone(ben, shop.tenant).get(path).content.decode()
    assert "Das ist deine eigene Einladung" in phone(anna, shop.tenant).get(path).content.decode()


def test_a_code_leads_nowhere_in_another_shop(shop: Shop, other_shop: Shop, anna: Customer) -> None:
    path = path_of(shop, anna)
    with other_shop.scope():
        publish_legal_texts(now=timezone.now())
        make_offer(now=timezone.now())
    answer = browser(other_shop.host).get(path)
    assert "Diese Einladung gilt nicht mehr" in answer.content.decode()


def test_passing_on_is_noted_once_and_says_nothing_about_the_friend(shop: Shop, anna: Customer) -> None:
    mine = phone(anna, shop.tenant)
    ways = mine.get("/invite/").context["ways"]
    text = unquote(ways.whatsapp).removeprefix("https://wa.me/?text=")
    assert text.startswith("Kennst du schon Morgenrot? ")
    assert text.endswith("/?w=w")
    with shop.scope():
        assert Invitation.objects.get().shared_at is None
    assert mine.post("/invite/shared/").status_code == 204
    with shop.scope():
        first = Invitation.objects.get().shared_at
    mine.post("/invite/shared/")
    with shop.scope():
        assert Invitation.objects.get().shared_at == first
    sheet = mine.get("/invite/voucher.pdf")
    assert sheet.headers["Content-Type"] == "application/pdf"
    assert sheet.content.startswith(b"%PDF-")
