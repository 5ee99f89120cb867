"""Who may come by an invitation: a new customer, once, whatever the spelling of the address."""

from datetime import timedelta

import pytest

from customers.addresses import claim_email, open_claim, own_email
from customers.joining import Joiner, come_back
from customers.models import Customer
from customers.services import change, erase
from legal.queries import text_in_force
from referrals.claiming import NEW_FOR, claim_invitation, join_by_invitation
from referrals.errors import (
    ExistingCustomer,
    InvitationOver,
    InvitationsUsedUp,
    OwnInvitation,
    UnknownInvitation,
)
from referrals.invitations import ALPHABET, count_click, found_invitation, invitation_of, spelled
from referrals.jobs import bring_up_to_date
from referrals.models import Channel, ForgottenContact, InvitationClicks, Referral
from referrals.offers import end_offer
from referrals.verdict import Reason
from tenants.errors import DomainError
from tenants.roles import SYSTEM
from tests.factories import (
    NOW,
    Shop,
    make_customer,
    make_friends_code,
    make_offer,
    make_purchase,
    make_referral,
    publish_legal_texts,
)
from tests.messaging.conftest import work_off

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
State = Referral.State


@pytest.fixture
def anna(shop: Shop) -> Customer:
    """She has been a customer for long, and the shop thanks for friends."""
    with shop.scope():
        make_offer()
        return make_customer(name="Anna Berg", email="anna.berg@gmail.com", phone="0151 23456789", now=NOW - 90 * DAY)


def claim(friend: Customer, code: str, *, network: str = "", now: timedelta = timedelta()) -> Referral:
    return claim_invitation(
        friend=friend, code=code, channel=Channel.LINK, network=network, actor=SYSTEM, now=NOW + now
    )


def test_a_code_is_read_aloud_without_doubt_and_found_however_it_is_typed(shop: Shop, anna: Customer) -> None:
    with shop.scope():
        code = make_friends_code(anna)
        assert set(code) <= set(ALPHABET)
        assert make_friends_code(anna) == code
        found = found_invitation(f" {spelled(code).lower()} ", now=NOW)
        assert (found.referrer, spelled(code)) == (anna, f"{code[:4]}-{code[4:]}")


def test_a_code_leads_nowhere_in_another_shop(shop: Shop, other_shop: Shop, anna: Customer) -> None:
    with shop.scope():
        code = make_friends_code(anna)
    with other_shop.scope():
        make_offer()
        with pytest.raises(UnknownInvitation):
            claim(make_customer(), code)


@pytest.mark.parametrize(
    "email", ["ANNA.Berg+Kaffee@GMail.com", "annaberg+neu@gmail.com", "a.n.n.a.b.e.r.g@googlemail.com"]
)
def test_nobody_invites_themselves_by_another_spelling_of_the_address(shop: Shop, anna: Customer, email: str) -> None:
    with shop.scope():
        friend = make_customer(name="Anna Neu", email=email)
        with pytest.raises(OwnInvitation):
            claim(friend, make_friends_code(anna))


@pytest.mark.parametrize("phone", ["+49 151 23456789", "0049 151/234567-89", "0151-23456789"])
def test_a_phone_number_is_one_in_every_spelling(shop: Shop, anna: Customer, phone: str) -> None:
    """The number that is known already is left out by the enrolment; such a friend is refused in silence."""
    with shop.scope():
        publish_legal_texts()
        text = text_in_force("terms", language="de")
        assert text is not None
        joiner = Joiner(name="Anna Neu", phone=phone)
        friend = join_by_invitation(
            joiner=joiner,
            code=make_friends_code(anna),
            channel=Channel.WHATSAPP,
            terms=text,
            language="de",
            network="192.0.2.1",
            now=NOW,
        )
        referral = Referral.objects.get(friend=friend)
        assert (referral.state, referral.reasons) == (State.REFUSED, [Reason.EXISTING])


