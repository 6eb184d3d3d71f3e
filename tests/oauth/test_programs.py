"""The programs that people use, as their registries hand them out, the whole way: a person is asked and agrees, tools are called,
tokens are renewed, a second machine joins, and who was signed out signs in again."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from oauthbridge import connections
from oauthbridge.models import Application, Connection
from petstools.mcp.tools import OFFERS
from tests.oauth.programs import ClaudeCode, Codex, GeminiCli, Machine, Model, from_pypi, open_at_the_program
from tests.oauth.test_real_clients import arrive
from tests.playing import Connector, Person

# What a program takes to start is nothing that we could change.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once, pytest.mark.timeout(240)]


@pytest.fixture
def model() -> Iterator[Model]:
    model = Model()
    yield model
    model.close()


@pytest.mark.parametrize("program", [ClaudeCode, Codex, GeminiCli])
def test_the_whole_way(
    program: type[Machine], connector: Connector, person: Callable[..., Person], model: Model, tmp_path: Path
) -> None:
    emma = person()

    def agree(address: str) -> str:
        return arrive(emma, address)

    first = program(tmp_path / "first", f"{connector.url}/mcp", model)
    first.sign_in(agree)
    client = Application.objects.get()
    assert (client.name, client.is_registered) == (program.name, program.registers)

    first.let_the_access_token_grow_old()
    assert "Biscuit" in first.pets()
    kept = (first.home / first.kept_in).read_text()
    assert ":1000" not in kept.replace(" ", ""), "it has fetched a new one"

    second = program(tmp_path / "second", f"{connector.url}/mcp", model)
    second.sign_in(agree)
    older, newer = Connection.objects.active().order_by("created_at")
    connections.end(older.pk, Connection.EndReason.STAFF)
    assert first.pets() == ""
    first.sign_in(agree)
    assert "Biscuit" in first.pets()
    assert Connection.objects.get(pk=newer.pk).is_active


def test_fastmcp_the_whole_way(connector: Connector, person: Callable[..., Person]) -> None:
    emma = person()
    environment = {**os.environ, "PYTHONPATH": str(from_pypi("fastmcp-slim[client]==4.2.3"))}
    command = [sys.executable, str(Path(__file__).parent / "apps" / "fastmcp_flow.py"), f"{connector.url}/mcp"]
    steps: list[str] = []
    with subprocess.Popen(
        command,
        env=environment,
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as client:
        assert client.stdin is not None
        assert client.stdout is not None
        for line in client.stdout:
            what, value = line.split()
            steps.append(what if what == "open" else line.strip())
            if what == "open":
                open_at_the_program(arrive(emma, value))
            elif what == "pets":
                if steps.count("pets ok") == 2:
                    assert Connection.objects.get().refresh_tokens.filter(revoked=None).count() == 1
                    connections.end(Connection.objects.get().pk, Connection.EndReason.STAFF)
                client.stdin.write("on\n")
                client.stdin.flush()

    call = "pets ok"
    assert steps == ["open", f"tools {len(OFFERS)}", call, call, "open", call, "open", call, call]
    assert Application.objects.get().registration_source == "dcr"
    assert Connection.objects.active().count() == 2
