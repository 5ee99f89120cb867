"""A list of products; one whose number is known stays as it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from imports.columns import Field
from imports.kinds.kind import Booking, Formats, Kind, Outcome, Refusal, RowReader, short
from imports.models import Import
from imports.staging import Layout
from programs.models import Product
from programs.products import NewProduct, add_products
from tenants.contact import normal_name
from tenants.errors import Invalid
from tenants.models import Tenant, longest

LONGEST_SKU = longest(Product, "sku")
LONGEST_NAME = longest(Product, "name")
LONGEST_CATEGORY = longest(Product, "category")

FIELDS = (
    Field(
        "sku",
        gettext_lazy("Product number (SKU)"),
        (
            *("sku", "productnumber", "productno", "productid", "itemnumber", "itemno", "articlenumber", "plu", "ean"),
            *("gtin", "artikelnummer", "artikelnr", "artnr", "produktnummer", "produktnr", "nummer", "id"),
        ),
        needed=True,
    ),
    Field(
        "name",
        gettext_lazy("Name"),
        ("name", "productname", "title", "description", "bezeichnung", "artikel", "artikelname", "produkt", "titel"),
        needed=True,
    ),
    Field(
        "category",
        gettext_lazy("Category"),
        ("category", "productgroup", "group", "type", "kategorie", "warengruppe", "produktgruppe", "gruppe"),
    ),
)

SORTED_OUT = """
SELECT line, sku, name, category, nullif(min(line) OVER (PARTITION BY sku), line)
  FROM staged
 ORDER BY sku, line
"""


@dataclass(frozen=True, slots=True)
class ProductRow:
    """`twin` is the line of an earlier row with the same number."""

    line: int
    sku: str
    name: str
    category: str
    twin: int | None = None

    def as_fields(self) -> tuple[Any, ...]:
        return self.line, self.sku, self.name, self.category

    @staticmethod
    def parse(fields: list[str]) -> "ProductRow":
        line, sku, name, category, twin = fields
        return ProductRow(int(line), sku, name, category, int(twin) if twin else None)


class ProductReader(RowReader[ProductRow]):
    def row(self, line: int, values: Mapping[str, str]) -> ProductRow:
        sku = short(normal_name(values["sku"]), LONGEST_SKU)
        name = short(normal_name(values["name"]), LONGEST_NAME)
        if not sku:
            raise Invalid(_("The product number is missing."))
        if not name:
            raise Invalid(_("The name is missing."))
        category = short(normal_name(values.get("category", "")), LONGEST_CATEGORY)
        return ProductRow(line=line, sku=sku, name=name, category=category)


class Products(Kind[ProductRow]):
    code = Import.Kind.PRODUCTS
    fields = FIELDS
    layout: ClassVar = Layout(
        columns=(("line", "bigint"), ("sku", 'text COLLATE "C"'), ("name", "text"), ("category", "text")),
        sorted_out=SORTED_OUT,
        parse=ProductRow.parse,
        group=lambda row: row.line,
    )

    def reader(
        self, *, columns: Mapping[str, int], width: int, tenant: Tenant, formats: Formats, now: datetime
    ) -> ProductReader:
        return ProductReader(columns=columns, width=width)

    def so_far(self, import_id: int) -> Outcome:
        return Outcome(recorded=Product.objects.filter(import_id=import_id).count())

    def record(self, rows: Sequence[ProductRow], booking: Booking) -> Outcome:
        own = [row for row in rows if row.twin is None]
        refusals = [
            Refusal(row.line, _("The same product number stands in line %(line)d already.") % {"line": row.twin})
            for row in rows
            if row.twin is not None
        ]
        known = dict(Product.objects.filter(sku__in=[row.sku for row in own]).values_list("sku", "import_id"))
        new = [NewProduct(sku=row.sku, name=row.name, category=row.category) for row in own if row.sku not in known]
        added = add_products(new, now=booking.now, import_id=booking.import_id)
        before = sum(booking.import_id is None or import_id != booking.import_id for import_id in known.values())
        # Whoever was faster in the meantime has made the product known.
        return Outcome(recorded=added, known=before + len(new) - added, refusals=refusals)
