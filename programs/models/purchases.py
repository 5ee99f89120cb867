"""What customers bought, what came back of it, and what both add up to."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q, Value

from customers.models import Customer, new_public_id
from programs.models.programme import ProgramVersion
from team.models import Device, Store
from tenants.models import TenantForeignKey, TenantModel


class Purchase(TenantModel):
    """What was bought, when and where. `total` is what was paid after discounts, in minor units."""

    public_id = models.UUIDField(default=new_public_id, editable=False)
    customer = TenantForeignKey(Customer, null=True)
    store = TenantForeignKey(Store, null=True)
    device = TenantForeignKey(Device, null=True)
    program_version = TenantForeignKey(ProgramVersion)
    total = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    points = models.BigIntegerField(default=0)
    receipt_number = models.CharField(max_length=60, null=True)  # noqa: DJ001 - NULL keeps it unique
    purchased_at = models.DateTimeField()
    # The day on the shop's calendar: figures are by days, and a zone is too much to ask of every row.
    purchased_on = models.DateField()
    recorded_at = models.DateTimeField()
    voided_at = models.DateTimeField(null=True)
    # How much of it has been given back so far, what that took off the points, and when it was the last time.
    returned_total = models.BigIntegerField(default=0, db_default=0)
    returned_points = models.BigIntegerField(default=0, db_default=0)
    returned_at = models.DateTimeField(null=True)
    actor = models.CharField(max_length=40)
    # Which row of which log it was read from, and by which import; NULL for purchases recorded one by one.
    import_key = models.BinaryField(max_length=16, null=True)
    import_id = models.BigIntegerField(null=True)
    # What the engine looked at beside amount and lines, so that a return is valued as the purchase was.
    facts = models.JSONField(default=dict, db_default=Value({}, models.JSONField()))

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "public_id"], name="purchase_public_id_once"),
            models.UniqueConstraint(
                fields=["tenant", "store", "receipt_number"],
                name="purchase_receipt_once_standing",
                condition=Q(receipt_number__isnull=False, voided_at__isnull=True),
                nulls_distinct=False,
            ),
            models.UniqueConstraint(
                fields=["tenant", "import_key"], name="purchase_imported_once", condition=Q(import_key__isnull=False)
            ),
            models.CheckConstraint(condition=Q(total__gte=0), name="purchase_total_not_negative"),
            models.CheckConstraint(condition=Q(points__gte=0), name="purchase_points_not_negative"),
            models.CheckConstraint(
                condition=Q(returned_total__gte=0, returned_total__lte=F("total")),
                name="purchase_returned_within_total",
            ),
            models.CheckConstraint(
                condition=Q(returned_points__gte=0, returned_points__lte=F("points")),
                name="purchase_returned_within_points",
            ),
        ]
        indexes: ClassVar = [
            # All that figures of customers and days need, in the order in which customers are counted.
            models.Index(
                fields=["tenant", "customer", "purchased_on", "purchased_at"],
                name="purchase_for_figures",
                include=["store", "total", "returned_total", "points", "returned_points", "voided_at"],
            ),
            models.Index(
                fields=["tenant", "device", "recorded_at"],
                name="purchase_by_device",
                condition=Q(device__isnull=False),
            ),
            models.Index(
                fields=["tenant", "import_id", "customer"],
                name="purchase_by_import",
                condition=Q(import_id__isnull=False),
            ),
            # The purchases of a day or of some weeks, and what leaves a window on a day.
            models.Index(fields=["tenant", "purchased_at"], name="purchase_in_time"),
        ]

    def __str__(self) -> str:
        return f"purchase {self.pk}"

    @property
    def total_left(self) -> int:
        """What was paid for what has not come back."""
        return self.total - self.returned_total

    @property
    def visits_left(self) -> int:
        """What came back as a whole is no visit any more."""
        return 0 if self.is_returned else 1

    @property
    def points_left(self) -> int:
        """What it still stands for."""
        return self.points - self.returned_points

    @property
    def is_returned(self) -> bool:
        """All of it: nothing is left to give back."""
        return self.returned_total == self.total > 0


class PurchaseLine(TenantModel):
    """One line of a receipt."""

    purchase = TenantForeignKey(Purchase)
    index = models.PositiveIntegerField()
    sku = models.CharField(max_length=60, blank=True)
    name = models.CharField(max_length=120, blank=True)
    category = models.CharField(max_length=60, blank=True)
    quantity = models.DecimalField(max_digits=12, decimal_places=3)
    total = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "purchase", "index"], name="purchase_line_once"),
        ]

    def __str__(self) -> str:
        return f"line {self.index} of purchase {self.purchase_id}"


class PurchaseReturn(TenantModel):
    """Goods of a purchase that came back: by lines and quantities, or by an amount alone. Never changed.

    `total` is what was paid for them, `points` what they took off the points that the purchase stands for.
    """

    public_id = models.UUIDField(default=new_public_id, editable=False)
    purchase = TenantForeignKey(Purchase)
    total = models.BigIntegerField()
    # [{"index": 0, "quantity": "1.000"}]
    lines = models.JSONField(default=list, db_default=Value([], models.JSONField()))
    points = models.BigIntegerField(default=0)
    returned_at = models.DateTimeField()
    actor = models.CharField(max_length=40)
    device = TenantForeignKey(Device, null=True)
    store = TenantForeignKey(Store, null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "public_id"], name="purchase_return_public_id_once"),
            models.CheckConstraint(
                condition=Q(total__gt=0) | (Q(total=0) & ~Q(lines=[])), name="purchase_return_of_something"
            ),
            models.CheckConstraint(condition=Q(points__gte=0), name="purchase_return_points_not_negative"),
        ]
        indexes: ClassVar = [models.Index(fields=["tenant", "purchase"], name="purchase_return_by_purchase")]

    def __str__(self) -> str:
        return f"return {self.pk} of purchase {self.purchase_id}"


class CustomerStat(TenantModel):
    """All that a customer has bought, in one row: what scores are computed from. The award keeps it up to date.

    Counted by days of the shop's calendar, without what was voided or came back as a whole. What happens to days that
    are over (a late report, a return, a merge) is counted again at night.
    """

    customer = TenantForeignKey(Customer)
    purchases = models.IntegerField()
    # On how many days, and the first and the last of them.
    days = models.IntegerField()
    first_on = models.DateField()
    last_on = models.DateField()
    # The day of the second purchase, which may be the first day again.
    second_on = models.DateField(null=True)
    # What was paid in minor units, altogether and on the first day.
    total = models.BigIntegerField()
    first_total = models.BigIntegerField()
    # Sum of the natural logarithms of the days between two days with a purchase.
    log_gaps = models.FloatField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "customer"], name="customer_stat_once"),
            models.CheckConstraint(
                condition=Q(days__gte=1, purchases__gte=F("days"), last_on__gte=F("first_on")),
                name="customer_stat_days_and_purchases",
            ),
            models.CheckConstraint(
                condition=Q(purchases=1, second_on=None) | Q(purchases__gte=2, second_on__gte=F("first_on")),
                name="customer_stat_second_purchase",
            ),
            models.CheckConstraint(
                condition=Q(first_total__gte=0, total__gte=F("first_total")), name="customer_stat_totals"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.purchases} purchases on {self.days} days"


class LateChange(TenantModel):
    """A day that has changed after figures were drawn from it; waits for the night.

    With a customer: of this customer everything from the day on. Without one: all sales of the day.
    """

    customer = TenantForeignKey(Customer, null=True)
    day = models.DateField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "customer", "day"], name="late_change_once", nulls_distinct=False)
        ]

    def __str__(self) -> str:
        return f"change of {self.day}"


class Product(TenantModel):
    """What a shop sells, under the number that its tills use; earning rules may name it."""

    sku = models.CharField(max_length=60)
    name = models.CharField(max_length=120)
    category = models.CharField(max_length=60, blank=True)
    created_at = models.DateTimeField()
    import_id = models.BigIntegerField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "sku"], name="product_sku_once"),
            models.CheckConstraint(condition=~Q(sku="") & ~Q(name=""), name="product_has_sku_and_name"),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["tenant", "import_id"], name="product_by_import", condition=Q(import_id__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return self.name
