"""What cannot be an earning rule, said at the field of the rule that it concerns."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Final

from django.utils.translation import gettext as _

from programs.models import EarningRule, Tier
from programs.rules import MINUTES, Channel, Conditions, Kind, Limits, Occasion, Rule
from team.models import Store
from tenants.errors import Invalid
from tenants.locales import number_text
from tenants.models import longest

MOST_RULES: Final = 30
MOST_POINTS: Final = 1_000_000
MOST_FACTOR_PERCENT: Final = 1_000
MOST_WORDS: Final = 100


def check_rules(rules: Sequence[Rule]) -> None:
    """Raises Invalid; each error names its rule by its place: `rule-2-points`."""
    if len(rules) > MOST_RULES:
        raise Invalid(_("At most %(most)s rules.") % {"most": MOST_RULES}, field="rules")
    codes: set[str] = set()
    stores = _known(Store, (store for rule in rules for store in rule.conditions.stores))
    tiers = _known(Tier, (tier for rule in rules for tier in rule.conditions.tiers))
    for number, rule in enumerate(rules):
        at = f"rule-{number}"
        if not rule.code or len(rule.code) > longest(EarningRule, "code") or rule.code in codes:
            raise Invalid(_("Every rule has a name of its own."), field=f"{at}-code")
        codes.add(rule.code)
        _check_gift(rule, at)
        _check_conditions(rule.conditions, at)
        if not stores.issuperset(rule.conditions.stores):
            raise Invalid(_("This store does not exist."), field=f"{at}-stores")
        if not tiers.issuperset(rule.conditions.tiers):
            raise Invalid(_("This tier does not exist."), field=f"{at}-tiers")
        _check_limits(rule.limits, at)


def _known(model: type[Store | Tier], named: Iterable[int]) -> set[int]:
    """Those that there are, for as many rules as name them in one query."""
    wanted = set(named)
    return set(model.objects.filter(pk__in=wanted).values_list("pk", flat=True)) if wanted else set()


def _check_gift(rule: Rule, at: str) -> None:
    if len(rule.name) > longest(EarningRule, "name"):
        limit = longest(EarningRule, "name")
        raise Invalid(_("Enter a name of at most %(limit)d characters.") % {"limit": limit}, field=f"{at}-name")
    if rule.kind == Kind.MULTIPLIER:
        if not 100 < rule.factor_percent <= MOST_FACTOR_PERCENT:
            limits = {"least": number_text(1), "most": number_text(MOST_FACTOR_PERCENT // 100)}
            raise Invalid(_("More than %(least)s, at most %(most)s.") % limits, field=f"{at}-factor")
    elif not 1 <= rule.points <= MOST_POINTS:
        text = _("Between 1 and %(most)s points.") % {"most": number_text(MOST_POINTS)}
        raise Invalid(text, field=f"{at}-points")
    if rule.kind == Kind.PER_AMOUNT and rule.per_minor < 1:
        raise Invalid(_("Enter an amount."), field=f"{at}-per")
    if rule.occasion != Occasion.PURCHASE and (rule.kind != Kind.BONUS or _needs_a_purchase(rule.conditions)):
        raise Invalid(_("Without a purchase there is nothing to measure this by."), field=f"{at}-occasion")


def _needs_a_purchase(conditions: Conditions) -> bool:
    return bool(conditions.as_json().keys() - {"tiers", "from_on", "until_on"})


def _check_conditions(wanted: Conditions, at: str) -> None:
    if len(wanted.goods.skus) + len(wanted.goods.categories) > MOST_WORDS:
        raise Invalid(_("At most %(most)s goods.") % {"most": MOST_WORDS}, field=f"{at}-goods")
    if wanted.min_total < 0:
        raise Invalid(_("Enter an amount."), field=f"{at}-min_total")
    if any(not 0 <= day <= 6 for day in wanted.weekdays):
        raise Invalid(_("This is no day of the week."), field=f"{at}-weekdays")
    minutes = (wanted.from_minute, wanted.until_minute)
    if any(minute is not None and not 0 <= minute <= MINUTES for minute in minutes):
        raise Invalid(_("This is no time of day."), field=f"{at}-from")
    if wanted.from_on and wanted.until_on and wanted.until_on - wanted.from_on < timedelta(0):
        raise Invalid(_("The last day lies before the first."), field=f"{at}-until_on")
    if set(wanted.channels) - {channel.value for channel in Channel}:
        raise Invalid(_("This is no way to buy."), field=f"{at}-channels")
    if wanted.visit is not None and wanted.visit < 1:
        raise Invalid(_("Enter a number of at least 1."), field=f"{at}-visit")
    if wanted.spend_reaches is not None and wanted.spend_reaches < 1:
        raise Invalid(_("Enter an amount."), field=f"{at}-spend_reaches")
    if wanted.birthday_within is not None and not 0 <= wanted.birthday_within <= 31:
        raise Invalid(_("Between 0 and 31 days."), field=f"{at}-birthday_within")


def _check_limits(limits: Limits, at: str) -> None:
    for name, points in limits.as_json().items():
        if not 1 <= points <= MOST_POINTS * 1_000:
            raise Invalid(_("Enter a number of at least 1."), field=f"{at}-{name}")
