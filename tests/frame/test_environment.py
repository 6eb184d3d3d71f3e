"""`connector.environment`: each value parsed, each problem one sentence that names its variable."""

import secrets
import stat
import threading
from pathlib import Path

import pytest
from redis import Redis

from connector.environment import DEVELOPMENT_SECRETS, Environment

GOOD_KEY = "0123456789abcdef" * 4


def environment(tmp_path: Path, **values: str) -> Environment:
    return Environment(values, development_secrets=tmp_path / "var" / "secrets.json")


def production(tmp_path: Path, **values: str) -> Environment:
    return environment(tmp_path, ENVIRONMENT="production", **values)


def complaints(env: Environment) -> list[str]:
    return [problem.name for problem in env.problems]


def test_an_unknown_environment_is_treated_as_production(tmp_path: Path) -> None:
    env = environment(tmp_path, ENVIRONMENT="prod")
    assert env.is_production
    assert complaints(env) == ["ENVIRONMENT"]


@pytest.mark.parametrize("value", ["", " ", "-1", "1.5", "1e3", "٣", "0", "101", "9" * 30])
def test_a_number_out_of_range_is_a_problem_and_the_default(tmp_path: Path, value: str) -> None:
    env = environment(tmp_path, LIMIT=value)
    assert env.number("LIMIT", 7, least=1, most=100) == 7
    assert complaints(env) == ([] if not value.strip() else ["LIMIT"])


@pytest.mark.parametrize("value", ["1", "100", " 42 "])
def test_a_number_in_range_is_taken(tmp_path: Path, value: str) -> None:
    env = environment(tmp_path, LIMIT=value)
    assert env.number("LIMIT", 7, least=1, most=100) == int(value)
    assert env.problems == []


@pytest.mark.parametrize(
    "value",
    [
        "example.com",
        "ftp://example.com",
        "https://",
        "https://user:pw@example.com",
        "https://example.com?x=1",
        "https://example.com#x",
        "https://exa mple.com",
        "https://example.com:99999",
        "https://example.com:0",
        "https://[::1",
        "https:\\\\example.com",
    ],
)
def test_a_bad_address_is_a_problem(tmp_path: Path, value: str) -> None:
    env = environment(tmp_path, MAIN_APP_URL=value)
    assert env.url("MAIN_APP_URL", default="http://127.0.0.1:8080", of="the main app") == "http://127.0.0.1:8080"
    assert complaints(env) == ["MAIN_APP_URL"]


def test_an_address_loses_its_trailing_slash(tmp_path: Path) -> None:
    env = environment(tmp_path, MAIN_APP_URL="http://main.test:81/app/")
    assert env.url("MAIN_APP_URL", default="", of="the main app") == "http://main.test:81/app"


@pytest.mark.parametrize(
    ("value", "hosts"),
    [
        (" Claude.ai, chatgpt.com:8443 ", ["claude.ai", "chatgpt.com:8443"]),
        ("", []),
        (" , ", []),
        (None, ["a.example", "b.example"]),
    ],
)
def test_host_names_are_a_list_and_may_be_none(tmp_path: Path, value: str | None, hosts: list[str]) -> None:
    env = environment(tmp_path, **({} if value is None else {"HOSTS": value}))
    assert env.hosts("HOSTS", "a.example,b.example") == hosts
    assert env.problems == []


@pytest.mark.parametrize(
    "value", ["*", "*.claude.ai", ".claude.ai", "https://claude.ai", "claude.ai/x", "a b", "clаude.ai"]
)
def test_what_is_no_host_name_is_a_problem(tmp_path: Path, value: str) -> None:
    env = environment(tmp_path, HOSTS=value)
    assert env.hosts("HOSTS", "a.example") == []
    assert complaints(env) == ["HOSTS"]


def test_production_demands_https(tmp_path: Path) -> None:
    env = production(tmp_path, MAIN_APP_URL="http://main.example.com")
    env.url("MAIN_APP_URL", default="", of="the main app")
    assert complaints(env) == ["MAIN_APP_URL"]


