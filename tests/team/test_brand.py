"""A shop's name, colour and logo: taken over safely, seen on its own host only."""

import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from team.brand import change_appearance, change_logo, remove_logo
from team.models import Logo
from tenants.errors import Invalid
from tenants.roles import SYSTEM
from tests.clients import browser, signed_in
from tests.factories import NOW, Shop, make_member

pytestmark = pytest.mark.django_db


def picture(kind: str = "PNG", *, size: tuple[int, int] = (300, 200), **options: Any) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "#b5482a").save(out, format=kind, **options)
    return out.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_picture_is_written_anew_as_two_squares(shop: Shop, kind: str) -> None:
    with shop.scope():
        logo = change_logo(picture=picture(kind), actor=SYSTEM, now=NOW)
        shop.tenant.refresh_from_db()
    assert shop.tenant.logo_hash == logo.hash
    for stored, side in ((logo.small, 96), (logo.large, 512)):
        with Image.open(io.BytesIO(stored)) as image:
            assert (image.format, image.size) == ("PNG", (side, side))


def test_nothing_but_pixels_is_kept_of_a_photo(shop: Shop) -> None:
    exif = Image.Exif()
    exif[0x010E] = "Jana at home, 52.5200 N 13.4050 E"
    with shop.scope():
        logo = change_logo(picture=picture("JPEG", exif=exif), actor=SYSTEM, now=NOW)
    assert b"Jana" not in bytes(logo.large) + bytes(logo.small)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"GIF89a" + bytes(20),
        b"\x89PNG\r\n\x1a\n" + bytes(40),
        b"PK\x03\x04 not a picture",
        bytes(2_000_001),
    ],
    ids=["empty", "svg", "gif", "broken", "zip", "too large"],
)
def test_what_is_no_picture_is_refused_at_its_field(shop: Shop, content: bytes) -> None:
    with shop.scope():
        with pytest.raises(Invalid) as refusal:
            change_logo(picture=content, actor=SYSTEM, now=NOW)
        assert refusal.value.field == "logo"
        assert not Logo.objects.exists()


def test_a_small_file_that_unpacks_to_a_huge_picture_is_not_decoded(shop: Shop) -> None:
    bomb = picture(size=(9_000, 9_000), optimize=True)
    assert len(bomb) < 1_000_000
    with shop.scope(), pytest.raises(Invalid, match="20"):
        change_logo(picture=bomb, actor=SYSTEM, now=NOW)


def test_a_logo_is_served_on_the_shops_own_host_for_ever(shop: Shop, other_shop: Shop) -> None:
    with shop.scope():
        logo = change_logo(picture=picture(), actor=SYSTEM, now=NOW)
    path = f"/brand/{logo.hash}.png"
    answer = browser(shop.host).get(path)
    assert answer.content == bytes(logo.small)
    assert "immutable" in answer["Cache-Control"]
    assert browser(shop.host).get(f"/brand/large/{logo.hash}.png").content == bytes(logo.large)
    assert browser(other_shop.host).get(path).status_code == 404
    with shop.scope():
        remove_logo(actor=SYSTEM)
    assert browser(shop.host).get(path).status_code == 404


def test_the_palette_is_a_file_of_the_shop(shop: Shop, other_shop: Shop) -> None:
    with shop.scope():
        change_appearance(name="Café", color="#FFE600", language="de", address="du", actor=SYSTEM)
    page = browser(shop.host).get("/sign-in/").content.decode()
    path = page.partition('href="/brand/')[2].partition('"')[0]
    sheet = browser(shop.host).get(f"/brand/{path}")
    assert "--brand: #ffe600;" in sheet.content.decode()
    assert "immutable" in sheet["Cache-Control"]
    stale = browser(other_shop.host).get(f"/brand/{path}")
    assert "--brand: #0f6b5a;" in stale.content.decode()
    assert stale["Cache-Control"] == "no-cache"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 121}, "name"),
        ({"color": "red"}, "color"),
        ({"color": "#12345"}, "color"),
        ({"color": "#12345g"}, "color"),
        ({"language": "fr"}, "language"),
        ({"address": "ihr"}, "address"),
    ],
)
def test_impossible_looks_are_refused_at_their_field(shop: Shop, change: dict[str, str], field: str) -> None:
    looks = {"name": "Café", "color": "#b5482a", "language": "de", "address": "du"} | change
    with shop.scope(), pytest.raises(Invalid) as refusal:
        change_appearance(**looks, actor=SYSTEM)
    assert refusal.value.field == field


def test_the_owner_changes_the_look_in_the_back_office(shop: Shop, other_shop: Shop) -> None:
    with shop.scope():
        owner = signed_in(make_member(role="owner").user, shop.tenant)
    looks = {"name": "Café Abendrot", "color": "#ffe600", "language": "en", "address": "sie"}
    assert owner.post("/backoffice/appearance/", looks).status_code == 302
    assert (
        owner.post("/backoffice/appearance/logo/", {"logo": SimpleUploadedFile("l.png", picture())}).status_code == 302
    )
    shop.tenant.refresh_from_db()
    other_shop.tenant.refresh_from_db()
    assert (shop.tenant.name, shop.tenant.brand_color, shop.tenant.customer_language) == (
        "Café Abendrot",
        "#ffe600",
        "en",
    )
    assert shop.tenant.logo_hash
    assert (other_shop.tenant.brand_color, other_shop.tenant.logo_hash) == ("#0f6b5a", "")
    page = owner.post("/backoffice/appearance/", looks | {"name": ""}).content.decode()
    assert "Fehler:" in page
    assert 'value="#ffe600"' in page
    assert owner.post("/backoffice/appearance/logo/", {"remove": "1"}).status_code == 302
    shop.tenant.refresh_from_db()
    assert shop.tenant.logo_hash == ""
