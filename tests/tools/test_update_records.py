"""update_…: what is the same for a weight, a vaccination, a medical record and a microchip."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from sandbox.records import Pet
from sandbox.server import SandboxServer
from sandbox.versions import Release
from tests.tools.conftest import Gpt
from tests.tools.documented import departures
from tests.tools.kinds import SECTIONS, WITH_TEXTS, Kind, cases, kind, kinds, path, record
from tests.tools.meanwhile import meanwhile
from tests.tools.samples import tool_named

__all__ = ["kind", "path", "record"]

pytestmark = pytest.mark.once

Connect = Callable[..., Gpt]
ALL_FOUR = {
    "vaccine_name": "Nobivac",
    "administered_at": "2026-01-16",
    "due_at": "2027-01-16",
    "notes": "đùi trái",
}


def puts(sandbox: SandboxServer) -> list[str | None]:
    return [one.idempotency_key for one in sandbox.requests if one.method == "PUT"]


def changed(sandbox: SandboxServer, record: Any, **columns: Any) -> None:
    """By somebody else."""
    for name, value in columns.items():
        is_day = isinstance(getattr(record, name), date)
        setattr(record, name, date.fromisoformat(value) if is_day else value)
    record.updated_at = sandbox.world.timestamp()


@cases(
    weight=[
        ({"weight_kg": "4,5 kg"}, {"weight_kg": 4.5}),
        ({"weight_kg": 450, "unit": "g"}, {"weight_kg": 0.45}),
        ({"measured_at": "16 January 2026"}, {"measured_at": "2026-01-16"}),
        ({"weight_kg": 4.333, "measured_at": "2026-01-16"}, {"weight_kg": 4.33, "measured_at": "2026-01-16"}),
        ({"weight_kg": 4.5, "measured_at": None, "unit": "", "time_zone": None}, {"weight_kg": 4.5}),
    ],
    vaccination=[
        ({"notes": "x"}, {"notes": "x"}),
        ({"due_at": "2027-03-01"}, {"due_at": "2027-03-01"}),
        ({"administered_at": "16/01/2026"}, {"administered_at": "2026-01-16"}),
        (ALL_FOUR, ALL_FOUR),
    ],
    medical_record=[
        ({"vet_name": "BS. Lan"}, {"vet_name": "BS. Lan"}),
        ({"record_type": "spa day"}, {"record_type": "other", "description": "spa day: Móng."}),
        (
            {"record_type": "phẫu thuật", "record_date": "16/01/2026", "description": "Đã mổ.", "vet_name": "BS. Lan"},
            {"record_type": "surgery", "record_date": "2026-01-16", "description": "Đã mổ.", "vet_name": "BS. Lan"},
        ),
    ],
    microchip=[
        ({"issuer": "Datamars"}, {"issuer": "Datamars"}),
        ({"implanted_at": "3/1/2024"}, {"implanted_at": "2024-01-03"}),
        (
            {"chip_number": "001 000 555 555 555", "implanted_at": "2024-01-03"},
            {"chip_number": "001000555555555", "implanted_at": "2024-01-03"},
        ),
    ],
)
def test_only_what_was_said_is_changed_in_three_calls_and_one_query(
    gpt: Connect,
    cat: Pet,
    kind: Kind,
    record: Any,
    path: str,
    sent: dict[str, Any],
    expected: dict[str, Any],
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    connected = gpt("mai")

    with django_assert_num_queries(1):
        told = connected.patch(path, **sent)

    assert told.status == 200
    assert told.ok["data"] == {"id": record.id, "pet_id": cat.id, **kind.shown, **expected}
    assert told.upstream == [SECTIONS, f"GET {path}", f"PUT {path}", f"GET {path}"]
    assert departures(told.body, tool_named(f"update_{kind.name}").answer) == []


def test_nothing_sent_is_asked_about(gpt: Connect, kind: Kind, path: str) -> None:
    connected = gpt("mai")
    for body in ({}, dict.fromkeys(kind.fields), dict.fromkeys(kind.fields, " "), {"mood": 5}):
        told = connected.patch(path, **body)

        assert told.reason == "missing"
        assert told.body["missing_fields"] == list(kind.fields)
        assert told.upstream == [SECTIONS]


@kinds(*WITH_TEXTS)
def test_trap_08_the_fields_that_can_be_emptied_are_however_they_are_named(
    gpt: Connect, kind: Kind, record: Any, path: str
) -> None:
    connected, before, (one, other) = gpt("mai"), vars(record).copy(), kind.clearable
    forms = ([one, other], [other, one, other], f'["{one}", "{other}"]', f"{one}, {other}", [one], other)
    for clear in forms:
        vars(record).update(before)

        told = connected.patch(path, clear=clear)

        emptied = [name for name in kind.clearable if name in clear]
        assert told.ok["data"].items() >= {**kind.shown, **dict.fromkeys(emptied)}.items(), clear
        assert [name for name in kind.clearable if getattr(record, name) is None] == emptied


@kinds(*WITH_TEXTS)
def test_trap_08_what_cannot_be_emptied_is_said_and_nothing_is_done(
    gpt: Connect, kind: Kind, path: str, sandbox: SandboxServer
) -> None:
    connected = gpt("mai")
    for name in (*kind.needs, "photos"):
        told = connected.patch(path, clear=[kind.clearable[0], name])

        assert (told.reason, told.body["missing_fields"]) == ("cannot_clear", [name])
    assert puts(sandbox) == []


@kinds(*WITH_TEXTS)
def test_a_field_both_emptied_and_given_is_asked_about(gpt: Connect, kind: Kind, path: str) -> None:
    told = gpt("mai").patch(path, clear=list(kind.change), **kind.change)

    assert told.reason == "contradiction"
    assert told.upstream == [SECTIONS]


def test_what_stands_there_already_is_not_written_again(
    gpt: Connect, kind: Kind, path: str, sandbox: SandboxServer
) -> None:
    told = gpt("mai").patch(path, **kind.twice)

    assert {name: told.ok["data"][name] for name in kind.shown} == kind.shown
    assert puts(sandbox) == []


@cases(
    weight=[({"measured_at": "2026-01-20"}, ("add_weight", 5, "2026-01-20"))],
    vaccination=[
        ({"vaccine_name": "FVRCP"}, ("add_vaccination", "FVRCP", "2026-01-15")),
        ({"vaccine_name": "FVRCP", "due_at": "2027-05-05"}, ("add_vaccination", "FVRCP", "2026-01-15")),
    ],
    microchip=[({"chip_number": "982000777777777"}, ("add_microchip", "982000777777777"))],
)
def test_what_the_main_app_keeps_one_of_and_another_record_has_is_shown(
    gpt: Connect,
    cat: Pet,
    kind: Kind,
    path: str,
    sandbox: SandboxServer,
    sent: dict[str, str],
    expected: tuple[Any, ...],
) -> None:
    add, *values = expected
    other = getattr(sandbox.world, add)(cat, *values)

    told = gpt("mai").patch(path, **sent)

    assert (told.reason, told.body["missing_fields"]) == ("already_exists", [kind.one_by])
    assert [one["id"] for one in told.body["candidates"]] == [other.id]


def test_a_change_by_somebody_else_in_another_field_is_no_conflict(
    gpt: Connect, kind: Kind, path: str, record: Any, sandbox: SandboxServer
) -> None:
    with meanwhile(sandbox, "PUT", lambda: changed(sandbox, record, **kind.elsewhere)):
        told = gpt("mai").patch(path, **kind.change)

    assert told.ok["data"] == {**told.body["data"], **kind.change}
    assert {name: str(getattr(record, name)) for name in kind.elsewhere} == kind.elsewhere
    assert len(puts(sandbox)) == 2


def test_a_change_by_somebody_else_in_the_same_field_is_a_conflict(
    gpt: Connect, kind: Kind, path: str, record: Any, sandbox: SandboxServer
) -> None:
    (name,) = kind.change
    theirs = {name: 4.9 if name == "weight_kg" else "somebody else's"}
    with meanwhile(sandbox, "PUT", lambda: changed(sandbox, record, **theirs)):
        told = gpt("mai").patch(path, **kind.change)

    assert (told.status, told.code) == (409, "CONFLICT")
    assert {name: getattr(record, name)} == theirs


@pytest.mark.parametrize("version", ["v1.6.0", "v1.15.0"])
def test_an_older_server_is_updated_as_well(
    gpt: Connect, kind: Kind, path: str, sandbox: SandboxServer, version: str
) -> None:
    sandbox.app.release = Release(version)

    assert gpt("mai").patch(path, **kind.change).ok["data"].items() >= kind.change.items()


def test_a_lost_answer_is_asked_for_again_under_the_same_key(
    gpt: Connect, kind: Kind, path: str, sandbox: SandboxServer
) -> None:
    """Within the call, and the main app replays its answer."""
    sandbox.faults.add(drop="after_commit", method="PUT", times=1)

    told = gpt("mai").patch(path, **kind.change)

    assert told.ok["data"].items() >= kind.change.items()
    assert (len(puts(sandbox)), len(set(puts(sandbox)))) == (2, 1)


def test_an_answer_lost_for_good_is_unknown_and_the_same_call_again_does_no_harm(
    gpt: Connect, kind: Kind, path: str, sandbox: SandboxServer
) -> None:
    connected = gpt("mai")
    sandbox.faults.add(drop="after_commit", method="PUT")

    lost = connected.patch(path, **kind.change)
    sandbox.faults.clear()
    again = connected.patch(path, **kind.change)

    assert lost.code == "OUTCOME_UNKNOWN"
    assert again.ok["data"].items() >= kind.change.items()
    assert again.upstream == [SECTIONS, f"GET {path}"]
