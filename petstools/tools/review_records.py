"""What was read from a photographed card, before anything is saved: the table that a person looks through.

Each row is read and judged by what record_many itself would do with it, up to the write: what it asks here it would ask there. As
if all were saved in that order, so that of one vaccine only the newest shot stays open (docs/decisions/meaning.md, rule 12).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Generic, TypeVar, Unpack

from msgspec import structs

from mainapp.errors import MainAppError, Throttled
from mainapp.records import MedicalRecord, Vaccination, Weight
from petstools.answers import Answer, Clarification, Done, ToolError
from petstools.inputs import by_our_names, without_blanks
from petstools.serializers import record_many as record_forms
from petstools.serializers import review_records as forms
from petstools.serializers.fields import from_text
from petstools.tools.base import READS, Call, tool
from petstools.tools.medical_records import MedicalRecordSaid, is_as, planned_medical_record, shown_medical_record
from petstools.tools.pets import own_and_shared
from petstools.tools.plausible import pet_to_write
from petstools.tools.record_many import KINDS, STOPS_ALL, Kind, Rows, kind_said, nothing_sent
from petstools.tools.records import already_exists, every
from petstools.tools.vaccination_fields import VaccinationSaid, shown_vaccination
from petstools.tools.vaccinations import planned_vaccination
from petstools.tools.vaccine_history import noted, of_vaccine
from petstools.tools.weights import WeightSaid, planned_weight, shown_weight, taken
from petstools.tools.weights import noted as rounded
from petstools.tools.which_pet import shown_name
from petstools.understand.text import fold
from petstools.understand.weight import kept

R = TypeVar("R")
READY, DUPLICATE, ASKED, NOT_CHECKED = "ready", "duplicate", "clarification_needed", "not_checked"
# The fields of each kind that the table shows: what, day, due.
_SHOWN = {
    "weight": ("weight_kg", "measured_at", ""),
    "vaccination": ("vaccine_name", "administered_at", "due_at"),
    "medical_record": ("record_type", "record_date", ""),
}


@tool(
    "Review records before saving",
    "Call this with what was read from a photographed card, before record_many; it saves nothing.",
    facts="Checks records read from a card against what is there; saves nothing.",
    request=forms.ReviewRecordsRequest,
    answer=forms.ReviewRecordsAnswer,
    scopes=("pets:read", "health:read"),
    hints=READS,
)
def review_records(call: Call, *, records: Sequence[Mapping[str, object]] = ()) -> Answer:
    if not records:
        return nothing_sent()
    review = _Review(call)
    rows = [review.row(index, item) for index, item in enumerate(records)]
    return review.whole(rows)


class _Review(Rows):
    """record_many's way through the rows, with each kind's judgement in the place of its writing."""

    def __init__(self, call: Call) -> None:
        instead: Mapping[str, Callable[..., Answer]] = {
            "weight": self._weight,
            "vaccination": self._vaccination,
            "medical_record": self._medical_record,
        }
        kinds = {
            name: Kind(replace(kind.tool, run=instead[name]), kind.form, kind.resource) for name, kind in KINDS.items()
        }
        super().__init__(call, kinds)
        self._weights: dict[int, _NewestFirst[Weight]] = {}
        self._medical_records: dict[int, _NewestFirst[MedicalRecord]] = {}
        # What the rows before this one would have stored, by the number of their row.
        self._shots: dict[int, Vaccination] = {}
        self._kept_weights: dict[int, Weight] = {}
        self._kept_records: dict[int, tuple[int, dict[str, Any]]] = {}
        self._index = 0

    def judged(self, kind_name: str, error: MainAppError) -> Any:
        """What is no single row's ends the whole: nothing is lost by asking again."""
        if isinstance(error, (Throttled, *STOPS_ALL)):
            raise error
        return super().judged(kind_name, error)

    def row(self, index: int, sent: Mapping[str, object]) -> dict[str, Any]:
        self._index = index
        item, kind_name = dict(sent), kind_said(sent)
        unsure = _names(kind_name, item.pop("unsure", None))
        ended = self.result(index, item)
        row = {
            "index": index,
            "kind": ended["kind"],
            "pet_id": self.pets.get(index),
            **_as_sent(kind_name, item),
            **ended,
        }
        if ended["status"] == "not_written":
            row["status"] = NOT_CHECKED
        if row["status"] == "ok":
            row["status"] = DUPLICATE if "already" in row else READY
        if unsure:
            row["unsure"] = unsure
        return row

    def whole(self, rows: list[dict[str, Any]]) -> Done:
        people: dict[int, str] = {}
        if self.pets:
            people = {pet.id: shown_name(pet, role) for pet, role in own_and_shared(self._call)}
        for row in rows:
            row["pet"] = people.get(row["pet_id"]) or row["pet"]
            if row["index"] in self._shots and (newer := self._followed_by(row["index"])) is not None:
                row["followed_by"] = _in_short(newer)
        ready = [row for row in rows if row["status"] == READY]
        count = {status: sum(row["status"] == status for row in rows) for status in (DUPLICATE, ASKED)}
        return Done(
            {
                "rows": [
                    {name: value for name, value in row.items() if name != "record" or row["status"] != READY}
                    for row in rows
                ],
                "records": [row["record"] for row in ready],
                "summary": {
                    "ready": len(ready),
                    "duplicate": count[DUPLICATE],
                    "to_ask": count[ASKED],
                    "failed": len(rows) - len(ready) - sum(count.values()),
                },
                "message": "Nothing is saved. Show the person the rows in their words, what is unsure marked, and ask what the rows' "
                "messages say. After a yes send records, with what was corrected, to record_many: duplicates are not among them.",
                **self.day_used,
            }
        )

    def _followed_by(self, index: int) -> Vaccination | None:
        """The newer shot by which this row's is history."""
        shot = self._shots[index]
        newest, *_older = of_vaccine(self._call, shot.pet_id, shot.vaccine_name)
        return newest if newest.administered_at > shot.administered_at else None

    # --- What each kind would write ------------------------------------------------------------------

    def _weight(self, call: Call, *, pet_id: int, again: bool = False, **said: Unpack[WeightSaid]) -> Answer:
        planned = planned_weight(call, pet_id=pet_id, again=again, **said)
        if isinstance(planned, Clarification):
            return planned
        pet_to_write(call, pet_id, "weights")
        kg, day = planned
        there = self._weights.setdefault(
            pet_id, _NewestFirst(every(call.client.weights, pet_id), lambda one: one.record_date)
        )
        for one in there.on(day):
            if one.weight_kg != kept(kg):
                return taken(one, kg)
            return self._already("weight", shown_weight(one), weight_kg=f"{kg.normalize():f} kg", measured_at=day)
        for number, one in self._kept_weights.items():
            if (one.pet_id, one.record_date) == (pet_id, day):
                if one.weight_kg != kept(kg):
                    return _as_in_row(
                        number, "another weight of that day, and Meo Mai Moi keeps one a day", "weight_kg"
                    )
                return self._already("weight", {"row": number}, weight_kg=f"{kg.normalize():f} kg", measured_at=day)
        self._kept_weights[self._index] = stored = Weight(-1 - self._index, pet_id, kept(kg), day, "")
        call.weighed.setdefault(pet_id, []).append(stored)
        fields = {"weight_kg": f"{kg.normalize():f} kg", "measured_at": day, "again": again or None}
        return Done({**self._planned("weight", fields), **rounded(kg, said.get("weight_kg"))})

    def _vaccination(self, call: Call, *, pet_id: int, again: bool = False, **said: Unpack[VaccinationSaid]) -> Answer:
        planned = planned_vaccination(call, pet_id=pet_id, again=again, from_a_card=True, **said)
        if isinstance(planned, Clarification):
            return self._of_rows(planned)
        fields = {**planned.body, "again": again or None}
        if planned.there is not None:
            number = self._row_of(planned.there.id)
            there = shown_vaccination(call, planned.there) if number is None else {"row": number}
            return self._already("vaccination", there, **fields)
        today = call.utc_day
        for one in planned.earlier:
            noted(call, structs.replace(one, completed_on=today))
        self._shots[self._index] = shot = Vaccination(
            id=-1 - self._index,
            pet_id=pet_id,
            vaccine_name=planned.name,
            administered_at=planned.day,
            completed_on=today if planned.later else None,
            version="",
        )
        noted(call, shot)
        completes = [_in_short(one) for one in planned.earlier if self._row_of(one.id) is None]
        return Done({**self._planned("vaccination", fields), **({"completes": completes} if completes else {})})

    def _medical_record(
        self, call: Call, *, pet_id: int, again: bool = False, **said: Unpack[MedicalRecordSaid]
    ) -> Answer:
        planned = planned_medical_record(call, pet_id=pet_id, again=again, **said)
        if isinstance(planned, Clarification):
            return planned
        day, body = planned
        fields = {**body, "again": again or None}
        there = self._medical_records.setdefault(
            pet_id, _NewestFirst(every(call.client.medical_records, pet_id), lambda one: one.record_date)
        )
        beside = [one for one in there.on(day) if one.record_type == body["record_type"]]
        if not again:
            if same := next((one for one in beside if _is_probably(one, body)), None):
                return self._already("medical_record", shown_medical_record(same), **fields)
            for number, kept_record in self._kept_records.items():
                if kept_record == (pet_id, body):
                    return self._already("medical_record", {"row": number}, **fields)
        self._kept_records[self._index] = (pet_id, body)
        note = (
            {"note": f"Another {body['record_type']} of that day is there: {beside[0].description}."} if beside else {}
        )
        return Done({**self._planned("medical_record", fields), **note})

    def _planned(self, kind_name: str, fields: Mapping[str, Any]) -> dict[str, Any]:
        """The row of a record that would be written: its fields in figures, as record_many takes them."""
        pet_id = self.pets[self._index]
        shown = {
            name: one.isoformat() if isinstance(one, date) else one for name, one in fields.items() if one is not None
        }
        return {**_cells(kind_name, shown), "record": {"kind": kind_name, "pet_id": pet_id, **shown}}

    def _already(self, kind_name: str, there: Mapping[str, Any], **fields: Any) -> Done:
        return Done({**self._planned(kind_name, fields), "already": dict(there)})

    def _row_of(self, record_id: int) -> int | None:
        """The row that would have made this record; None: it is stored."""
        return -1 - record_id if record_id < 0 else None

    def _of_rows(self, question: Clarification) -> Clarification:
        """The question, where it is about the record of another row: nothing of that is there to be corrected."""
        for candidate in question.candidates:
            if (number := self._row_of(candidate.get("id", 0))) is not None:
                return _as_in_row(number, "probably this shot, told otherwise", *question.missing_fields)
        return question


