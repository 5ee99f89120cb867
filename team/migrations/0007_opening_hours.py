from django.db import migrations, models
from django.db.models import Value


class Migration(migrations.Migration):
    dependencies = [("team", "0006_row_security")]

    operations = [
        migrations.AddField(
            model_name="store",
            name="opening_hours",
            field=models.JSONField(db_default=Value([], models.JSONField()), default=list),
        ),
    ]
