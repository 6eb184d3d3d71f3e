"""Bearer tokens of the FastAPI connector, honoured for a transition."""

# ruff: noqa: F811 - a fixture that comes from another module
import base64
import os
import time
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django_redis import get_redis_connection
from pytest_django import DjangoAssertNumQueries, Settings

from oauthbridge import connections
from oauthbridge.admin.ending import end_all
from oauthbridge.models import Connection, LegacyCutoff, LegacyToken, User
from sandbox.server import SandboxServer
from tests.oauth.doors import opened_by
from tests.ops.conftest import Ran, manage  # noqa: F401 - a fixture
from tests.playing import ClientApp, Connector, Person
from tests.security.old_tokens import OLD_KEY, SECRET, old_token

pytestmark = pytest.mark.django_db(transaction=True)

Manage = Callable[..., Ran]


@pytest.fixture(autouse=True)
def _the_transition(settings: Settings) -> None:
    settings.JWT_SECRET = SECRET
    settings.JWT_ACCEPTED_UNTIL = date.today() + timedelta(days=30)
    settings.ENCRYPTION_KEYS = [os.urandom(32), OLD_KEY]


def ours(url: str) -> list[dict[str, Any]]:
    return [{"aud": url}, {"aud": [url, "x"]}, {"iss": url}, {"aud": url, "iss": url}]


def get(connector: Connector, token: str) -> Any:
    return connector.get("/pets", headers={"Authorization": f"Bearer {token}"})


@pytest.fixture
def emma(sandbox: SandboxServer) -> Callable[..., str]:
    """`emma()`: an old token for a fresh main-app token of hers."""

    def make(**changes: Any) -> str:
        account = sandbox.world.user("emma")
        return old_token(changes.pop("sanctum", None) or sandbox.world.new_token(account), account.id, **changes)

    return make


def test_its_first_use_makes_a_connection_that_staff_see(
    connector: Connector, client_app: ClientApp, emma: Callable[..., str]
) -> None:
    token = emma()

    first, second = get(connector, token), get(connector, token)

    assert first.status_code == second.status_code == 200
    connection = Connection.objects.get()
    assert connection.is_active
    assert connection.is_legacy


def test_it_opens_the_door_that_the_old_connector_had_and_no_other(
    connector: Connector, client_app: ClientApp, emma: Callable[..., str]
) -> None:
    token = emma()

    assert opened_by(connector, token) == {"actions"}
    assert opened_by(connector, emma(aud=f"{connector.url}/mcp", scope="pets:read")) == {"actions"}


