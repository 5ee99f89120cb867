"""Printed vouchers: what a camera reads on them, and what people read."""

import io
from datetime import timedelta
from typing import Any

import pytest
from django.utils import translation
from PIL import Image, ImageChops, ImageColor, ImageDraw

from legal.services import state_business_details
from referrals.invitations import invitation_of
from referrals.links import link_of
from referrals.models import Channel, ReferralOffer
from referrals.vouchers import BAND, CARD, EDGE, LEFT, LOGO, TOP, voucher_sheet
from team.brand import change_logo
from tenants.brand import INK, palettes
from tenants.models import Tenant
from tenants.roles import SYSTEM
from tests.factories import DETAILS, NOW, Shop, make_customer, make_offer, make_reward, publish_legal_texts
from tests.referrals.printing import DOTS_PER_POINT, codes_on, picture, text_on


def test_ten_cards_on_a_page_carry_the_code_for_cameras_and_for_people(shop: Shop, other_shop: Shop) -> None:
    with other_shop.scope():
        make_offer(friend_points=999)
    with shop.scope(), translation.override("de"):
        publish_legal_texts()
        offer = make_offer(referrer_points=500, friend_points=300, smallest_purchase=1000)
        code = invitation_of(make_customer(name="Anna Şen"), now=NOW).code
        sheet = voucher_sheet(offer=offer, code=code, name="Anna")
        page, text = picture(sheet), text_on(sheet)
        width, height = (round(side / 25.4 * 72 * DOTS_PER_POINT) for side in (210, 297))
        assert abs(page.width - width) <= 2
        assert abs(page.height - height) <= 2
        assert codes_on(sheet) == [link_of(code, channel=Channel.PAPER)] * 10
        assert text.count(f"{code[:4]}-{code[4:]}") == 10
        assert text.count("300 Punkte") == 10
        assert "Anna bekommt 500 Punkte" in text
        assert "10,00 €" in text
        assert "Café Morgenrot GmbH, Hauptstraße 1, 20095 Hamburg" in text
        assert "999" not in text


def test_a_card_of_a_partner_s_campaign_names_nobody_and_long_words_fit(shop: Shop) -> None:
    with shop.scope() as tenant:
        Tenant.objects.filter(pk=tenant.pk).update(
            name="Konditorei und Kaffeerösterei Łukasz Çağlayan & Söhne Nachfolger"
        )
        tenant.refresh_from_db()
        gifts = [make_reward(name=f"Donaudampfschifffahrtskapitänsfrühstück {number}") for number in range(3)]
        offer = make_offer(code="SOMMER26", partner="Blog", referrer_points=0, friend_points=0, friend_rewards=gifts)
        assert ReferralOffer.objects.get().is_campaign
        with translation.override("de"):
            sheet = voucher_sheet(offer=offer, code=offer.code)
        assert codes_on(sheet) == [link_of("SOMMER26", channel=Channel.PAPER)] * 10
        assert "SOMMER26" in text_on(sheet)
        assert "Lukasz" in text_on(sheet)


