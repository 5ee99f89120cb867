"""Everything that was bought before is counted in the first night."""

from django.db import migrations

MARK = """
INSERT INTO programs_latechange (tenant_id, customer_id, day)
SELECT tenant_id, customer_id, min(purchased_on) FROM programs_purchase
 WHERE customer_id IS NOT NULL GROUP BY tenant_id, customer_id
 UNION ALL
SELECT DISTINCT tenant_id, NULL::bigint, purchased_on FROM programs_purchase
"""


class Migration(migrations.Migration):
    dependencies = [("programs", "0023_customer_stat_security")]

    operations = [migrations.RunSQL(MARK, migrations.RunSQL.noop, elidable=True)]