def test_the_tag_of_an_address_makes_nobody_new(shop: Shop, anna: Customer) -> None:
    with shop.scope():
        make_customer(name="Cem Ay", email="cem@example.org")
        friend = make_customer(name="Cem Ay", email="cem+cafe@example.org")
        with pytest.raises(ExistingCustomer):
            claim(friend, make_friends_code(anna))
        dotted = make_customer(name="Ce Mai", email="c.em@example.org")
        assert claim(dotted, make_friends_code(anna)).state == State.WAITING


def test_who_has_bought_or_enrolled_days_ago_or_came_before_is_no_newcomer(shop: Shop, anna: Customer) -> None:
    with shop.scope():
        code = make_friends_code(anna)
        old, bought, invited = (make_customer(email=f"{name}@example.org") for name in ("old", "bought", "invited"))
        make_purchase(customer=bought)
        claim(invited, code)
        for friend, later in ((old, NEW_FOR), (bought, DAY), (invited, DAY), (anna, DAY)):
            with pytest.raises((ExistingCustomer, OwnInvitation)):
                claim(friend, code, now=later)
        # Who has invited somebody is a customer already.
        with pytest.raises(ExistingCustomer):
            claim(make_referral(referrer=old).referrer or old, code)


def test_without_an_offer_nothing_is_promised(shop: Shop, anna: Customer) -> None:
    with shop.scope():
        code = make_friends_code(anna)
        end_offer(offer=found_invitation(code, now=NOW).offer, actor=SYSTEM, now=NOW)
        with pytest.raises(InvitationOver):
            claim(make_customer(), code)


def test_places_in_total_are_taken_by_those_who_come(shop: Shop) -> None:
    with shop.scope():
        make_offer(in_total=2)
        anna = make_customer(now=NOW - 90 * DAY)
        for _ in range(2):
            make_referral(referrer=anna)
        with pytest.raises(InvitationsUsedUp):
            make_referral(referrer=anna)


def test_a_partners_code_thanks_the_newcomer_alone(shop: Shop) -> None:
    with shop.scope():
        make_offer(code="Laura-24", partner="Laura", referrer_points=500)
        referral = claim(make_customer(email="ben@example.org"), "laura 24")
        assert (referral.referrer, referral.offer.referrer_points) == (None, 0)


def test_a_newcomer_who_proves_a_known_address_comes_back_and_is_no_friend(shop: Shop, anna: Customer) -> None:
    with shop.scope():
        newcomer = make_customer(name="")
        referral = claim(newcomer, make_friends_code(make_customer(now=NOW - DAY)))
        claim_email(customer=newcomer, email=anna.email, now=NOW)
        assert open_claim(newcomer)
        come_back(newcomer=newcomer, known=anna, actor=SYSTEM, now=NOW)
        referral.refresh_from_db()
        assert (referral.state, referral.reasons, referral.friend) == (State.REFUSED, [Reason.EXISTING], anna)


@pytest.mark.django_db(transaction=True)
def test_an_address_that_is_proven_later_is_looked_at_then(shop: Shop, anna: Customer) -> None:
    with shop.scope():
        newcomer = make_customer(name="")
        referral = claim(newcomer, make_friends_code(anna))
        make_customer(name="Cem", email="cem@gmail.com")
        own_email(newcomer, "c.e.m@gmail.com", actor=SYSTEM, now=NOW)
    work_off(shop)
    with shop.scope():
        referral.refresh_from_db()
        # Cem enrolled after the newcomer, who therefore is nobody that was there before.
        assert referral.state == State.WAITING
        later = make_customer(name="Dora")
        second = claim(later, make_friends_code(anna))
        own_email(later, "cem+neu@googlemail.com", actor=SYSTEM, now=NOW)
    work_off(shop)
    with shop.scope():
        second.refresh_from_db()
        assert (second.state, second.reasons) == (State.REFUSED, [Reason.EXISTING])


