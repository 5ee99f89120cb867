"""What is said about referrals: a friend has bought, and what that brings to both."""

from datetime import datetime

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from messaging.kinds import Facts, Kind, Placeholder, declare
from messaging.services import post_message
from programs.messages import points_in_words
from referrals.models import Referral, Side, Thanks


def thanks_in_words(fact: str) -> str:
    """From `points 500`, `reward Cappuccino` or `choice`."""
    kind, _space, said = fact.partition(" ")
    if kind == "points":
        return points_in_words(int(said))
    return said if kind == "reward" else gettext("a reward of your choice")


_THANKS = Placeholder("thanks", _("points or reward"), "points 500", thanks_in_words, is_needed=True)

REFERRAL_PAID = declare(
    Kind(
        code="referral_paid",
        label=_("Thanks for a recommendation"),
        occasion=_("When a friend has bought and the return period is over."),
        subject=_("Thank you for bringing a friend"),
        body=_(
            "{greeting},\n\ngood news: somebody you invited is now a customer of {shop}. Thank you for spreading the"
            " word! Here is our thank-you: {thanks}.\n\nIt is waiting on your card."
        ),
        placeholders=(_THANKS,),
        button=_("Open my card"),
        path="/",
    )
)
FRIEND_THANKED = declare(
    Kind(
        code="friend_thanked",
        label=_("Welcome gift of a recommendation"),
        occasion=_("When a customer who was invited has bought and the return period is over."),
        subject=_("Your welcome gift from {shop}"),
        body=_(
            "{greeting},\n\nwe are glad you accepted your invitation to {shop}. For your first purchase, here is"
            " your welcome gift: {thanks}.\n\nIt is waiting on your card."
        ),
        placeholders=(_THANKS,),
        button=_("Open my card"),
        path="/",
    )
)


def tell_of_thanks(referral: Referral, *, now: datetime) -> None:
    """Both sides, each of what it has got or may choose."""
    for thanks in Thanks.objects.filter(referral=referral).select_related("redemption__reward"):
        party = referral.referrer_id if thanks.side == Side.REFERRER else referral.friend_id
        if party is None or thanks.state not in (Thanks.State.GIVEN, Thanks.State.OPEN):
            continue
        kind = REFERRAL_PAID if thanks.side == Side.REFERRER else FRIEND_THANKED
        facts: Facts = {"thanks": _fact(thanks)}
        post_message(kind=kind, customer=Customer.objects.get(pk=party), once=str(referral.pk), now=now, facts=facts)


def _fact(thanks: Thanks) -> str:
    if thanks.points:
        return f"points {thanks.points}"
    return f"reward {thanks.redemption.reward.name}" if thanks.redemption else "choice"
