"""A search over many customers stays quick behind row security."""

from pytest_django.plugin import DjangoDbBlocker

from customers.models import Customer
from customers.queries import customers_matching
from tests.factories import NOW, make_shop
from tests.tenants.laboratory import open_laboratory


def test_a_search_uses_the_index_in_spite_of_row_security(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> None:
    """LIKE and lower() would not; a range over a folded column in the C collation does."""
    with django_db_blocker.unblock(), open_laboratory() as laboratory:
        shop = make_shop("morgenrot")
        with shop.scope():
            Customer.objects.bulk_create(
                Customer(number=str(number), name_key=f"jana {number}", source="test", enrolled_at=NOW)
                for number in range(2000)
            )
        laboratory.as_owner("ANALYZE customers_customer")
        with shop.scope():
            plan = customers_matching("jana 42").explain()
        assert "Bitmap Index Scan on customer_by_name" in plan
        assert "Seq Scan" not in plan
