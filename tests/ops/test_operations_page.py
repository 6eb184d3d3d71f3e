"""docs/operations.md keeps its word: commands, options, settings, metrics and links that it names exist."""

import re
from importlib import import_module
from typing import Any

import pytest
from django.conf import settings
from django.core.management import get_commands, load_command_class
from prometheus_client import REGISTRY

from tests.production import ROOT

PAGE = (ROOT / "docs" / "operations.md").read_text()


def options_of(name: str) -> set[str]:
    command = load_command_class(str(get_commands()[name]), name)
    parsers: list[Any] = [command.create_parser("manage.py", name)]
    known: set[str] = set()
    for parser in parsers:
        for action in parser._actions:
            known |= set(action.option_strings)
            if isinstance(action.choices, dict):
                parsers += action.choices.values()
    return known


def named_commands() -> list[tuple[str, str]]:
    """(command, the rest of the line) of each `manage.py …` on the page."""
    return re.findall(r"manage\.py ([a-z_]+)([^`\n|#(]*)", PAGE)


@pytest.mark.parametrize(("name", "rest"), sorted(set(named_commands())))
def test_every_command_and_option_exists(name: str, rest: str) -> None:
    assert name in get_commands()
    assert set(re.findall(r"--[a-z-]+", rest)) <= options_of(name)


def test_the_table_says_which_commands_have_json() -> None:
    table = PAGE.partition("## Commands")[2].partition("Ending a connection")[0]
    without = set(re.findall(r"`([a-z_]+)`", table.partition("all but ")[2].partition(" have `--json`")[0]))
    listed = set(re.findall(r"^\| `([a-z_]+)` \|", table, re.MULTILINE))

    assert without <= listed
    assert {name for name in listed if "--json" not in options_of(name)} == without


def test_every_command_of_ours_is_named() -> None:
    ours = {name for name, app in get_commands().items() if app in ("connector", "oauthbridge", "petstools", "chat")}
    for_builders = {"actions_schema", "play"}

    assert ours - for_builders <= {name for name, _rest in named_commands()}


def test_every_setting_it_names_exists() -> None:
    read = (
        (ROOT / "docs" / "settings.md")
        .read_text()
        .partition("<!-- settings:")[2]
        .partition("<!-- end of settings -->")[0]
    )
    named = set(re.findall(r"`([A-Z]+_[A-Z_]+)`", PAGE))

    assert len(named) > 15
    assert named - {"OUTCOME_UNKNOWN", "UPSTREAM_TIMEOUT", "POSTGRES_PASSWORD", "SITE_ADDRESS"} <= set(
        re.findall(r"`([A-Z_]+)`", read)
    )


def test_every_metric_is_in_the_table_and_no_other() -> None:
    import_module("connector.urls")  # and with it every counter
    served = {
        family.name + ("_total" if family.type == "counter" else "")
        for family in [*REGISTRY.collect()]
        if family.name.startswith("meo_")
    }
    # Gauges that are read from the database when somebody asks; counters stand in these files too.
    for path in (ROOT / "oauthbridge" / "metrics.py", ROOT / "chat" / "zalo" / "metrics.py"):
        written = set(re.findall(r'"(meo_\w+)"', path.read_text()))
        served |= {name for name in written if f"{name}_total" not in served}
    table = PAGE.partition("| Name | Labels | |")[2].partition("No label holds")[0]

    assert set(re.findall(r"`(meo_\w+)`", table)) == served


def test_the_kept_days_are_the_defaults() -> None:
    for name in ("SIGN_IN_RETENTION_DAYS", "TOOL_CALL_RETENTION_DAYS", "CONNECTION_RETENTION_DAYS"):
        assert f"`{name}` ({getattr(settings, name)})" in PAGE


def test_every_link_leads_somewhere() -> None:
    headings = {re.sub(r"[^\w -]", "", line.lower()).replace(" ", "-") for line in re.findall(r"^#+ (.+)$", PAGE, re.M)}

    assert set(re.findall(r"\]\(#([^)]+)\)", PAGE)) <= headings
