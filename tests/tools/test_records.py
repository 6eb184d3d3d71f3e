"""What list_…, add_…, update_…, delete_record and renew_vaccination have in common, whatever the kind of record."""

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

from petstools.models import WriteAttempt
from sandbox.records import Pet
from sandbox.server import SandboxServer
from tests.tools.conftest import Gpt, Told
from tests.tools.kinds import KINDS, SECTIONS, Kind

pytestmark = pytest.mark.once

Connect = Callable[..., Gpt]
At = Callable[[str], None]


class Tool(NamedTuple):
    """One of the tools of a kind of record."""

    does: str
    kind: Kind

    def row(self, sandbox: SandboxServer, pet: Pet) -> Any:
        """What it is about; nothing is there before an addition."""
        return None if self.does == "add" else self.kind.add(sandbox.world, pet)

    def __call__(self, gpt: Gpt, pet: Pet, row_id: int | None, **said: Any) -> Told:
        path = self.kind.at(pet)
        calls: dict[str, Callable[[], Told]] = {
            "list": lambda: gpt.get(path),
            "add": lambda: gpt.post(path, **{**self.kind.said, **said}),
            "update": lambda: gpt.patch(f"{path}/{row_id}", **(said or self.kind.change)),
            "delete": lambda: gpt.delete(f"/pets/{pet.id}/records/{row_id}", kind=self.kind.name),
            "renew": lambda: gpt.post(f"{path}/{row_id}/renew", **{"administered_at": "2026-02-01", **said}),
        }
        return calls[self.does]()


def tools(*doing: str, where: Callable[[Kind], object] = lambda kind: True) -> pytest.MarkDecorator:
    """Those that do this, of the kinds of record for which it holds."""
    of_kinds = [
        Tool(does, kind)
        for does in doing
        for kind in KINDS
        if where(kind) and (does != "renew" or kind.name == "vaccination")
    ]
    return pytest.mark.parametrize("tool", of_kinds, ids=lambda tool: f"{tool.does} {tool.kind.name}")


def sees_days_as_utc(kind: Kind) -> bool:
    """A weight alone may have a day that the main app is not in yet (contract §8.2)."""
    return kind.name != "weight"


@tools("add", "update", "renew")
def test_a_day_that_cannot_be_is_asked_about(gpt: Connect, cat: Pet, sandbox: SandboxServer, tool: Tool) -> None:
    connected, row = gpt("mai"), tool.row(sandbox, cat)

    for day, reason in (("2099-01-01", "future"), ("31/2/2024", "impossible"), ("blue", "not_understood")):
        told = tool(connected, cat, row and row.id, **{tool.kind.day: day})

        assert (told.reason, told.body["missing_fields"]) == (reason, [tool.kind.day])
        assert told.upstream == [SECTIONS]


@tools("add", "update", "renew", where=sees_days_as_utc)
def test_trap_06_before_seven_in_hanoi_today_is_asked_about_and_yesterday_offered(
    gpt: Connect, cat: Pet, sandbox: SandboxServer, tool: Tool, at: At
) -> None:
    connected, row, day = gpt("mai"), tool.row(sandbox, cat), tool.kind.day
    at("2026-03-09T20:30+00:00")  # 03:30 on the 10th in Hanoi

    told = tool(connected, cat, row and row.id, **{day: "today"})
    taken = tool(connected, cat, row and row.id, **told.body["candidates"][0])

    assert told.reason == "not_yet"
    assert "07:00 on 2026-03-10" in told.body["message"]
    assert told.body["candidates"] == [{day: "2026-03-09"}]
    assert told.upstream == [SECTIONS]
    assert taken.ok["data"][day] == "2026-03-09"


@tools("add", "update", "renew")
def test_trap_06_from_seven_in_hanoi_on_today_is_taken(
    gpt: Connect, cat: Pet, sandbox: SandboxServer, tool: Tool, at: At
) -> None:
    """A weight's at night too."""
    row, day = tool.row(sandbox, cat), tool.kind.day
    at("2026-03-10T00:00:01+00:00" if sees_days_as_utc(tool.kind) else "2026-03-09T20:30+00:00")

    assert tool(gpt("mai"), cat, row and row.id, **{day: "hôm nay"}).ok["data"][day] == "2026-03-10"


