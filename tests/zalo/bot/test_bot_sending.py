"""What the bot writes, and what becomes of it when Zalo says no."""

from typing import Any

import pytest

from chat.zalo.adapters import Verdict
from chat.zalo.bot import Bot
from chat.zalo.models import Account
from sandbox.zalo.server import ZaloServer


@pytest.fixture
def mai(platform: ZaloServer) -> str:
    return platform.person_id("mai", "bot")


def test_a_text_arrives(platform: ZaloServer, bot: Account, mai: str) -> None:
    assert Bot().send(bot, mai, "Chào Mai").verdict == Verdict.SENT
    assert platform.answers("mai", "bot") == ["Chào Mai"]


def test_no_part_of_a_link_is_taken_for_markdown(platform: ZaloServer, bot: Account, mai: str) -> None:
    Bot().send(bot, mai, "Mở https://connector.example/zalo/link/ab_cd_e*f nhé, _Míu_")

    assert platform.answers("mai", "bot") == ["Mở https://connector.example/zalo/link/ab%5Fcd%5Fe%2Af nhé, _Míu_"]


@pytest.mark.parametrize(
    ("fault", "verdict", "pauses"),
    [
        ({"error": 429}, Verdict.AGAIN, True),
        ({"error": 500}, Verdict.AGAIN, True),
        ({"error": 2**40}, Verdict.AGAIN, True),
        ({"error": 408}, Verdict.AGAIN, True),
        ({"status": 502}, Verdict.AGAIN, True),
        ({"drop": "before"}, Verdict.AGAIN, True),
        ({"drop": "after"}, Verdict.AGAIN, True),
        ({"error": 400}, Verdict.GIVEN_UP, False),
        ({"error": 404}, Verdict.GIVEN_UP, False),
        ({"error": 403}, Verdict.GIVEN_UP, False),
    ],
)
def test_each_no_has_its_end(
    platform: ZaloServer, bot: Account, mai: str, fault: dict[str, Any], verdict: Verdict, pauses: bool
) -> None:
    """403 for one person while Zalo knows the token is about that person."""
    platform.faults.add(path="/sendMessage", times=1, **fault)

    delivery = Bot().send(bot, mai, "Chào")

    assert (delivery.verdict, delivery.pauses) == (verdict, pauses)


def test_a_token_that_zalo_does_not_know_stops_the_bot(
    platform: ZaloServer, bot: Account, mai: str, settings: Any
) -> None:
    settings.ZALO_BOT_TOKEN = "314159265358979323:another"

    delivery = Bot().send(bot, mai, "Chào")

    assert (delivery.verdict, delivery.error) == (Verdict.STOPPED, 401)
    assert "another" not in delivery.reason


def test_a_bot_that_is_away_is_asked_again(bot: Account, mai: str, settings: Any) -> None:
    settings.ZALO_BOT_URL = "http://127.0.0.1:9"

    assert Bot().send(bot, mai, "Chào").verdict == Verdict.AGAIN
