"""`connector.logs`: nothing secret in a line, whoever wrote it and however deep it lies."""

import json
import secrets
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.logs import _SECRET_TEXTS, REDACTED, redact, redact_text

ROOT = Path(__file__).resolve().parent.parent.parent
SANCTUM = "17|" + "aB3dE6gH9j" * 4 + "xYz0"
OURS = "meo_at_" + "Zk3-_kPq0l9Yw7Rt5Vb"


def lines_of(program: str) -> list[dict[str, Any]]:
    """What a program of its own writes, in JSON lines as production has them. (In this one pytest owns the handlers.)"""
    start = """
import logging, logging.config, structlog
from connector.logs import logging_config
logging.config.dictConfig(logging_config("DEBUG", json_lines=True))
"""
    done = subprocess.run(
        [sys.executable, "-c", start + program], cwd=ROOT, capture_output=True, text=True, check=True, timeout=30
    )
    return [json.loads(line) for line in done.stderr.splitlines()]


@pytest.mark.parametrize(
    "name",
    ["token", "access_token", "client_secret", "password", "authorization", "cookie", "api_key", "code", "session_sig",
     "exchange_code", "email", "e_mail", "body", "query_string", "state", "code_verifier"],
)  # fmt: skip
def test_values_under_secret_names_are_redacted(name: str) -> None:
    assert redact(None, "info", {name: "harmless looking"}) == {name: REDACTED}


@pytest.mark.parametrize(
    "name", ["error_code", "status_code", "status", "endpoint", "kind", "latency_ms", "request_id"]
)
def test_plain_names_are_kept(name: str) -> None:
    assert redact(None, "info", {name: "CONFLICT"}) == {name: "CONFLICT"}


@pytest.mark.parametrize(
    "value",
    [
        {"headers": {"Authorization": "Basic dXNlcjpwdw=="}},
        {"outer": [{"password": "hunter2"}]},
        {"outer": ({"inner": {"code": "hunter2"}},)},
        {"outer": {"deep": [f"sent {SANCTUM}"]}},
    ],
)
def test_secrets_inside_structures_are_redacted(value: dict[str, Any]) -> None:
    cleaned = str(redact(None, "info", {"data": value}))
    assert REDACTED in cleaned
    for secret in ("hunter2", "dXNlcjpwdw", SANCTUM):
        assert secret not in cleaned


@pytest.mark.parametrize(
    "text",
    [
        OURS,
        OURS.replace("_at_", "_rt_"),
        OURS.replace("_at_", "_cs_"),
        SANCTUM,
        "Bearer abc.def-ghi",
        "Basic dXNlcjpwdw==",
        "/oauth/callback?session_id=1&code=0f5a",
        "/oauth/authorize?state=xyz",
        "emma@example.com",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln",
        # A header with a certificate in it.
        f"eyJ{'x' * 2000}.eyJzdWIiOiIxIn0.c2ln",
    ],
)
def test_texts_shaped_like_secrets_are_redacted(text: str) -> None:
    secret = text.rpartition("=")[2] if "?" in text else text.removeprefix("Bearer ").removeprefix("Basic ")
    cleaned = redact_text(f"before {text} after")
    assert secret not in cleaned
    assert cleaned.startswith("before ")
    assert cleaned.endswith(" after")


@given(st.binary(min_size=32, max_size=32), st.text(max_size=30), st.text(max_size=30))
def test_no_token_of_ours_survives_any_surroundings(noise: bytes, before: str, after: str) -> None:
    token = "meo_rt_" + secrets.token_urlsafe(8) + noise.hex()
    assert token not in redact_text(f"{before}{token} {after}")


def test_a_structlog_line_is_json_with_time_level_and_context() -> None:
    (line,) = lines_of(f"""
structlog.contextvars.bind_contextvars(request_id="r-12345678")
structlog.get_logger("connector.test").info("hello", pets=3, name="Míu", token={OURS!r})
""")
    assert line["event"] == "hello"
    assert line["pets"] == 3
    assert line["name"] == "Míu"
    assert line["token"] == REDACTED
    assert line["request_id"] == "r-12345678"
    assert line["level"] == "info"
    assert line["timestamp"].endswith("Z")


def test_a_librarys_line_is_redacted_too() -> None:
    (line,) = lines_of(
        f"""logging.getLogger("some.library").warning("sent %s to %s", {SANCTUM!r}, "emma@example.com")"""
    )
    assert line["event"] == f"sent {REDACTED} to {REDACTED}"


def test_a_traceback_is_redacted() -> None:
    (line,) = lines_of(f"""
try:
    raise ValueError("bad token {OURS}")
except ValueError:
    logging.getLogger("some.library").exception("failed")
""")
    assert "ValueError" in line["exception"]
    assert OURS not in line["exception"]


def test_talkative_libraries_stay_quiet_at_debug() -> None:
    lines = lines_of("""
for name in ("oauthlib", "oauthlib.oauth2.rfc6749", "oauth2_provider", "httpx", "httpcore.http11", "urllib3",
             "django.db.backends", "django.server"):
    logging.getLogger(name).info("GET https://main.example/?code=abc")
logging.getLogger("anything.else").info("heard")
""")
    assert [line["logger"] for line in lines] == ["anything.else"]


@given(
    st.lists(
        st.sampled_from(
            ["meo_at_", "meo_", "17|", "a" * 20, "Bearer", "Basic", " ", "?", "&", "code=", "a@b", ".c", "eyJ"]
        )
        | st.text(max_size=8)
    ).map("".join)
)
def test_no_text_is_passed_over_that_holds_a_secret(text: str) -> None:
    assert redact_text(text) == _SECRET_TEXTS.sub(REDACTED, text)


def seconds_for(text: str) -> float:
    """The best of three: the machine may be busy meanwhile."""
    took = []
    for _ in range(3):
        began = time.thread_time()
        redact_text(text)
        took.append(time.thread_time() - began)
    return min(took)


@pytest.mark.once
@pytest.mark.parametrize("end", ["@", "|", "?"])
@pytest.mark.parametrize(
    "part",
    ["a", "1", "a.", "-", "a@", "a@a.", "eyJ", "eyJaaaaaaaa.", "meo_at", "Bearer ", "1|", "?code", "/bot", "/bota:"],
)
def test_a_text_of_a_strangers_takes_no_more_than_its_length(part: str, end: str) -> None:
    """Eight times the letters, eight times as long, and not sixty-four times: a Host header once held a process for a second."""
    short, long = (seconds_for(part * (letters // len(part)) + end) for letters in (4_000, 32_000))

    assert long < 25 * short + 0.01


def test_a_made_up_host_makes_a_short_line() -> None:
    (line,) = lines_of("""
logging.getLogger("django.security.DisallowedHost").error("Invalid HTTP_HOST header: %r.", "a" * 8000 + "@")
""")

    assert line["event"].startswith("Invalid HTTP_HOST header: 'aaa")
    assert len(line["event"]) <= 300
