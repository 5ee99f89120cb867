"""By whom a customer has come, and whom they have brought."""

import uuid

from django.http import HttpResponse
from django.utils import timezone

from backoffice.access import MemberRequest
from backoffice.pages import show
from backoffice.referrals.rows import referral_rows
from backoffice.views.customers.person import about
from customers.queries import customer_by
from ledger import queries as ledger
from referrals.invitations import spelled
from referrals.queries import invitation_with_code, referral_of, referrals_by, standing_of
from tenants.pages import page_of, uuid_in

ROWS = 30


def referrals(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    person, now = customer_by(id=str(public_id)), timezone.now()
    before = uuid_in(request.GET.get("before", ""))
    invited = referrals_by(person).order_by("-public_id")
    page = page_of(invited.filter(public_id__lt=before) if before else invited, size=ROWS)
    came_by, own = referral_of(person), invitation_with_code(person)
    context = about(request, person, ledger.account_of(person), tab="customer_referrals", now=now) | {
        "came_by": referral_rows([came_by])[0] if came_by else None,
        "rows": referral_rows(page.rows),
        "code": spelled(own.code) if own else "",
        "allowance": standing_of(person, now=now),
        "first_url": request.path if before else None,
        "next_url": f"{request.path}?before={page.last.public_id}" if page.last else None,
    }
    return show(request, "backoffice/customer_referrals.html", **context)
