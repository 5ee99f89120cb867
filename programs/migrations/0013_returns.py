"""Goods that came back, and what purchases have left."""

import django.db.models.deletion
from django.db import migrations, models

import customers.models
import tenants.database
import tenants.models


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0010_remaining_index"),
        ("programs", "0012_stamp_card_security"),
        ("team", "0006_row_security"),
        ("tenants", "0004_domain_live"),
    ]

    operations = [
        migrations.CreateModel(
            name="PurchaseReturn",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=customers.models.new_public_id, editable=False)),
                ("total", models.BigIntegerField()),
                ("lines", models.JSONField(db_default=models.Value([], models.JSONField()), default=list)),
                ("points", models.BigIntegerField(default=0)),
                ("returned_at", models.DateTimeField()),
                ("actor", models.CharField(max_length=40)),
            ],
        ),
        migrations.AddField(
            model_name="purchase",
            name="returned_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="purchase",
            name="returned_points",
            field=models.BigIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="purchase",
            name="returned_total",
            field=models.BigIntegerField(db_default=0, default=0),
        ),
        migrations.AddConstraint(
            model_name="purchase",
            constraint=models.CheckConstraint(
                condition=models.Q(("returned_total__gte", 0), ("returned_total__lte", models.F("total"))),
                name="purchase_returned_within_total",
            ),
        ),
        migrations.AddConstraint(
            model_name="purchase",
            constraint=models.CheckConstraint(
                condition=models.Q(("returned_points__gte", 0), ("returned_points__lte", models.F("points"))),
                name="purchase_returned_within_points",
            ),
        ),
        migrations.AddField(
            model_name="purchasereturn",
            name="device",
            field=tenants.models.TenantForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="team.device",
            ),
        ),
        migrations.AddField(
            model_name="purchasereturn",
            name="purchase",
            field=tenants.models.TenantForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="programs.purchase",
            ),
        ),
        migrations.AddField(
            model_name="purchasereturn",
            name="store",
            field=tenants.models.TenantForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="team.store",
            ),
        ),
        migrations.AddField(
            model_name="purchasereturn",
            name="tenant",
            field=models.ForeignKey(
                db_constraint=False,
                db_default=tenants.database.CurrentTenant(),
                db_index=False,
                editable=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="tenants.tenant",
            ),
        ),
        migrations.AddIndex(
            model_name="purchasereturn",
            index=models.Index(fields=["tenant", "purchase"], name="purchase_return_by_purchase"),
        ),
        migrations.AddConstraint(
            model_name="purchasereturn",
            constraint=models.UniqueConstraint(fields=("tenant", "public_id"), name="purchase_return_public_id_once"),
        ),
        migrations.AddConstraint(
            model_name="purchasereturn",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("total__gt", 0), models.Q(("total", 0), models.Q(("lines", []), _negated=True)), _connector="OR"
                ),
                name="purchase_return_of_something",
            ),
        ),
        migrations.AddConstraint(
            model_name="purchasereturn",
            constraint=models.CheckConstraint(
                condition=models.Q(("points__gte", 0)), name="purchase_return_points_not_negative"
            ),
        ),
    ]
