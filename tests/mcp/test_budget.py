"""What the tools cost a model that carries them all, in tokens of o200k (docs/mcp.md, "Tools").

npm's gpt-tokenizer ships the vocabulary; tiktoken would fetch it from a host that CI need not reach.
"""

import json
import shutil
import subprocess
from collections.abc import Callable, Iterable
from datetime import timedelta
from pathlib import Path

import pytest

from petstools.answers import as_json
from petstools.mcp.tools import INSTRUCTIONS, OFFERS, definition
from sandbox.server import SandboxServer
from tests.mcp.conftest import Mcp

JS = Path(__file__).parent.parent / "schema" / "js"
COUNT = """
const {countTokens} = require("gpt-tokenizer/cjs/encoding/o200k_base");
console.log(JSON.stringify(JSON.parse(require("fs").readFileSync(0)).map(text => countTokens(text))));
"""


def tokens(texts: Iterable[str]) -> list[int]:
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        pytest.skip("node and npm are not installed: nothing counts tokens")
    if not (JS / "node_modules" / "gpt-tokenizer").exists():
        subprocess.run([npm, "ci", "--no-audit", "--no-fund"], cwd=JS, check=True, capture_output=True, timeout=110)
    counted = subprocess.run(
        [node, "-e", COUNT],
        cwd=JS,
        input=json.dumps(list(texts)),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    numbers: list[int] = json.loads(counted.stdout)
    return numbers


def test_what_a_model_is_given_of_all_tools() -> None:
    """Claude Code, Codex and Gemini hand on these three of a tool."""
    wholes = [definition(offer) for offer in OFFERS.values()]
    given = [{name: whole[name] for name in ("name", "description", "inputSchema")} for whole in wholes]

    assert sum(tokens(as_json(one).decode() for one in given)) <= 6_000


def test_the_instructions() -> None:
    assert len(INSTRUCTIONS.encode()) <= 2_000
    assert tokens([INSTRUCTIONS])[0] <= 600


def test_a_page_of_sixty_cats(mcp: Callable[..., Mcp], sandbox: SandboxServer) -> None:
    """What a breeder's list costs at a time: Claude Code takes 25,000 tokens of a result."""
    world, noah = sandbox.world, sandbox.world.user("noah")
    for number in range(60):
        cat = world.add_pet(
            noah, name=f"Nguyệt Quế {number}", birthday="2021-04-12", sex="female", description="Shy. " * 20
        )
        world.add_weight(cat, 4.2, world.today() - timedelta(days=20))
        for vaccine in ("Rabies", "FVRCP"):
            world.add_vaccination(
                cat, vaccine, world.today() - timedelta(days=300), world.today() + timedelta(days=number)
            )

    client = mcp("noah")
    pages = [client.call("pets_overview", page=number).content for number in (1, 2, 3)]

    assert sum(len(page["pets"]) for page in pages) == 60
    each = tokens(as_json(page).decode() for page in pages)
    # 7,500 of a page of 25 on 30 November 2026, 18,100 of all three.
    assert (max(each) <= 8_000, sum(each) < 20_000) == (True, True), each
