"""What is read in from elsewhere: the file while it is needed, how to read it, who works on it, what came of it."""

from datetime import timedelta
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from ledger.models import Account
from tenants.models import TenantForeignKey, TenantModel

# A file names people: it goes when it has been read in, and at the latest after these days.
KEPT_FOR = timedelta(days=7)


class Import(TenantModel):
    """One file on its way into the shop: its columns are chosen, it is checked, taken over and perhaps undone.

    `step` and `state` together say where it stands. Whoever works on it holds `lease` until `leased_until`.
    """

    class Kind(models.TextChoices):
        PURCHASES = "purchases", _("Purchases")
        CUSTOMERS = "customers", _("Customers")
        BALANCES = "balances", _("Opening balances")
        PRODUCTS = "products", _("Products")

    class Step(models.TextChoices):
        COLUMNS = "columns"
        CHECK = "check"
        IMPORT = "import"
        UNDO = "undo"

    class State(models.TextChoices):
        # For a person to choose the columns.
        OPEN = "open"
        # Somebody works on it, or will.
        RUNNING = "running"
        DONE = "done"
        # By a person, half-way.
        STOPPED = "stopped"
        FAILED = "failed"

    class Phase(models.TextChoices):
        """What is being done right now, for the progress bar."""

        WAITING = "", _("Waiting to begin")
        READING = "reading", _("Reading the file")
        SORTING = "sorting", _("Comparing with what is known")
        RECORDING = "recording", _("Taking over")
        REPORTING = "reporting", _("Writing the report")
        VOIDING = "voiding", _("Voiding purchases")
        REVERSING = "reversing", _("Reversing opening balances")
        REMOVING = "removing", _("Removing products")
        FORGETTING = "forgetting", _("Removing customers")

    kind = models.CharField(max_length=20, choices=Kind.choices)
    file_name = models.CharField(max_length=200)
    size = models.BigIntegerField(db_default=0)
    actor = models.CharField(max_length=40, db_default="system")
    undone_by = models.CharField(max_length=40, blank=True, db_default="")
    # Of whoever uploaded it: the reasons of refusals are kept in words.
    language = models.CharField(max_length=12, blank=True, db_default="")
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    undone_at = models.DateTimeField(null=True)

    step = models.CharField(max_length=8, choices=Step.choices, db_default=Step.COLUMNS)
    state = models.CharField(max_length=8, choices=State.choices, db_default=State.OPEN)
    phase = models.CharField(max_length=12, blank=True, db_default="")
    done = models.BigIntegerField(db_default=0)
    total = models.BigIntegerField(db_default=0)
    # Why it failed, where a person can do something about it.
    problem = models.CharField(max_length=300, blank=True, db_default="")
    lease = models.PositiveIntegerField(db_default=0)
    leased_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(db_default=0)

    # How the file is to be read. `columns` holds the position of each field.
    encoding = models.CharField(max_length=20, blank=True, db_default="")
    delimiter = models.CharField(max_length=4, blank=True, db_default="")
    header = models.JSONField(db_default=[])
    columns = models.JSONField(db_default={})
    date_format = models.CharField(max_length=40, blank=True, db_default="")
    decimal_mark = models.CharField(max_length=1, blank=True, db_default="")

    rows = models.PositiveIntegerField(db_default=0)
    recorded = models.PositiveIntegerField(db_default=0)
    known = models.PositiveIntegerField(db_default=0)
    refused = models.PositiveIntegerField(db_default=0)
    customers = models.PositiveIntegerField(db_default=0)
    points = models.BigIntegerField(db_default=0)
    # The first people whom a check would enrol; goes with the file.
    sample = models.JSONField(db_default=[])
    # What undoing has taken back, by kind.
    undone = models.JSONField(db_default={})

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(kind__in=["purchases", "customers", "balances", "products"]), name="import_kind_is_known"
            ),
            models.CheckConstraint(
                condition=Q(step__in=["columns", "check", "import", "undo"]), name="import_step_is_known"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["open", "running", "done", "stopped", "failed"]), name="import_state_is_known"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["tenant", "started_at"], name="import_by_time"),
            models.Index(fields=["tenant", "id"], name="import_running", condition=Q(state="running")),
        ]

    def __str__(self) -> str:
        return f"import {self.pk}"

    @property
    def is_running(self) -> bool:
        return self.state == self.State.RUNNING

    @property
    def has_recorded(self) -> bool:
        return self.step == self.Step.IMPORT and self.recorded + self.customers > 0


class FilePart(TenantModel):
    """A piece of an uploaded file, where web and workers both reach it."""

    source = TenantForeignKey(Import)
    number = models.PositiveIntegerField()
    content = models.BinaryField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "source", "number"], name="file_part_once"),
        ]

    def __str__(self) -> str:
        return f"part {self.number} of import {self.source_id}"


class RefusedRow(TenantModel):
    """A row that could not be taken over, and why; `fields` are the row as it stood in an uploaded file."""

    source = TenantForeignKey(Import)
    line = models.PositiveIntegerField()
    reason = models.CharField(max_length=300)
    fields = models.JSONField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["tenant", "source", "line"], name="refused_row_by_line")]

    def __str__(self) -> str:
        return f"line {self.line} of import {self.source_id}"


class OpeningBalance(TenantModel):
    """Which row of which import brought an account its opening points, so that none brings them twice."""

    source = TenantForeignKey(Import)
    line = models.PositiveIntegerField()
    account = TenantForeignKey(Account)
    entry_seq = models.BigIntegerField()
    points = models.BigIntegerField()
    # The last valid day as the file says it; NULL where the programme decides.
    expires_on = models.DateField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant", "account", "expires_on"], name="opening_balance_once", nulls_distinct=False
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["tenant", "source", "account"], name="opening_balance_by_import")]

    def __str__(self) -> str:
        return f"{self.points} points of line {self.line}"


class ColumnChoice(TenantModel):
    """How a person had a file's columns read, for the next file with the same ones."""

    kind = models.CharField(max_length=20, choices=Import.Kind.choices)
    # A digest of the column names, in any order.
    signature = models.CharField(max_length=32)
    # The name of the column of each field.
    columns = models.JSONField()
    date_format = models.CharField(max_length=40, blank=True)
    decimal_mark = models.CharField(max_length=1, blank=True)
    used_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "kind", "signature"], name="column_choice_once"),
        ]

    def __str__(self) -> str:
        return f"columns of {self.kind}"
