"""Refresh tokens know what they were made of."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("oauthbridge", "0013_connection_withholds_deletion"),
    ]

    operations = [
        migrations.AddField(
            model_name="refreshtoken",
            name="predecessor",
            field=models.BigIntegerField(blank=True, null=True),
        ),
    ]
