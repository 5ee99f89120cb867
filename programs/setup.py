"""The programme a new shop starts with."""

from datetime import datetime

from babel.numbers import get_currency_precision
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from events.services import publish
from programs.models import EarningRule, Program, ProgramVersion, Tier, TierTerms
from tenants.roles import Actor
from tenants.scope import current_tenant

POINTS_PER_UNIT = 10
# code, name in the shop's language, from points, factor in percent
DEFAULT_TIERS = (
    ("silver", _("Silver"), 0, 100),
    ("gold", _("Gold"), 5_000, 125),
    ("platin", _("Platinum"), 12_000, 150),
)


def start_default_program(*, name: str, actor: Actor, now: datetime) -> Program:
    """Silber, Gold and Platin, ten points per unit of the shop's currency, published and in force at once."""
    program = Program.objects.create(name=name, created_at=now)
    version = ProgramVersion.objects.create(program=program, number=1, starts_at=now, published_at=now)
    EarningRule.objects.create(
        version=version,
        kind=EarningRule.Kind.PER_AMOUNT,
        points=POINTS_PER_UNIT,
        per_minor=10 ** get_currency_precision(current_tenant().currency),
    )
    for rank, (code, tier_name, threshold, factor_percent) in enumerate(DEFAULT_TIERS, start=1):
        with translation.override(current_tenant().language):
            tier = Tier.objects.create(program=program, code=code, name=str(tier_name), rank=rank)
        TierTerms.objects.create(version=version, tier=tier, threshold=threshold, factor_percent=factor_percent)
    publish("program.published", actor=actor, program=program.pk, version=version.pk)
    return program
