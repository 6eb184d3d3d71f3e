"""When and why a client's own document could not be read."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("oauthbridge", "0006_refresh_retry"),
    ]

    operations = [
        migrations.AddField(
            model_name="application",
            name="document_failed_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="document not read"),
        ),
        migrations.AddField(
            model_name="application",
            name="document_problem",
            field=models.CharField(blank=True, db_default="", default="", max_length=200, verbose_name="why not"),
        ),
    ]
