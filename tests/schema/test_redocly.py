"""Redocly's linter (npm), with its strictest rules: no error and no warning."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from petstools.schema.document import as_text
from tests.schema.conform import schema

JS = Path(__file__).parent / "js"


@pytest.fixture(scope="module")
def redocly() -> list[str]:
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        pytest.skip("node and npm are not installed: Redocly's linter can't be run")
    installed = JS / "node_modules" / "@redocly" / "cli"
    if not installed.exists():
        subprocess.run([npm, "ci", "--no-audit", "--no-fund"], cwd=JS, check=True, capture_output=True, timeout=110)
    return [node, str(JS / "node_modules" / ".bin" / "redocly")]


def test_the_document_passes(redocly: list[str], tmp_path: Path) -> None:
    file = tmp_path / "openapi.json"
    file.write_text(as_text(schema()), encoding="utf-8")

    told = subprocess.run(
        [*redocly, "lint", str(file), "--config", str(JS / "redocly.yaml"), "--format", "json"],
        cwd=JS,
        env={**os.environ, "REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )

    found = json.loads(told.stdout)
    assert [f"{one['ruleId']}: {one['message']} {one['location'][0]['pointer']}" for one in found["problems"]] == []
    assert told.returncode == 0, told.stderr


def test_a_broken_document_does_not_pass(redocly: list[str], tmp_path: Path) -> None:
    broken = json.loads(as_text(schema()))
    broken["components"]["schemas"].pop("Pet")
    file = tmp_path / "openapi.json"
    file.write_text(as_text(broken), encoding="utf-8")

    told = subprocess.run(
        [*redocly, "lint", str(file), "--config", str(JS / "redocly.yaml")],
        cwd=JS,
        capture_output=True,
        timeout=100,
        check=False,
    )

    assert told.returncode != 0
