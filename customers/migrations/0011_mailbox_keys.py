"""Keeps which mailbox is behind an address, however the address is spelt."""

from django.db import migrations, models

# As `customers.contact.mailbox_key` has it.
MAILBOXES = """
UPDATE customers_customer
   SET email_key = CASE WHEN host IN ('gmail.com', 'googlemail.com')
                        THEN coalesce(nullif(replace(local, '.', ''), ''), local) || '@gmail.com'
                        ELSE local || '@' || host END
  FROM (SELECT tenant_id AS shop, id AS customer, split_part(email, '@', 2) AS host,
               coalesce(nullif(split_part(split_part(email, '@', 1), '+', 1), ''), split_part(email, '@', 1)) AS local
          FROM customers_customer
         WHERE email <> '') AS spelt
 WHERE tenant_id = shop AND id = customer
"""


class Migration(migrations.Migration):
    dependencies = [("customers", "0010_remaining_index")]

    operations = [
        migrations.AddField(
            model_name="customer",
            name="email_key",
            field=models.CharField(blank=True, db_collation="C", db_default="", default="", max_length=254),
        ),
        migrations.RunSQL(MAILBOXES, migrations.RunSQL.noop),
    ]
