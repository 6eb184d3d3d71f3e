"""Until when a spent refresh token is answered once more."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("oauthbridge", "0005_sign_in_consent"),
    ]

    operations = [
        migrations.AddField(
            model_name="refreshtoken",
            name="retry_until",
            field=models.DateTimeField(blank=True, null=True),
        ),
    ]
