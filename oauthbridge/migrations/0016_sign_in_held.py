"""A way more for a sign-in to stand: choices alone, no change of the table."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("oauthbridge", "0015_zalo_door")]

    operations = [
        migrations.AlterField(
            model_name="authorizationrequest",
            name="status",
            field=models.CharField(
                choices=[
                    ("pending", "under way"),
                    ("taken", "being finished"),
                    ("held", "signed in, not yet confirmed"),
                    ("connected", "connected"),
                    ("expired", "came back too late"),
                    ("wrong_browser", "came back in another browser"),
                    ("code_reused", "came back with a used code"),
                    ("refused", "the main app refused the code"),
                    ("main_app_away", "the main app was away"),
                    ("client_changed", "the client changed meanwhile"),
                    ("declined", "the person declined"),
                ],
                default="pending",
                max_length=20,
                verbose_name="how it ended",
            ),
        ),
    ]
