"""Figures know whether they are drawn store by store."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("analytics", "0010_point_figures_security"),
    ]

    operations = [
        migrations.AddField(
            model_name="figuresstate",
            name="by_store",
            field=models.BooleanField(db_default=False, default=False),
        ),
    ]
