"""What cannot be a stamp card, said at the field of the card that it concerns."""

from collections.abc import Sequence
from typing import Final

from django.utils.translation import gettext as _

from programs.models import StampCard as StampCardRow
from programs.rules import StampCard
from tenants.contact import normal_name
from tenants.errors import Invalid
from tenants.models import longest

MOST_CARDS: Final = 6
FEWEST_STAMPS: Final = 2
MOST_STAMPS: Final = 50
MOST_MONTHS: Final = 120
MOST_GOODS: Final = 100


def check_stamp_cards(cards: Sequence[StampCard]) -> None:
    """Raises Invalid; each error names its card by its place: `stamp-1-needed`."""
    if len(cards) > MOST_CARDS:
        raise Invalid(_("At most %(most)s stamp cards.") % {"most": MOST_CARDS}, field="stamp_cards")
    known = set(StampCardRow.objects.filter(code__in=[card.code for card in cards]).values_list("code", flat=True))
    names: set[str] = set()
    codes: set[str] = set()
    for number, card in enumerate(cards):
        at = f"stamp-{number}"
        if card.code and (card.code not in known or card.code in codes):
            raise Invalid(_("There is no such stamp card."), field=f"{at}-name")
        codes.add(card.code)
        _check_words(card, at)
        if normal_name(card.name).casefold() in names:
            raise Invalid(_("Another card has this name already."), field=f"{at}-name")
        names.add(normal_name(card.name).casefold())
        _check_numbers(card, at)


def _check_words(card: StampCard, at: str) -> None:
    for name in ("name", "reward"):
        limit = longest(StampCardRow, name)
        text = normal_name(getattr(card, name))
        if not text or len(text) > limit:
            raise Invalid(_("Enter at most %(limit)d characters.") % {"limit": limit}, field=f"{at}-{name}")
    if len(card.goods.skus) + len(card.goods.categories) > MOST_GOODS:
        raise Invalid(_("At most %(most)s goods.") % {"most": MOST_GOODS}, field=f"{at}-categories")


def _check_numbers(card: StampCard, at: str) -> None:
    if not FEWEST_STAMPS <= card.needed <= MOST_STAMPS:
        limits = {"fewest": FEWEST_STAMPS, "most": MOST_STAMPS}
        raise Invalid(_("Between %(fewest)s and %(most)s stamps.") % limits, field=f"{at}-needed")
    if not 1 <= card.at_once <= MOST_STAMPS:
        raise Invalid(
            _("Between %(fewest)s and %(most)s stamps.") % {"fewest": 1, "most": MOST_STAMPS}, field=f"{at}-at_once"
        )
    if card.expiry_months is not None and not 1 <= card.expiry_months <= MOST_MONTHS:
        raise Invalid(_("Between 1 and %(most)s months.") % {"most": MOST_MONTHS}, field=f"{at}-expiry_months")
