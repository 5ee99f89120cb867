"""What this app holds about a customer: the own invitation, who came by it, and by whom the customer came."""

from customers.export import Row, holds, plain
from customers.models import Customer
from referrals.invitations import spelled
from referrals.models import Invitation, Referral, Side


@holds("invitation")
def _invitation(customer: Customer) -> list[Row]:
    return [
        {
            "code": spelled(invitation.code),
            "created_at": plain(invitation.created_at),
            "shared_at": plain(invitation.shared_at),
        }
        for invitation in Invitation.objects.filter(customer=customer)
    ]


@holds("referrals")
def _referrals(customer: Customer) -> list[Row]:
    """Nothing about the other one: who that is belongs to them."""
    rows = []
    for side, mine in ((Side.REFERRER, {"referrer": customer}), (Side.FRIEND, {"friend": customer})):
        found = Referral.objects.filter(**mine).select_related("offer").prefetch_related("thanks").order_by("pk")
        rows += [_row(referral, side) for referral in found]
    return rows


def _row(referral: Referral, side: Side) -> Row:
    thanks = next((one for one in referral.thanks.all() if one.side == side), None)
    return {
        "side": side.value,
        "offer": referral.offer.name,
        "channel": referral.channel,
        "state": referral.state,
        "reasons": list(referral.reasons),
        "claimed_at": plain(referral.claimed_at),
        "settled_at": plain(referral.settled_at),
        "points": thanks.points if thanks else 0,
    }