class _NewestFirst(Generic[R]):
    """A pet's records of one kind, read no further back than was asked for."""

    def __init__(self, records: Iterator[R], day_of: Callable[[R], date]) -> None:
        self._more, self._day_of, self._read = records, day_of, list[R]()

    def on(self, day: date) -> list[R]:
        while not self._read or self._day_of(self._read[-1]) >= day:
            one = next(self._more, None)
            if one is None:
                break
            self._read.append(one)
        return [one for one in self._read if self._day_of(one) == day]


def _as_in_row(number: int, what: str, *fields: str) -> Clarification:
    return already_exists(
        f"The row with index {number} is {what}. Look at the card again, or ask the person which is right.",
        fields[0],
        {"row": number},
    )


def _is_probably(there: MedicalRecord, body: Mapping[str, Any]) -> bool:
    """Whether one of the same kind and day is this one: one of the two descriptions says nothing that the other does not."""
    if is_as(there, dict(body)):
        return True
    one, other = fold(there.description or ""), fold(body.get("description") or "")
    return one in other or other in one


def _in_short(shot: Vaccination) -> dict[str, Any]:
    return {"vaccine_name": shot.vaccine_name, "administered_at": shot.administered_at.isoformat()}


def _names(kind_name: str, said: object) -> list[str]:
    """The fields that were hard to read, by our names; an unknown one as it came."""
    said = from_text(said)
    listed = [said] if isinstance(said, str) else said if isinstance(said, list) else []
    named, unknown = _by_our_names(kind_name, {str(one): True for one in listed if not isinstance(one, list | dict)})
    return [*named, *sorted(unknown)]


