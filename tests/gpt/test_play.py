"""`manage.py play`: against the connector, as a process of its own would be."""

import io
import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.conf import settings as configured
from django.core.management import CommandError, call_command
from rich.console import Console

from devtools.play import gpt as play_gpt
from devtools.play.by_hand import ByHand, understood
from devtools.play.conversations import load
from devtools.play.gpt import Gpt
from devtools.play.schema import NoSchema, Schema
from devtools.play.services import started as services_started
from devtools.play.signing_in import Client, SignIn, SignInFailed, by_hand
from devtools.play.stand_in import StandIn
from devtools.play.transcript import Show
from petstools.schema.document import published
from sandbox.server import SandboxServer
from tests.playing import ClientApp, Connector, Person
from tests.ports import free_port

pytestmark = pytest.mark.once

WEIGHTS = configured.BASE_DIR / "docs" / "gpt" / "conversations" / "weights.yaml"
ASKING = """
title: A question and its answer
shows: What a conversation of two lines looks like.
language: en
person: emma
talk:
  - person: Which pets do I have?
  - call: list_pets
    gives: 200
    holds: {$.total: TOTAL}
  - gpt: Six.
"""


@pytest.fixture
def http() -> Iterator[httpx.Client]:
    with httpx.Client(trust_env=False, timeout=30, verify=False) as client:  # noqa: S501 - plain HTTP on the loopback
        yield client


@pytest.fixture
def emma(http: httpx.Client, connector: Connector, client_app: ClientApp, sandbox: SandboxServer) -> Gpt:
    schema = Schema.read(http, connector.url)
    client = Client(client_app.client_id, str(client_app.secret), client_app.redirect_uri)
    browser = StandIn(http, sandbox.url).browser_of("emma", redirect_uri=client.redirect_uri)
    return Gpt(http, schema, SignIn(http, schema, client, browser))


@pytest.fixture
def play(connector: Connector, client_app: ClientApp, sandbox: SandboxServer) -> Callable[..., str]:
    """The command with everything that it needs to reach this test's connector; its output."""

    def run(*arguments: str, out: io.StringIO | None = None) -> str:
        out = out or io.StringIO()
        options = {
            "--url": connector.url,
            "--main-app": sandbox.url,
            "--client-id": client_app.client_id,
            "--client-secret": str(client_app.secret),
            "--redirect-uri": client_app.redirect_uri,
        }
        call_command("play", *(one for pair in options.items() for one in pair), *arguments, stdout=out)
        return out.getvalue()

    return run


def script(tmp_path: Path, total: int) -> str:
    file = tmp_path / "asking.yaml"
    file.write_text(ASKING.replace("TOTAL", str(total)))
    return str(file)


# --- The command ------------------------------------------------------------------------------------


def test_it_plays_a_conversation_and_shows_both_sides(
    play: Callable[..., str], capsys: pytest.CaptureFixture[str]
) -> None:
    play("--script", str(WEIGHTS))

    shown = capsys.readouterr().out
    assert "Hôm qua mình cân bé Miu" in shown
    assert "add_weight" in shown
    assert "1 passed." in shown


def test_it_tells_programs_every_call(play: Callable[..., str]) -> None:
    (told,) = json.loads(play("--script", str(WEIGHTS), "--json"))

    assert told["ending"] == "passed"
    assert [one["call"] for one in told["turns"]] == ["find_pet", "add_weight", "update_weight", "list_weights"]
    assert [one["status"] for one in told["turns"]] == [200, 201, 200, 200]