@tools("add", "update", "renew")
def test_today_is_that_of_the_time_zone_sent(
    gpt: Connect, cat: Pet, sandbox: SandboxServer, tool: Tool, at: At
) -> None:
    row, day = tool.row(sandbox, cat), tool.kind.day
    at("2026-03-10T02:00+00:00")

    told = tool(gpt("mai"), cat, row and row.id, **{day: "today", "time_zone": "America/New_York"})

    assert told.ok["data"][day] == "2026-03-09"


@tools("add", "update", "renew", where=sees_days_as_utc)
def test_a_main_app_whose_day_is_behind_gives_its_own_reason(
    gpt: Connect, cat: Pet, sandbox: SandboxServer, tool: Tool, at: At
) -> None:
    row = tool.row(sandbox, cat)
    at("2026-03-10T10:00+00:00")
    sandbox.world.travel(days=-1)

    told = tool(gpt("mai"), cat, row and row.id, **{tool.kind.day: "today"})

    assert (told.status, told.code) == (422, "VALIDATION_FAILED")
    assert [one["name"] for one in told.body["fields"]] == [tool.kind.day]


@tools("add", "update", "renew", where=lambda kind: kind.too_long)
def test_the_main_apps_reasons_come_under_the_tools_names(
    gpt: Connect, cat: Pet, sandbox: SandboxServer, tool: Tool
) -> None:
    row, too_long = tool.row(sandbox, cat), tool.kind.too_long
    if tool.does == "renew":
        # Another vaccine than the one that is renewed would be asked about.
        too_long = {"notes": too_long["notes"]}
    before = [vars(one).copy() for one in tool.kind.rows(cat)]

    told = tool(gpt("mai"), cat, row and row.id, **too_long)

    assert (told.status, told.code) == (422, "VALIDATION_FAILED")
    assert {one["name"] for one in told.body["fields"]} == set(too_long)
    assert [vars(one) for one in tool.kind.rows(cat)] == before


@tools("list", "add", "update", "delete", where=lambda kind: kind.not_for)
def test_trap_01_a_kind_of_pet_that_has_none_is_told_what_is_possible(
    gpt: Connect, sandbox: SandboxServer, tool: Tool
) -> None:
    pet = sandbox.world.add_pet(sandbox.world.user("mai"), name="Vện", species=tool.kind.not_for)
    row = tool.row(sandbox, pet)

    told = tool(gpt("mai"), pet, row and row.id)

    assert (told.status, told.code) == (422, "FEATURE_NOT_AVAILABLE")
    assert [part for part in ("Vện", *tool.kind.named) if part not in told.body["message"]] == []
    assert f"add_{tool.kind.name}" not in told.body["message"]


@tools("add", "update", "delete", "renew")
def test_trap_12_a_viewer_may_not(gpt: Connect, cat: Pet, sandbox: SandboxServer, tool: Tool) -> None:
    row = tool.row(sandbox, cat)
    before = [vars(one).copy() for one in tool.kind.rows(cat)]

    told = tool(gpt("olga"), cat, row and row.id)

    assert (told.status, told.code) == (403, "FORBIDDEN")
    assert [vars(one) for one in tool.kind.rows(cat)] == before
    assert not WriteAttempt.objects.exists()


@tools("update", "delete", "renew")
def test_a_record_that_is_not_there_or_of_another_pet_is_not_found(
    gpt: Connect, cat: Pet, sandbox: SandboxServer, tool: Tool
) -> None:
    other = sandbox.world.add_pet(sandbox.world.user("mai"), name="Mực", species="cat")
    others, connected = tool.row(sandbox, other), gpt("mai")

    for number in (999_999, others.id):
        told = tool(connected, cat, number)

        assert (told.status, told.code) == (404, "NOT_FOUND")
    assert [one.method for one in sandbox.requests if one.method != "GET"] == []
