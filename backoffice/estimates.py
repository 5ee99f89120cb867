"""What is estimated of customers, in sentences: why, between which limits, and how it came true before."""

from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from analytics.groups import ESTIMATED_FROM, LEAST_PAUSE, NEW_DAYS, RHYTHM_DAYS, Group
from analytics.insight import YEAR, Insight
from analytics.loyalty import ENOUGH
from analytics.models import CustomerScore, ModelCheck, ScoringRun
from analytics.why import Why
from tenants.locales import date_text, number_text
from tenants.money import decimal_amount, minor_units, rate_text
from tenants.scope import current_tenant


def reasons_in_words(found: Insight) -> list[str]:
    """With the customer's own numbers; nothing where nothing is foretold."""
    if found.return_percent is not None:
        said = [_habit(found), *(_SAID[why](found) for why in found.reasons), _doubt(found.run)]
    elif found.is_in_a_small_shop:
        said = [_habit(found), _rule(found), _no_estimate_yet()]
    else:
        said = []
    return [sentence for sentence in said if sentence]


def limits_in_words(score: CustomerScore) -> str:
    """Of what is expected in twelve months."""
    if score.expected_low is None or score.expected_high is None:
        return _("estimate, often far off")
    if score.expected_high == score.expected:
        return _("estimate; most likely nothing")
    limits = {"low": whole_amount(score.expected_low), "high": whole_amount(score.expected_high)}
    return _("estimate, between %(low)s and %(high)s") % limits


def whole_amount(minor: int) -> str:
    """An estimate has no cents."""
    currency = current_tenant().currency
    whole = decimal_amount(minor, currency=currency).quantize(Decimal(1), rounding=ROUND_HALF_UP)
    return rate_text(minor_units(whole, currency=currency), currency=currency)


def rule_in_words(group: Group, *, window_days: int) -> str:
    """Of a group, as it is worked out; tried in this order: at risk and lost first, then new, then the others."""
    return {
        Group.CHAMPION: _(
            "By days with a purchase and by turnover among the upper two fifths of active customers, "
            "in one of both in the uppermost."
        ),
        Group.REGULAR: _("By days with a purchase among the upper three fifths of active customers."),
        Group.OCCASIONAL: _("All other active customers."),
        Group.NEW: _("First purchase within the last %(days)s days.") % {"days": NEW_DAYS},
        Group.AT_RISK: _(
            "Were here on at least %(days)s days and have been away for more than twice as long as usual, "
            "at least %(least)s days."
        )
        % {"days": RHYTHM_DAYS, "least": LEAST_PAUSE},
        Group.LOST: _("No purchase in the last %(days)s days.") % {"days": window_days},
    }[group]


def proof_in_words(check: ModelCheck) -> str:
    """How many of those who were marked as at risk have indeed not come again; empty where nobody was marked."""
    if not check.marked:
        return ""
    if min(check.marked, check.unmarked) < ENOUGH:
        return ngettext(
            "Of %(count)s customer marked as at risk, %(silent)s did not come again within %(days)s days.",
            "Of %(count)s customers marked as at risk, %(silent)s did not come again within %(days)s days.",
            check.marked,
        ) % {"count": check.marked, "silent": check.marked_silent, "days": check.window_days}
    return _(
        "Of 100 customers marked as at risk, %(marked)s did not come again within %(days)s days;"
        " of 100 others, %(unmarked)s."
    ) % {
        "marked": _of_hundred(check.marked_silent, check.marked),
        "unmarked": _of_hundred(check.unmarked_silent, check.unmarked),
        "days": check.window_days,
    }


def _habit(found: Insight) -> str:
    times = found.visits_in_a_year
    if found.gap_days is None:
        return ngettext(
            "Has been here once so far, on %(day)s.",
            "Has been here %(times)s times so far, last on %(day)s.",
            len(found.days),
        ) % {"times": number_text(len(found.days)), "day": date_text(found.days[-1])}
    facts = {"times": number_text(times), "gap": number_text(found.gap_days), "day": date_text(found.days[0])}
    if times <= 1:
        return _once_at_most(found, times) % facts
    if found.days[0] > found.today - YEAR:
        return (
            ngettext(
                "Came %(times)s times since %(day)s, usually after %(gap)s day.",
                "Came %(times)s times since %(day)s, usually after %(gap)s days.",
                found.gap_days,
            )
            % facts
        )
    return (
        ngettext(
            "Came %(times)s times in a year, usually after %(gap)s day.",
            "Came %(times)s times in a year, usually after %(gap)s days.",
            found.gap_days,
        )
        % facts
    )