def _as_sent(kind_name: str, item: Mapping[str, object]) -> dict[str, Any]:
    """A row as far as it can be told without any judgement; it stands where nothing better is known."""
    named, unknown = _by_our_names(kind_name, item)
    record = {**named, **{name: item[name] for name in unknown}}
    # Of a list or an object the row's error tells; it may be deeper than an answer can be.
    record = {name: of for name, of in record.items() if not isinstance(of, list | dict)}
    return {"pet": record.get("pet_name"), **_cells(kind_name, record), "record": record}


def _by_our_names(kind_name: str, item: Mapping[str, object]) -> tuple[dict[str, Any], set[str]]:
    kind: Kind | None = KINDS.get(kind_name)
    try:
        own, rest = by_our_names(record_forms.RecordOwn, item)
        named, unknown = by_our_names(
            kind.form if kind else None, {name: of for name, of in item.items() if name in rest}
        )
    except ToolError:
        # One field under two names with two values: the row's own error says so.
        return without_blanks(item), set()
    return {**own, **named}, unknown


def _cells(kind_name: str, record: Mapping[str, Any]) -> dict[str, Any]:
    what, day, due = _SHOWN.get(kind_name, ("", "", ""))
    return {"what": _text(record.get(what)), "day": _text(record.get(day)), "due": _text(record.get(due))}


def _text(value: object) -> str | None:
    return None if value is None else str(value)
