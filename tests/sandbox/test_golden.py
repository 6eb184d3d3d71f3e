"""The stand-in against every golden recording of the real main app, over real HTTP."""

import re
from collections.abc import Iterator

import pytest

from sandbox.server import SandboxServer

from .arrangements import ARRANGEMENTS, MEASURED_LAST, NOT_APPLICABLE, ONLY_SHAPE
from .recordings import all_names, body_of, content_type, load, plain, rate_headers, shape
from .stage import Stage


@pytest.fixture(scope="module", name="golden_sandbox")
def _golden_sandbox() -> Iterator[SandboxServer]:
    with SandboxServer() as server:
        yield server


def cases() -> list[object]:
    return [
        pytest.param(name, marks=pytest.mark.skip(NOT_APPLICABLE[name])) if name in NOT_APPLICABLE else name
        for name in all_names()
    ]


@pytest.mark.parametrize("name", cases())
def test_it_answers_as_the_real_one_did(name: str, golden_sandbox: SandboxServer) -> None:
    recording = load(name)
    stage = Stage(golden_sandbox)
    for pattern, arrange in ARRANGEMENTS:
        if re.fullmatch(pattern, name):
            arrange(stage, recording)

    answer = MEASURED_LAST.get(name, Stage.play)(stage, recording)

    expected = recording.response
    assert (answer.status_code, answer.text[:300] if answer.status_code != expected["status"] else "") == (
        expected["status"],
        "",
    )
    assert content_type(answer.headers) == content_type(expected["headers"])
    assert rate_headers(answer.headers) == rate_headers(expected["headers"])
    body, recorded = body_of(answer), expected["body"]
    assert shape(body) == shape(recorded)
    if name not in ONLY_SHAPE:
        assert plain(body, golden_sandbox.url) == plain(recorded, golden_sandbox.url)
