"""`manage.py retry_revocations`: what could not be revoked when it was due is revoked later, and nothing is lost."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import Settings

from oauthbridge import connections
from oauthbridge.models import Connection, PendingRevocation
from sandbox.server import SandboxServer
from tests.ops.conftest import Connected, Ran, live_tokens

pytestmark = pytest.mark.django_db(transaction=True)
Manage = Callable[..., Ran]
Connect = Callable[..., Connected]


@pytest.fixture
def waiting(sandbox: SandboxServer, connected: Connect) -> Connected:
    """Ended here, still alive in the main app; due now."""
    made = connected("mai")
    connections.end(made.row.pk, Connection.EndReason.OPS, revoke_now=False)
    return made


def test_it_revokes_what_is_due(sandbox: SandboxServer, waiting: Connected, manage: Manage) -> None:
    ran = manage("retry_revocations")

    assert (ran.code, ran.out) == (0, "1 revoked, 0 failed, 0 still waiting.\n")
    assert live_tokens(sandbox, "mai") == []
    assert not PendingRevocation.objects.exists()


def test_a_dry_run_counts_and_tries_none(sandbox: SandboxServer, waiting: Connected, manage: Manage) -> None:
    ran = manage("retry_revocations", "--dry-run")

    assert (ran.code, ran.out) == (0, "1 would be tried, 1 wait in all.\n")
    assert live_tokens(sandbox, "mai") == [waiting.sanctum_token]
    assert PendingRevocation.objects.get().attempts == 0


def test_what_fails_waits_longer_each_time_and_ends_with_1(
    sandbox: SandboxServer, waiting: Connected, manage: Manage, settings: Settings
) -> None:
    # Or the breaker would answer the later ones.
    settings.MAIN_APP_BREAKER_FAILURES = 0
    sandbox.faults.outage = True
    pauses = []
    for attempt in range(1, 4):
        ran = manage("retry_revocations", "--all", "--json")
        row = PendingRevocation.objects.get()
        assert (ran.code, ran.json) == (1, {"due": 1, "revoked": 0, "failed": 1, "waiting": 1})
        assert (row.attempts, row.last_error) == (attempt, "Maintenance")
        pauses.append(round((row.next_attempt_at - timezone.now()).total_seconds() / 60))

    assert pauses == [1, 2, 4]


def test_what_is_not_due_is_left_unless_all_is_said(sandbox: SandboxServer, waiting: Connected, manage: Manage) -> None:
    PendingRevocation.objects.update(attempts=1, next_attempt_at=timezone.now() + timedelta(minutes=5))

    assert manage("retry_revocations", "--json").json == {"due": 0, "revoked": 0, "failed": 0, "waiting": 1}
    assert manage("retry_revocations", "--all", "--json").json["revoked"] == 1


def test_a_token_that_no_key_opens_waits_for_its_key(
    sandbox: SandboxServer, waiting: Connected, manage: Manage, settings: Settings
) -> None:
    right = settings.ENCRYPTION_KEYS
    settings.ENCRYPTION_KEYS = [b"k" * 32]

    ran = manage("retry_revocations")

    assert ran.code == 1
    assert PendingRevocation.objects.get().last_error == "CannotDecrypt"
    settings.ENCRYPTION_KEYS = right
    assert manage("retry_revocations", "--all").code == 0
    assert live_tokens(sandbox, "mai") == []


def test_a_token_that_is_gone_there_already_counts_as_revoked(
    sandbox: SandboxServer, waiting: Connected, manage: Manage
) -> None:
    sandbox.world.tokens.clear()

    assert manage("retry_revocations").out == "1 revoked, 0 failed, 0 still waiting.\n"