def test_a_friend_who_was_erased_does_not_come_anew(shop: Shop, other_shop: Shop, anna: Customer) -> None:
    with shop.scope():
        code = make_friends_code(anna)
        friend = make_customer(name="Ben Vogt", email="b.en+1@gmail.com", phone="0170 1234567")
        referral = claim(friend, code)
        erase(customer=friend, actor=SYSTEM, now=NOW)
        referral.refresh_from_db()
        assert (referral.state, referral.reasons) == (State.REFUSED, [Reason.FRIEND_LEFT])
        for again in (make_customer(email="ben@googlemail.com"), make_customer(phone="+49170 1234567")):
            with pytest.raises(ExistingCustomer):
                claim(again, code)
        assert "ben" not in str(list(ForgottenContact.objects.values()))
    with other_shop.scope():
        make_offer()
        twin = make_customer(email="ben@gmail.com")
        assert claim(twin, make_friends_code(make_customer(now=NOW - DAY))).state == State.WAITING


def test_what_is_left_of_an_erased_contact_goes_with_the_offer(shop: Shop, anna: Customer) -> None:
    with shop.scope():
        make_offer(name="Winter", ends_at=NOW + 10 * DAY)
        erase(customer=make_customer(email="ben@example.org"), actor=SYSTEM, now=NOW)
        assert ForgottenContact.objects.count() == 2
    bring_up_to_date(shop.tenant, now=NOW + 11 * DAY)
    with shop.scope():
        assert ForgottenContact.objects.count() == 1
        for offer in {left.offer for left in ForgottenContact.objects.select_related("offer")}:
            end_offer(offer=offer, actor=SYSTEM, now=NOW + 11 * DAY)
        assert not ForgottenContact.objects.exists()
        erase(customer=make_customer(email="cem@example.org"), actor=SYSTEM, now=NOW)
        assert not ForgottenContact.objects.exists()


def test_the_page_behind_a_link_enrols_whoever_cannot_be_a_friend_as_well(shop: Shop) -> None:
    with shop.scope():
        publish_legal_texts()
        text = text_in_force("terms", language="de")
        assert text is not None
        customer = join_by_invitation(
            joiner=Joiner(email="ben@example.org"),
            code="XXXX-XXXX",
            channel=Channel.LINK,
            terms=text,
            language="de",
            network="192.0.2.1",
            now=NOW,
        )
        assert Customer.objects.filter(pk=customer.pk).exists()
        assert not Referral.objects.exists()


def test_clicks_are_counted_by_day_and_channel_alone(shop: Shop, other_shop: Shop, anna: Customer) -> None:
    with shop.scope():
        invitation = invitation_of(anna, now=NOW)
        offer = found_invitation(invitation.code, now=NOW).offer
        for _ in range(20):
            count_click(offer=offer, invitation=invitation, channel=Channel.WHATSAPP, now=NOW)
        count_click(offer=offer, invitation=None, channel=Channel.LINK, now=NOW)
        rows = list(InvitationClicks.objects.values_list("channel", "count"))
        assert sum(count for channel, count in rows if channel == "whatsapp") == 20
        assert sum(count for channel, count in rows if channel == "link") == 1
    with other_shop.scope():
        assert not InvitationClicks.objects.exists()


def test_networks_are_forgotten_after_a_week(shop: Shop, anna: Customer) -> None:
    with shop.scope():
        code = invitation_of(anna, network="192.0.2.1", now=NOW).code
        referral = claim(make_customer(email="ben@example.org"), code, network="192.0.2.1")
        assert referral.reasons == [Reason.SAME_NETWORK]
        assert "192.0.2.1" not in referral.network
    bring_up_to_date(shop.tenant, now=NOW + 8 * DAY)
    with shop.scope():
        referral.refresh_from_db()
        assert referral.network == ""
        assert referral.reasons == [Reason.SAME_NETWORK]


def test_a_changed_name_is_no_other_person(shop: Shop, anna: Customer) -> None:
    with shop.scope():
        friend = make_customer(email="ben@example.org")
        referral = claim(friend, make_friends_code(anna))
        change(customer=friend, name="Benjamin", actor=SYSTEM, now=NOW)
        referral.refresh_from_db()
        assert referral.state == State.WAITING


def test_every_refusal_says_which_input_it_is_about(shop: Shop, anna: Customer) -> None:
    with shop.scope():
        with pytest.raises(DomainError) as refused:
            claim(anna, make_friends_code(anna))
        assert refused.value.field == "code"
