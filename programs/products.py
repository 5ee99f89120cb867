"""What a shop sells, as its tills number it: added from a list, and removed as long as nothing refers to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, QuerySet

from programs.models import Product, PurchaseLine
from tenants import bulk
from tenants.scope import refuse_closed

PRODUCT = ("sku", "name", "category", "created_at", "import_id")


@dataclass(frozen=True, slots=True)
class NewProduct:
    sku: str
    name: str
    category: str = ""


def add_products(products: Sequence[NewProduct], *, now: datetime, import_id: int | None = None) -> int:
    """Add those whose number is new, others stay as they are; how many were added. No events are published."""
    refuse_closed()
    rows = (
        (product.sku, product.name, product.category, now, import_id)
        for product in sorted(products, key=lambda product: product.sku)
    )
    return len(bulk.insert_returning(Product, PRODUCT, rows, known_by=("sku",), skip_conflicts=True))


def unused_products(products: QuerySet[Product]) -> QuerySet[Product]:
    """Those that stand on no receipt."""
    return products.filter(~Exists(PurchaseLine.objects.filter(sku=OuterRef("sku"))))
