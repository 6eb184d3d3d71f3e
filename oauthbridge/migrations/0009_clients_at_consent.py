"""A client's row comes with its first connection; what the person withholds while they sign in."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import ProjectState, StateApps


def forget_sign_ins_without_a_client(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """On the way back: the version before this one knows none; they are sign-ins that made no connection."""
    apps.get_model("oauthbridge", "AuthorizationRequest").objects.filter(application=None).delete()


class AlterWhetherNull(migrations.AlterField):
    """As AlterField where nothing but `null` changes, without its dropping and making again of the foreign key: that locks the other
    table too, and a sign-in that holds a row of it and wants one of this is then a deadlock."""

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        if schema_editor.connection.vendor != "postgresql":
            super().database_forwards(app_label, schema_editor, from_state, to_state)
            return
        model = to_state.apps.get_model(app_label, self.model_name)
        field = model._meta.get_field(self.name)
        table, column = (schema_editor.quote_name(name) for name in (model._meta.db_table, field.column))
        schema_editor.execute(f"ALTER TABLE {table} ALTER COLUMN {column} {'DROP' if field.null else 'SET'} NOT NULL")

    # Of either direction the state after it says what is to be.
    database_backwards = database_forwards


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
        AlterWhetherNull(
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