def test_an_address_that_is_not_needed_may_be_missing_in_production_but_not_be_bad(tmp_path: Path) -> None:
    env = production(tmp_path)
    assert env.url("SUPPORT_URL", default="https://main.test", of="a page", needed=False) == "https://main.test"
    assert env.problems == []
    env = production(tmp_path, SUPPORT_URL="http://help.example.com")
    env.url("SUPPORT_URL", default="https://main.test", of="a page", needed=False)
    assert complaints(env) == ["SUPPORT_URL"]


@pytest.mark.parametrize("value", ["", "short", "x" * 64, "changeme" * 8, "correct horse battery staple"])
def test_production_refuses_a_missing_or_guessable_secret(tmp_path: Path, value: str) -> None:
    env = production(tmp_path, HMAC_SHARED_SECRET=value)
    used = env.secret("HMAC_SHARED_SECRET", purpose="it signs")
    assert complaints(env) == ["HMAC_SHARED_SECRET"]
    assert value not in env.problems[0].message or not value
    assert len(used) >= len(value)


@pytest.mark.parametrize("make", [lambda: secrets.token_hex(32), lambda: secrets.token_urlsafe(32)])
def test_production_takes_generated_secrets(tmp_path: Path, make) -> None:
    for _ in range(200):
        env = production(tmp_path, HMAC_SHARED_SECRET=(value := make()))
        assert env.secret("HMAC_SHARED_SECRET", purpose="it signs") == value
        assert env.problems == []


def test_older_secrets_are_a_comma_list_and_as_strong_as_the_new_one(tmp_path: Path) -> None:
    old = [secrets.token_hex(32), secrets.token_hex(32)]
    env = production(tmp_path, SECRET_KEY_FALLBACKS=" , ".join(old))
    assert env.older_secrets("SECRET_KEY_FALLBACKS", newest="SECRET_KEY", least=50, least_bits=150) == old
    assert production(tmp_path).older_secrets("SECRET_KEY_FALLBACKS", newest="SECRET_KEY") == []

    weak = production(tmp_path, SECRET_KEY_FALLBACKS=f"{old[0]},changeme")
    assert weak.older_secrets("SECRET_KEY_FALLBACKS", newest="SECRET_KEY") == []
    assert complaints(weak) == ["SECRET_KEY_FALLBACKS"]


@pytest.mark.parametrize("value", ["", "abc", GOOD_KEY[:-1], f"{GOOD_KEY},zz", "g" * 64, "00" * 32])
def test_production_refuses_bad_encryption_keys(tmp_path: Path, value: str) -> None:
    env = production(tmp_path, ENCRYPTION_KEY=value)
    assert all(len(key) == 32 for key in env.encryption_keys())
    assert complaints(env) == ["ENCRYPTION_KEY"]


def test_a_comma_list_is_a_key_ring_in_its_order(tmp_path: Path) -> None:
    first, second = secrets.token_hex(32), secrets.token_hex(32).upper()
    env = production(tmp_path, ENCRYPTION_KEY=f"{first}, {second}")
    assert env.encryption_keys() == [bytes.fromhex(first), bytes.fromhex(second)]
    assert env.problems == []


def test_a_key_twice_is_a_problem(tmp_path: Path) -> None:
    key = secrets.token_hex(32)
    env = production(tmp_path, ENCRYPTION_KEY=f"{key},{key.upper()}")
    env.encryption_keys()
    assert complaints(env) == ["ENCRYPTION_KEY"]


@pytest.mark.parametrize("value", ["postgres//nothing", "nonsense://x", "postgres://u:hidden-pw@host:port/name"])
def test_a_bad_database_address_is_a_problem_that_shows_nothing_of_it(tmp_path: Path, value: str) -> None:
    env = environment(tmp_path, DATABASE_URL=value)
    assert "sqlite" in str(env.database("sqlite:///:memory:")["ENGINE"])
    assert complaints(env) == ["DATABASE_URL"]
    assert "hidden-pw" not in env.problems[0].message


