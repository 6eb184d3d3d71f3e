"""docs/gpt/setup.md shows what the command really prints, and names only options and settings that exist."""

import io
import re
import shlex

import pytest
from django.conf import settings as configured
from django.core.management import call_command, get_commands, load_command_class
from pytest_django import Settings

ROOT = configured.BASE_DIR
TEXT = (ROOT / "docs" / "gpt" / "setup.md").read_text()
# What is shown: (command line, its output).
SHOWN = re.findall(r"```console\n\$ manage\.py ([^\n]+)\n(.*?)```", TEXT, re.DOTALL)
# In the order in which a reader would run them.
COMMANDS = ["gpt_client", "gpt_client --gpt-id g-abc123", "gpt_client --rotate-secret"]
TEST_GPT = "gpt_client --client-id meo-gpt-test --gpt-id g-def456"


def printed(line: str) -> str:
    out = io.StringIO()
    call_command(*shlex.split(line), stdout=out, no_color=True)
    return re.sub(r"meo_cs_\S+", "meo_cs_…", out.getvalue())


@pytest.mark.django_db
def test_it_shows_what_the_command_prints(settings: Settings) -> None:
    settings.CONNECTOR_PUBLIC_URL = "https://connector.example.com"
    shown = dict(SHOWN)

    assert shown.keys() == {*COMMANDS, TEST_GPT}
    for line in [*COMMANDS, TEST_GPT]:
        assert printed(line).rstrip() == shown[line].rstrip(), line


def test_it_shows_no_secret() -> None:
    assert re.findall(r"meo_cs_[\w-]+", TEXT) == []


def test_every_command_it_names_exists() -> None:
    named = set(re.findall(r"manage\.py (\w+)", TEXT))

    assert len(named) > 3
    assert named <= get_commands().keys()


def test_every_option_it_names_exists() -> None:
    options = {"--everyone"}  # of `connections revoke`, a command within a command
    parser = load_command_class("oauthbridge", "gpt_client").create_parser("manage.py", "gpt_client")
    options |= {option for action in parser._actions for option in action.option_strings}
    named = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", TEXT)) - {"--deploy"}

    assert len(named) > 3
    assert named <= options


def test_every_setting_it_names_exists() -> None:
    named = set(re.findall(r"`([A-Z][A-Z_]{5,})\b", TEXT))
    settings = (ROOT / "docs" / "settings.md").read_text()

    assert {"JWT_SECRET", "JWT_ACCEPTED_UNTIL", "ENCRYPTION_KEY"} <= named
    assert [name for name in named if f"| `{name}` |" not in settings] == []


@pytest.mark.parametrize(
    "line",
    [
        "took over a connection of the old connector",
        "a token of the old connector can't be opened",
        "no client for tokens of the old connector",
    ],
)
def test_every_log_line_it_names_is_written(line: str) -> None:
    assert line in " ".join(TEXT.split())
    assert line in (ROOT / "oauthbridge" / "legacy.py").read_text()


@pytest.mark.parametrize("page", ["We don’t know this app", "Finish where you began"])
def test_every_page_it_names_exists(page: str) -> None:
    assert page.replace("’", "'") in TEXT
    assert page in (ROOT / "oauthbridge" / "pages.py").read_text()


def test_the_scope_it_names_is_the_only_one() -> None:
    assert configured.OAUTH_SCOPES.keys() == {"pets"}
    assert re.search(r"^\| – Scope \| `pets`\.", TEXT, re.MULTILINE)


def test_conversation_starters_are_there_in_four_languages() -> None:
    table = TEXT.partition("## Conversation starters\n")[2].partition("\n## ")[0]
    rows = [[cell.strip() for cell in row.strip("|").split("|")] for row in table.splitlines() if row.startswith("|")]

    assert rows[0] == ["English", "Tiếng Việt", "Русский", "Українська"]
    assert len(rows) >= 2 + 4
    assert all(len(row) == 4 and all(row) for row in rows)


def test_every_link_leads_somewhere() -> None:
    links = re.findall(r"\]\(([^)#]+)\)", TEXT)

    assert links
    assert [link for link in links if not (ROOT / "docs" / "gpt" / link).exists()] == []
