"""The two roles of staff: Support sees and ends connections, Auditor sees everything and changes nothing.

Permissions are normally made after all migrations (post_migrate), so these are made here; post_migrate finds them and makes
no second ones. Taking this back deletes the two groups, and with them who was in them.
"""

from collections.abc import Iterable

from django.db import migrations

SUPPORT = "Support"
AUDITOR = "Auditor"
SEEN_BY_SUPPORT = [
    ("oauthbridge", "connection"),
    ("oauthbridge", "authorizationrequest"),
    ("oauthbridge", "pendingrevocation"),
    ("oauthbridge", "application"),
    ("petstools", "toolcall"),
]
SEEN_BY_AUDITOR = [*SEEN_BY_SUPPORT, ("oauthbridge", "user"), ("admin", "logentry")]


def make_groups(apps, schema_editor):
    database = schema_editor.connection.alias
    models = [
        apps.get_model(*name) for name in (("auth", "Group"), ("auth", "Permission"), ("contenttypes", "ContentType"))
    ]
    groups, permissions, content_types = [model.objects.using(database) for model in models]

    def permission(app_label, model, codename, name):
        content_type, _made = content_types.get_or_create(app_label=app_label, model=model)
        return permissions.get_or_create(content_type=content_type, codename=codename, defaults={"name": name})[0]

    def seeing(seen: Iterable[tuple[str, str]]):
        for app_label, model in seen:
            verbose_name = apps.get_model(app_label, model)._meta.verbose_name
            yield permission(app_label, model, f"view_{model}", f"Can view {verbose_name}")

    ending = permission("oauthbridge", "connection", "end_connection", "Can end connection")
    groups.get_or_create(name=SUPPORT)[0].permissions.add(ending, *seeing(SEEN_BY_SUPPORT))
    groups.get_or_create(name=AUDITOR)[0].permissions.add(*seeing(SEEN_BY_AUDITOR))


def delete_groups(apps, schema_editor):
    group = apps.get_model("auth", "Group")
    group.objects.using(schema_editor.connection.alias).filter(name__in=[SUPPORT, AUDITOR]).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("admin", "0003_logentry_add_action_flag_choices"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("oauthbridge", "0003_end_connection_permission"),
        ("petstools", "0002_tool_calls"),
    ]

    operations = [migrations.RunPython(make_groups, delete_groups)]
