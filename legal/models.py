"""Who the merchant is in law, and the texts that customers can rely on, each version kept as it was shown."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tenants.models import TenantModel


class BusinessDetails(TenantModel):
    """What an imprint must name; one row for each shop."""

    company = models.CharField(max_length=160)
    represented_by = models.CharField(max_length=160, blank=True)
    street = models.CharField(max_length=160)
    postcode = models.CharField(max_length=12)
    city = models.CharField(max_length=80)
    email = models.CharField(max_length=254)
    phone = models.CharField(max_length=40, blank=True)
    vat_id = models.CharField(max_length=20, blank=True)
    register = models.CharField(max_length=160, blank=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["tenant"], name="business_details_once")]

    def __str__(self) -> str:
        return self.company


class LegalText(TenantModel):
    """One published version of one text in one language. It never changes; a newer version takes its place."""

    class Kind(models.TextChoices):
        IMPRINT = "imprint", _("Imprint")
        PRIVACY = "privacy", _("Privacy notice")
        TERMS = "terms", _("Terms of participation")
        ACCESSIBILITY = "accessibility", _("Accessibility")

    kind = models.CharField(max_length=14, choices=Kind.choices)
    language = models.CharField(max_length=11)
    version = models.PositiveIntegerField()
    body = models.TextField()
    # Which of our templates it was made from; empty where the merchant wrote it all.
    template = models.CharField(max_length=40, blank=True)
    published_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "kind", "language", "version"], name="legal_text_version_once"),
            models.CheckConstraint(
                condition=Q(kind__in=["imprint", "privacy", "terms", "accessibility"]), name="legal_text_kind_known"
            ),
            models.CheckConstraint(condition=~Q(body=""), name="legal_text_says_something"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.language} {self.version}"


class ProcessingAgreement(TenantModel):
    """The owner's acceptance of our data processing agreement, with the version that was shown."""

    version = models.CharField(max_length=20)
    accepted_by = models.CharField(max_length=40)
    accepted_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "version"], name="processing_agreement_once")
        ]

    def __str__(self) -> str:
        return f"agreement {self.version}"
