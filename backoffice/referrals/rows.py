"""A referral as a row of a list: who, by whom, how far, and what each has got."""

from collections.abc import Iterable
from typing import Any

from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from backoffice.referrals.states import REFERRAL_CHIPS
from backoffice.wording import actor_name
from programs.queries import points_name
from programs.terms import terms_at
from referrals.models import Referral, Side, Thanks
from referrals.wording import OBSTACLES, reasons_in_words, thanks_in_words
from team.queries import names_of_actors
from tenants.locales import Noun, date_text
from tenants.money import money_text

State = Referral.State


def referral_rows(found: Iterable[Referral]) -> list[dict[str, Any]]:
    """Of the queries' referrals, which bring offer, people, purchase and thanks along."""
    rows, word = list(found), points_name(terms_at(timezone.now()))
    names = names_of_actors({row.decided_by for row in rows if row.decided_by})
    return [
        {
            "referral": row,
            "chip": REFERRAL_CHIPS[row.state],
            "how_far": _how_far(row, names),
            "reasons": reasons_in_words(row.reasons) if row.state != State.PAID or row.decided_at else [],
            "thanks": [(Side(one.side).label, got) for one in row.thanks.all() if (got := _thanks(one, word))],
        }
        for row in rows
    ]


def _how_far(row: Referral, names: dict[str, str]) -> str:
    """What the chip does not say, in one line."""
    decided = _("decided by %(who)s") % {"who": actor_name(row.decided_by, names)} if row.decided_by else ""
    return capfirst(" · ".join(part for part in (_when(row), _bought(row), decided) if part))


def _when(row: Referral) -> str:
    """The day that matters now; when somebody came is said beside it."""
    if row.state == State.DUE and row.pays_at is not None:
        return _("is thanked on %(day)s") % {"day": date_text(row.pays_at)}
    if row.settled_at is not None:
        return date_text(row.settled_at)
    return _("no purchase yet that counts") if row.state == State.WAITING else ""


def _bought(row: Referral) -> str:
    """The purchase on which it rests while nothing has been given."""
    if row.purchase is None or row.state not in (State.DUE, State.HELD):
        return ""
    amount = money_text(row.purchase.total_left, currency=row.purchase.currency)
    return _("bought for %(amount)s on %(day)s") % {"amount": amount, "day": date_text(row.purchase.purchased_at)}


def _thanks(one: Thanks, word: Noun) -> str:
    """“200 points”; why where it is nothing, and empty where it was taken back."""
    if one.state == Thanks.State.TAKEN_BACK:
        return ""
    if one.state == Thanks.State.OPEN:
        return _("still to be chosen")
    if one.state == Thanks.State.REFUSED:
        return str(OBSTACLES.get(one.obstacle, ""))
    return thanks_in_words(one, word=word)
