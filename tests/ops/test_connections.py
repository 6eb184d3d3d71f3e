"""`manage.py connections`: find them, end them by each filter, whether the main app is up or away."""

import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from oauthbridge import revocation
from oauthbridge.models import AccessToken, Application, Connection, PendingRevocation, RefreshToken
from sandbox.server import SandboxServer
from tests.ops.conftest import Connected, Ran, live_tokens

pytestmark = pytest.mark.django_db(transaction=True)
Manage = Callable[..., Ran]
Connect = Callable[..., Connected]


@pytest.fixture
def other_client() -> Application:
    made: Application = Application.objects.create(
        client_id="[bold]other[/]",
        client_type=Application.CLIENT_CONFIDENTIAL,
        authorization_grant_type=Application.GRANT_AUTHORIZATION_CODE,
    )
    return made


# --- list and show --------------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_list_shows_active_ones_newest_first(connected: Connect, manage: Manage) -> None:
    moment = timezone.now()
    old = connected("mai", created_at=moment - timedelta(days=2))
    new = connected("emma", created_at=moment - timedelta(days=1))
    ended = connected("olga")
    manage("connections", "revoke", "--id", str(ended.row.pk), "--yes")

    listed = manage("connections", "list", "--json").json

    assert [one["id"] for one in listed] == [str(new.row.pk), str(old.row.pk)]
    assert set(listed[0]) == {
        "id",
        "user_id",
        "client",
        "client_name",
        "door",
        "status",
        "created_at",
        "last_used_at",
        "end_reason",
    }


@pytest.mark.django_db
def test_the_list_can_show_ended_ones_and_why(connected: Connect, manage: Manage) -> None:
    ended = connected()
    manage("connections", "revoke", "--id", str(ended.row.pk), "--yes")

    (one,) = manage("connections", "list", "--all-statuses", "--json").json

    assert (one["status"], one["end_reason"]) == ("ended", "ops")


@pytest.mark.django_db
def test_the_table_has_whole_ids_and_shows_names_as_they_are(
    connected: Connect, other_client: Application, manage: Manage
) -> None:
    made = connected(application=other_client)

    text = manage("connections", "list").out

    assert str(made.row.pk) in text
    assert "[bold]other[/]" in text


@pytest.mark.django_db
def test_an_empty_list_says_so(manage: Manage) -> None:
    assert manage("connections", "list").out == "No connections.\n"
    assert manage("connections", "list", "--json").json == []


@pytest.mark.django_db
def test_the_list_is_cut(connected: Connect, manage: Manage) -> None:
    for _ in range(3):
        connected()

    assert len(manage("connections", "list", "--limit", "2", "--json").json) == 2


def test_show_tells_one_whole_without_its_tokens(sandbox: SandboxServer, connected: Connect, manage: Manage) -> None:
    made = connected("mai")

    ran = manage("connections", "show", str(made.row.pk), "--json")

    told = ran.json
    assert told["user_id"] == sandbox.world.user("mai").id
    assert (told["access_tokens"], told["refresh_tokens"], told["revocation_waits"]) == (1, 1, False)
    text = manage("connections", "show", str(made.row.pk)).out
    assert "ended_by           –\n" in text
    assert not [secret for secret in made.secrets if secret in ran.out + text]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ("nonsense", "'nonsense' is not the id of a connection."),
        (str(uuid.UUID(int=7)), "There is no connection with this id."),
    ],
)
def test_show_refuses_what_is_none(given: str, sentence: str, manage: Manage) -> None:
    ran = manage("connections", "show", given)

    assert (ran.code, ran.err) == (1, f"CommandError: {sentence}")


# --- revoke ---------------------------------------------------------------------------------------


def assert_ended(made: Connected, reason: str = "") -> None:
    made.row.refresh_from_db()
    assert (made.row.status, made.row.end_reason, made.row.end_note) == ("ended", "ops", reason)
    assert not AccessToken.objects.filter(connection=made.row).exists()
    assert not RefreshToken.objects.filter(connection=made.row).exists()


def assert_lives(made: Connected) -> None:
    made.row.refresh_from_db()
    assert made.row.is_active
    assert AccessToken.objects.filter(connection=made.row).exists()


FILTERS: dict[str, Callable[[Connected], list[str]]] = {
    "id": lambda one: ["--id", str(one.row.pk)],
    "user": lambda one: ["--user", str(one.row.user.main_app_user_id)],
    "client": lambda _one: ["--client", "meo-gpt"],
    "idle": lambda _one: ["--idle-days", "60"],
    "all of them together": lambda one: [
        "--id", str(one.row.pk), "--client", "meo-gpt", "--idle-days", "60", "--user",
        str(one.row.user.main_app_user_id),
    ],
}  # fmt: skip