def test_it_costs_one_query_after_the_first_use(
    connector: Connector,
    client_app: ClientApp,
    emma: Callable[..., str],
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    from oauthbridge import legacy

    token = emma()
    assert legacy.connection_of(token)

    with django_assert_num_queries(1):
        assert legacy.connection_of(token)


def test_a_connection_that_staff_ended_stays_ended(
    connector: Connector, client_app: ClientApp, emma: Callable[..., str]
) -> None:
    token = emma()
    get(connector, token)
    connections.end(Connection.objects.get().pk, Connection.EndReason.STAFF)

    assert get(connector, token).status_code == 401


def ended_by_the_client(emma: Connection, client_app: ClientApp, manage: Manage) -> None:
    connections.end(emma.pk, Connection.EndReason.CLIENT_REVOKED)


def ended_by_staff(emma: Connection, client_app: ClientApp, manage: Manage) -> None:
    end_all([emma], by=User.objects.create_superuser("root", "a-good-long-one"), reason="asked for it")


def ended_at_the_shell(emma: Connection, client_app: ClientApp, manage: Manage) -> None:
    assert manage("connections", "revoke", "--user", str(emma.user.main_app_user_id), "--yes").code == 0


def ended_by_id(emma: Connection, client_app: ClientApp, manage: Manage) -> None:
    assert manage("connections", "revoke", "--id", str(emma.pk), "--yes").code == 0


def ended_for_everyone(emma: Connection, client_app: ClientApp, manage: Manage) -> None:
    assert manage("connections", "revoke", "--everyone", "--yes", "--json").code == 0


@pytest.mark.parametrize(
    "end", [ended_by_the_client, ended_by_staff, ended_at_the_shell, ended_by_id, ended_for_everyone]
)
def test_ending_one_on_purpose_refuses_all_that_the_person_holds(
    end: Callable[..., None],
    connector: Connector,
    client_app: ClientApp,
    emma: Callable[..., str],
    manage: Manage,
    sandbox: SandboxServer,
) -> None:
    used, used_too, not_yet_used = emma(), emma(), emma()
    mai = sandbox.world.user("mai")
    of_another = old_token(sandbox.world.new_token(mai), mai.id)
    assert [get(connector, token).status_code for token in (used, used_too)] == [200, 200]

    end(Connection.objects.order_by("created_at").first(), client_app, manage)

    assert [get(connector, token).status_code for token in (used, used_too, not_yet_used)] == [401, 401, 401]
    assert not Connection.objects.active().exists()
    assert get(connector, of_another).status_code == (401 if end is ended_for_everyone else 200)


@pytest.mark.parametrize("whom", [("--user", "{id}"), ("--everyone",), ("--client", "meo-gpt"), ("--door", "actions")])
def test_the_shell_ends_them_also_for_who_has_used_none_yet(
    whom: tuple[str, ...],
    connector: Connector,
    client_app: ClientApp,
    emma: Callable[..., str],
    manage: Manage,
    sandbox: SandboxServer,
) -> None:
    token = emma()

    ran = manage("connections", "revoke", *(one.format(id=sandbox.world.user("emma").id) for one in whom), "--yes")

    assert "old connector" in ran.out
    assert get(connector, token).status_code == 401
    assert not Connection.objects.exists()


@pytest.mark.parametrize(
    "whom", [("--user", "{id}", "--dry-run"), ("--door", "mcp", "--yes"), ("--idle-days", "9", "--yes")]
)
def test_what_does_not_mean_them_leaves_them(
    whom: tuple[str, ...],
    connector: Connector,
    client_app: ClientApp,
    emma: Callable[..., str],
    manage: Manage,
    sandbox: SandboxServer,
) -> None:
    manage("connections", "revoke", *(one.format(id=sandbox.world.user("emma").id) for one in whom))

    assert get(connector, emma()).status_code == 200


def test_one_that_the_old_connector_issues_after_that_counts(
    connector: Connector, client_app: ClientApp, emma: Callable[..., str], manage: Manage
) -> None:
    """It was started again meanwhile. Its tokens live for a year and do not say since when."""
    manage("connections", "revoke", "--everyone", "--yes")
    year = 365 * 86_400

    assert get(connector, emma(exp=int(time.time()) + year - 60)).status_code == 401
    assert get(connector, emma(exp=int(time.time()) + year + 60)).status_code == 200
    assert get(connector, emma(iat=int(time.time()) + 60)).status_code == 200


def test_running_out_unused_refuses_no_other(
    connector: Connector, client_app: ClientApp, emma: Callable[..., str]
) -> None:
    get(connector, emma())
    connections.end(Connection.objects.get().pk, Connection.EndReason.IDLE)

    assert get(connector, emma()).status_code == 200


def test_what_was_refused_is_forgotten_with_the_transition(manage: Manage, settings: Settings) -> None:
    manage("connections", "revoke", "--everyone", "--yes")
    manage("prune")
    assert LegacyCutoff.objects.exists()

    settings.JWT_ACCEPTED_UNTIL = date.today() - timedelta(days=2)
    manage("prune")

    assert not LegacyCutoff.objects.exists()


def test_two_tokens_of_one_sign_in_share_a_connection(
    connector: Connector, client_app: ClientApp, emma: Callable[..., str], sandbox: SandboxServer
) -> None:
    sanctum = sandbox.world.new_token(sandbox.world.user("emma"))

    assert get(connector, emma(sanctum=sanctum)).status_code == 200
    assert get(connector, emma(sanctum=sanctum)).status_code == 200

    assert Connection.objects.count() == 1
    assert LegacyToken.objects.count() == 2


def test_signing_in_anew_replaces_it(
    connector: Connector,
    client_app: ClientApp,
    emma: Callable[..., str],
    person: Callable[..., Person],
    sandbox: SandboxServer,
) -> None:
    sanctum = sandbox.world.new_token(sandbox.world.user("emma"))
    token = emma(sanctum=sanctum)
    get(connector, token)

    person("emma").connect(client_app)

    assert get(connector, token).status_code == 401
    assert sanctum not in person("emma").main_app_tokens
    assert get(connector, emma()).status_code == 401


def test_after_a_new_sign_in_not_even_a_younger_token_is_taken_over(
    connector: Connector, client_app: ClientApp, emma: Callable[..., str], person: Callable[..., Person]
) -> None:
    """As the old connector may still have given on its last day."""
    person("emma").connect(client_app)
    in_a_minute = int(time.time()) + 365 * 24 * 3600 + 60

    assert get(connector, emma(exp=in_a_minute)).status_code == 401
    assert not Connection.objects.filter(is_legacy=True).exists()


@pytest.mark.parametrize(
    "changes",
    [
        {"secret": "another-secret-another-secret-0000" * 2},
        {"alg": "HS512"},
        {"exp": 1},
        {"exp": "soon"},
        {"exp": None},
        {"sub": "alice"},
        {"sub": "-1"},
        {"sub": None},
        {"jti": ""},
        {"jti": None},
        {"aud": "https://another.example"},
        {"aud": ["https://another.example"]},
        {"aud": 7},
        {"iss": "https://another.example"},
        {"iat": "then"},
        {"tok": "!!!"},
        {"tok": None},
        {"key": bytes(reversed(range(32)))},
    ],
    ids=str,
)
def test_any_other_token_is_refused(
    connector: Connector, client_app: ClientApp, emma: Callable[..., str], changes: dict[str, Any]
) -> None:
    answer = get(connector, emma(**changes))

    assert answer.status_code == 401
    assert answer.json()["error"] == "UNAUTHORIZED"
    assert not Connection.objects.exists()


def test_one_that_names_this_service_is_as_good_as_one_that_names_nobody(
    connector: Connector, client_app: ClientApp, emma: Callable[..., str]
) -> None:
    for claims in ours(connector.url):
        assert get(connector, emma(**claims)).status_code == 200


def test_unsigned_tokens_are_refused(connector: Connector, client_app: ClientApp, emma: Callable[..., str]) -> None:
    header = base64.urlsafe_b64encode(b'{"alg":"none"}').decode().rstrip("=")
    payload = emma().split(".")[1]

    for token in (f"{header}.{payload}.", f"{header}.{payload}.AAAA", "a.b.c", "..", "é.é.é"):
        answer = connector.get("/pets", headers={b"Authorization": f"Bearer {token}".encode()})
        assert answer.status_code == 401


def test_none_counts_after_the_day_that_ops_set(
    connector: Connector, client_app: ClientApp, emma: Callable[..., str], settings: Settings
) -> None:
    token = emma()
    get(connector, token)
    settings.JWT_ACCEPTED_UNTIL = date.today() - timedelta(days=2)

    assert get(connector, token).status_code == 401


def test_none_counts_without_the_secret(
    connector: Connector, client_app: ClientApp, emma: Callable[..., str], settings: Settings
) -> None:
    token = emma()
    settings.JWT_SECRET = ""

    assert get(connector, token).status_code == 401


def test_one_that_the_old_connector_revoked_is_refused(
    connector: Connector, client_app: ClientApp, emma: Callable[..., str], settings: Settings
) -> None:
    if not settings.REDIS_URL:
        pytest.skip("the old connector kept revoked ids in Redis, and there is none in this run")
    redis = get_redis_connection("default")
    redis.set("jwt:bl:gone", "1", ex=60)
    try:
        assert get(connector, emma(jti="gone")).status_code == 401
        assert get(connector, emma(jti="here")).status_code == 200
    finally:
        redis.delete("jwt:bl:gone")


def test_while_redis_is_away_nobody_is_told_yes_or_no(
    connector: Connector, client_app: ClientApp, emma: Callable[..., str], settings: Settings
) -> None:
    if not settings.REDIS_URL:
        pytest.skip("needs the Redis of the run to be configured")
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:1/0"}}

    answer = get(connector, emma())

    assert answer.status_code == 503
    assert answer.json()["retryable"] is True


def test_nothing_of_it_is_stored_in_clear(
    connector: Connector, client_app: ClientApp, emma: Callable[..., str], sandbox: SandboxServer
) -> None:
    sanctum = sandbox.world.new_token(sandbox.world.user("emma"))
    token = emma(sanctum=sanctum, jti="the-id-of-this-token")
    get(connector, token)

    stored = str(list(Connection.objects.values())) + str(list(LegacyToken.objects.values()))
    assert "the-id-of-this-token" not in stored
    assert sanctum not in stored
