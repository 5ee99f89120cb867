"""What a new shop still has to do before the first customer collects points, read from what is there."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from legal.models import LegalText
from legal.queries import texts_in_force
from programs.models import Program, Purchase
from rewards.queries import offered_rewards
from team.models import Device, Membership
from tenants.scope import current_tenant


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do; `route` is where, `is_done` looks whether it has been done."""

    title: Any
    why: Any
    route: str
    capability: str
    is_done: Callable[[], bool]
    args: tuple[str, ...] = ()

    @property
    def url(self) -> str:
        return reverse(self.route, args=self.args)


def _programme_started() -> bool:
    """At once or on a day that is planned."""
    return Program.objects.filter(opened_at__isnull=False).exists()


def _reward_offered() -> bool:
    return offered_rewards().exists()


def _texts_published() -> bool:
    return set(texts_in_force(language=current_tenant().language)) == set(LegalText.Kind.values)


def _pin_set() -> bool:
    return Membership.objects.filter(ended_at=None).exclude(pin="").exists()


def _device_connected() -> bool:
    return Device.objects.filter(bound_at__isnull=False, revoked_at=None).exists()


def _customer_enrolled() -> bool:
    return Customer.objects.exists()


def _points_credited() -> bool:
    """A real one: what was read in from a file has credited nobody at the till."""
    return Purchase.objects.filter(import_key=None, points__gt=0).exists()


STEPS: Final = (
    Step(
        _("Start the programme"),
        _("The template of your trade is filled in. Look at it, change what you like, and start."),
        "backoffice:programme_step",
        "program.write",
        _programme_started,
        ("trade",),
    ),
    Step(
        _("Offer the first reward"),
        _("Points are worth collecting when there is something to get for them."),
        "backoffice:rewards",
        "rewards.write",
        _reward_offered,
    ),
    Step(
        _("Publish the legal texts"),
        _("Customers can join only when they can read the terms."),
        "backoffice:legal",
        "legal.write",
        _texts_published,
    ),
    Step(
        _("Give the team PINs"),
        _("Whoever works at the till signs on with one."),
        "backoffice:team",
        "team.write",
        _pin_set,
    ),
    Step(
        _("Connect a device"),
        _("A phone, a tablet or the till itself."),
        "backoffice:stores",
        "stores.write",
        _device_connected,
    ),
    Step(
        _("Enrol the first customer"),
        _("At the till, or by the poster's QR code."),
        "backoffice:customers",
        "customers.read",
        _customer_enrolled,
    ),
    Step(
        _("Credit the first points"),
        _("With a real purchase at the till. Then everything works."),
        "checkout:find",
        "backoffice.enter",
        _points_credited,
    ),
)
