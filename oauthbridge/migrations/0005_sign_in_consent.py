"""What a sign-in at the MCP door holds: the resource asked for, and when the person agreed on our page."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("oauthbridge", "0004_client_doors"),
    ]

    operations = [
        migrations.AddField(
            model_name="authorizationrequest",
            name="consented_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="agreed on our page"),
        ),
        migrations.AddField(
            model_name="authorizationrequest",
            name="resource",
            field=models.TextField(blank=True, db_default="", default="", verbose_name="resource"),
        ),
        migrations.AlterField(
            model_name="authorizationrequest",
            name="status",
            field=models.CharField(
                choices=[
                    ("pending", "under way"),
                    ("taken", "being finished"),
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
