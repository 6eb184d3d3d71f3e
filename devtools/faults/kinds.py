"""One tool of each kind, with a pet to use it on, and what the main app holds of its work afterwards."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx

from sandbox.records import Pet, User
from sandbox.world import World


@dataclass(frozen=True)
class Job:
    """One call to be made: `kept` counts how often the main app holds what it asks for; None where it asks for nothing."""

    pet: Pet
    method: str
    path: str
    body: dict[str, Any] | None = None
    kept: Callable[[], int] | None = None
    # What of its requests the fault meets: the one that counts, not the look before it.
    struck: dict[str, str] = field(default_factory=dict)

    def send(self, http: httpx.Client) -> httpx.Response:
        return http.request(self.method, self.path, json=self.body)


@dataclass(frozen=True)
class Kind:
    """`per_item`: failures are told for each item of a 200. `fetches`: needs a connector that reaches the file host."""

    name: str
    prepare: Callable[[World, User, str], Job] = field(repr=False)
    writes: bool = True
    per_item: bool = False
    fetches: bool = False


def _cat(world: World, owner: User) -> Pet:
    return world.add_pet(owner, name=f"Nox {len(world.pets)}", birthday="2020-05-12")


def _read(world: World, owner: User, _photo: str) -> Job:
    cat = _cat(world, owner)
    return Job(cat, "GET", f"/pets/{cat.id}", struck={"method": "GET", "path": f"/pets/{cat.id}$"})


def _create(world: World, owner: User, _photo: str) -> Job:
    cat = _cat(world, owner)
    return Job(
        cat,
        "POST",
        f"/pets/{cat.id}/weights",
        {"weight_kg": 4.2, "measured_at": "2026-02-01"},
        kept=lambda: len(cat.weights),
        struck={"method": "POST", "path": f"/pets/{cat.id}/"},
    )


def _update(world: World, owner: User, _photo: str) -> Job:
    cat = _cat(world, owner)
    weight = world.add_weight(cat, 4.2, "2026-02-01")
    return Job(
        cat,
        "PATCH",
        f"/pets/{cat.id}/weights/{weight.id}",
        {"weight_kg": 5.1},
        kept=lambda: sum(one.weight_kg == 5.1 for one in cat.weights),
        struck={"method": "PUT", "path": f"/pets/{cat.id}/"},
    )


def _delete(world: World, owner: User, _photo: str) -> Job:
    cat = _cat(world, owner)
    weight = world.add_weight(cat, 4.2, "2026-02-01")
    return Job(
        cat,
        "DELETE",
        f"/pets/{cat.id}/weights/{weight.id}",
        kept=lambda: 1 - len(cat.weights),
        struck={"method": "DELETE", "path": f"/pets/{cat.id}/"},
    )


def _bulk(world: World, owner: User, _photo: str) -> Job:
    cat = _cat(world, owner)
    days = ("2026-02-01", "2026-03-01", "2026-04-01")
    records = [{"kind": "weight", "pet_id": cat.id, "weight_kg": 4.2, "measured_at": day} for day in days]
    return Job(
        cat,
        "POST",
        "/records",
        {"records": records},
        kept=lambda: len(cat.weights),
        struck={"method": "POST", "path": f"/pets/{cat.id}/"},
    )


def _overview(world: World, owner: User, _photo: str) -> Job:
    cats = [_cat(world, owner) for _ in range(3)]
    for cat in cats:
        world.add_vaccination(cat, "Rabies", "2026-02-01", "2027-02-01")
    paths = "|".join(str(cat.id) for cat in cats)
    struck = {"method": "GET", "path": f"/pets/({paths})/vaccinations"}
    return Job(cats[0], "POST", "/pets/overview", {"name": f"{cats[0].name}"}, struck=struck)


def _files(world: World, owner: User, photo: str) -> Job:
    cat = _cat(world, owner)
    picture = {"name": "card.png", "id": "file-1", "mime_type": "image/png", "download_link": photo}
    return Job(
        cat,
        "POST",
        f"/pets/{cat.id}/files",
        {"openaiFileIdRefs": [picture]},
        kept=lambda: len(cat.photos),
        struck={"method": "POST", "path": f"/pets/{cat.id}/"},
    )


KINDS = (
    Kind("read", _read, writes=False),
    Kind("creating write", _create),
    Kind("update", _update),
    Kind("delete", _delete),
    Kind("bulk (3 records)", _bulk, per_item=True),
    Kind("overview", _overview, writes=False),
    Kind("file", _files, per_item=True, fetches=True),
)
# How much of it there is when it is done once.
WHOLE = {"bulk (3 records)": 3}
