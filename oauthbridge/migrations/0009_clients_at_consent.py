"""A client's row comes with its first connection; what the person withholds while they sign in."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps


def forget_sign_ins_without_a_client(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """On the way back: the version before this one knows none; they are sign-ins that made no connection."""
    apps.get_model("oauthbridge", "AuthorizationRequest").objects.filter(application=None).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("oauthbridge", "0008_legacy_cutoff"),
    ]

    operations = [
        migrations.AddField(
            model_name="authorizationrequest",
            name="client_copy",
            field=models.JSONField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name="authorizationrequest",
            name="withholds_deletion",
            field=models.BooleanField(db_default=False, default=False, verbose_name="without deleting"),
        ),
        migrations.AlterField(
            model_name="authorizationrequest",
            name="application",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                to=settings.OAUTH2_PROVIDER_APPLICATION_MODEL,
                verbose_name="client",
            ),
        ),
        migrations.RunPython(migrations.RunPython.noop, forget_sign_ins_without_a_client),
    ]
