"""What every page of the back office is made of: the frame around it and the way between its rooms."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from backoffice.access import MemberRequest
from backoffice.once import may_be_sent_again
from programs.queries import points_name
from programs.terms import terms_at
from tenants.public_site import public_url


@dataclass(frozen=True, slots=True)
class Room:
    """An entry of the main menu, shown to those who may go there, if need be after a second factor."""

    label: Any
    icon: str
    route: str
    capability: str

    @property
    def url(self) -> str:
        return reverse(self.route)


DAILY_ROOMS: Final = (
    Room(_("Start"), "home", "backoffice:home", "customers.read"),
    Room(_("Programme"), "sliders", "backoffice:programme", "program.read"),
    Room(_("Rewards"), "gift", "backoffice:rewards", "rewards.read"),
    Room(_("Referrals"), "user-plus", "backoffice:referrals", "referrals.read"),
    Room(_("Customers"), "users", "backoffice:customers", "customers.read"),
    Room(_("Approvals"), "check", "backoffice:approvals", "points.approve"),
    Room(_("Anomalies"), "alert", "backoffice:findings", "findings.decide"),
    Room(_("Messages"), "mail", "backoffice:messages", "messages.read"),
    Room(_("Feedback"), "star", "backoffice:feedback", "feedback.read"),
    Room(_("Reports"), "chart", "backoffice:reports", "reports.read"),
    Room(_("Points owed"), "file", "backoffice:liability", "program.read"),
)
SETUP_ROOMS: Final = (
    Room(_("Imports"), "upload", "backoffice:imports", "imports.read"),
    Room(_("Stores & devices"), "store", "backoffice:stores", "stores.write"),
    Room(_("Team"), "user", "backoffice:team", "team.write"),
    Room(_("Appearance"), "palette", "backoffice:appearance", "brand.write"),
    Room(_("Legal texts"), "shield", "backoffice:legal", "legal.write"),
    Room(_("API keys"), "key", "backoffice:keys", "keys.write"),
    Room(_("Audit log"), "list", "backoffice:audit", "audit.read"),
    Room(_("Operations"), "pulse", "backoffice:operations", "operations.read"),
    Room(_("Account & domain"), "globe", "backoffice:account", "account.read"),
)


def show(request: MemberRequest, template: str, **context: Any) -> HttpResponse:
    """A page in the frame that all of them share; a form that it shows with errors has not been carried out."""
    if "form" in context and context["form"].errors:
        may_be_sent_again(request)
    member = request.member
    frame = {
        "member": {"name": member.name, "role_label": member.get_role_display()},
        "shops_url": public_url("/shops/"),
        "points_name": points_name(terms_at(timezone.now())),
        "daily_rooms": _entries(DAILY_ROOMS, request),
        "setup_rooms": _entries(SETUP_ROOMS, request),
    }
    return render(request, template, frame | context)


def _entries(rooms: Iterable[Room], request: MemberRequest) -> list[dict[str, Any]]:
    return [_entry(room, request) for room in rooms if request.actor.could(room.capability)]


def _entry(room: Room, request: MemberRequest) -> dict[str, Any]:
    """`current` is "page" on the room's own page, "true" on the pages behind it, else empty."""
    url = room.url
    if request.path == url:
        current = "page"
    elif request.path.startswith(url) and url != reverse("backoffice:home"):
        current = "true"
    else:
        current = ""
    return {"label": room.label, "icon": room.icon, "url": url, "current": current}
