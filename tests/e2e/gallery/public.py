"""The bare domain: what the product is, and the team's way in."""

from django.conf import settings
from django.utils import timezone

from team.membership import invitation_token
from team.models import Invitation
from tests.e2e import people
from tests.e2e.gallery.visit import Visit, state
from tests.factories import make_invitation


@state
def public_home(visit: Visit) -> None:
    visit.public("/")


@state
def public_sign_in(visit: Visit) -> None:
    visit.public("/accounts/login/")


@state
def public_sign_in_refused(visit: Visit) -> None:
    visit.public("/accounts/login/")
    visit.fill(login="wrong@example.org", password="wrong")
    visit.refused()


@state
def public_sign_out(visit: Visit) -> None:
    visit.carry(visit.exhibition.user, at=f"http://{settings.BASE_DOMAIN}")
    visit.public("/accounts/logout/")


@state
def public_password_reset(visit: Visit) -> None:
    visit.public("/accounts/password/reset/")


@state
def public_password_reset_sent(visit: Visit) -> None:
    visit.public("/accounts/password/reset/done/")


@state
def public_shops(visit: Visit) -> None:
    visit.carry(visit.exhibition.user, at=f"http://{settings.BASE_DOMAIN}")
    visit.public("/shops/")


@state
def public_shops_none(visit: Visit) -> None:
    visit.carry(people.signed_in_user(visit.exhibition.stranger), at=f"http://{settings.BASE_DOMAIN}")
    visit.public("/shops/")


@state
def public_invitation(visit: Visit) -> None:
    with visit.house.shop.scope():
        invitation = Invitation.objects.filter(email="neu@example.org").first() or make_invitation(now=timezone.now())
        token = invitation_token(invitation)
    visit.public(f"/invitations/{token}/")


@state
def public_invitation_over(visit: Visit) -> None:
    visit.public("/invitations/zu-alt/")
