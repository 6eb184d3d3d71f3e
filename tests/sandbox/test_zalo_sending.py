"""The stand-in's send API: windows, credit, errors by the number in the body, faults on demand."""

import hashlib
import hmac
import json
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from sandbox.zalo.server import ZaloServer

Send = Callable[..., dict[str, Any]]
HOUR = 3600


@pytest.fixture
def zalo() -> Iterator[ZaloServer]:
    with ZaloServer() as server:
        yield server


@pytest.fixture
def send(zalo: ZaloServer) -> Send:
    token = zalo.issue_tokens()["access_token"]

    def call(text: Any = "chào", **headers: str) -> dict[str, Any]:
        body = {"recipient": {"user_id": zalo.person_id("mai")}, "message": {"text": text}}
        answer = httpx.post(f"{zalo.url}/v3.0/oa/message/cs", json=body, headers={"access_token": token, **headers})
        assert answer.status_code == 200
        return dict(answer.json())

    # Tokens outlive the windows here.
    zalo.official.tokens.access[token].until += 30 * 24 * HOUR * 1000
    return call


def test_an_answer_is_sent_and_seen(zalo: ZaloServer, send: Send) -> None:
    zalo.says("mai", "xin chào")

    answer = send("Chào Mai")

    assert (answer["error"], answer["data"]["user_id"]) == (0, zalo.person_id("mai"))
    assert zalo.answers("mai") == ["Chào Mai"]


@pytest.mark.parametrize(
    ("hours", "credit", "error"),
    [(47.98, 0, 0), (48.02, 0, -321), (48.02, 1, 0), (7 * 24 - 0.02, 1, 0), (7 * 24 + 0.02, 1, -230)],
)
def test_the_window_closes_after_48_hours_and_after_a_week(
    zalo: ZaloServer, send: Send, hours: float, credit: int, error: int
) -> None:
    zalo.says("mai", "xin chào")
    zalo.world.oa.credit = credit
    zalo.advance(hours * HOUR)

    assert send()["error"] == error


def test_who_never_wrote_gets_nothing(send: Send) -> None:
    assert send()["error"] == -230


@pytest.mark.parametrize(("text", "error"), [("", -201), (5, -201), ("x" * 2000, 0), ("x" * 2001, -210)])
def test_the_text_is_checked(zalo: ZaloServer, send: Send, text: Any, error: int) -> None:
    zalo.says("mai", "xin chào")

    assert send(text)["error"] == error


def test_who_does_not_follow_gets_nothing(zalo: ZaloServer, send: Send) -> None:
    zalo.says("mai", "xin chào")
    zalo.unfollow("mai")

    assert send()["error"] == -213


def test_a_proof_may_be_wanted(zalo: ZaloServer, send: Send) -> None:
    zalo.says("mai", "xin chào")
    zalo.world.habits.wants_proof = True
    token = next(iter(zalo.official.tokens.access))
    proof = hmac.new(zalo.world.app_secret.encode(), token.encode(), hashlib.sha256).hexdigest()

    assert send()["error"] == -242
    assert send(appsecret_proof=proof)["error"] == 0


@pytest.mark.parametrize("number", [-32, -216, -209, -211, -218, -234, -248])
def test_each_number_comes_on_demand(zalo: ZaloServer, send: Send, number: int) -> None:
    zalo.says("mai", "xin chào")
    zalo.faults.add(path="/message/cs", error=number, times=1)

    assert send()["error"] == number
    assert zalo.answers("mai") == []
    assert send()["error"] == 0


def test_it_may_take_the_text_and_drop_the_answer(zalo: ZaloServer, send: Send) -> None:
    zalo.says("mai", "xin chào")
    zalo.faults.add(drop="after", times=1)

    with pytest.raises(httpx.TransportError):
        send()
    assert zalo.answers("mai") == ["chào"]


def test_it_may_be_down(zalo: ZaloServer, send: Send) -> None:
    zalo.faults.add(drop="before", times=1)
    zalo.faults.add(status=502, times=1)

    with pytest.raises(httpx.TransportError):
        send()
    assert httpx.get(f"{zalo.url}/v3.0/oa/user/detail").status_code == 502


def test_a_profile_names_who_follows(zalo: ZaloServer) -> None:
    token = zalo.issue_tokens()["access_token"]
    query = {"data": json.dumps({"user_id": zalo.person_id("mai")})}

    def ask() -> dict[str, Any]:
        answer = httpx.get(f"{zalo.url}/v3.0/oa/user/detail", params=query, headers={"access_token": token})
        return dict(answer.json())

    told = ask()
    zalo.unfollow("mai")

    assert told["data"]["display_name"] == "Mai Nguyễn"
    assert ask()["error"] == -213
