"""Static files that nobody collected: said at `check --deploy`, at the start and by /health/ready, and by nothing in development."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.checks import run_checks

from tests.production import ROOT, complete_environment, machine_environment

SETTINGS = "from connector.settings import *\nSTATIC_ROOT = {root!r}\n"
SENTENCE = (
    "No static files are collected: run `manage.py collectstatic --no-input` with this version, then start again."
)


@pytest.fixture
def nothing_collected(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "without_static_files.py").write_text(SETTINGS.format(root=str(tmp_path / "none")))
    own = {"DJANGO_SETTINGS_MODULE": "without_static_files", "PYTHONPATH": f"{tmp_path}:{ROOT}"}
    return machine_environment() | complete_environment() | own


def run(environment: dict[str, str], *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *command], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False
    )


# The three things that somebody does in that order, in one process.
PROBE = """
import json, django
django.setup()
from django.core.management import CommandError, call_command
told = {"check": call_command("check")}
import connector.wsgi
try:
    call_command("check", deploy=True)
except CommandError as error:
    told["deploy"] = str(error)
print(json.dumps(told))
"""


def test_a_command_goes_on_a_start_says_it_and_serves_and_the_deployment_check_fails(
    nothing_collected: dict[str, str],
) -> None:
    done = run(nothing_collected, "-c", PROBE)
    assert (done.returncode, SENTENCE in done.stderr) == (0, True)
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["check"] is None
    assert SENTENCE in told["deploy"]


def test_files_of_an_older_version_are_missed(nothing_collected: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "none").mkdir()
    (tmp_path / "none" / "staticfiles.json").write_text('{"version": "1.1", "paths": {"a": "a.1"}, "hash": ""}')
    done = run(nothing_collected, "manage.py", "check", "--deploy")
    assert done.returncode == 1
    assert "Static files are missing (" in done.stderr


def test_in_development_nothing_is_collected_and_nothing_missed() -> None:
    assert [one for one in run_checks(include_deployment_checks=True) if one.id == "connector.E004"] == []
