"""Every tool against every way in which the main app fails: one table, and none may be missing from it.

What a tool does when all is well, and what it asks, has a file of its own; here stands what holds for all of them.
"""

# ruff: noqa: F811 - fixtures that come from another module
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from oauthbridge.models import AccessToken, Connection
from petstools.answers import Code
from petstools.catalog import TOOLS
from tests.files.conftest import authority, file_host, names  # noqa: F401 - fixtures
from tests.ports import deaf_port
from tests.tools.conftest import Gpt, Told
from tests.tools.documented import departures
from tests.tools.meanwhile import meanwhile
from tests.tools.samples import NAMES, SAMPLES, SECTIONS, Home, home, lasting_sandbox, sandbox, tool_named  # noqa: F401

Connect = Callable[..., Gpt]
Fault = dict[str, Any]
WRITERS = [name for name in NAMES if name in SAMPLES and SAMPLES[name].writes]
READERS = [name for name in NAMES if name in SAMPLES and SAMPLES[name].reads_first]

# --- The table itself ----------------------------------------------------------------------------


def test_every_tool_stands_in_the_table() -> None:
    assert sorted(SAMPLES) == sorted(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_it_answers_as_documented_for_what_it_is_said_to_cost(name: str, home: Callable[..., Home]) -> None:
    at_home, sample = home(), SAMPLES[name]

    with CaptureQueriesContext(database) as queries:
        told = at_home.call(name)

    assert told.status == (201 if sample.created else 200), told.body
    assert departures(told.body, tool_named(name).answer) == []
    assert told.upstream == [at_home.filled(one) for one in sample.upstream]
    assert len(queries) == sample.queries, [one["sql"][:120] for one in queries]


# --- Faults of the main app ----------------------------------------------------------------------

# What a read ends in, and what a write ends in: OUTCOME_UNKNOWN only where the main app may have done it.
FAULTS: dict[str, tuple[Fault, Code, Code]] = {
    "hang": ({"hang_s": 3.0}, Code.UPSTREAM_TIMEOUT, Code.OUTCOME_UNKNOWN),
    "no answer": ({"drop": "before_headers"}, Code.UPSTREAM_ERROR, Code.OUTCOME_UNKNOWN),
    "reset mid body": ({"drop": "mid_body"}, Code.UPSTREAM_ERROR, Code.OUTCOME_UNKNOWN),
    "lost after commit": ({"drop": "after_commit"}, Code.UPSTREAM_ERROR, Code.OUTCOME_UNKNOWN),
    "500": ({"error_rate": 1.0}, Code.UPSTREAM_ERROR, Code.OUTCOME_UNKNOWN),
    "502": ({"error_rate": 1.0, "error_status": 502}, Code.UPSTREAM_ERROR, Code.OUTCOME_UNKNOWN),
    "503, its own": ({"outage": True, "retry_after": 9}, Code.UPSTREAM_UNAVAILABLE, Code.UPSTREAM_UNAVAILABLE),
    "503, a proxy's": ({"outage": True, "html_errors": True}, Code.UPSTREAM_UNAVAILABLE, Code.OUTCOME_UNKNOWN),
    "504": ({"error_rate": 1.0, "error_status": 504}, Code.UPSTREAM_ERROR, Code.OUTCOME_UNKNOWN),
    "HTML page": ({"html_errors": True}, Code.UPSTREAM_ERROR, Code.OUTCOME_UNKNOWN),
    "invalid JSON": ({"invalid_json": True}, Code.UPSTREAM_ERROR, Code.OUTCOME_UNKNOWN),
    "wrong shape": ({"wrong_shape": True}, Code.UPSTREAM_ERROR, Code.OUTCOME_UNKNOWN),
    "too large a body": ({"huge_body_mb": 1}, Code.UPSTREAM_ERROR, Code.OUTCOME_UNKNOWN),
    "429": ({"throttle_429": True, "retry_after": 7}, Code.RATE_LIMITED, Code.RATE_LIMITED),
    "429 without Retry-After": ({"throttle_429": True}, Code.RATE_LIMITED, Code.RATE_LIMITED),
    "daily quota": ({"quota_exceeded": True}, Code.QUOTA_EXCEEDED, Code.QUOTA_EXCEEDED),
}
WAITS = {"503, its own": 9, "429": 7}
DEADLINE = 0.3


def struck(home: Callable[..., Home], name: str, fault: str, method: str, settings: Settings) -> tuple[Told, float]:
    """The tool's answer when all requests of these methods meet the fault, and the seconds it took."""
    at_home = home()
    if fault == "hang":
        # What a process loads for its first call takes longer than that.
        assert at_home.gpt.get("/account").status == 200
        settings.TOOL_DEADLINE_SECONDS = DEADLINE
    at_home.sandbox.faults.add(**FAULTS[fault][0], method=method)
    started = time.monotonic()
    told = at_home.call(name)
    seconds = time.monotonic() - started
    settings.TOOL_DEADLINE_SECONDS = 25
    return told, seconds


def problems_of(name: str, fault: str, told: Told, expected: Code, seconds: float) -> list[str]:
    sample = SAMPLES[name]
    problems = departures(told.body, tool_named(name).answer)
    failed = told.body
    if sample.per_item and told.status == 200:
        failed = told.body["results"][0]
    elif told.status != expected.http_status:
        problems.append(f"status {told.status}")
    if failed.get("error") != expected:
        problems.append(f"{failed.get('error', failed)} and not {expected}")
    if failed.get("retryable") is not expected.retryable:
        problems.append("retryable")
    if fault in WAITS and expected is FAULTS[fault][1] and failed.get("retry_after") != WAITS[fault]:
        problems.append(f"retry_after {failed.get('retry_after')}")
    if failed is told.body and told.headers.get("Retry-After") != (
        str(failed["retry_after"]) if "retry_after" in failed else None
    ):
        problems.append("the Retry-After header")
    if (
        expected is Code.QUOTA_EXCEEDED
        and not {"limit", "used", "remaining", "reset_at"} <= failed.get("quota", {}).keys()
    ):
        problems.append("no quota")
    if seconds > (2.0 if fault == "hang" else 5.0):
        problems.append(f"took {seconds:.1f} s")
    return [f"{fault}: {problem}" for problem in problems]


@pytest.mark.once
@pytest.mark.parametrize("name", READERS)
def test_every_fault_of_reading_is_told_as_what_it_is(name: str, home: Callable[..., Home], settings: Settings) -> None:
    problems = []
    for fault, (_switches, expected, _written) in FAULTS.items():
        if fault == "hang" and SAMPLES[name].per_item:
            # Nothing is begun when little time is left.
            continue
        told, seconds = struck(home, name, fault, "GET", settings)
        problems += problems_of(name, fault, told, expected, seconds)

    assert problems == []


# A deletion's answer holds nothing to misunderstand, a pet's has no body at all, and what update_pet answers is read anew.
# Nothing is sent by these two when little time is left.
WITHOUT_EFFECT: dict[str, set[str]] = {
    "delete_record": {"wrong shape"},
    "delete_pet": {"wrong shape", "invalid JSON", "too large a body", "reset mid body"},
    "update_pet": {"wrong shape"},
    "attach_files": {"hang"},
    "record_many": {"hang"},
}


@pytest.mark.once
@pytest.mark.parametrize("name", WRITERS)
def test_every_fault_of_writing_is_told_as_what_it_is(name: str, home: Callable[..., Home], settings: Settings) -> None:
    """The reading before it succeeds."""
    problems = []
    for fault, (_switches, _read, expected) in FAULTS.items():
        if fault in WITHOUT_EFFECT.get(name, ()):
            continue
        told, seconds = struck(home, name, fault, "POST|PUT|DELETE", settings)
        problems += problems_of(name, fault, told, expected, seconds)

    assert problems == []


@pytest.mark.once
@pytest.mark.parametrize("name", [name for name in WRITERS if SAMPLES[name].upstream[-1].startswith("GET")])
def test_what_was_written_and_could_not_be_read_again_is_not_told_as_a_failure(
    name: str, home: Callable[..., Home]
) -> None:
    at_home = home()

    with meanwhile(at_home.sandbox, "PUT", lambda: at_home.sandbox.faults.add(error_rate=1.0, method="GET")):
        told = at_home.call(name)

    assert told.upstream == [at_home.filled(one) for one in SAMPLES[name].upstream]
    assert problems_of(name, "not read again", told, Code.OUTCOME_UNKNOWN, 0) == []


@pytest.mark.once
@pytest.mark.parametrize("name", NAMES)
def test_a_main_app_that_refuses_connections_is_away_and_nothing_is_in_doubt(
    name: str, home: Callable[..., Home], settings: Settings
) -> None:
    at_home = home()
    with deaf_port() as port:
        settings.MAIN_APP_URL = f"http://127.0.0.1:{port}"

        told = at_home.call(name)

    assert problems_of(name, "refused", told, Code.UPSTREAM_UNAVAILABLE, 0) == []


@pytest.mark.once
@pytest.mark.parametrize("name", NAMES)
def test_one_fault_on_the_way_is_got_over_and_nothing_is_doubled(
    name: str, home: Callable[..., Home], settings: Settings
) -> None:
    settings.MAIN_APP_MAX_ATTEMPTS = 3
    at_home, sample = home(), SAMPLES[name]
    writes = "POST|PUT|DELETE" if sample.writes else "GET"
    fault = {"drop": "after_commit"} if sample.writes else {"error_rate": 1.0, "error_status": 502}
    at_home.sandbox.faults.add(**fault, method=writes, times=1)

    told = at_home.call(name)

    assert told.status == (201 if sample.created else 200), told.body
    assert len(told.upstream) == len(sample.upstream) + 1
    keys = {one.idempotency_key for one in at_home.sandbox.requests if one.method != "GET"}
    assert len(keys) == (1 if sample.writes else 0)
    assert None not in keys


# --- The person behind the call ------------------------------------------------------------------


@pytest.mark.parametrize("name", [name for name in NAMES if SAMPLES[name].needs_sign_in])
def test_a_revoked_token_breaks_the_connection_and_sends_the_person_to_sign_in(
    name: str, home: Callable[..., Home]
) -> None:
    at_home = home()
    at_home.sandbox.world.revoke(at_home.token)

    told = at_home.call(name)

    assert (told.status, told.code) == (401, Code.UNAUTHORIZED), told.body
    assert told.body["retryable"] is False
    assert 'error="invalid_token"' in told.headers["WWW-Authenticate"]
    connected = Connection.objects.get(pk=at_home.gpt.connection.pk)
    assert (connected.status, connected.sanctum_token) == (Connection.Status.BROKEN, None)
    assert not AccessToken.objects.filter(connection=connected).exists()
    assert at_home.call(name).upstream == []


def written(at_home: Home) -> list[str]:
    return [one.path for one in at_home.sandbox.requests if one.method != "GET" and one.status in (200, 201, 204)]


@pytest.mark.once
@pytest.mark.parametrize("name", WRITERS)
def test_a_banned_person_may_only_read(name: str, home: Callable[..., Home]) -> None:
    at_home = home("bana")

    told = at_home.call(name)

    assert problems_of(name, "banned", told, Code.ACCOUNT_BANNED, 0) == []
    assert written(at_home) == []


@pytest.mark.once
@pytest.mark.parametrize("name", [name for name in NAMES if SAMPLES[name].writes or SECTIONS in SAMPLES[name].upstream])
def test_an_unverified_person_is_told_to_look_for_the_mail(name: str, home: Callable[..., Home]) -> None:
    at_home = home("uma")

    told = at_home.call(name)

    assert problems_of(name, "unverified", told, Code.EMAIL_NOT_VERIFIED, 0) == []
    assert written(at_home) == []


@pytest.mark.once
@pytest.mark.parametrize("name", [name for name in NAMES if not SAMPLES[name].writes])
def test_a_banned_person_may_read(name: str, home: Callable[..., Home]) -> None:
    assert home("bana").call(name).status == 200


# --- What nobody may find out --------------------------------------------------------------------


@pytest.mark.once
@pytest.mark.parametrize("name", [tool.name for tool in TOOLS if "pet_id" in tool.path_ids])
def test_trap_11_another_persons_pet_and_none_are_told_alike(
    name: str, home: Callable[..., Home], gpt: Connect
) -> None:
    at_home = home()
    at_home.gpt = gpt("taras")

    hidden = at_home.call(name)
    at_home.ids["pet"] = 999_999
    missing = at_home.call(name)

    assert (hidden.status, hidden.code) == (404, Code.NOT_FOUND), hidden.body
    assert {**hidden.body, "request_id": ""} == {**missing.body, "request_id": ""}


def test_trap_11_holds_for_a_pet_that_is_named_in_the_body(home: Callable[..., Home], gpt: Connect) -> None:
    at_home = home()
    at_home.gpt = gpt("taras")

    hidden = at_home.call("record_many")
    at_home.ids["pet"] = 999_999
    missing = at_home.call("record_many")

    assert hidden.body["results"][0]["error"] == Code.NOT_FOUND
    assert hidden.body == missing.body


@pytest.mark.once
@pytest.mark.parametrize("name", [tool.name for tool in TOOLS if tool.path_ids])
def test_trap_29_an_id_that_is_none_is_refused_before_any_call(name: str, home: Callable[..., Home]) -> None:
    at_home, ids = home(), tool_named(name).path_ids
    for wrong in ("0", "-1", "1.5", "x", "９", "9223372036854775808", "9" * 30, "%00"):
        at_home.ids = dict.fromkeys(at_home.ids, wrong)

        told = at_home.call(name)

        assert (told.status, told.code) == (400, Code.INVALID_INPUT), wrong
        assert {one["name"] for one in told.body["fields"]} == set(ids)
        assert told.upstream == []


@pytest.mark.once
@pytest.mark.parametrize("wrong", ["pet", "weight"])
def test_trap_29_of_two_ids_the_wrong_one_is_named(wrong: str, home: Callable[..., Home]) -> None:
    at_home = home()
    at_home.ids[wrong] = "x"

    assert [one["name"] for one in at_home.call("update_weight").body["fields"]] == [f"{wrong}_id"]
