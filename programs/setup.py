"""The programme a new shop starts with: a template for each trade."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from django.utils import translation
from django.utils.translation import gettext_lazy as _

from events.services import publish
from programs.models import Program, Tier
from programs.publishing import Draft, TierDraft, write_version
from programs.rules import Kind, Occasion, Rule, Stacking
from tenants.models import Tenant
from tenants.roles import Actor
from tenants.scope import current_tenant

# The codes of the rules that have a switch of their own.
WELCOME: Final = "welcome"
BIRTHDAY: Final = "birthday"
# Points last three years and then until New Year's Eve.
EXPIRY_MONTHS: Final = 36
# What earns nothing as a rule, and where the law binds prices.
TIPS, DEPOSIT, VOUCHERS = _("Tips"), _("Deposit"), _("Sale of vouchers")
BOOKS, TOBACCO, MEDICINES = _("Books"), _("Tobacco"), _("Medicines")


@dataclass(frozen=True, slots=True)
class Template:
    """How a trade usually sets out: points for one unit of the currency, thresholds, bonuses, what earns nothing, and
    how it speaks to customers.
    """

    points_per_unit: int
    gold_from: int
    platinum_from: int
    address: str
    welcome: int
    birthday: int
    excluded: tuple[Any, ...]


TEMPLATES: Final = {
    Tenant.Trade.CAFE.value: Template(
        points_per_unit=10,
        gold_from=5_000,
        platinum_from=12_000,
        address=Tenant.Address.DU.value,
        welcome=100,
        birthday=200,
        excluded=(TIPS, DEPOSIT, VOUCHERS, TOBACCO),
    ),
    Tenant.Trade.SALON.value: Template(
        points_per_unit=5,
        gold_from=1_500,
        platinum_from=4_000,
        address=Tenant.Address.SIE.value,
        welcome=100,
        birthday=200,
        excluded=(TIPS, VOUCHERS),
    ),
    Tenant.Trade.RETAIL.value: Template(
        points_per_unit=5,
        gold_from=2_500,
        platinum_from=7_500,
        address=Tenant.Address.SIE.value,
        welcome=50,
        birthday=100,
        excluded=(DEPOSIT, VOUCHERS, BOOKS, TOBACCO, MEDICINES),
    ),
    Tenant.Trade.ONLINE.value: Template(
        points_per_unit=5,
        gold_from=2_500,
        platinum_from=7_500,
        address=Tenant.Address.DU.value,
        welcome=50,
        birthday=100,
        excluded=(DEPOSIT, VOUCHERS, BOOKS, MEDICINES),
    ),
}


def start_default_program(*, name: str, actor: Actor, now: datetime) -> Program:
    """Points for the amount, and Silber, Gold and Platin: published, in force at once, and open to everybody."""
    return _start(name, _plain(current_tenant().trade), opened_at=now, actor=actor, now=now)


def prepare_program(*, name: str, actor: Actor, now: datetime) -> Program:
    """The whole template of the shop's trade, for the team to try; the public may join when it is started."""
    return _start(name, template_of(current_tenant().trade, _plain("")), opened_at=None, actor=actor, now=now)


def template_of(trade: str, start: Draft) -> Draft:
    """The template in place of what a draft says; the programme keeps its name, and tiers keep their place."""
    template, plain = TEMPLATES[trade], _plain(trade)
    known = [tier.id for tier in start.tiers]
    with translation.override(current_tenant().language):
        return replace(
            start,
            points_name="",
            points_name_one="",
            points_per_unit=template.points_per_unit,
            rules=[
                _bonus(WELCOME, Occasion.SIGN_UP, template.welcome),
                _bonus(BIRTHDAY, Occasion.BIRTHDAY, template.birthday),
            ],
            stacking=Stacking.BEST,
            excluded=sorted(str(category) for category in template.excluded),
            pending_days=0,
            expiry_months=EXPIRY_MONTHS,
            tiers=[
                replace(tier, id=known[place] if place < len(known) else None) for place, tier in enumerate(plain.tiers)
            ],
            resting=[],
        )


def is_template(draft: Draft) -> bool:
    """Whether nobody has changed anything of a template yet."""
    return any(draft == replace(template_of(trade, draft), figures=draft.figures) for trade in TEMPLATES)


def _start(name: str, draft: Draft, *, opened_at: datetime | None, actor: Actor, now: datetime) -> Program:
    program = Program.objects.create(name=name, created_at=now, opened_at=opened_at, begun_number=1)
    codes = ("silver", "gold", "platin")
    tiers = [
        replace(tier, id=Tier.objects.create(program=program, code=code, name=tier.name, rank=rank).pk)
        for rank, (code, tier) in enumerate(zip(codes, draft.tiers, strict=True), start=1)
    ]
    version = write_version(program, replace(draft, tiers=tiers), number=1, starts_at=now, now=now)
    publish("program.published", actor=actor, program=program.pk, version=version.number)
    return program


def _plain(trade: str) -> Draft:
    """Points for the amount and the three tiers; without a trade no tiers either."""
    template = TEMPLATES.get(trade)
    return Draft(
        version=None,
        name="",
        points_per_unit=template.points_per_unit if template else 0,
        tiers=_tiers(template) if template else (),
    )


def _tiers(template: Template) -> Sequence[TierDraft]:
    """In the shop's language."""
    with translation.override(current_tenant().language):
        return [
            TierDraft(None, str(_("Silver")), 0, 100, 0),
            TierDraft(None, str(_("Gold")), template.gold_from, 125, 0),
            TierDraft(None, str(_("Platinum")), template.platinum_from, 150, 0),
        ]


def _bonus(code: str, occasion: Occasion, points: int) -> Rule:
    return Rule(code=code, kind=Kind.BONUS, occasion=occasion, points=points)