def _once_at_most(found: Insight, times: int) -> str:
    if times:
        return ngettext(
            "Came once in a year; before, usually after %(gap)s day.",
            "Came once in a year; before, usually after %(gap)s days.",
            found.gap_days or 0,
        )
    return ngettext(
        "Has not been here for a year; before, usually after %(gap)s day.",
        "Has not been here for a year; before, usually after %(gap)s days.",
        found.gap_days or 0,
    )


def _long_pause(found: Insight) -> str:
    pause, longest = found.pause_days, found.longest_pause
    facts = {"days": number_text(pause), "longest": number_text(longest or 0)}
    if longest is None:
        return (
            ngettext(
                "Has not been here for %(days)s day; who comes a second time usually does so sooner.",
                "Has not been here for %(days)s days; who comes a second time usually does so sooner.",
                pause,
            )
            % facts
        )
    if pause > longest:
        return (
            ngettext(
                "No break has ever been as long as now, %(days)s day.",
                "No break has ever been as long as now, %(days)s days.",
                pause,
            )
            % facts
        )
    if found.gap_days is not None and pause <= found.gap_days:
        return ""
    return (
        ngettext(
            "Has not been here for %(days)s day; the longest break so far was %(longest)s days.",
            "Has not been here for %(days)s days; the longest break so far was %(longest)s days.",
            pause,
        )
        % facts
    )


def _short_pause(found: Insight) -> str:
    pause = found.pause_days
    if found.gap_days is None:
        sentence = ngettext(
            "Was here %(days)s day ago; many come again later than that.",
            "Was here %(days)s days ago; many come again later than that.",
            pause,
        )
    elif pause <= found.gap_days:
        sentence = ngettext(
            "Was here only %(days)s day ago: that is no longer than usual.",
            "Was here only %(days)s days ago: that is no longer than usual.",
            pause,
        )
    else:
        return ""
    return sentence % {"days": number_text(pause)}


def _returns(found: Insight) -> str:
    mean = found.run.days_on_average if found.run else None
    if mean is None:
        return ""
    return ngettext(
        "Has been here %(times)s time altogether, your customers on average %(mean)s times.",
        "Has been here %(times)s times altogether, your customers on average %(mean)s times.",
        len(found.days),
    ) % {"times": number_text(len(found.days)), "mean": number_text(Decimal(str(mean)), places=1)}


def _seldom(found: Insight) -> str:
    return _("Comes so seldom that the next %(days)s days may well pass without a visit.") % {
        "days": number_text(found.window_days)
    }


def _past_against(_found: Insight) -> str:
    return _("Similar customers of yours came again less often than their rhythm suggested.")


def _past_for(_found: Insight) -> str:
    return _("Similar customers of yours came again more often than their rhythm suggested.")


_SAID: Final[dict[Why, Callable[[Insight], str]]] = {
    Why.LONG_PAUSE: _long_pause,
    Why.SHORT_PAUSE: _short_pause,
    Why.FEW_RETURNS: _returns,
    Why.MANY_RETURNS: _returns,
    Why.SELDOM: _seldom,
    Why.PAST_AGAINST: _past_against,
    Why.PAST_FOR: _past_for,
}


def _doubt(run: ScoringRun | None) -> str:
    if run is None or run.is_clear:
        return ""
    return _("Your purchases hardly tell yet who keeps away: this estimate is rough.")


def _rule(found: Insight) -> str:
    """Of the customer's group, which the sentence begins with: it is about all of them."""
    if found.score is None:
        return ""
    rule = rule_in_words(Group(found.score.group), window_days=found.window_days)
    return f"{found.score.get_group_display()}: {rule}"


def _no_estimate_yet() -> str:
    return _("A single customer is estimated from %(number)s customers on; until then the group tells.") % {
        "number": number_text(ESTIMATED_FROM)
    }


def _of_hundred(part: int, whole: int) -> int:
    return (200 * part + whole) // (2 * whole)
