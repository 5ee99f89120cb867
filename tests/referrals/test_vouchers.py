"""Printed vouchers: what a camera reads on them, and what people read."""

from django.utils import translation

from referrals.invitations import invitation_of
from referrals.links import link_of
from referrals.models import Channel, ReferralOffer
from referrals.vouchers import voucher_sheet
from tenants.models import Tenant
from tests.factories import NOW, Shop, make_customer, make_offer, make_reward, publish_legal_texts
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
