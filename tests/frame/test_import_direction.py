"""Imports run one way: connector.urls → chat → petstools → oauthbridge → mainapp (design.md, "Rooms")."""

import ast
import graphlib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
ROOMS = ("connector", "chat", "petstools", "oauthbridge", "mainapp", "sandbox", "devtools", "tests")
# What each room may import of the others. The frame's logging is the one thing of connector that lower rooms could want,
# and they ask structlog itself.
ALLOWED = {
    "connector": set(),
    "chat": {"petstools", "oauthbridge", "mainapp"},
    "petstools": {"oauthbridge", "mainapp"},
    "oauthbridge": {"mainapp"},
    "mainapp": set(),
    "sandbox": set(),
}
# Wiring: the addresses and their error pages know every room; a health check asks whether the main app is there, and why the
# database is not; the pages about the service are dressed as those of the sign-in; a security event tells where its request
# came from; gunicorn makes before its workers start what all of them serve, and starts traces, of which each request is one.
ALSO_ALLOWED = {
    "gunicorn.conf.py": {"petstools", "mainapp"},
    "connector/urls.py": {"chat", "petstools", "oauthbridge"},
    "connector/errors.py": {"petstools", "oauthbridge"},
    "connector/health.py": {"oauthbridge", "mainapp"},
    "connector/middleware.py": {"oauthbridge", "mainapp"},
    "connector/pages.py": {"oauthbridge"},
    "connector/doctor.py": {"chat", "petstools", "oauthbridge", "mainapp"},
    "connector/management/commands/doctor.py": {"oauthbridge"},
    "connector/metrics.py": {"chat", "oauthbridge"},
}


def modules() -> list[Path]:
    found = [path for room in ALLOWED for path in (ROOT / room).rglob("*.py")]
    assert len(found) > 60, "the rooms were not found"
    return [*found, ROOT / "manage.py", ROOT / "gunicorn.conf.py"]


def imported(path: Path, tree: ast.Module | None = None) -> Iterator[str]:
    """Every module that a file names in an import or as text (`include("petstools.urls")`), also inside functions."""
    tree = tree or ast.parse(path.read_text(), str(path))
    package = path.relative_to(ROOT).with_suffix("").parts[:-1]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            module = ".".join(part for part in (base, node.module) if part)
            yield module
            yield from (f"{module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Call) and _called(node) in (
            "include",
            "import_module",
            "import_string",
            "__import__",
        ):
            yield from (str(one.value) for one in node.args if isinstance(one, ast.Constant))


def _called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def violations(path: Path) -> list[str]:
    name = path.relative_to(ROOT).as_posix()
    room = name.split("/")[0]
    allowed = ALLOWED.get(room, {"connector"}) | ALSO_ALLOWED.get(name, set()) | {room}
    rooms = {module.split(".")[0] for module in imported(path)} & set(ROOMS)
    return sorted(rooms - allowed)


def test_nothing_lower_imports_anything_higher() -> None:
    assert {path.relative_to(ROOT).as_posix(): higher for path in modules() if (higher := violations(path))} == {}


def test_no_modules_import_each_other_in_a_circle() -> None:
    """Also in functions, where Python would bear it; what only a type checker reads (`if TYPE_CHECKING`) runs nowhere."""
    paths = {_module(path): path for path in modules() if path.parent != ROOT}
    graph = {
        name: {one for one in imported(path, _at_run_time(path)) if one in paths and one != name}
        for name, path in paths.items()
    }

    assert _circle(graph) == []


def _module(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def _at_run_time(path: Path) -> ast.Module:
    tree = ast.parse(path.read_text(), str(path))
    tree.body = [one for one in tree.body if not (isinstance(one, ast.If) and ast.unparse(one.test) == "TYPE_CHECKING")]
    return tree


def _circle(graph: dict[str, set[str]]) -> list[str]:
    """The modules of a circle, or none."""
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        return list(error.args[1])
    return []


def test_no_tool_knows_a_route_of_the_main_app() -> None:
    """Its resources do (`mainapp.client`), with the guards that each route wants."""
    asking = [path.name for path in (ROOT / "petstools").rglob("*.py") if "mainapp.routes" in set(imported(path))]

    assert asking == []


@pytest.mark.parametrize("room", ["demo", "play"])
def test_programs_that_play_from_outside_know_nothing_of_the_product(room: str) -> None:
    """What a GPT or an app can't know, they must not use; demo's processes are all that play borrows."""
    imports = {module for path in (ROOT / "devtools" / room).rglob("*.py") for module in imported(path)}
    own = {".".join(module.split(".")[:2]) for module in imports if module.startswith("devtools.")}
    assert {module.split(".")[0] for module in imports} & set(ROOMS) == {"devtools"}
    assert own <= {"devtools.demo", f"devtools.{room}"}


def test_the_environment_is_read_in_the_settings_only() -> None:
    """`os.environ` elsewhere would be a setting that no check sees and no table lists."""
    reading = [
        path.relative_to(ROOT).as_posix()
        for path in modules()
        if any(
            (isinstance(node, ast.Attribute) and node.attr in ("environ", "getenv"))
            or (isinstance(node, ast.alias) and node.name in ("environ", "getenv"))
            for node in ast.walk(ast.parse(path.read_text()))
        )
    ]
    assert sorted(reading) == [
        "connector/settings.py",
        "connector/wsgi.py",
        "gunicorn.conf.py",
        "manage.py",
    ]


def test_this_test_would_see_a_violation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.frame.test_import_direction.ROOT", tmp_path)
    path = tmp_path / "mainapp" / "deep" / "module.py"
    path.parent.mkdir(parents=True)
    path.write_text(
        "def f():\n    from oauthbridge.models import User\n    from .. import x\n    from ..http import pool\n"
    )
    assert violations(path) == ["oauthbridge"]
    assert "mainapp.http" in set(imported(path))
    assert _circle({"a": {"b"}, "b": {"c"}, "c": {"a"}}) != []
