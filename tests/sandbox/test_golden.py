"""The stand-in against the recordings of the real main app, over real HTTP: a case per subject, not per recording."""

import re
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import pytest

from sandbox.server import SandboxServer
from tests.golden import CONTRACT, GOLDEN, ROOT, first_recording, in_order, second_recording

from .arrangements import ARRANGEMENTS, MEASURED_LAST
from .recordings import complaint, load
from .session import CHAPTERS, TRAPS, Session, chapters
from .stage import Stage

SHARED = ROOT.parent / "shared" / "contract"


@pytest.fixture(scope="module", name="golden_sandbox")
def _golden_sandbox() -> Iterator[SandboxServer]:
    with SandboxServer() as server:
        yield server


def subject(name: str) -> str:
    return name.split("-")[0].removesuffix("s")


SUBJECTS = {word: list(names) for word, names in groupby(sorted(first_recording(), key=subject), subject)}


@pytest.mark.parametrize("word", SUBJECTS)
def test_it_answers_as_the_real_one_did(word: str, golden_sandbox: SandboxServer) -> None:
    complaints = {}
    for name in SUBJECTS[word]:
        recording = load(name)
        stage = Stage(golden_sandbox)
        for pattern, arrange in ARRANGEMENTS:
            if re.fullmatch(pattern, name):
                arrange(stage, recording)
        answer = MEASURED_LAST.get(name, Stage.play)(stage, recording)
        complaints[name] = complaint(answer, recording, golden_sandbox.url)

    assert {name: wrong for name, wrong in complaints.items() if wrong} == {}


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_session_goes_as_it_went(chapter: str, golden_sandbox: SandboxServer) -> None:
    session = Session(golden_sandbox, chapter)
    complaints = {name: session.complaint_about(load(name)) for name in chapters()[chapter]}

    assert {name: wrong for name, wrong in complaints.items() if wrong} == {}


def test_every_later_trap_is_played() -> None:
    played = {name for names in chapters().values() for name in names}

    assert list(TRAPS) == list(range(36, 58))
    assert set(TRAPS.values()) <= played == set(second_recording())


def test_every_recording_is_there_and_listed() -> None:
    assert sorted(in_order()) == sorted(path.stem for path in GOLDEN.glob("*.json"))


@pytest.mark.skipif(not SHARED.exists(), reason="only where the contract's source lies beside the repository")
def test_the_contract_is_the_shared_one() -> None:
    def files(folder: Path) -> dict[str, bytes]:
        return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}

    # Zalo's facts lie elsewhere there.
    assert {name: text for name, text in files(CONTRACT).items() if name != "zalo-api.md"} == files(SHARED)