def test_production_refuses_sqlite(tmp_path: Path) -> None:
    env = production(tmp_path)
    env.database("sqlite:///:memory:")
    assert complaints(env) == ["DATABASE_URL"]


@pytest.mark.parametrize("value", ["localhost:6379", "http://localhost", "redis://localhost:port", "redis"])
def test_a_bad_redis_address_is_a_problem(tmp_path: Path, value: str) -> None:
    env = environment(tmp_path, REDIS_URL=value)
    assert env.redis_url() == ""
    assert complaints(env) == ["REDIS_URL"]


@pytest.mark.parametrize("value", ["redis://cache:6379/0", "rediss://:pw@cache:6380/1", "unix:///run/redis.sock"])
def test_a_redis_address_is_taken(tmp_path: Path, value: str) -> None:
    env = production(tmp_path, REDIS_URL=value)
    assert env.redis_url() == value
    assert env.problems == []


# --- Development secrets --------------------------------------------------------------------------


def test_development_secrets_are_made_once_and_kept_private(tmp_path: Path) -> None:
    first = environment(tmp_path).secret("SECRET_KEY", purpose="")
    assert environment(tmp_path).secret("SECRET_KEY", purpose="") == first
    assert stat.S_IMODE((tmp_path / "var" / "secrets.json").stat().st_mode) == 0o600


def test_processes_that_start_at_once_agree_on_the_secrets(tmp_path: Path) -> None:
    seen: list[str] = []
    barrier = threading.Barrier(16)

    def start() -> None:
        env = environment(tmp_path)
        barrier.wait()
        seen.append(env.secret("SECRET_KEY", purpose="") + env.encryption_keys()[0].hex())

    threads = [threading.Thread(target=start) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 16
    assert len(set(seen)) == 1


@pytest.mark.parametrize("spoilt", ["", "{", "[]", '{"SECRET_KEY": 7}'])
def test_a_spoilt_secrets_file_is_mended(tmp_path: Path, spoilt: str) -> None:
    path = tmp_path / "var" / "secrets.json"
    path.parent.mkdir()
    path.write_text(spoilt)
    assert all(len(environment(tmp_path).secret(name, purpose="")) == 64 for name in DEVELOPMENT_SECRETS)


def test_a_secrets_file_of_an_older_version_keeps_what_it_has(tmp_path: Path) -> None:
    path = tmp_path / "var" / "secrets.json"
    path.parent.mkdir()
    path.write_text('{"SECRET_KEY": "kept"}')
    env = environment(tmp_path)
    assert env.secret("SECRET_KEY", purpose="") == "kept"
    assert len(env.secret("CONNECTOR_API_KEY", purpose="")) == 64


@pytest.mark.parametrize(
    "value",
    [
        "*",
        "null",
        "localhost:6274",
        "https://*.example.com",
        "https://a.example/",
        "https://a.example/x",
        "HTTPS://a.example",
    ],
)
def test_what_is_no_origin_is_a_problem_and_none(tmp_path: Path, value: str) -> None:
    env = environment(tmp_path, ORIGINS=f"https://b.example,{value}")
    assert env.origins("ORIGINS") == []
    assert complaints(env) == ["ORIGINS"]


def test_origins_are_taken_as_a_browser_sends_them(tmp_path: Path) -> None:
    env = environment(tmp_path, ORIGINS="http://localhost:6274, https://a-b.example, http://[::1]:3000,")
    assert env.origins("ORIGINS") == ["http://localhost:6274", "https://a-b.example", "http://[::1]:3000"]
    assert env.problems == []


def test_a_password_of_any_letters_gets_to_redis(tmp_path: Path) -> None:
    env = environment(tmp_path, REDIS_URL="redis://redis:6379/0")

    url = env.redis_url(password="p@ss:w/rd#%é $x")

    assert complaints(env) == []
    assert Redis.from_url(url).connection_pool.connection_kwargs["password"] == "p@ss:w/rd#%é $x"
