"""A door more: choices alone, no change of the table."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("oauthbridge", "0014_refresh_token_predecessor")]

    operations = [
        migrations.AlterField(
            model_name="application",
            name="door",
            field=models.CharField(
                choices=[("actions", "GPT Actions"), ("mcp", "MCP"), ("zalo", "Zalo")],
                db_default="actions",
                default="actions",
                max_length=10,
                verbose_name="door",
            ),
        ),
    ]
