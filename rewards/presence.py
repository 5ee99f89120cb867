"""Is the customer there: the code on the phone, good once and for half a minute, or a printed card and a PIN."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from customers.models import Customer
from customers.numbers import TOKEN_LENGTH
from customers.queries import active_card, customer_by
from events.services import publish
from rewards.codes import SHOWN_LENGTH, is_code, shown_code, step_shown
from rewards.errors import PresenceRequired, WrongShownCode
from rewards.models import CardLimit, Redemption, ShownCode
from tenants.errors import Invalid
from tenants.money import MAX_MINOR, minor_units, money_text
from tenants.roles import Actor
from tenants.scope import current_tenant
from tenants.secrets import as_typed
from tenants.throttle import Limit

# Up to ten units of the currency, until the merchant says otherwise.
USUAL_CARD_LIMIT: Final = 10
SEEN_KEPT_FOR: Final = timedelta(days=1)
_shown_codes = Limit("shown-code", times=30, seconds=60)


def code_to_show(customer: Customer, *, now: datetime) -> str:
    """What the phone shows as a QR code: the card, and that it is in the customer's hand. Empty without a card."""
    card = active_card(customer)
    return f"{card.token}-{shown_code(card.token, now=now)}" if card else ""


def is_shown_code(text: str) -> bool:
    """Whether what was scanned is a code from a phone."""
    return is_code(text, length=TOKEN_LENGTH + SHOWN_LENGTH)


def card_on_phone(text: str) -> str:
    """The card's part of a code from a phone: it finds the customer also when the code is over."""
    return as_typed(text)[:TOKEN_LENGTH]


def prove_presence(*, text: str, actor: Actor, now: datetime) -> Customer:
    """Who has shown this code just now, once. Raises WrongShownCode, UnknownCustomer and Throttled."""
    _shown_codes.hit(current_tenant().pk, actor.device_id, actor.reference)
    token, code = card_on_phone(text), as_typed(text)[TOKEN_LENGTH:]
    customer = customer_by(card=token)
    step = step_shown(token, code, now=now)
    if step is None:
        raise WrongShownCode(field="q")
    try:
        with transaction.atomic():
            ShownCode.objects.create(customer=customer, step=step, seen_at=now)
    except IntegrityError as repeated:
        raise WrongShownCode(field="q") from repeated
    return customer


def card_limit() -> int:
    """Up to which value, in minor units, the printed card and a PIN are enough."""
    stated = CardLimit.objects.order_by("-stated_at", "-pk").values_list("value", flat=True).first()
    return _usual_limit() if stated is None else stated


def set_card_limit(*, value: int, actor: Actor, now: datetime) -> None:
    """In minor units; with zero every redemption needs the phone. Raises Invalid."""
    if not 0 <= value <= MAX_MINOR:
        raise Invalid(_("Enter an amount."), field="value")
    if value == card_limit():
        return
    with transaction.atomic():
        CardLimit.objects.create(value=value, stated_at=now, stated_by=actor.reference)
        publish("reward.card_limit_set", actor=actor, occurred_at=now, value=value)


def card_is_enough(value: int | None) -> bool:
    """Whether a printed card and a PIN redeem so much; what nobody knows the value of is above any limit."""
    return value is not None and value <= card_limit()


def refuse_without_presence(presence: Redemption.Presence, *, value: int | None) -> None:
    """A printed card can be copied. Raises PresenceRequired."""
    if presence != Redemption.Presence.CARD or card_is_enough(value):
        return
    limit = card_limit()
    text = _("Above %(limit)s the customer has to show the code on the phone.")
    raise PresenceRequired(text % {"limit": money_text(limit, currency=current_tenant().currency)}, limit=limit)


def forget_shown_codes(*, now: datetime) -> int:
    """They prove nothing after a minute."""
    deleted, _by_model = ShownCode.objects.filter(seen_at__lt=now - SEEN_KEPT_FOR).delete()
    return deleted


def _usual_limit() -> int:
    return minor_units(Decimal(USUAL_CARD_LIMIT), currency=current_tenant().currency)
