"""The programme a new shop starts with: a template for each trade."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from babel.numbers import get_currency_precision
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from events.services import publish
from programs.models import EarningRule, Program, ProgramVersion, Tier, TierTerms
from programs.rules import Kind
from tenants.models import Tenant
from tenants.roles import Actor
from tenants.scope import current_tenant


@dataclass(frozen=True, slots=True)
class Template:
    """How a trade usually sets out: points for one unit of the currency, thresholds, and how it speaks to customers."""

    points_per_unit: int
    gold_from: int
    platinum_from: int
    address: str


TEMPLATES: Final = {
    Tenant.Trade.CAFE.value: Template(10, 5_000, 12_000, Tenant.Address.DU.value),
    Tenant.Trade.SALON.value: Template(5, 1_500, 4_000, Tenant.Address.SIE.value),
    Tenant.Trade.RETAIL.value: Template(5, 2_500, 7_500, Tenant.Address.SIE.value),
    Tenant.Trade.ONLINE.value: Template(5, 2_500, 7_500, Tenant.Address.DU.value),
}


def start_default_program(*, name: str, actor: Actor, now: datetime) -> Program:
    """Silber, Gold and Platin by the template of the shop's trade, published and in force at once."""
    tenant = current_tenant()
    template = TEMPLATES[tenant.trade]
    program = Program.objects.create(name=name, created_at=now)
    version = ProgramVersion.objects.create(program=program, number=1, starts_at=now, published_at=now)
    EarningRule.objects.create(
        version=version,
        kind=Kind.PER_AMOUNT,
        points=template.points_per_unit,
        per_minor=10 ** get_currency_precision(tenant.currency),
    )
    for rank, (code, tier_name, threshold, factor_percent) in enumerate(_tiers(template), start=1):
        with translation.override(tenant.language):
            tier = Tier.objects.create(program=program, code=code, name=str(tier_name), rank=rank)
        TierTerms.objects.create(version=version, tier=tier, threshold=threshold, factor_percent=factor_percent)
    publish("program.published", actor=actor, program=program.pk, version=version.number)
    return program


def _tiers(template: Template) -> tuple[tuple[str, Any, int, int], ...]:
    """Code, name in the shop's language, from how many points, factor in percent."""
    return (
        ("silver", _("Silver"), 0, 100),
        ("gold", _("Gold"), template.gold_from, 125),
        ("platin", _("Platinum"), template.platinum_from, 150),
    )
