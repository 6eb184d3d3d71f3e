"""`manage.py listing --plugin`: one folder that Claude and ChatGPT take, with the MCP address and the instructions as a skill."""

import io
import json
import os
import re
import subprocess
from pathlib import Path

import pytest
import yaml
from django.core.management import call_command
from pytest_django import Settings

from petstools.catalog import ONLY_MCP, TOOLS
from petstools.mcp.tools import OFFERS
from tests.oauth.programs import from_npm


@pytest.fixture
def plugin(tmp_path: Path, settings: Settings) -> Path:
    settings.CONNECTOR_PUBLIC_URL, settings.MCP_URL = "https://pets.example.com", "https://pets.example.com/mcp"
    call_command("listing", "--plugin", str(tmp_path), stdout=io.StringIO())
    return tmp_path


def test_each_vendor_finds_its_manifest_and_what_it_names(plugin: Path) -> None:
    claude = json.loads((plugin / ".claude-plugin/plugin.json").read_text())
    codex = json.loads((plugin / ".codex-plugin/plugin.json").read_text())

    assert claude["name"] == codex["name"] == "meo-mai-moi"
    assert re.fullmatch(r"\d+\.\d+\.\d+", claude["version"])
    for path in (codex["skills"], codex["mcpServers"]):
        assert path.startswith("./")
        assert (plugin / path).exists()
    assert codex["interface"]["privacyPolicyURL"] == "https://pets.example.com/privacy"
    # Nothing else may stand beside a manifest.
    assert [one.name for one in (plugin / ".codex-plugin").iterdir()] == ["plugin.json"]


def test_the_address_is_this_services(plugin: Path) -> None:
    servers = json.loads((plugin / ".mcp.json").read_text())["mcpServers"]

    assert servers == {"meo-mai-moi": {"type": "http", "url": "https://pets.example.com/mcp"}}


def test_the_skill_speaks_of_this_doors_tools_alone(plugin: Path) -> None:
    (file,) = plugin.glob("skills/*/SKILL.md")
    _empty, front, text = file.read_text().split("---\n", 2)
    about = yaml.safe_load(front)

    assert about["name"] == file.parent.name
    assert 0 < len(about["description"]) <= 1024
    named = {tool.name for tool in (*TOOLS, *ONLY_MCP) if re.search(rf"\b{tool.name}\b", text)}
    assert named <= set(OFFERS)
    assert len(named) > 20
    assert "openaiFileIdRefs" not in text
    assert "doesn't ask the person" not in text


@pytest.mark.once
def test_codex_takes_it(plugin: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """OpenAI's own reader, from a marketplace on this machine: it has the version and the server."""
    codex, market = from_npm("@openai/codex@0.171.0", "codex"), tmp_path_factory.mktemp("market")
    home = tmp_path_factory.mktemp("codex-home")
    (market / "plugins").mkdir()
    (market / "plugins" / "meo-mai-moi").symlink_to(plugin)
    (market / ".agents" / "plugins").mkdir(parents=True)
    entry = {"name": "meo-mai-moi", "source": {"source": "local", "path": "./plugins/meo-mai-moi"}}
    (market / ".agents" / "plugins" / "marketplace.json").write_text(json.dumps({"name": "meo", "plugins": [entry]}))

    def run(*command: str) -> str:
        environment = {**os.environ, "CODEX_HOME": str(home)}
        done = subprocess.run(
            [codex, *command], env=environment, capture_output=True, text=True, check=True, timeout=60
        )
        return done.stdout

    run("plugin", "marketplace", "add", str(market))
    run("plugin", "add", "meo-mai-moi@meo")

    version = json.loads((plugin / ".codex-plugin/plugin.json").read_text())["version"]
    assert re.search(rf"meo-mai-moi@meo +installed, enabled +{re.escape(version)}", run("plugin", "list"))
    assert "https://pets.example.com/mcp" in run("mcp", "list")
