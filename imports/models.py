"""What was read in from elsewhere, and which rows were refused."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from tenants.models import TenantForeignKey, TenantModel


class Import(TenantModel):
    """One reading of one file."""

    class Kind(models.TextChoices):
        PURCHASES = "purchases"

    kind = models.CharField(max_length=20, choices=Kind.choices)
    file_name = models.CharField(max_length=200)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    rows = models.PositiveIntegerField(default=0)
    recorded = models.PositiveIntegerField(default=0)
    known = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(condition=Q(kind__in=["purchases"]), name="import_kind_known")]
        indexes: ClassVar = [models.Index(fields=["tenant", "started_at"], name="import_by_time")]

    def __str__(self) -> str:
        return self.file_name


class RefusedRow(TenantModel):
    """A row that could not be taken over, and why. The row itself stays in the file: it may name people."""

    source = TenantForeignKey(Import)
    line = models.PositiveIntegerField()
    reason = models.CharField(max_length=300)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["tenant", "source", "line"], name="refused_row_by_line")]

    def __str__(self) -> str:
        return f"line {self.line}: {self.reason}"
