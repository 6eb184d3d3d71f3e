"""The four kinds of record side by side, for what is the same in all of them: one table, and tests that walk it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from sandbox.records import Pet
from sandbox.server import SandboxServer

SECTIONS = "GET /my-pets/sections"


@dataclass(frozen=True)
class Kind:
    """One kind of record: how the stand-in gets one and how a tool is told of one, what an answer shows, what can be changed."""

    name: str
    path: str
    # In the stand-in, and all that an answer shows of it beside its ids.
    add: Callable[[Any, Pet], Any]
    shown: dict[str, Any]
    # To add_…; all that is shown of it then; the same in other words; and what is looked at before.
    said: dict[str, Any]
    stored: dict[str, Any]
    otherwise: dict[str, Any]
    looks_before_adding: bool
    # What must be said, its day, and what may be left out and emptied again.
    needs: tuple[str, ...]
    day: str
    clearable: tuple[str, ...]
    # To update_…, in the tool's words; `twice` says what stands there already, `elsewhere` what somebody else changes meanwhile, in
    # the main app's names.
    change: dict[str, Any]
    twice: dict[str, Any]
    elsewhere: dict[str, Any]
    fields: tuple[str, ...]
    # By what the main app keeps one alone, if it does; texts longer than it takes.
    one_by: str = ""
    too_long: dict[str, str] = field(default_factory=dict)
    # What a deletion sends along (contract §4), and whether its answer says what stays of its kind, which is looked up.
    guards: dict[str, Any] = field(default_factory=dict)
    looks: bool = False
    # A kind of pet that has none, and what the refusal names.
    not_for: str = ""
    named: tuple[str, ...] = ()

    def upstream(self, cat: Pet, record: Any) -> list[str]:
        """What is asked first, the record for its guards (trap 2) and the list where its kind looks; then the deletion."""
        many = self.at(cat)
        return [f"GET {many}/{record.id}", *([f"GET {many}"] if self.looks else []), f"DELETE {many}/{record.id}"]

    def at(self, pet: Pet) -> str:
        return f"/pets/{pet.id}/{self.path}"

    def rows(self, pet: Pet) -> list[Any]:
        rows: list[Any] = getattr(pet, self.path.replace("-", "_"))
        return rows


RABIES = {
    "vaccine_name": "Dại",
    "administered_at": "2026-01-15",
    "due_at": "2027-01-15",
    "is_overdue": False,
    "completed_at": None,
    "notes": "lô A12",
    "photo_url": None,
}
VISIT = {
    "record_type": "vet_visit",
    "record_date": "2026-01-15",
    "description": "Sốt nhẹ, uống nhiều nước.",
    "vet_name": "BS. Hùng",
}
KINDS = (
    Kind(
        "weight",
        "weights",
        lambda world, pet: world.add_weight(pet, 4.2, "2026-01-15"),
        {"weight_kg": 4.2, "measured_at": "2026-01-15"},
        said={"weight_kg": "4kg21", "measured_at": "2026-01-15"},
        stored={"weight_kg": 4.21, "measured_at": "2026-01-15"},
        otherwise={"weight_kg": "4210 g", "measured_at": "15.01.2026"},
        looks_before_adding=False,
        needs=("weight_kg",),
        day="measured_at",
        clearable=(),
        change={"weight_kg": 4.5},
        twice={"weight_kg": "4.20", "measured_at": "15.01.2026"},
        elsewhere={"record_date": "2026-01-16"},
        fields=("weight_kg", "measured_at"),
        one_by="measured_at",
        guards={"expected_weight_kg": "4.20", "expected_record_date": "2026-01-15"},
    ),
    Kind(
        "vaccination",
        "vaccinations",
        lambda world, pet: world.add_vaccination(pet, "Dại", "2026-01-15", "2027-01-15", notes="lô A12"),
        RABIES,
        said={"vaccine_name": "Dại", "administered_at": "15/01/2026", "due_at": "2027-01-15", "notes": "lô A12"},
        stored=RABIES,
        otherwise={
            # The same name from another keyboard.
            "vaccine_name": " Da\u0323i ",
            "administered_at": "15 January 2026",
            "due_at": "in a year",
            "notes": "lô A12 ",
        },
        looks_before_adding=True,
        needs=("vaccine_name", "administered_at"),
        day="administered_at",
        clearable=("due_at", "notes"),
        change={"notes": "đùi trái"},
        twice={"vaccine_name": "Dại", "administered_at": "15.01.2026", "due_at": "2027-01-15", "notes": "lô A12"},
        elsewhere={"due_at": "2027-01-16"},
        fields=("vaccine_name", "administered_at", "due_at", "notes"),
        one_by="administered_at",
        too_long={"vaccine_name": "D" * 256, "notes": "n" * 1001},
        guards={"expected_vaccine_name": "Dại", "expected_administered_at": "2026-01-15", "linked_transaction": "keep"},
        looks=True,
        not_for="dog",
        named=("dog", "vaccinations", "add_weight", "add_microchip", "description"),
    ),
    Kind(
        "medical_record",
        "medical-records",
        lambda world, pet: world.add_medical_record(
            pet, "Grooming, at home", "2026-01-15", description="Móng.", vet_name="BS. Hùng"
        ),
        {
            "record_type": "Grooming, at home",
            "record_date": "2026-01-15",
            "description": "Móng.",
            "vet_name": "BS. Hùng",
            "photo_count": 0,
            "photos": [],
        },
        said=VISIT,
        stored={**VISIT, "photo_count": 0, "photos": []},
        otherwise={
            "record_type": "Vet visit",
            "record_date": "15/01/2026",
            "description": " Sốt nhẹ, uống nhiều nước.",
            "vet_name": "BS. Hùng ",
        },
        looks_before_adding=False,
        needs=("record_type", "record_date"),
        day="record_date",
        clearable=("description", "vet_name"),
        change={"description": "Khỏi rồi."},
        twice={"record_date": "15.01.2026", "description": "Móng."},
        elsewhere={"vet_name": "BS. Lan"},
        fields=("record_type", "record_date", "description", "vet_name"),
        too_long={"description": "d" * 2001, "vet_name": "v" * 256},
        guards={
            "expected_record_type": "Grooming, at home",
            "expected_record_date": "2026-01-15",
            "linked_transaction": "keep",
        },
        not_for="dog",
        named=("dog", "medical records", "add_weight", "add_microchip", "description"),
    ),
    Kind(
        "microchip",
        "microchips",
        lambda world, pet: world.add_microchip(pet, "982000555555555", "HomeAgain", "2024-01-02"),
        {"chip_number": "982000555555555", "issuer": "HomeAgain", "implanted_at": "2024-01-02"},
        said={"chip_number": "001 000-123 456 789", "issuer": " HomeAgain ", "implanted_at": "2/1/2024"},
        stored={"chip_number": "001000123456789", "issuer": "HomeAgain", "implanted_at": "2024-01-02"},
        otherwise={"chip_number": "001000123456789", "issuer": "HomeAgain", "implanted_at": "2024-01-02"},
        looks_before_adding=True,
        needs=("chip_number",),
        day="implanted_at",
        clearable=("issuer", "implanted_at"),
        change={"issuer": "Datamars"},
        twice={"chip_number": "982 000 555 555 555", "implanted_at": "2024-01-02"},
        elsewhere={"chip_number": "982000777777777"},
        fields=("chip_number", "issuer", "implanted_at"),
        one_by="chip_number",
        guards={"linked_transaction": "keep"},
        not_for="hamster",
        named=("Hamster (hamster)", "add_weight", "description"),
    ),
)
WITH_TEXTS = tuple(kind for kind in KINDS if kind.clearable)


def kinds(*some: Kind) -> pytest.MarkDecorator:
    """Only these, where a rule is not for all of them."""
    return pytest.mark.parametrize("kind", some, ids=lambda kind: kind.name, indirect=True)


def cases(**of_kind: list[tuple[dict[str, Any], Any]]) -> pytest.MarkDecorator:
    """By a kind's name what is sent, and what is expected then: a row for each."""
    rows = [(kind, *case) for kind in KINDS for case in of_kind.get(kind.name, ())]
    ids = [f"{kind.name} {', '.join(sent)}" for kind, sent, _expected in rows]
    return pytest.mark.parametrize(("kind", "sent", "expected"), rows, ids=ids, indirect=["kind"])


@pytest.fixture(params=KINDS, ids=lambda kind: kind.name)
def kind(request: pytest.FixtureRequest) -> Kind:
    return request.param  # type: ignore[no-any-return]


@pytest.fixture
def record(kind: Kind, cat: Pet, sandbox: SandboxServer) -> Any:
    """Written a while ago: the main app's versions are whole seconds, and a change in the same one would not show."""
    row = kind.add(sandbox.world, cat)
    row.updated_at -= timedelta(minutes=5)
    return row


@pytest.fixture
def path(kind: Kind, cat: Pet, record: Any) -> str:
    return f"{kind.at(cat)}/{record.id}"
