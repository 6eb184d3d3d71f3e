"""The door a client is for, and when staff turned it off.

A migration of its own for each table: together they would hold one table while they wait for the other, and a sign-in under way
does the same the other way round. PostgreSQL would end one of the two.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("oauthbridge", "0003_end_connection_permission"),
    ]

    operations = [
        migrations.AddField(
            model_name="application",
            name="disabled_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="disabled"),
        ),
        migrations.AddField(
            model_name="application",
            name="door",
            field=models.CharField(
                choices=[("actions", "GPT Actions"), ("mcp", "MCP")],
                db_default="actions",
                default="actions",
                max_length=10,
                verbose_name="door",
            ),
        ),
    ]
