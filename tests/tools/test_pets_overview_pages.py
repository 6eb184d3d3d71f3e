"""pets_overview: turning its pages costs what the first page has cost, and the cache tells nothing."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache

from petstools.tools import overview as catalog
from sandbox.server import SandboxServer
from tests.tools.conftest import Gpt
from tests.tools.documented import departures

Connect = Callable[..., Gpt]
BY_DUE_DAY = {"sort_by": "next_vaccination_due_at"}


def pages(connected: Gpt, **asked: Any) -> list[Any]:
    """All pages of one question, in order."""
    told = [connected.post("/pets/overview", **asked)]
    while told[-1].ok["next_page"]:
        told.append(connected.post("/pets/overview", **asked, page=told[-1].body["next_page"]))
    return told


def names(told: list[Any]) -> list[str]:
    return [pet["name"] for page in told for pet in page.body["pets"]]


@pytest.mark.parametrize("order", ["asc", "desc"])
def test_sixty_cats_cost_sixty_one_calls_over_all_pages(gpt: Connect, sandbox: SandboxServer, order: str) -> None:
    told = pages(gpt("sonya"), **BY_DUE_DAY, order=order)

    assert [len(page.body["pets"]) for page in told] == [25, 25, 10]
    assert sum(len(page.upstream) for page in told) == 61
    assert len(set(names(told))) == 60
    for page in told:
        assert departures(page.body, catalog.pets_overview.answer) == []
        assert (page.body["today"], page.body["time_zone"]) == (told[0].body["today"], "Europe/London")


def test_the_pages_are_what_they_are_when_read_anew(gpt: Connect, sandbox: SandboxServer) -> None:
    connected = gpt("sonya")
    turned = pages(connected, **BY_DUE_DAY)

    cache.clear()
    anew = [connected.post("/pets/overview", **BY_DUE_DAY, page=number) for number in (1, 2, 3)]

    assert [one.body["pets"] for one in turned] == [one.body["pets"] for one in anew]


def test_the_first_page_is_always_read_anew(gpt: Connect, sandbox: SandboxServer) -> None:
    connected = gpt("sonya")
    pages(connected, **BY_DUE_DAY)

    assert len(connected.post("/pets/overview", **BY_DUE_DAY).upstream) == 61


@pytest.mark.parametrize(
    "other", [{"order": "desc"}, {"species": "cat"}, {"time_zone": "Asia/Ho_Chi_Minh"}, {"include_weights": True}]
)
def test_another_question_is_not_answered_from_it(gpt: Connect, sandbox: SandboxServer, other: dict[str, Any]) -> None:
    connected = gpt("sonya")
    connected.post("/pets/overview", **BY_DUE_DAY)

    assert connected.post("/pets/overview", **BY_DUE_DAY | other, page=2).upstream


def test_nobody_elses_connection_is_answered_from_it(gpt: Connect, sandbox: SandboxServer) -> None:
    gpt("sonya").post("/pets/overview", **BY_DUE_DAY)

    assert gpt("sonya").post("/pets/overview", **BY_DUE_DAY, page=2).upstream


def test_what_could_not_be_read_is_not_kept(gpt: Connect, sandbox: SandboxServer) -> None:
    sandbox.faults.add(error_rate=1.0, path=r"/api/pets/\d+/vaccinations", times=3)
    connected = gpt("sonya")
    assert connected.post("/pets/overview", **BY_DUE_DAY).ok["incomplete"] is True

    told = connected.post("/pets/overview", **BY_DUE_DAY, page=2)

    assert told.upstream


def test_what_is_kept_tells_nothing(gpt: Connect, sandbox: SandboxServer, monkeypatch: pytest.MonkeyPatch) -> None:
    kept: dict[str, Any] = {}
    monkeypatch.setattr("petstools.tools.overview.cache.set_many", lambda rows, seconds: kept.update(rows))

    gpt("sonya").post("/pets/overview", **BY_DUE_DAY)

    assert len(kept) == 2
    # As a word: what is sealed may hold any three letters.
    assert not re.search(r"\bCat\b", str(kept))
    assert "Rabies" not in str(kept)


def test_what_was_changed_in_the_cache_is_read_anew(gpt: Connect, sandbox: SandboxServer) -> None:
    connected = gpt("sonya")
    for broken in ([1], ["x", "!"], "text", ["0" * 16, "AAAA"]):
        connected.post("/pets/overview", **BY_DUE_DAY)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("petstools.tools.overview.cache.get", lambda _key, broken=broken: broken)
            told = connected.post("/pets/overview", **BY_DUE_DAY, page=2)
        assert told.ok["page"] == 2