@pytest.mark.parametrize(
    ("ink", "ground", "plate"),
    [
        ("#204060", "", "#ffffff"),
        # Pale lettering would vanish on white.
        ("#fff4e0", "", INK),
        ("#204060", "#ffffff", "#ffffff"),
        ("#ffd166", "#301040", "#301040"),
    ],
    ids=["transparent", "pale", "on white", "on its own colour"],
)
def test_a_wide_logo_keeps_its_shape_and_is_large_enough_to_be_seen_on_its_plate(
    shop: Shop, ink: str, ground: str, plate: str
) -> None:
    with shop.scope() as tenant, translation.override("de"):
        change_logo(picture=wide_logo(ink, ground), actor=SYSTEM, now=NOW)
        tenant.refresh_from_db()
        band = band_of(picture(voucher_sheet(offer=make_offer(), code="BCDFGHJK")))
    left, top, right, bottom = where_is(band, ink)
    width, height = right - left, bottom - top
    # With a ground around it, it is half of a picture that is as high as the plate.
    assert in_millimetres(width) > (9 if ground else 25)
    assert abs(width / height - 4) < 0.2
    assert near(band.getpixel((left - dots(0.4), (top + bottom) // 2)), plate)


def test_a_tall_logo_stands_in_the_middle_of_its_plate_and_no_logo_leaves_no_plate(shop: Shop) -> None:
    with shop.scope() as tenant, translation.override("en"):
        offer, ink = make_offer(), "#0a8050"
        without = band_of(picture(voucher_sheet(offer=offer, code="BCDFGHJK")))
        change_logo(picture=wide_logo(ink, "", is_tall=True), actor=SYSTEM, now=NOW)
        tenant.refresh_from_db()
        band = band_of(picture(voucher_sheet(offer=offer, code="BCDFGHJK")))
    assert near(without.getpixel((dots(9), dots(2))), palettes(tenant.brand_color)[0].brand)
    left, top, right, bottom = where_is(band, ink)
    assert abs((bottom - top) / (right - left) - 4) < 0.3
    assert abs((left + right) / 2 - dots(9)) <= 2
    assert abs((top + bottom) / 2 - dots(6)) <= 2


@pytest.mark.parametrize("language", ["de", "en"])
def test_long_names_and_offers_stay_on_their_card(shop: Shop, language: str) -> None:
    with shop.scope() as tenant:
        Tenant.objects.filter(pk=tenant.pk).update(name="Konditorei und Kaffeerösterei Çağlayan & Söhne Nachfolger")
        tenant.refresh_from_db()
        company = "Konditorei und Kaffeerösterei Çağlayan & Söhne Nachfolger GmbH & Co. KG, vormals Öztürk"
        state_business_details(actor=SYSTEM, **(DETAILS | {"company": company}))
        gifts = [make_reward(name=f"Donaudampfschifffahrtskapitänsfrühstück mit Sekt {number}") for number in (1, 2)]
        kinds: dict[str, Any] = {"referrer_rewards": gifts, "friend_rewards": gifts, "referrer_points": 0}
        offer = make_offer(**kinds, friend_points=0, smallest_purchase=1_000, ends_at=NOW + timedelta(days=90))
        with translation.override(language):
            sheet = voucher_sheet(offer=offer, code="BCDFGHJK", name="Maximiliane-Charlotte")
    page = picture(sheet)
    beside = page.crop((dots(210 - LEFT) + 3, dots(TOP), dots(210 - LEFT + 1.5), dots(297 - TOP)))
    assert beside.convert("L").getextrema() == (255, 255)
    assert len(codes_on(sheet)) == 10
    text = text_on(sheet)
    several = "Eine von mehreren Prämien" if language == "de" else "One of several rewards"
    assert text.count(several) == 10
    assert "vormals" in text


def wide_logo(ink: str, ground: str, *, is_tall: bool = False) -> bytes:
    """A bar of 4 : 1 in a picture that is twice as wide: around it is a ground, or nothing."""
    logo = Image.new("RGBA", (1_600, 600), ground or "#00000000")
    ImageDraw.Draw(logo).rectangle((400, 200, 1_199, 399), fill=ink)
    out = io.BytesIO()
    (logo.rotate(90, expand=True) if is_tall else logo).save(out, format="PNG")
    return out.getvalue()


def band_of(page: Image.Image) -> Image.Image:
    """The coloured band of the first card."""
    return page.convert("RGB").crop((dots(LEFT), dots(TOP), dots(LEFT + CARD[0]), dots(TOP + BAND)))


def where_is(band: Image.Image, ink: str) -> tuple[int, int, int, int]:
    """The box of all that has a colour, left of the shop's name."""
    part = band.crop((0, 0, dots(EDGE + LOGO[0] + 1), band.height))
    away = ImageChops.difference(part, Image.new("RGB", part.size, ink)).convert("L")
    box = away.point(lambda difference: 255 if difference < 12 else 0).getbbox()
    assert box is not None
    return box


def near(pixel: Any, color: str) -> bool:
    return all(abs(one - other) < 12 for one, other in zip(pixel, ImageColor.getrgb(color), strict=True))


def dots(millimetres: float) -> int:
    return round(millimetres / 25.4 * 72 * DOTS_PER_POINT)


def in_millimetres(width: int) -> float:
    return width / DOTS_PER_POINT / 72 * 25.4
