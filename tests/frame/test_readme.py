"""What README, docs/settings.md and docs/dependencies.md list is there, and all that is there is listed."""

import ast
import json
import re
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from petstools.catalog import ONLY_MCP

ROOT = Path(__file__).resolve().parent.parent.parent
README = (ROOT / "README.md").read_text()
SETTINGS = (ROOT / "docs" / "settings.md").read_text()
DEPENDENCIES = (ROOT / "docs" / "dependencies.md").read_text()
UNKNOWN = object()


def settings_read() -> Iterator[tuple[str, object]]:
    """(name, default) of each variable that connector/settings.py and gunicorn.conf.py read; UNKNOWN where it is computed."""
    for file, reader in (("connector/settings.py", "ENV"), ("gunicorn.conf.py", "environ")):
        for node in ast.walk(ast.parse((ROOT / file).read_text())):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args):
                continue
            if node.func.attr == "complain":
                continue
            owner = node.func.value
            if (owner.id if isinstance(owner, ast.Name) else getattr(owner, "attr", "")) != reader:
                continue
            name = node.args[0].value if isinstance(node.args[0], ast.Constant) else None
            given = node.args[1:2] or [one.value for one in node.keywords if one.arg == "default"]
            default = given[0].value if given and isinstance(given[0], ast.Constant) else UNKNOWN
            if isinstance(name, str) and name.isupper():
                yield name, default


def documented() -> dict[str, str]:
    table = SETTINGS.partition("<!-- settings:")[2].partition("<!-- end of settings -->")[0]
    rows = re.findall(r"^\| `([A-Z_]+)` \| ([^|]+) \| ([^|]+) \|[^|]*\|$", table, re.MULTILINE)
    assert len(rows) == len({name for name, _meaning, _default in rows}), "a setting stands twice in the table"
    return {name: default.strip() for name, _meaning, default in rows}


def test_every_setting_is_in_the_table_and_no_other() -> None:
    # Read by a method of Environment that names the variable itself.
    read = {name for name, _default in settings_read()} | {"ENVIRONMENT", "DATABASE_URL", "ENCRYPTION_KEY"}
    assert len(read) > 40
    assert documented().keys() == read


def test_the_table_shows_the_real_default() -> None:
    shown, wrong = documented(), {}
    for name, default in settings_read():
        if default not in (UNKNOWN, ""):
            as_shown = f"`{str(default).lower() if isinstance(default, bool) else default}`"
            if shown[name] != as_shown:
                wrong[name] = as_shown
    assert wrong == {}


def direct(file: str) -> list[str]:
    return re.findall(r"^([A-Za-z][\w-]*)", (ROOT / file).read_text(), re.MULTILINE)


@pytest.mark.parametrize("package", direct("requirements.in"))
def test_every_direct_dependency_has_its_reason(package: str) -> None:
    assert re.search(rf"^\| {package}( [\w. ]+)? \| .{{5,}} \|$", DEPENDENCIES, re.MULTILINE)


@pytest.mark.parametrize("package", direct("requirements-dev.in"))
def test_every_development_dependency_is_named(package: str) -> None:
    assert package in DEPENDENCIES.partition("For development:")[2]


def imported(*rooms: str) -> set[str]:
    """Top-level modules imported anywhere in these rooms."""
    found: set[str] = set()
    for path in [path for room in rooms for path in (ROOT / room).rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                found |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found.add(node.module.partition(".")[0])
    return found


def canonical(package: str) -> str:
    return re.sub(r"[-_.]+", "-", package).lower()


@pytest.mark.parametrize(
    ("rooms", "files"),
    [
        (("connector", "chat", "oauthbridge", "petstools", "mainapp"), ("requirements.in", "requirements-traces.in")),
        (
            ("devtools", "evals", "sandbox", "tests"),
            ("requirements.in", "requirements-traces.in", "requirements-dev.in"),
        ),
    ],
)
def test_every_package_that_is_imported_is_asked_for(rooms: tuple[str, ...], files: tuple[str, ...]) -> None:
    """What only comes along with another package may be gone with its next version."""
    asked = {canonical(package) for file in files for package in direct(file)}
    comes_from = packages_distributions()
    missing = {
        module: comes_from[module]
        for module in imported(*rooms) & comes_from.keys()
        if not asked & {canonical(package) for package in comes_from[module]}
    }
    assert missing == {}


@pytest.mark.parametrize("name", ["requirements", "requirements-traces", "requirements-demo", "requirements-dev"])
def test_everything_asked_for_is_pinned_exactly(name: str) -> None:
    """By version, and by the hashes of its files (`pip install --require-hashes`)."""
    text = re.sub(r"^ *#.*\n", "", (ROOT / f"{name}.txt").read_text(), flags=re.MULTILINE)
    pin = r'([\w.-]+)==[\w.]+( ; python_\w+ < "[\d.]+")?( \\\n    --hash=sha256:[0-9a-f]{64})+\n'
    assert re.sub(pin, "", text).strip() == ""
    pinned = {found[0].lower() for found in re.findall(pin, text)}
    assert {package.lower() for package in direct(f"{name}.in")} <= pinned


def test_all_files_pin_the_same_versions() -> None:
    service, demo, development = (
        {line for line in (ROOT / name).read_text().splitlines() if "==" in line and not line.startswith("#")}
        for name in ("requirements.txt", "requirements-demo.txt", "requirements-dev.txt")
    )
    assert service <= demo <= development


def test_every_make_target_it_names_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"(?<=`)make ([a-z]+)", README)) | set(re.findall(r"^make ([a-z]+)", README, re.MULTILINE))
    assert named
    assert named <= targets


def test_every_file_it_links_to_exists() -> None:
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", README) if "://" not in link]
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_every_tool_is_in_the_list_and_no_other() -> None:
    published = json.loads((ROOT / "docs" / "gpt" / "openapi.json").read_text())["paths"]
    tools = {operation["operationId"] for methods in published.values() for operation in methods.values()}
    table = README.partition("| Tools | |")[2].partition("\n\n")[0]
    assert set(re.findall(r"`(\w+)`", table)) == tools | {tool.name for tool in ONLY_MCP}
