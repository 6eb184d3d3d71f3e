"""What every command keeps to: help that teaches, one sentence when the database can't be used, no secret anywhere."""

import json
import re
import secrets
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.ops.conftest import Connected, Ran
from tests.production import ROOT, machine_environment

# Each command, and the least it has to be told to do its work.
COMMANDS: dict[str, list[str]] = {
    "doctor": [],
    "connections": ["list"],
    "gpt_client": [],
    "maintenance": ["--once"],
    "mcp_client": ["list"],
    "prune": [],
    "retry_revocations": [],
    "rotate_encryption_key": [],
    "stats": [],
}
WITH_JSON = sorted(COMMANDS.keys() - {"maintenance"})

# All in one process: starting Django is what costs.
ALL_OF_THEM = """
import contextlib, io, json, sys
from django.core.management import execute_from_command_line
told = {}
for name, arguments in json.loads(sys.argv[1]).items():
    out, err, code = io.StringIO(), io.StringIO(), 0
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            execute_from_command_line(["manage.py", name, *arguments])
        except SystemExit as end:
            code = int(end.code or 0)
    told[name] = [code, out.getvalue(), err.getvalue()]
print(json.dumps(told))
"""

# Likewise each `python -m` that a page or the Makefile names.
ALL_MODULES = """
import contextlib, io, json, runpy, sys
told = {}
for name in json.loads(sys.argv[1]):
    sys.argv, out, code = [name, "--help"], io.StringIO(), None
    with contextlib.redirect_stdout(out):
        try:
            runpy.run_module(name, run_name="__main__", alter_sys=True)
        except SystemExit as end:
            code = end.code
    told[name] = [code, out.getvalue(), ""]
print(json.dumps(told))
"""


def run_all(commands: dict[str, list[str]] | list[str], **environment: str) -> dict[str, Ran]:
    done = subprocess.run(
        [sys.executable, "-c", ALL_OF_THEM if isinstance(commands, dict) else ALL_MODULES, json.dumps(commands)],
        cwd=ROOT,
        env=machine_environment() | {"DJANGO_SETTINGS_MODULE": "connector.settings", **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return {name: Ran(*told) for name, told in json.loads(done.stdout.splitlines()[-1]).items()}


@pytest.fixture(scope="module")
def helped() -> dict[str, Ran]:
    return run_all({name: ["--help"] for name in COMMANDS})


@pytest.mark.parametrize("name", COMMANDS)
def test_help_shows_examples_that_can_be_typed(name: str, helped: dict[str, Ran]) -> None:
    text = helped[name].out

    assert helped[name].code == 0
    examples = text.partition("Examples:\n")[2]
    assert f"  manage.py {name}" in examples
    assert max(len(line) for line in examples.splitlines()) <= 130


def test_each_module_that_a_page_names_has_help_and_does_nothing_when_asked_for_it() -> None:
    pages = [ROOT / "Makefile", ROOT / "README.md", ROOT / ".ci" / "run", *(ROOT / "docs").rglob("*.md")]
    named = {
        name for page in pages for name in re.findall(r"-m ((?:devtools|evals|sandbox)[a-z_.]*\w)", page.read_text())
    }

    told = run_all(sorted(named), DJANGO_SETTINGS_MODULE="tests.settings")

    assert len(told) > 12
    assert [name for name, ran in told.items() if ran.code or not ran.out.startswith("usage: ")] == []


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_says_what_it_does(name: str) -> None:
    from django.core.management import get_commands, load_command_class

    command = load_command_class(str(get_commands()[name]), name)
    parsers: list[Any] = [command.create_parser("manage.py", name)]
    for parser in parsers:
        for action in parser._actions:
            if isinstance(choices := action.choices, dict):
                parsers += choices.values()
            assert action.help, f"{name} {action.option_strings or action.dest}"


@pytest.mark.parametrize("name", COMMANDS)
def test_examples_name_only_options_that_exist(name: str, helped: dict[str, Ran]) -> None:
    from django.core.management import get_commands, load_command_class

    command = load_command_class(str(get_commands()[name]), name)
    parsers: list[Any] = [command.create_parser("manage.py", name)]
    known: set[str] = set()
    for parser in parsers:
        for action in parser._actions:
            known |= set(action.option_strings)
            if isinstance(choices := action.choices, dict):
                parsers += choices.values()
    examples = [
        line for line in helped[name].out.partition("Examples:\n")[2].splitlines() if line.startswith("  manage.py")
    ]
    used = {word for line in examples if f"manage.py {name}" in line for word in line.split() if word.startswith("--")}

    assert examples
    assert used <= known


def lines_of_the_command(ran: Ran) -> list[str]:
    """What it said, without log lines (development's start with a time)."""
    return [line for line in ran.err.splitlines() if not line[:4].isdigit()]


DATABASES: dict[str, Callable[[Path], str]] = {
    "unmigrated": lambda folder: f"sqlite:///{folder / 'empty.sqlite3'}",
    "away": lambda _folder: f"postgres://connector:{secrets.token_hex(8)}@127.0.0.1:9/connector",
}


@pytest.fixture(scope="module", params=DATABASES)
def refused(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, dict[str, Ran]]:
    url = DATABASES[request.param](tmp_path_factory.mktemp("refused"))
    # Of no vendor either: that would leave the machine.
    away = {"MAIN_APP_URL": "http://127.0.0.1:9", "REDIS_URL": "", "MCP_CLIENT_HOSTS": "localhost"}
    return url, run_all(COMMANDS, DATABASE_URL=url, **away)


@pytest.mark.parametrize("name", sorted(COMMANDS.keys() - {"doctor"}))
def test_a_database_that_cant_be_used_is_one_sentence(name: str, refused: tuple[str, dict[str, Ran]]) -> None:
    url, told = refused
    ran = told[name]

    assert ran.code == 1
    (sentence,) = lines_of_the_command(ran)
    assert sentence.startswith("CommandError: The database can't be used (")
    assert "manage.py migrate" in sentence
    assert "Traceback" not in ran.out + ran.err
    assert url not in ran.out + ran.err
    assert (url.partition("connector:")[2].partition("@")[0] or "no password") not in ran.out + ran.err


def test_the_doctor_says_so_in_its_table(refused: tuple[str, dict[str, Ran]]) -> None:
    url, told = refused
    ran = told["doctor"]

    assert ran.code == 1
    assert "Traceback" not in ran.out + ran.err
    assert "red" in ran.out
    assert (url.partition("connector:")[2].partition("@")[0] or "no password") not in ran.out + ran.err


@pytest.mark.django_db
@pytest.mark.parametrize("json_wanted", [False, True])
@pytest.mark.parametrize("name", WITH_JSON)
def test_no_output_shows_a_secret(
    name: str,
    json_wanted: bool,
    sandbox: object,
    connected: Callable[..., Connected],
    manage: Callable[..., Ran],
    settings: Any,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("DEBUG")
    made = [connected("mai"), connected("emma")]
    arguments = [*COMMANDS[name], *(["--json"] if json_wanted else [])]

    ran = manage(name, *arguments)

    if json_wanted:
        json.loads(ran.out)
    ours = [settings.CONNECTOR_API_KEY, settings.HMAC_SHARED_SECRET, settings.SECRET_KEY]
    keys = [key.hex() for key in settings.ENCRYPTION_KEYS]
    shown = ran.out + ran.err + caplog.text
    assert not [secret for secret in [*ours, *keys, *(s for one in made for s in one.secrets)] if secret in shown]
