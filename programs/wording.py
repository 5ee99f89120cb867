"""The programme in plain words: one sentence for each rule, the same for the team, the portal and the poster."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from programs.earning import Terms
from programs.models import Product
from programs.qualifying import Basis, Window
from programs.queries import points_name
from programs.rules import Channel, Conditions, ExpiryEnd, Kind, Limits, Occasion, Per, Rule, Stacking, StampCard
from team.models import Store
from tenants.locales import Noun, date_text, minute_text, number_text
from tenants.money import rate_text
from tenants.scope import current_tenant

WEEKDAYS: Final = (
    gettext_lazy("Mondays"),
    gettext_lazy("Tuesdays"),
    gettext_lazy("Wednesdays"),
    gettext_lazy("Thursdays"),
    gettext_lazy("Fridays"),
    gettext_lazy("Saturdays"),
    gettext_lazy("Sundays"),
)
CHANNELS: Final[dict[str, Any]] = {
    Channel.CHECKOUT.value: gettext_lazy("at the till's device"),
    Channel.API.value: gettext_lazy("by the till system or the online shop"),
    Channel.IMPORT.value: gettext_lazy("from files that are read in"),
}
GIFTS: Final[dict[str, Any]] = {
    Occasion.SIGN_UP.value: gettext_lazy("%(points)s for joining"),
    Occasion.PROFILE.value: gettext_lazy("%(points)s for a complete profile: name, e-mail address and birthday"),
    Occasion.REVIEW.value: gettext_lazy("%(points)s for a review"),
    Occasion.BIRTHDAY.value: gettext_lazy("%(points)s for the birthday"),
    Occasion.ANNIVERSARY.value: gettext_lazy("%(points)s on every anniversary of joining"),
}


COUNTS: Final[dict[tuple[Basis, Window], Any]] = {
    (Basis.POINTS, Window.LIFETIME): gettext_lazy(
        "What has been collected counts for the tier, whether or not it was spent."
    ),
    (Basis.POINTS, Window.YEAR): gettext_lazy(
        "What is collected within a calendar year counts for the tier. It then lasts until the end of the next year."
    ),
    (Basis.POINTS, Window.ROLLING): gettext_lazy("What was collected in the last twelve months counts for the tier."),
    (Basis.SPEND, Window.LIFETIME): gettext_lazy("The turnover of all purchases counts for the tier."),
    (Basis.SPEND, Window.YEAR): gettext_lazy(
        "The turnover within a calendar year counts for the tier. It then lasts until the end of the next year."
    ),
    (Basis.SPEND, Window.ROLLING): gettext_lazy("The turnover of the last twelve months counts for the tier."),
    (Basis.VISITS, Window.LIFETIME): gettext_lazy("All purchases count for the tier."),
    (Basis.VISITS, Window.YEAR): gettext_lazy(
        "The purchases within a calendar year count for the tier. It then lasts until the end of the next year."
    ),
    (Basis.VISITS, Window.ROLLING): gettext_lazy("The purchases of the last twelve months count for the tier."),
}


@dataclass(frozen=True, slots=True)
class Names:
    """What stores and articles are called that rules name."""

    stores: Mapping[int, str] = field(default_factory=dict)
    products: Mapping[str, str] = field(default_factory=dict)


def names_in(rules: Iterable[Rule]) -> Names:
    """For as many rules as there are, at the most two queries."""
    conditions = [rule.conditions for rule in rules]
    stores = {store for wanted in conditions for store in wanted.stores}
    skus = {sku for wanted in conditions for sku in wanted.goods.skus}
    return Names(
        stores=dict(Store.objects.filter(pk__in=stores).values_list("pk", "name")) if stores else {},
        products=dict(Product.objects.filter(sku__in=skus).values_list("sku", "name")) if skus else {},
    )


def rules_in_words(terms: Terms) -> list[str]:
    """A sentence for each rule, purchases first."""
    names = names_in(terms.rules)
    in_order = sorted(terms.rules, key=lambda rule: rule.occasion != Occasion.PURCHASE)
    return [*(rule_in_words(rule, terms, names) for rule in in_order), *stamp_cards_in_words(terms.stamp_cards)]


def rule_in_words(rule: Rule, terms: Terms, names: Names) -> str:
    """“Happy Hour: doppelte Punkte montags von 14:00 bis 16:00 Uhr, ab 20 € Einkauf”."""
    word = points_name(terms)
    gift = " ".join(part for part in (_gift(rule, word), _goods(rule.conditions, names)) if part)
    said = ", ".join(
        [" ".join([gift, *_when(rule.conditions)]), *_where(rule, terms, names), *_most(rule.limits, word)]
    )
    return f"{rule.name}: {said}" if rule.name else said[:1].upper() + said[1:]


def stamp_cards_in_words(cards: Sequence[StampCard]) -> list[str]:
    """“Kaffeekarte: 10 Stempel bringen: 1 Kaffee gratis, ein Stempel für jedes Stück aus: Heißgetränke”."""
    skus = [sku for card in cards for sku in card.goods.skus]
    products = dict(Product.objects.filter(sku__in=skus).values_list("sku", "name")) if skus else {}
    return [_stamp_card(card, products) for card in cards]


def _stamp_card(card: StampCard, products: Mapping[str, str]) -> str:
    goods = ", ".join([*card.goods.categories, *(products.get(sku, sku) for sku in card.goods.skus)])
    if card.per == Per.VISIT:
        what = _("one stamp for a visit with: %(goods)s") if goods else _("one stamp for every visit")
    else:
        what = _("one stamp for each of: %(goods)s") if goods else _("one stamp for each item")
    count = ngettext("%(count)s stamp brings", "%(count)s stamps bring", card.needed)
    return ", ".join(
        [f"{card.name}: {count % {'count': number_text(card.needed)}} {card.reward}", what % {"goods": goods}]
    )


def conditions_in_words(terms: Terms, *, some_expire: bool = False) -> list[str]:
    """What holds for all points: excluded goods, several multipliers, waiting, expiry and what counts for tiers.

    `some_expire` where a customer has points with a date although new ones get none.
    """
    word = points_name(terms)
    said = []
    if terms.excluded:
        said.append(_("There are none for: %(goods)s.") % {"goods": ", ".join(sorted(terms.excluded))})
    if any(rule.kind == Kind.MULTIPLIER for rule in terms.purchase_rules):
        said.append(stacking_in_words(terms.stacking))
    return [*said, *_lasting(terms, word, some_expire=some_expire), *_tiers(terms)]


def stacking_in_words(stacking: Stacking) -> str:
    if stacking == Stacking.BEST:
        return _("Where several multipliers hold at once, the tier's among them, the highest counts.")
    return _("Where several multipliers hold at once, the tier's among them, all of them are multiplied.")


def _lasting(terms: Terms, word: Noun, *, some_expire: bool) -> list[str]:
    name = word.many[:1].upper() + word.many[1:]
    said = []
    if days := terms.pending_days:
        text = ngettext(
            "%(name)s are available the day after the purchase.",
            "%(name)s are available %(days)s days after the purchase.",
            days,
        )
        said.append(text % {"name": name, "days": number_text(days)})
    if months := terms.expiry_months:
        said.append(_valid(terms.expiry_end, months) % {"name": name, "months": number_text(months)})
    elif some_expire:
        said.append(_("New %(name)s do not expire.") % {"name": word.many})
    else:
        said.append(_("%(name)s do not expire.") % {"name": name})
    return said


def _valid(end: ExpiryEnd, months: int) -> str:
    if end == ExpiryEnd.MONTH:
        return ngettext(
            "%(name)s are valid for a month and then until the end of that month.",
            "%(name)s are valid for %(months)s months and then until the end of that month.",
            months,
        )
    return ngettext(
        "%(name)s are valid for a month and then until the end of the year.",
        "%(name)s are valid for %(months)s months and then until the end of the year.",
        months,
    )


def _tiers(terms: Terms) -> list[str]:
    """What counts for a tier and how it is lost; nothing where there is only one."""
    if len(terms.tiers) < 2:
        return []
    said = [str(COUNTS[terms.tier_basis, terms.tier_window])]
    if terms.tier_window == Window.LIFETIME:
        return said
    if days := terms.grace_days:
        text = ngettext(
            "If it is no longer reached, it stays for another day.",
            "If it is no longer reached, it stays for another %(days)s days.",
            days,
        )
        said.append(text % {"days": number_text(days)})
    if terms.one_step_down:
        said.append(_("It then goes down by one tier at the most."))
    return said


def _gift(rule: Rule, word: Noun) -> str:
    points = word.counted(rule.points)
    match rule.kind:
        case Kind.PER_AMOUNT:
            per = rate_text(rule.per_minor, currency=current_tenant().currency)
            return _("%(points)s per %(per)s") % {"points": points, "per": per}
        case Kind.PER_ITEM:
            return _("%(points)s per item") % {"points": points}
        case Kind.PER_VISIT:
            return _("%(points)s per visit") % {"points": points}
        case Kind.MULTIPLIER:
            return _multiplied(rule.factor_percent, word)
    if rule.occasion != Occasion.PURCHASE:
        return str(GIFTS[rule.occasion.value]) % {"points": points}
    return _("%(points)s extra") % {"points": points}


def circumstances_in_words(wanted: Conditions) -> list[str]:
    """When and where something holds, each a part of a sentence."""
    called = Store.objects.filter(pk__in=wanted.stores).order_by("name").values_list("name", flat=True)
    said = [" ".join(_when(wanted)), _dates(wanted), _stores(list(called)) if wanted.stores else ""]
    return [part for part in said if part]


def _multiplied(percent: int, word: Noun) -> str:
    if percent == 200:
        return _("double %(name)s") % {"name": word.many}
    if percent == 300:
        return _("triple %(name)s") % {"name": word.many}
    factor = number_text((Decimal(percent) / 100).normalize())
    return _("%(factor)s times the %(name)s") % {"factor": factor, "name": word.many}


def _goods(wanted: Conditions, names: Names) -> str:
    called = [*wanted.goods.categories, *(names.products.get(sku, sku) for sku in wanted.goods.skus)]
    if not called:
        return ""
    return _("on %(goods)s") % {"goods": _either([_("“%(word)s”") % {"word": word} for word in called])}


def _when(wanted: Conditions) -> list[str]:
    said = []
    if wanted.weekdays:
        said.append(_("on %(days)s") % {"days": _days(sorted(set(wanted.weekdays)))})
    if times := _between(wanted.from_minute, wanted.until_minute):
        said.append(times)
    return said


def _days(days: list[int]) -> str:
    """“Mondays to Fridays”, or each of them."""
    called = [str(WEEKDAYS[day]) for day in days]
    if len(days) > 2 and days[-1] - days[0] == len(days) - 1:
        return _("%(first)s to %(last)s") % {"first": called[0], "last": called[-1]}
    return _both(called)


def _between(begins: int | None, ends: int | None) -> str:
    if begins is None and ends is None:
        return ""
    if ends is None:
        return _("from %(time)s o'clock") % {"time": minute_text(begins or 0)}
    if begins is None:
        return _("until %(time)s o'clock") % {"time": minute_text(ends)}
    return _("from %(begin)s to %(end)s o'clock") % {"begin": minute_text(begins), "end": minute_text(ends)}


def _where(rule: Rule, terms: Terms, names: Names) -> list[str]:
    """The other conditions, each a part of the sentence behind a comma."""
    wanted = rule.conditions
    said = [_dates(wanted), _purchase(wanted), _amount(wanted), _birthday(wanted)]
    if wanted.stores:
        said.append(_stores([names.stores[store] for store in wanted.stores if store in names.stores]))
    if wanted.channels:
        said.append(_("only %(channels)s") % {"channels": _either([str(CHANNELS[way]) for way in wanted.channels])})
    if wanted.tiers:
        called = [tier.name for tier in terms.tiers if tier.id in wanted.tiers]
        said.append(_("only for %(tiers)s") % {"tiers": _both(called)})
    return [part for part in said if part]


def _stores(called: list[str]) -> str:
    return _("only at %(stores)s") % {"stores": _both(called)}


def _dates(wanted: Conditions) -> str:
    first, last = wanted.from_on, wanted.until_on
    if first and last:
        if first == last:
            return _("on the day of %(day)s") % {"day": date_text(first)}
        return _("from %(first)s to %(last)s (dates)") % {"first": date_text(first), "last": date_text(last)}
    if first:
        return _("from %(day)s on") % {"day": date_text(first)}
    return _("until %(day)s") % {"day": date_text(last)} if last else ""


def _purchase(wanted: Conditions) -> str:
    if wanted.visit is None:
        return ""
    if wanted.every:
        return _("with every purchase no. %(number)s") % {"number": number_text(wanted.visit)}
    if wanted.visit == 1:
        return _("with the first purchase")
    return _("with purchase no. %(number)s") % {"number": number_text(wanted.visit)}


def _amount(wanted: Conditions) -> str:
    currency = current_tenant().currency
    said = []
    if wanted.min_total:
        said.append(_("from a purchase of %(amount)s") % {"amount": rate_text(wanted.min_total, currency=currency)})
    if wanted.spend_reaches:
        amount = rate_text(wanted.spend_reaches, currency=currency)
        said.append(_("once, when all purchases together reach %(amount)s") % {"amount": amount})
    return ", ".join(said)


def _birthday(wanted: Conditions) -> str:
    days = wanted.birthday_within
    if days is None:
        return ""
    if not days:
        return _("on the birthday")
    text = ngettext(
        "up to a day before and after the birthday", "up to %(days)s days before and after the birthday", days
    )
    return text % {"days": number_text(days)}


def _most(limits: Limits, word: Noun) -> list[str]:
    texts = (
        (limits.per_day, _("at most %(points)s a day")),
        (limits.per_month, _("at most %(points)s a month")),
        (limits.per_customer, _("at most %(points)s for each customer")),
        (limits.budget, _("at most %(points)s for all together")),
    )
    return [text % {"points": word.counted(points)} for points, text in texts if points is not None]


def _both(words: list[str]) -> str:
    return _joined(words, _("%(first)s and %(last)s"))


def _either(words: list[str]) -> str:
    return _joined(words, _("%(first)s or %(last)s"))


def _joined(words: list[str], pattern: str) -> str:
    if len(words) < 2:
        return "".join(words)
    return pattern % {"first": ", ".join(words[:-1]), "last": words[-1]}
