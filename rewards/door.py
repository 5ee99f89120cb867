"""At the door of an event: a guest is ticked off on the list, and put back on it where that was a mistake."""

from datetime import datetime

from django.db import transaction

from events.services import publish
from rewards.errors import NotCheckedIn, UnknownVoucher
from rewards.models import Redemption, Reward
from rewards.redeeming import use_voucher
from tenants.calendar import day_of
from tenants.contention import busy_if_locked
from tenants.roles import Actor
from tenants.scope import current_tenant


def check_in(*, redemption: Redemption, actor: Actor, now: datetime) -> Redemption:
    """They are here, once. Raises UnknownVoucher where it is no place at an event, and what `use_voucher` does."""
    if redemption.reward.kind != Reward.Kind.EVENT:
        raise UnknownVoucher
    return use_voucher(redemption=redemption, actor=actor, now=now)


def undo_check_in(*, redemption: Redemption, actor: Actor, now: datetime) -> Redemption:
    """They are not here after all: the place is kept, and its code is good again. Raises NotCheckedIn."""
    with busy_if_locked(), transaction.atomic():
        rows = Redemption.objects.select_for_update(of=("self",), no_key=True).select_related("reward")
        current = rows.get(pk=redemption.pk)
        if current.reward.kind != Reward.Kind.EVENT or current.state != Redemption.State.USED:
            raise NotCheckedIn
        used_on = current.used_at and day_of(current.used_at, zone=current_tenant().zone).isoformat()
        current.state, current.used_at, current.used_by = Redemption.State.ISSUED, None, ""
        current.store = current.device = None
        current.save(update_fields=["state", "used_at", "used_by", "store", "device"])
        told = {"customer": current.customer_id, "redemption": current.pk, "reward": current.reward_id}
        publish("redemption.check_in_undone", actor=actor, occurred_at=now, used_on=used_on, **told)
    return current
