"""The migration that makes the roles: there on a fresh database, once, taken back whole."""

from importlib import import_module

import pytest
from django.apps import apps
from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from tests.admin.conftest import _Editor

migration = import_module("petstools.migrations.0003_staff_groups")
SUPPORT = {
    "end_connection", "view_application", "view_authorizationrequest", "view_connection", "view_pendingrevocation",
    "view_toolcall",
}  # fmt: skip
AUDITOR = (SUPPORT - {"end_connection"}) | {"view_user", "view_logentry"}


def of_group(name: str) -> set[str]:
    return set(Group.objects.get(name=name).permissions.values_list("codename", flat=True))


def test_support_sees_and_ends_and_auditor_sees(roles: None) -> None:
    assert of_group("Support") == SUPPORT
    assert of_group("Auditor") == AUDITOR


def test_it_works_before_any_permission_exists_and_post_migrate_makes_no_second_ones(db: None) -> None:
    Permission.objects.all().delete()
    ContentType.objects.all().delete()
    ContentType.objects.clear_cache()

    migration.make_groups(apps, _Editor())
    for label in ("oauthbridge", "petstools", "admin"):
        create_permissions(apps.get_app_config(label), verbosity=0)

    assert of_group("Support") == SUPPORT
    for codename in SUPPORT | AUDITOR:
        assert Permission.objects.filter(codename=codename).count() == 1, codename
    # Django's own names, so that post_migrate would not want to rename them.
    assert Permission.objects.get(codename="view_toolcall").name == "Can view tool call"


def test_twice_is_once(roles: None) -> None:
    migration.make_groups(apps, _Editor())

    assert Group.objects.filter(name__in=["Support", "Auditor"]).count() == 2
    assert of_group("Support") == SUPPORT


def test_taken_back_both_groups_are_gone_and_others_stay(roles: None) -> None:
    Group.objects.create(name="Somebody else's")

    migration.delete_groups(apps, _Editor())

    assert [group.name for group in Group.objects.all()] == ["Somebody else's"]


@pytest.mark.django_db(transaction=True)
def test_it_goes_back_and_forth_on_a_real_database() -> None:
    before = [("petstools", "0002_tool_calls")]
    latest = [node for node in MigrationExecutor(connection).loader.graph.leaf_nodes() if node[0] == "petstools"]
    try:
        MigrationExecutor(connection).migrate(before)
        assert not Group.objects.filter(name="Support").exists()
    finally:
        MigrationExecutor(connection).migrate(latest)
    assert of_group("Auditor") == AUDITOR
