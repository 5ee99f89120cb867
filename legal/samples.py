"""Sample texts with the merchant's own details filled in. A lawyer has to look at them before they are relied on."""

from typing import Final

from django.template.loader import render_to_string

from legal.models import BusinessDetails, LegalText
from tenants.models import Tenant
from tenants.scope import current_tenant

# Names the state of the samples; it is kept with every text that was made from one.
SAMPLES: Final = "2026-11"


def sample_of(kind: str, *, language: str, details: BusinessDetails) -> str:
    """The sample of a kind of text in Markdown, in the shop's way of addressing its customers."""
    context = {"details": details, "du": current_tenant().address == Tenant.Address.DU}
    return render_to_string(f"legal/{LegalText.Kind(kind).value}.{language}.md", context).strip()