@pytest.fixture
def wanted(sandbox: SandboxServer, connected: Connect) -> Connected:
    """Mai's, unused for long; beside it lives Emma's, of another client and just used."""
    return connected("mai", last_used_at=timezone.now() - timedelta(days=61))


@pytest.fixture
def other(sandbox: SandboxServer, connected: Connect, other_client: Application) -> Connected:
    return connected("emma", application=other_client, last_used_at=timezone.now() - timedelta(days=59))


@pytest.mark.parametrize("which", FILTERS)
def test_it_ends_what_was_chosen_here_and_in_the_main_app(
    which: str, sandbox: SandboxServer, wanted: Connected, other: Connected, manage: Manage
) -> None:
    ran = manage("connections", "revoke", *FILTERS[which](wanted), "--yes", "--reason", "asked by mail", "--json")

    assert ran.json == {"dry_run": False, "chosen": [str(wanted.row.pk)], "ended": 1, "waiting": 0}
    assert_ended(wanted, "asked by mail")
    assert_lives(other)
    assert live_tokens(sandbox, "mai") == []
    assert other.sanctum_token in live_tokens(sandbox, "emma")


@pytest.mark.parametrize("which", FILTERS)
def test_a_dry_run_names_them_and_changes_nothing(
    which: str, sandbox: SandboxServer, wanted: Connected, other: Connected, manage: Manage
) -> None:
    before = len(sandbox.requests)

    ran = manage("connections", "revoke", *FILTERS[which](wanted), "--dry-run")

    assert ran.code == 0
    assert str(wanted.row.pk) in ran.out
    assert str(other.row.pk) not in ran.out
    assert ran.out.endswith("1 would be ended. Nothing was changed.\n")
    assert_lives(wanted)
    assert len(sandbox.requests) == before


def test_everyone_is_everyone(sandbox: SandboxServer, wanted: Connected, other: Connected, manage: Manage) -> None:
    ran = manage("connections", "revoke", "--everyone", "--yes")

    assert ran.out == "2 ended.\n"
    assert not Connection.objects.active().exists()
    assert live_tokens(sandbox, "mai") == live_tokens(sandbox, "emma") == []


def test_with_the_main_app_away_all_end_here_and_the_main_app_is_told_later(
    sandbox: SandboxServer, connected: Connect, manage: Manage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(revocation, "ATTEMPT_SECONDS", 1)
    made = [connected("mai") for _ in range(20)]
    sandbox.faults.hang_s = 2
    began = timezone.now()

    ran = manage("connections", "revoke", "--everyone", "--yes")

    assert timezone.now() - began < timedelta(seconds=10), "one attempt is enough to know"
    assert ran.out == "20 ended.\nFor 20 of them the main app is still to be told: see retry_revocations.\n"
    for one in made:
        assert_ended(one)
    sandbox.faults.clear()
    assert manage("retry_revocations", "--all").out == "20 revoked, 0 failed, 0 still waiting.\n"
    assert live_tokens(sandbox, "mai") == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "Say which: --id, --user, --client, --door, --idle-days or --everyone."),
        (["--everyone", "--json"], "With --json say --yes or --dry-run: there is nobody to ask."),
        (["--everyone"], "There is nobody to ask: say --yes, or --dry-run to see which it would be."),
        (["--client", "typo", "--yes"], "There is no client 'typo'."),
        (["--id", "123", "--yes"], "'123' is not the id of a connection."),
        (["--id", str(uuid.UUID(int=7)), "--yes"], "No active connection has this id: see connections show."),
    ],
)
def test_it_refuses_what_is_not_clear(arguments: list[str], sentence: str, connected: Connect, manage: Manage) -> None:
    made = connected()

    ran = manage("connections", "revoke", *arguments)

    assert (ran.code, ran.err) == (1, f"CommandError: {sentence}")
    assert_lives(made)


@pytest.mark.django_db
@pytest.mark.parametrize("days", ["0", "-5", "x", "9999999999"])
def test_idle_for_no_time_at_all_does_not_mean_everybody(days: str, connected: Connect, manage: Manage) -> None:
    made = connected()

    ran = manage("connections", "revoke", "--idle-days", days, "--yes")

    assert ran.code != 0
    assert_lives(made)


@pytest.mark.parametrize(("typed", "ended"), [("yes", True), ("y", False), ("", False)])
def test_at_a_terminal_it_asks(
    typed: str, ended: bool, sandbox: SandboxServer, connected: Connect, manage: Manage, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = connected("mai")
    questions: list[str] = []
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)

    def answer(question: str) -> str:
        questions.append(question)
        return typed

    monkeypatch.setattr("builtins.input", answer)

    ran = manage("connections", "revoke", "--everyone")

    assert questions == ["End 1 of them? These people will have to sign in again. Type yes: "]
    made.row.refresh_from_db()
    assert made.row.is_active is not ended
    assert ("Nothing was ended." in ran.out) is not ended
    assert not PendingRevocation.objects.exists()