def test_it_fails_where_the_answer_is_not_as_the_script_says(
    play: Callable[..., str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(CommandError, match="1 failed") as failed:
        play("--script", script(tmp_path, 7))

    assert failed.value.returncode == 1
    assert "$.total is 6, not 7" in capsys.readouterr().out


def test_a_failed_conversation_is_told_to_programs_too(play: Callable[..., str], tmp_path: Path) -> None:
    out = io.StringIO()

    with pytest.raises(CommandError):
        play("--script", script(tmp_path, 7), "--json", out=out)

    (told,) = json.loads(out.getvalue())
    assert told["ending"] == "failed"
    assert told["turns"][-1]["wrong"] == ["$.total is 6, not 7"]


def test_it_fails_where_the_answer_is_not_as_the_schema_says(
    play: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = published()
    other = json.loads(kept.json)
    other["components"]["schemas"]["PetsAnswer"]["required"] += ["moon"]
    doctored = replace(kept, json=json.dumps(other).encode())
    monkeypatch.setattr("petstools.schema.views.published", lambda: doctored)

    with pytest.raises(CommandError, match="1 failed"):
        play("--script", script(tmp_path, 6))

    assert "'moon' is a required property" in capsys.readouterr().out


def test_what_is_not_at_hand_is_skipped_and_said(
    play: Callable[..., str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "later.yaml"
    file.write_text(ASKING.replace("talk:", "needs: [clock]\ntalk:"))

    play("--script", str(file))

    shown = capsys.readouterr().out
    assert "it needs clock" in shown
    assert "1 skipped." in shown


def test_one_call_from_the_shell(play: Callable[..., str]) -> None:
    told = json.loads(play("--as", "emma", "--call", "find_pet", "--with", '{"name": "Biscuit"}', "--json"))

    assert told["answer"]["candidates"][0]["name"] == "Biscuit"
    assert told["wrong"] == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--call", "find_dog"], "no find_dog. It has: .*find_pet"),
        (["--call", "find_pet", "--with", "Biscuit"], "JSON object"),
        (["--call", "get_pet"], "get_pet needs pet_id"),
        (["--as", "emma", "--call", "find_pet", "--with", '{"nickname": "B"}'], "not as the schema says"),
        (["--json"], "--json goes with"),
        (["--script", "nowhere.yaml"], "nowhere.yaml"),
        (["--as", "nobody", "--call", "list_pets"], "Nobody called nobody lives there: emma"),
        (["--client-secret", "", "--call", "list_pets"], "OAUTH_CLIENT_SECRET"),
        (["--client-secret", "wrong", "--as", "emma", "--call", "list_pets"], "invalid_client"),
    ],
)
def test_what_can_not_be_played_is_said(play: Callable[..., str], arguments: list[str], said: str) -> None:
    with pytest.raises(CommandError, match=said):
        play(*arguments)


def test_a_connector_that_is_not_there(client_app: ClientApp) -> None:
    with pytest.raises(CommandError, match="gave no schema"):
        call_command("play", "--url", "http://127.0.0.1:9", "--client-secret", "x", "--call", "list_pets")


def test_the_help_names_no_option_that_is_none(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        call_command("play", "--help")

    shown = capsys.readouterr().out
    assert ended.value.code == 0
    examples, _, options = shown.partition("options:")
    # --redirect-uri of gpt_client is an option of this command, too.
    assert {word for word in examples.split() if word.startswith("--") and word not in options} == set()
    assert "--demo --script" in shown


def test_it_starts_both_services_itself_and_leaves_none_behind(
    http: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, ran = io.StringIO(), {}

    @contextmanager
    def watched(redirect_uri: str) -> Iterator[dict[str, Any]]:
        with services_started(redirect_uri) as both:
            ran.update(both)
            yield both

    monkeypatch.setattr("devtools.play.services.started", watched)

    call_command("play", "--demo", "--as", "mai", "--call", "get_account", "--json", stdout=out)

    told = json.loads(out.getvalue())
    assert told["answer"]["name"] == "Nguyễn Thị Mai"
    assert told["wrong"] == []
    for address in (ran["url"], ran["main_app"]):
        with pytest.raises(httpx.ConnectError):
            http.get(address)


def test_the_page_about_it_names_what_exists(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = (configured.BASE_DIR / "docs" / "gpt" / "play.md").read_text()
    with pytest.raises(SystemExit):
        call_command("play", "--help")
    options = capsys.readouterr().out
    example = tmp_path / "example.yaml"

    example.write_text(page.partition("```yaml\n")[2].partition("```")[0])

    assert load(example).person == "mai"
    assert {word for word in re.findall(r"(?<!-)--[a-z][a-z-]+", page) if word not in options} == set()


# --- ChatGPT's side ---------------------------------------------------------------------------------


def test_it_refreshes_when_the_time_has_run_out(emma: Gpt, http: httpx.Client, connector: Connector) -> None:
    operation = Schema.read(http, connector.url).operations["list_pets"]
    first = emma.call(operation, {})
    assert emma.person is not None
    emma.person.let_run_out()

    second = emma.call(operation, {})

    assert (first.refreshed, second.refreshed) == (False, True)
    assert second.status == 200
    assert second.problems == []


def test_a_refused_refresh_says_that_chatgpt_asks_to_sign_in_again(
    emma: Gpt, http: httpx.Client, connector: Connector, client_app: ClientApp
) -> None:
    operation = Schema.read(http, connector.url).operations["list_pets"]
    emma.call(operation, {})
    assert emma.person is not None
    assert emma.person.tokens is not None
    assert client_app.revoke(emma.person.tokens.refresh).status_code == 200
    emma.person.let_run_out()

    with pytest.raises(SignInFailed) as refused:
        emma.call(operation, {})

    assert refused.value.error == "invalid_grant"


def test_it_waits_no_longer_than_chatgpt(
    emma: Gpt, http: httpx.Client, connector: Connector, sandbox: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    operation = Schema.read(http, connector.url).operations["list_pets"]
    emma.call(operation, {})
    monkeypatch.setattr(play_gpt, "PATIENCE_SECONDS", 0.3)
    sandbox.faults.add(latency_ms=1500)

    with pytest.raises(httpx.ReadTimeout):
        emma.call(operation, {})


def test_arguments_are_held_to_the_schema(http: httpx.Client, connector: Connector) -> None:
    schema = Schema.read(http, connector.url)
    operation = schema.operations["list_vaccinations"]

    assert list(schema.wrong_arguments(operation, {"pet_id": 4, "status": "active"})) == []
    wrong = list(schema.wrong_arguments(operation, {"status": "yesterday", "colour": "red"}))
    assert any(one.startswith("pet_id: is required") for one in wrong)
    assert any(one.startswith("status: 'yesterday' is not one of") for one in wrong)
    assert any(one.startswith("colour: list_vaccinations takes no such") for one in wrong)


def test_a_page_that_is_no_schema(http: httpx.Client, connector: Connector) -> None:
    with pytest.raises(NoSchema):
        Schema.read(http, f"{connector.url}/nowhere")


def test_secrets_stand_in_no_repr(emma: Gpt, http: httpx.Client, client_app: ClientApp) -> None:
    assert emma.person is not None
    emma.person.sign_in()
    assert emma.person.tokens is not None

    shown = repr(emma.person.tokens) + repr(Client("meo-gpt", str(client_app.secret), "http://127.0.0.1/"))

    assert emma.person.tokens.access not in shown
    assert emma.person.tokens.refresh not in shown
    assert str(client_app.secret) not in shown


def test_a_person_signs_in_with_their_own_browser(
    http: httpx.Client, connector: Connector, client_app: ClientApp, person: Callable[..., Person]
) -> None:
    back = f"http://127.0.0.1:{free_port()}/callback"
    call_command("gpt_client", "--client-id", client_app.client_id, "--redirect-uri", back, stdout=io.StringIO())
    schema = Schema.read(http, connector.url)
    mai = person("mai")
    came: list[str] = []

    def walk(address: str) -> None:
        consent = mai.open(address).headers["Location"]
        at_home = mai.open(mai.agree(consent)).headers["Location"]
        came.append(mai.open(at_home).text)

    browsers: list[threading.Thread] = []

    def show(address: str) -> None:
        browsers.append(threading.Thread(target=walk, args=(address,)))
        browsers[-1].start()

    sign_in = SignIn(http, schema, Client(client_app.client_id, str(client_app.secret), back), by_hand(back, show=show))
    sign_in.sign_in()
    browsers[0].join()

    assert came == ["Signed in. You can close this window and go back to the shell.\n"]
    told = Gpt(http, schema, sign_in).call(schema.operations["get_account"], {}).answer
    assert told["name"] == "Nguyễn Thị Mai"


# --- By hand ----------------------------------------------------------------------------------------


class Typing:
    """A person at the keyboard, who types these lines; what they were asked is kept."""

    def __init__(self, *lines: str) -> None:
        self._lines = iter(lines)
        self.asked: list[str] = []

    def __call__(self, prompt: str) -> str:
        self.asked.append(prompt)
        try:
            return next(self._lines)
        except StopIteration:
            raise EOFError from None


@pytest.fixture
def at_the_keyboard(emma: Gpt, http: httpx.Client, connector: Connector) -> Callable[..., tuple[str, Typing]]:
    def type_in(*lines: str) -> tuple[str, Typing]:
        out, typing = io.StringIO(), Typing(*lines)
        show = Show(Console(file=out, width=120, highlight=False))
        ByHand(show, Schema.read(http, connector.url), emma, typing).play()
        return out.getvalue(), typing

    return type_in


def test_an_operation_is_chosen_filled_in_allowed_and_shown(at_the_keyboard: Callable[..., Any]) -> None:
    shown, _typing = at_the_keyboard("find_p", "Biscuit", "", "", "y", "q")

    assert "delete_pet" in shown
    assert "POST /pets/find" in shown
    assert "200 done" in shown
    assert "Ginger, talks a lot." in shown


def test_what_is_allowed_always_is_not_asked_again(at_the_keyboard: Callable[..., Any]) -> None:
    _shown, typing = at_the_keyboard("list_pets", "", "", "always", "list_pets", "", "")

    assert sum("allow?" in one for one in typing.asked) == 1


def test_what_can_not_be_undone_is_asked_each_time_and_not_sent_on_a_no(
    at_the_keyboard: Callable[..., Any], sandbox: SandboxServer
) -> None:
    pet = str(sandbox.world.pet("Rex").id)

    shown, typing = at_the_keyboard("delete_pet", pet, "sealed", "true", "n", "delete_pet", pet, "sealed", "true", "no")

    assert sum("ChatGPT asks this each time" in one for one in typing.asked) == 2
    assert shown.count("nothing was sent") == 2
    assert sandbox.world.pet("Rex").deleted_at is None


def test_what_a_model_would_not_send_is_said_before_it_is_sent(at_the_keyboard: Callable[..., Any]) -> None:
    shown, typing = at_the_keyboard("get_pet", "Rex", "7", "", "n", "get_pet", "", "")

    assert "Rex is no integer" in shown
    assert "pet_id: is required" in shown
    assert len([one for one in typing.asked if "allow?" in one]) == 1


@pytest.mark.parametrize(
    ("said", "kind", "meant"),
    [
        ("7", "integer", 7),
        ("4.2 kg", "string", "4.2 kg"),
        ("yes", "boolean", True),
        ("false", "boolean", False),
        ("vet_name, description", "array", ["vet_name", "description"]),
        ('[{"kind": "weight"}]', "array", [{"kind": "weight"}]),
    ],
)
def test_what_is_typed_becomes_what_the_schema_wants(said: str, kind: str, meant: object) -> None:
    assert understood(said, {"type": kind}) == meant
