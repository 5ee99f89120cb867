"""What a finding says: what stands out, why it may be harmless, and what to look at. Never that somebody cheats."""

from collections.abc import Callable
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from analytics.models import Finding
from tenants.locales import number_text

Pattern = Finding.Pattern
Figures = dict[str, Any]

HARMLESS: Final[dict[str, Any]] = {
    Pattern.OWN_CARD: gettext_lazy(
        "A till was tried out, nobody else was there, or a regular always comes to the same person."
    ),
    Pattern.SMALL_AWARDS: gettext_lazy("Somebody fetches for colleagues and pays for each of them."),
    Pattern.OUTSIDE_HOURS: gettext_lazy(
        "The store was open longer than usual, or its opening hours are no longer right."
    ),
    Pattern.RECEIPT_REUSE: gettext_lazy(
        "A receipt was booked at the till and claimed afterwards as well, without anybody noticing."
    ),
    Pattern.SELF_REFERRAL: gettext_lazy("Two people of one household share an address or a number."),
    Pattern.REFERRAL_RING: gettext_lazy("A group of friends has tried the shop together."),
    Pattern.CODE_GUESSING: gettext_lazy("The scanner reads badly, or old printed vouchers are going round."),
    Pattern.UNDO_AFTER_REDEEM: gettext_lazy("A mistake was noticed late, or goods came back."),
    Pattern.ROUND_SUMS: gettext_lazy("The customer always buys the same, or tops up to a round sum."),
    Pattern.DEVICE_BURST: gettext_lazy("A campaign or an event to which many people come without buying."),
    Pattern.RETURN_LOOP: gettext_lazy("Goods did not fit more than once."),
    Pattern.LOOK_UP_SCRAPING: gettext_lazy("Many customers asked for their balance, or data was tidied up."),
}


def reason(finding: Finding) -> str:
    """In a sentence, with its figures."""
    return _REASONS[Pattern(finding.pattern)](finding.figures)


def _own_card(told: Figures) -> str:
    facts = _facts(told)
    if not told["is_known"]:
        return (
            _(
                "%(count)s bookings on this card come from the same person, several times a shift, "
                "while colleagues served the other customers. It might be that person's own card."
            )
            % facts
        )
    sentence = ngettext(
        "The card belongs to somebody of the team, who has credited points to it once: %(points)s in all.",
        "The card belongs to somebody of the team, who has credited points to it %(count)s times: %(points)s in all.",
        told["count"],
    )
    return sentence % facts


def _small_awards(told: Figures) -> str:
    sentence = ngettext(
        "On one day this card got %(most)s small amounts, %(points)s points in all.",
        "On %(days)s days this card got up to %(most)s small amounts, %(points)s points in all.",
        told["days"],
    )
    return sentence % _facts(told)


def _outside_hours(told: Figures) -> str:
    return ngettext(
        "%(count)s bookings on one card were made while the store was closed.",
        "%(count)s bookings on %(cards)s cards were made while the store was closed.",
        told["cards"],
    ) % _facts(told)


def _receipt_reuse(told: Figures) -> str:
    return _(
        "A receipt seems to have been credited twice: its number is the same but for the spelling, "
        "or it was credited in two stores."
    )


def _self_referral(told: Figures) -> str:
    if not told["phone"]:
        return _("Whoever recommended and whoever was recommended have the same e-mail address, spelt differently.")
    if not told["email"]:
        return _("Whoever recommended and whoever was recommended have the same phone number.")
    return _("Whoever recommended and whoever was recommended have the same e-mail address and phone number.")


def _referral_ring(told: Figures) -> str:
    return _(
        "%(thin)s people who hang together by recommendations have each bought once, "
        "and hardly more than the offer asks for."
    ) % _facts(told)


def _code_guessing(told: Figures) -> str:
    return _("At least %(most)s voucher codes that do not exist were tried within an hour.") % _facts(told)


def _undo_after_redeem(told: Figures) -> str:
    return _(
        "%(count)s times something was undone only after points had been spent: "
        "a reward long after it was handed out, or the purchase that had brought the points."
    ) % _facts(told)


def _round_sums(told: Figures) -> str:
    return _(
        "%(count)s of %(of)s amounts on this card are round and of several sizes. "
        "Usual in this shop: %(usual)s of 100 amounts."
    ) % _facts(told)


def _device_burst(told: Figures) -> str:
    facts = _facts(told)
    if not told["redeemed"]:
        return _("Within half an hour %(count)s customers were enrolled here who bought nothing.") % facts
    if not told["enrolled"]:
        return (
            _(
                "Within half an hour rewards were handed out here for %(count)s customers, "
                "without a phone being shown and without a purchase."
            )
            % facts
        )
    return _("Within half an hour %(count)s customers were enrolled or given a reward here who bought nothing.") % facts


def _return_loop(told: Figures) -> str:
    return _("%(count)s times a purchase came back after points had been spent on a reward.") % _facts(told)


def _look_up_scraping(told: Figures) -> str:
    return ngettext(
        "At least %(count)s searches for customers by one person, and %(booked)s booking.",
        "At least %(count)s searches for customers by one person, and %(booked)s bookings.",
        told["booked"],
    ) % _facts(told)


def _facts(told: Figures) -> dict[str, str]:
    return {name: number_text(value) for name, value in told.items()}


_REASONS: Final[dict[Pattern, Callable[[Figures], str]]] = {
    Pattern.OWN_CARD: _own_card,
    Pattern.SMALL_AWARDS: _small_awards,
    Pattern.OUTSIDE_HOURS: _outside_hours,
    Pattern.RECEIPT_REUSE: _receipt_reuse,
    Pattern.SELF_REFERRAL: _self_referral,
    Pattern.REFERRAL_RING: _referral_ring,
    Pattern.CODE_GUESSING: _code_guessing,
    Pattern.UNDO_AFTER_REDEEM: _undo_after_redeem,
    Pattern.ROUND_SUMS: _round_sums,
    Pattern.DEVICE_BURST: _device_burst,
    Pattern.RETURN_LOOP: _return_loop,
    Pattern.LOOK_UP_SCRAPING: _look_up_scraping,
}
