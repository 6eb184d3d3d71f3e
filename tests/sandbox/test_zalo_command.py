"""`python -m sandbox.zalo` as a process, its page and its switches."""

import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from sandbox.zalo.server import ZaloServer

from .zalo_receiver import receiver

ROOT = Path(__file__).resolve().parents[2]


def run(*options: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "sandbox.zalo", *options],
        cwd=ROOT,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


@pytest.fixture
def zalo() -> Iterator[ZaloServer]:
    with ZaloServer() as server:
        yield server


def test_it_prints_what_a_connector_needs_serves_and_ends_with_sigterm() -> None:
    process = run("--port", "0", "--oa", "77:a-secret-key", "--bot-token", "12:some-secret")
    assert process.stdout is not None
    printed = ""
    while "Ctrl-C" not in printed and process.poll() is None:
        printed += process.stdout.readline()
    url = re.search(r"http://127\.0\.0\.1:\d+", printed)

    assert url is not None, printed
    assert re.search(r"ZALO_APP_SECRET=\S{12,}", printed)
    assert "a-secret-key" not in printed
    assert "some-secret" not in printed
    assert f"ZALO_API_URL={url[0]}" in printed
    assert httpx.post(f"{url[0]}/bot12:some-secret/getMe").json()["ok"] is True
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=10) == 0
    assert process.stderr is not None
    assert process.stderr.read() == ""


def test_a_wrong_address_is_explained_in_one_line() -> None:
    _, error = (process := run("--port", "0", "--host", "192.0.2.1")).communicate(timeout=30)

    assert process.returncode == 1
    assert "can't be used" in error
    assert "Traceback" not in error


def test_help_shows_examples() -> None:
    out, _ = (process := run("--help")).communicate(timeout=30)

    assert process.returncode == 0
    assert "__zalo/faults" in out


def test_a_chat_by_hand(zalo: ZaloServer) -> None:
    with receiver() as webhook:
        zalo.world.oa.webhook = webhook.url
        said = httpx.post(f"{zalo.url}/__zalo/say", json={"person": "mai", "text": "xin chào"})
    zalo.world.write(zalo.chat("mai"), "service", "Chào Mai, mở https://connector.example/x")

    chat = httpx.get(f"{zalo.url}/__zalo/chat", params={"person": "mai", "after": "0", "wait": "5"}).json()

    assert said.json() == {"statuses": [200]}
    assert [(line["by"], line["text"]) for line in chat["lines"]] == [
        ("person", "xin chào"),
        ("service", "Chào Mai, mở https://connector.example/x"),
    ]
    assert "Chat by hand" in httpx.get(zalo.url).text


def test_a_picture_by_hand(zalo: ZaloServer) -> None:
    sent = httpx.post(
        f"{zalo.url}/__zalo/picture", content=b"\xff\xd8\xff", headers={"Content-Type": "image/jpeg"}
    ).json()

    assert httpx.get(sent["url"]).content == b"\xff\xd8\xff"
    assert (
        httpx.post(f"{zalo.url}/__zalo/picture", content=b"x", headers={"Content-Type": "text/html"}).status_code == 422
    )


def test_faults_and_habits_are_switched_over_http(zalo: ZaloServer) -> None:
    fault = [{"path": "getMe", "status": 503, "times": 1}]
    assert httpx.put(f"{zalo.url}/__zalo/faults", content=json.dumps(fault)).status_code == 200
    assert httpx.post(f"{zalo.url}/bot{zalo.world.bot.token}/getMe").status_code == 503
    assert httpx.put(f"{zalo.url}/__zalo/faults", content='[{"path": "x", "drop": "sometimes"}]').status_code == 422
    assert httpx.put(f"{zalo.url}/__zalo/habits", content='{"wrapped": true}').json()["wrapped"] is True
    assert httpx.put(f"{zalo.url}/__zalo/habits", content='{"polite": true}').status_code == 422
    assert "refresh_token" in httpx.post(f"{zalo.url}/__zalo/tokens").json()
