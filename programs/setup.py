"""The programme a new shop starts with: a template for each trade."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from babel.numbers import get_currency_precision
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from events.services import publish
from programs.models import EarningRule, Program, ProgramVersion, Tier, TierTerms
from tenants.models import Tenant
from tenants.roles import Actor
from tenants.scope import current_tenant

<<<<<<< HEAD
POINTS_PER_UNIT = 10
# code, name in the shop's language, from points, factor in percent
DEFAULT_TIERS = (
    ("silver", _("Silver"), 0, 100),
    ("gold", _("Gold"), 5_000, 125),
    ("platin", _("Platinum"), 12_000, 150),
)
=======

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
>>>>>>> f066c14 (Open shops from the bare domain: sign-up, trade templates, second factors and the product's own legal pages)


def start_default_program(*, name: str, actor: Actor, now: datetime) -> Program:
    """Silber, Gold and Platin by the template of the shop's trade, published and in force at once."""
    tenant = current_tenant()
    template = TEMPLATES[tenant.trade]
    program = Program.objects.create(name=name, created_at=now)
    version = ProgramVersion.objects.create(program=program, number=1, starts_at=now, published_at=now)
    EarningRule.objects.create(
        version=version,
        kind=EarningRule.Kind.PER_AMOUNT,
        points=template.points_per_unit,
        per_minor=10 ** get_currency_precision(tenant.currency),
    )
<<<<<<< HEAD
    for rank, (code, tier_name, threshold, factor_percent) in enumerate(DEFAULT_TIERS, start=1):
        with translation.override(current_tenant().language):
            tier = Tier.objects.create(program=program, code=code, name=str(tier_name), rank=rank)
=======
    for rank, (code, tier_name, threshold, factor_percent) in enumerate(_tiers(template), start=1):
        tier = Tier.objects.create(program=program, code=code, name=tier_name, rank=rank)
>>>>>>> f066c14 (Open shops from the bare domain: sign-up, trade templates, second factors and the product's own legal pages)
        TierTerms.objects.create(version=version, tier=tier, threshold=threshold, factor_percent=factor_percent)
    publish("program.published", actor=actor, program=program.pk, version=version.pk)
    return program


def _tiers(template: Template) -> tuple[tuple[str, str, int, int], ...]:
    """Code, name, from how many points, factor in percent."""
    return (
        ("silver", "Silber", 0, 100),
        ("gold", "Gold", template.gold_from, 125),
        ("platin", "Platin", template.platinum_from, 150),
    )
