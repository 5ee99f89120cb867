"""Refusals around legal texts."""

from django.utils.translation import gettext_lazy as _

from tenants.errors import DomainError


class DetailsMissing(DomainError):
    code = "business_details_missing"
    message = _("First state who runs the shop: every text names it.")
