"""Keeps the language of the words that somebody agreed to, and lets a consent end with its address."""

from django.db import migrations, models

# Until now the words were there in two languages, and each says the age.
LANGUAGES = """
UPDATE customers_consent
   SET wording_language = CASE WHEN strpos(wording, 'I am at least 16') > 0 THEN 'en' ELSE 'de' END
 WHERE wording <> ''
"""


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0008_import_id"),
    ]

    operations = [
        migrations.AddField(
            model_name="consent",
            name="wording_language",
            field=models.CharField(blank=True, db_default="", max_length=2),
        ),
        migrations.RunSQL(LANGUAGES, migrations.RunSQL.noop),
        migrations.AlterField(
            model_name="consent",
            name="confirmed_via",
            field=models.CharField(
                blank=True,
                choices=[
                    ("joining", "on the enrolment page"),
                    ("portal", "in the portal"),
                    ("mail", "by a link in an e-mail"),
                    ("code", "with a code by e-mail"),
                    ("till", "with the code that the till showed"),
                    ("staff", "by the team"),
                    ("api", "by another system"),
                    ("merge", "when two cards were joined"),
                    ("address", "when the address changed"),
                ],
                max_length=20,
            ),
        ),
        migrations.AlterField(
            model_name="consent",
            name="requested_via",
            field=models.CharField(
                blank=True,
                choices=[
                    ("joining", "on the enrolment page"),
                    ("portal", "in the portal"),
                    ("mail", "by a link in an e-mail"),
                    ("code", "with a code by e-mail"),
                    ("till", "with the code that the till showed"),
                    ("staff", "by the team"),
                    ("api", "by another system"),
                    ("merge", "when two cards were joined"),
                    ("address", "when the address changed"),
                ],
                max_length=20,
            ),
        ),
        migrations.AlterField(
            model_name="consent",
            name="withdrawn_via",
            field=models.CharField(
                blank=True,
                choices=[
                    ("joining", "on the enrolment page"),
                    ("portal", "in the portal"),
                    ("mail", "by a link in an e-mail"),
                    ("code", "with a code by e-mail"),
                    ("till", "with the code that the till showed"),
                    ("staff", "by the team"),
                    ("api", "by another system"),
                    ("merge", "when two cards were joined"),
                    ("address", "when the address changed"),
                ],
                max_length=20,
            ),
        ),
    ]
