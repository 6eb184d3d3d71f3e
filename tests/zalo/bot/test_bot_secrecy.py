"""The bot's token is part of every address: it stands in no log line, error, answer or row."""

import logging
import traceback
from collections.abc import Callable
from typing import Any

import httpx
import pytest
import structlog
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection

from chat.zalo import bot as zalo_bot
from chat.zalo.models import Account
from connector.logs import redact_text
from mainapp.http.connection import HttpError
from sandbox.zalo.server import ZaloServer
from tests.zalo.bot.conftest import SECRET, TOKEN, Friend, Post, message

PART = TOKEN.partition(":")[2]
FAULTS: list[dict[str, Any]] = [
    {"error": 401},
    {"error": 403},
    {"error": 429},
    {"status": 404},
    {"status": 502},
    {"drop": "before"},
    {"drop": "after"},
]


@pytest.mark.parametrize("fault", FAULTS)
def test_no_failure_names_it(
    platform: ZaloServer,
    bot: Account,
    fault: dict[str, Any],
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    platform.faults.add(**fault)
    told = []
    with structlog.testing.capture_logs() as lines:
        for attempt in attempts(bot):
            try:
                told.append(repr(attempt()))
            except (zalo_bot.BotError, HttpError, CommandError) as error:
                told.append("".join(traceback.format_exception(error)) + repr(error))

    everything = f"{told} {lines} {caplog.text} {capsys.readouterr()}"
    assert len(told) == 4
    assert PART not in everything
    assert SECRET not in everything


def attempts(bot: Account) -> list[Callable[[], object]]:
    return [
        lambda: zalo_bot.call("getMe"),
        lambda: zalo_bot.Bot().send(bot, "6ede9afa66b88fe6d6a9", "Chào"),
        lambda: call_command("zalo_bot"),
        lambda: call_command("zalo_bot", "--webhook", "https://connector.example/zalo/bot"),
    ]


def test_a_whole_conversation_leaves_it_nowhere(
    platform: ZaloServer, friend: Friend, post_bot: Post, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    sender = friend("mai")
    with structlog.testing.capture_logs() as lines:
        answer = post_bot(
            message("Mướp 4,2 kg", **{"from": {"id": sender.sender_id}, "chat": {"id": sender.sender_id}})
        )

    with connection.cursor() as cursor:
        rows = []
        for table in connection.introspection.table_names():
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608 - names of our own tables
            rows.append(str(cursor.fetchall()))
    assert len(platform.answers("mai", "bot")) == 1
    for secret in (PART, SECRET):
        assert secret not in f"{lines} {caplog.text} {answer.content!r} {dict(answer.headers)} {rows}"


def test_even_a_library_that_logs_addresses_would_not_tell_it() -> None:
    url = httpx.URL(f"https://bot-api.zaloplatforms.com/bot{TOKEN}/getMe")

    line = redact_text(f'HTTP Request: POST {url} "HTTP/1.1 200 OK"')

    assert PART not in line
    assert line.endswith('/getMe "HTTP/1.1 200 OK"')
