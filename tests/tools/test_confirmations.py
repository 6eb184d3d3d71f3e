"""What can't be taken back is done in two steps, with a seal that fits nothing else (docs/decisions/meaning.md, rule 10)."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from sandbox.server import SandboxServer
from tests.tools.conftest import Gpt, Told

Connect = Callable[..., Gpt]
Ask = Callable[..., Told]


def _lose(gpt: Gpt, pet: Any, **sent: Any) -> Told:
    return gpt.post(f"/pets/{pet.id}/status", **{"status": "lost", **sent})


def _bury(gpt: Gpt, pet: Any, **sent: Any) -> Told:
    return gpt.post(f"/pets/{pet.id}/status", status="deceased", **sent)


def _delete(gpt: Gpt, pet: Any, **sent: Any) -> Told:
    return gpt.delete(f"/pets/{pet.id}", **sent)


DEEDS = pytest.mark.parametrize("deed", [_lose, _bury, _delete])


def is_as_before(pet: Any) -> bool:
    return pet.status == "active" and pet.deleted_at is None


@DEEDS
def test_a_yes_with_the_seal_does_it(gpt: Connect, cat: Any, deed: Ask) -> None:
    mai = gpt("mai")
    asked = deed(mai, cat)

    assert asked.reason == "confirmation_needed"
    assert is_as_before(cat)
    assert deed(mai, cat, confirmation=asked.body["confirmation"]).ok
    assert not is_as_before(cat)


@DEEDS
@pytest.mark.parametrize(
    "sent", [{"confirm": "true"}, {"confirmation": "true"}, {"confirmation": "yes", "confirm": "true"}]
)
def test_confirm_alone_answers_the_question_again(gpt: Connect, cat: Any, deed: Ask, sent: dict[str, str]) -> None:
    told = deed(gpt("mai"), cat, **sent)

    assert told.reason == "confirmation_needed"
    assert told.body["confirmation"]
    assert is_as_before(cat)


@DEEDS
@pytest.mark.parametrize(
    "forge",
    [
        lambda seal: seal[:-1] + ("A" if seal[-1] != "A" else "B"),
        lambda seal: "sealed" + seal,
        lambda seal: seal.rpartition(":")[0],
        lambda seal: ":zzzzzz:" + seal.rpartition(":")[2],
        lambda seal: seal * 2,
        lambda seal: "",
    ],
    ids=["a letter", "a value", "no signature", "another time", "twice", "nothing"],
)
def test_a_forged_seal_is_none(gpt: Connect, cat: Any, deed: Ask, forge: Callable[[str], str]) -> None:
    mai = gpt("mai")

    told = deed(mai, cat, confirmation=forge(deed(mai, cat).body["confirmation"]))

    assert told.reason == "confirmation_needed"
    assert is_as_before(cat)


@DEEDS
def test_a_seal_of_another_person_pet_deed_or_connection_is_none(
    gpt: Connect, cat: Any, sandbox: SandboxServer, deed: Ask
) -> None:
    mai, world = gpt("mai"), sandbox.world
    twin = world.add_pet(world.user("mai"), name="Nếp", species="cat")
    shared = world.add_pet(world.user("olga"), name="Мурзик", species="cat")
    seals = [
        deed(mai, twin),
        deed(gpt("mai"), cat),
        deed(gpt("olga"), shared),
        *(other(mai, cat) for other in (_lose, _bury, _delete) if other is not deed),
    ]

    for asked in seals:
        assert deed(mai, cat, confirmation=asked.body["confirmation"]).reason == "confirmation_needed"
    assert is_as_before(cat)


@DEEDS
def test_a_seal_is_good_for_ten_minutes(gpt: Connect, cat: Any, deed: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    mai = gpt("mai")
    seal = deed(mai, cat).body["confirmation"]
    now = time.time()

    monkeypatch.setattr("django.core.signing.time.time", lambda: now + 605)
    late = deed(mai, cat, confirmation=seal)
    monkeypatch.setattr("django.core.signing.time.time", lambda: now + 595)
    in_time = deed(mai, cat, confirmation=seal)

    assert late.reason == "confirmation_needed"
    assert in_time.ok


@DEEDS
def test_a_pet_that_has_changed_is_asked_about_afresh(
    gpt: Connect, cat: Any, deed: Ask, sandbox: SandboxServer
) -> None:
    mai = gpt("mai")
    seal = deed(mai, cat).body["confirmation"]
    cat.updated_at = cat.updated_at.replace(year=2027)

    told = deed(mai, cat, confirmation=seal)

    assert told.reason == "confirmation_needed"
    assert told.body["confirmation"] != seal
    assert is_as_before(cat)


def test_a_seal_that_was_used_does_nothing_once_more(gpt: Connect, cat: Any, sandbox: SandboxServer) -> None:
    mai = gpt("mai")
    seal = _lose(mai, cat).body["confirmation"]
    assert _lose(mai, cat, confirmation=seal).ok
    later = sandbox.world.now().replace(year=2027)
    sandbox.world.now = lambda: later
    assert _lose(mai, cat, status="found").ok

    assert _lose(mai, cat, confirmation=seal).reason == "confirmation_needed"
    assert cat.status == "active"


def test_a_seal_holds_nothing_but_time(gpt: Connect, cat: Any) -> None:
    before, _time, signature = _delete(gpt("mai"), cat).body["confirmation"].split(":")

    assert before == ""
    assert len(signature) < 60
