"""docs/gpt/conversations/*.yaml, replayed: every answer as the script tells, and as the published schema describes it."""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.conf import settings as configured
from pytest_django import Settings

from devtools.play.conversations import Conversation, load
from devtools.play.gpt import Gpt
from devtools.play.replay import Replay
from devtools.play.schema import Schema
from devtools.play.signing_in import Client, SignIn
from devtools.play.stand_in import StandIn
from petstools.answers import Code
from petstools.catalog import TOOLS
from sandbox.server import SandboxServer
from tests.files.conftest import authority, file_host, names  # noqa: F401 - fixtures
from tests.files.file_host import NAME, FileHost
from tests.files.samples import corners, pages, saved
from tests.gpt.test_instructions import clarification_reasons
from tests.playing import ClientApp, Connector
from tests.schema import conform
from tests.tools.conftest import at  # noqa: F401 - a fixture

pytestmark = pytest.mark.once

FOLDER = configured.BASE_DIR / "docs" / "gpt" / "conversations"
FILES = sorted(FOLDER.glob("*.yaml"))
# Noon in Hanoi: one day for everybody, unless a conversation is about just that.
DAY, HOUR = "2026-03-20", "05:00"
# What no GPT can bring about from outside, and why.
NEVER_MET = {
    Code.INTERNAL_ERROR: "a mistake in this service; no input may cause it",
    Code.SERVICE_UNAVAILABLE: "this service's own database or key ring is away",
    Code.STILL_PROCESSING: "two identical calls at the same moment, with a main app older than v1.18.1 (tests/tools hold it)",
}
LANGUAGES = ("vi", "en", "ru", "uk")


@pytest.fixture(scope="session")
def conversations() -> list[Conversation]:
    return [load(file) for file in FILES]


@pytest.fixture
def play(
    connector: Connector,
    client_app: ClientApp,
    sandbox: SandboxServer,
    settings: Settings,
    at: Callable[[str], None],  # noqa: F811
    request: pytest.FixtureRequest,
) -> Iterator[Callable[[Conversation], None]]:
    """Play one conversation to its end; fails at the first thing that is not as it must be."""
    http = httpx.Client(trust_env=False, timeout=30, verify=False)  # noqa: S501 - plain HTTP on the loopback

    def play_it(conversation: Conversation) -> None:
        moment = f"{DAY}T{conversation.clock or HOUR}+00:00"
        at(moment)
        sandbox.world.reset()
        if "impatience" in conversation.needs:
            settings.MAIN_APP_READ_TIMEOUT = 0.4
        files = Chat(request.getfixturevalue("file_host"), settings) if "files" in conversation.needs else None
        if "full_storage" in conversation.needs:
            sandbox.world.storage_limit_bytes = 1
        schema = Schema.read(http, connector.url)
        stand_in = StandIn(http, sandbox.url)
        client = Client(client_app.client_id, str(client_app.secret), client_app.redirect_uri)

        def connected(key: str) -> Gpt:
            browser = stand_in.browser_of(key, redirect_uri=client.redirect_uri)
            return Gpt(http, schema, SignIn(http, schema, client, browser), files=files)

        replay = Replay(schema, stand_in, connected, now=lambda: datetime.fromisoformat(moment).astimezone(UTC))
        for played in replay.play(conversation):
            assert not played.wrong, f"{played.turn}\n" + "\n".join(played.wrong)
            if (exchange := played.exchange) is not None:
                conform.check(exchange.method, exchange.path, exchange.status, exchange.answer)

    yield play_it
    http.close()


class Chat:
    """The files that people send in the chats, on a file host that the connector takes for ChatGPT's."""

    def __init__(self, host: FileHost, settings: Settings) -> None:
        settings.FILE_DOWNLOAD_HOSTS = [f"{NAME}:{host.port}"]
        settings.FILE_DOWNLOAD_PRIVATE_ADDRESSES = True
        settings.FILE_DOWNLOAD_CA_FILE = str(host.authority.file)
        host.serve("/photo.jpg", saved(corners(), "JPEG"))
        host.serve("/second.png", saved(corners(), "PNG"))
        host.serve("/card.pdf", pages(2))
        host.serve("/notes.txt", b"just words")
        self._host = host

    def link(self, name: str) -> str:
        return self._host.link(f"/{name}").download_link


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_it_goes_as_written(file: Path, play: Callable[[Conversation], None]) -> None:
    play(load(file))


def calls(conversations: list[Conversation]) -> list[dict[str, Any]]:
    return [dict(call) for one in conversations for call in one.calls]


def told(conversations: list[Conversation], what: str, leaf: str) -> set[str]:
    """What calls end in, by themselves or for one of their records (`$.results[0].error`)."""
    found = {call[what] for call in calls(conversations) if what in call}
    inside = [item for call in calls(conversations) for item in call.get("holds", {}).items()]
    return found | {str(value) for path, value in inside if path.endswith(leaf)}


def test_there_are_many(conversations: list[Conversation]) -> None:
    assert len(conversations) >= 30
    assert len({one.title for one in conversations}) == len(conversations)


def test_all_four_languages_are_spoken(conversations: list[Conversation]) -> None:
    spoken = Counter(one.language for one in conversations)

    assert all(spoken[language] >= 5 for language in LANGUAGES), spoken


def test_every_operation_is_called(conversations: list[Conversation]) -> None:
    assert {tool.name for tool in TOOLS} - {call["call"] for call in calls(conversations)} == set()


def test_every_question_is_asked(conversations: list[Conversation]) -> None:
    reasons = {reason for reason in clarification_reasons() if reason.isidentifier()}

    assert reasons - told(conversations, "asks", ".reason") == set()


def test_every_error_is_met(conversations: list[Conversation]) -> None:
    assert {code.value for code in Code} - told(conversations, "refused", ".error") == {
        code.value for code in NEVER_MET
    }


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_nothing_technical_is_said_to_a_person(file: Path) -> None:
    """What the GPT says holds no code, no id, no field's name: people read it."""
    lines = " ".join(turn["gpt"] for turn in load(file).talk if "gpt" in turn)
    technical = {code.value for code in Code} | {tool.name for tool in TOOLS}

    assert lines
    assert not [word for word in technical | {"pet_id", "{", "YYYY"} if word in lines]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_it_begins_with_the_person_and_ends_with_the_gpt(file: Path) -> None:
    talk = load(file).talk

    assert "person" in talk[0]
    assert "gpt" in talk[-1]
