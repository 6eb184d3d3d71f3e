"""Many records in one call, as read from a photo of a vaccination card: each item ends on its own, the rest goes through.

The main app allows so many writes of a kind a minute and tells in its headers what is left (contract §2.1). What does not fit is
not tried; it is handed back, ready to be sent again, with the seconds to wait.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, NamedTuple

from rest_framework.serializers import Serializer

from mainapp.client import MainAppClient, Resource
from mainapp.errors import (
    AbilityMissing,
    AccountBanned,
    EmailNotVerified,
    MainAppAway,
    MainAppError,
    QuotaExceeded,
    Throttled,
    TokenRefused,
)
from mainapp.records import LARGEST_ID
from petstools import pet_types
from petstools.answers import Answer, Clarification, Code, Done, FieldReason, ToolError
from petstools.errors import tool_error
from petstools.inputs import by_our_names, checked_ids, name_of_pet, naming_ignored, without_blanks
from petstools.serializers import record_many as forms
from petstools.serializers.fields import flat_reasons
from petstools.serializers.medical_records import AddMedicalRecordRequest
from petstools.serializers.vaccinations import AddVaccinationRequest
from petstools.serializers.weights import AddWeightRequest
from petstools.tools import medical_records, vaccinations, weights
from petstools.tools.base import ADDS, Call, Tool, tool
from petstools.tools.pets import nobody_called, own_and_shared, shown_pets
from petstools.tools.said import in_zone
from petstools.tools.which_pet import best_called
from petstools.understand.outcome import Unclear
from petstools.understand.pet_names import rank
from petstools.understand.species import understand_species

# The main app counts by the minute and does not tell, on a success, when that minute ends.
A_MINUTE = 60
# What is left of the deadline must be enough for one more write that has to be tried again.
ROOM_FOR_ONE_MORE = 6.0
# What the main app says that is no single record's.
STOPS_ALL = (QuotaExceeded, EmailNotVerified, AccountBanned, MainAppAway)
# Refusals that meet every record of the kind for that pet.
_OF_THE_PET = (Code.FORBIDDEN, Code.NOT_FOUND, Code.FEATURE_NOT_AVAILABLE)


class Kind(NamedTuple):
    """How a record of one kind is written: by its tool, which takes the form; the main app limits its resource."""

    tool: Tool
    form: type[Serializer[Any]]
    resource: Callable[[MainAppClient], Resource[Any]]


KINDS = {
    "weight": Kind(weights.add_weight, AddWeightRequest, lambda client: client.weights),
    "vaccination": Kind(
        replace(vaccinations.add_vaccination, run=partial(vaccinations.record_vaccination, from_a_card=True)),
        AddVaccinationRequest,
        lambda client: client.vaccinations,
    ),
    "medical_record": Kind(
        medical_records.add_medical_record, AddMedicalRecordRequest, lambda client: client.medical_records
    ),
}


@tool(
    "Save several records at once",
    "Call this for two or more weights (any pet), vaccinations or medical records (cats), such as all lines of a photographed "
    "vaccination card. Show what you read and let the person correct it first. Tell which were saved, ask what the rest needs.",
    facts="Records two or more weights, vaccinations or medical records (both of cats), such as a card's lines.",
    request=forms.RecordManyRequest,
    answer=forms.RecordManyAnswer,
    scopes=("pets:read", "health:read", "health:write"),
    hints=ADDS,
)
def record_many(call: Call, *, records: Sequence[Mapping[str, object]] = ()) -> Answer:
    if not records:
        return nothing_sent()
    return Rows(call, KINDS).answer(records)


def nothing_sent() -> Clarification:
    return Clarification(
        reason="missing",
        message="No records were sent. Ask the person which ones to save, show them what you read, then call again.",
        missing_fields=["records"],
    )


@dataclass(frozen=True)
class _Stopped:
    """Why records were not taken, or not tried, and may be sent again: after so many seconds, or None when that is not known.

    error: what the record met that the rest was stopped for, without the message, which the answer has once for all.
    """

    message: str
    retry_after: int | None
    error: Mapping[str, Any] = field(default_factory=dict)


class Rows:
    """One call's way through its items: what it knows of the pets, and what can't be written any more.

    kinds: what is done with a record of each kind; pets: whose record each item is, by its index, where that is known; own: the
    form of what every item has, whatever its kind.
    """

    def __init__(self, call: Call, kinds: Mapping[str, Kind], own: type[Serializer[Any]] = forms.RecordOwn) -> None:
        self._call, self._kinds, self._own = call, kinds, own
        self.pets: dict[int, int] = {}
        # What can't be written of a kind for a pet, whatever a record says, by the first record that met it.
        self._refused: dict[tuple[str, int], tuple[int, ToolError]] = {}
        # By kind what is over the main app's minute; under "" what stops every kind. Each is told once, for all its records.
        self.stopped: dict[str, _Stopped] = {}
        self._written = 0
        # The person's day in each record's zone, where it was needed.
        self._days: list[dict[str, str]] = []

    def answer(self, records: Sequence[Mapping[str, object]]) -> Answer:
        """Each item's ending, and what is over all."""
        results = [self.result(index, item) for index, item in enumerate(records)]
        _completed_since(results, self._call.utc_day.isoformat())
        return _whole(results, records, self.stopped.values(), self.day_used)

    @property
    def day_used(self) -> Mapping[str, str]:
        """That of the first record that needed one."""
        return next(filter(None, self._days), {})

    def result(self, index: int, item: Mapping[str, object]) -> dict[str, Any]:
        """How one item ended, without ever failing the others."""
        kind_name = kind_said(item)
        ending: dict[str, Any] = {"index": index, "kind": kind_name or None}
        if self._is_stopped(kind_name):
            return {**ending, "status": "not_written"}
        answer: Answer | ToolError | _Stopped
        try:
            answer = self._write(index, kind_name, item)
        except (TokenRefused, AbilityMissing) as error:
            if not self._written:
                raise
            # What was written has to be told; the next call meets the dead token again and ends the connection.
            answer = self._stop("", error)
        except MainAppError as error:
            answer = self.judged(kind_name, error)
        except ToolError as error:
            answer = error
        if isinstance(answer, _Stopped):
            return {**ending, "status": "not_written", **answer.error}
        if isinstance(answer, Done):
            self._written += 1
        if isinstance(answer, Done | Clarification):
            return {**ending, **answer.as_json()}
        problem = answer.as_json("")
        problem.pop("request_id")
        return {**ending, "status": "error", **problem}

    def _is_stopped(self, kind_name: str) -> bool:
        if self._call.client.deadline.remaining() < ROOM_FOR_ONE_MORE:
            self.stopped.setdefault("", _Stopped("There was no time left in this call.", 0))
        return "" in self.stopped or kind_name in self.stopped

    def judged(self, kind_name: str, error: MainAppError) -> ToolError | _Stopped:
        """What stops more than one record hands all of these back; anything else is this record's own error."""
        if isinstance(error, Throttled):
            return self._stop(kind_name, error, wait=A_MINUTE)
        stops = isinstance(error, STOPS_ALL)
        return self._stop("", error) if stops and not error.outcome_unknown else tool_error(error)

    def _stop(self, kind_name: str, error: MainAppError, *, wait: int | None = None) -> _Stopped:
        problem = tool_error(error)
        shown = problem.as_json("")
        met: dict[str, Any] = {
            name: shown[name] for name in ("error", "retryable", "retry_after", "quota") if name in shown
        }
        self.stopped[kind_name] = _Stopped(problem.message, problem.retry_after or wait, met)
        return self.stopped[kind_name]

    def _write(self, index: int, kind_name: str, item: Mapping[str, object]) -> Answer | ToolError:
        kind = self._kinds.get(kind_name)
        if kind is None:
            return Clarification(
                reason="missing",
                message="Say what kind of record this is: weight, vaccination or medical_record.",
                missing_fields=["kind"],
            )
        own, rest = by_our_names(self._own, item)
        # A changed record has an id besides its pet's.
        id_names = [name for name in kind.tool.path_ids if name != "pet_id"]
        ids = {name: checked_ids({"record_id": str(own.get("record_id", ""))})["record_id"] for name in id_names}
        pet_id = self._pet_id(own)
        if isinstance(pet_id, Clarification | ToolError):
            return pet_id
        self.pets[index] = pet_id
        if (kind_name, pet_id) in self._refused:
            first, refusal = self._refused[kind_name, pet_id]
            return replace(refusal, message=f"As for the record with index {first}.")
        named, ignored = by_our_names(kind.form, {name: item[name] for name in rest})
        form = kind.form(data=named)
        if not form.is_valid():
            wrong = [FieldReason(name, reason) for name, reason in flat_reasons(form.errors)]
            return ToolError(Code.INVALID_INPUT, "These fields can't be used as they are. Correct them.", fields=wrong)
        fields = without_blanks(form.validated_data)
        call = in_zone(replace(self._call, countries=set()), fields.pop("time_zone", None), pet_id)
        if isinstance(call, Clarification):
            return call
        try:
            answer = kind.tool(call, pet_id=pet_id, **ids, **fields)
        except ToolError as error:
            if error.code in _OF_THE_PET:
                self._refused[kind_name, pet_id] = (index, error)
            raise
        self._days.append(call.day_used)
        rate = kind.resource(self._call.client).creations_left
        if not ids and rate is not None and rate.remaining <= 0:
            self.stopped[kind_name] = _Stopped(f"Meo Mai Moi takes no more of kind {kind_name} this minute.", A_MINUTE)
        return naming_ignored(answer, sorted(ignored), kind.tool.name) if ignored else answer

    def _pet_id(self, item: Mapping[str, object]) -> int | Clarification | ToolError:
        given_id = item.get("pet_id")
        if (called := name_of_pet(given_id)) is not None:
            return self._pet_called(called, item.get("species"))
        if given_id not in (None, ""):
            digits = str(given_id)
            if isinstance(given_id, bool) or not digits.isascii() or not digits.isdigit() or len(digits) > 20:
                return _bad_pet_id()
            return int(digits) if 0 < int(digits) <= LARGEST_ID else _bad_pet_id()
        name = item.get("pet_name")
        if name in (None, ""):
            return Clarification(
                reason="missing",
                message="Ask the person which pet this record belongs to; send pet_id or pet_name.",
                missing_fields=["pet_id"],
            )
        return self._pet_called(name, item.get("species"))

    def _pet_called(self, name: object, species: object) -> int | Clarification:
        everyone = own_and_shared(self._call)
        pets = everyone
        if species not in (None, ""):
            kind = understand_species(species, pet_types.pet_types(self._call.client))
            if isinstance(kind, Unclear):
                return Clarification.of(kind)
            pets = [(pet, role) for pet, role in pets if pet_types.is_of_type(pet, kind)]
        living = [(pet, role) for pet, role in pets if pet.status != "deceased"]
        best = best_called(living, name) or best_called(pets, name)
        if not best:
            near = rank(name, [pet.name for pet, _role in living]).suggestions
            return nobody_called(self._call, everyone, [living[hit.index] for hit in near])
        if len(best) == 1:
            return best[0][0].id
        return Clarification(
            reason="several_pets",
            message="Several pets have this name. Ask the person which one is meant, and send its pet_id.",
            missing_fields=["pet_id"],
            candidates=shown_pets(self._call, best),
        )


def _completed_since(results: list[dict[str, Any]], day: str) -> None:
    """A shot that a later row of the same call has completed is told as it stands now. day: the main app's, on which it did."""
    shots = {one["data"]["id"]: one for one in results if one["status"] == "ok" and one["kind"] == "vaccination"}
    for later in results:
        if (earlier := shots.get(later.get("renewed_id"))) is not None:
            earlier["data"] |= {"is_overdue": False, "completed_at": day}
            earlier["note"] = f"Kept as history, completed: the record with index {later['index']} is newer and counts."


# Other words for a kind, and the field that no other kind has.
_SAME_KIND = {
    **dict.fromkeys(("weights", "weighing"), "weight"),
    **dict.fromkeys(("vaccine", "vaccines", "vaccinations", "shot", "shots"), "vaccination"),
    **dict.fromkeys(("medical", "medical_records"), "medical_record"),
}
_ONLY_OF = {"weight_kg": "weight", "vaccine_name": "vaccination", "record_type": "medical_record"}


def kind_said(item: Mapping[str, object]) -> str:
    """The kind of a record, by its word or, where none came, by what only one kind has."""
    word = str(item.get("kind") or "").strip().lower().replace("-", "_").replace(" ", "_")
    named = {name: True for name, value in item.items() if value not in (None, "")}
    kinds = [kind for name, kind in _ONLY_OF.items() if name in by_our_names(KINDS[kind].form, named)[0]]
    return _SAME_KIND.get(word, word) or (kinds[0] if len(kinds) == 1 else "")


def _bad_pet_id() -> ToolError:
    return ToolError(
        Code.INVALID_INPUT,
        "pet_id must be the id of a pet from list_pets or find_pet. Send pet_name if you don't have it.",
        fields=[FieldReason("pet_id", "must be a positive whole number from an earlier answer")],
    )


def _whole(
    results: list[dict[str, Any]],
    records: Sequence[Mapping[str, object]],
    stopped: Iterable[_Stopped],
    day_used: Mapping[str, str],
) -> Answer:
    count = {status: sum(one["status"] == status for one in results) for status in _ENDINGS}
    summary = {
        "written": count["ok"],
        "to_ask": count["clarification_needed"],
        "failed": count["error"],
        "not_written": count["not_written"],
    }
    again = [dict(records[one["index"]]) for one in results if one["status"] == "not_written"]
    why = list(stopped) if again else []
    waits = [one.retry_after for one in why if one.retry_after is not None]
    body: dict[str, Any] = {
        "summary": summary,
        "results": results,
        "send_again": again,
        "retry_after": max(waits, default=None),
        **day_used,
    }
    if why:
        reasons = " ".join(dict.fromkeys(one.message for one in why))
        body["message"] = (
            f"Not all records were saved: {reasons} What is in send_again was not; send it as it is once that has passed."
        )
    if not count["ok"] and count["clarification_needed"]:
        return Clarification(
            reason="records_unclear",
            message="Nothing was saved. Each result says what to ask; ask the person all of it at once, then send these records again.",
            extra={name: value for name, value in body.items() if name != "message"},
        )
    whole = count["ok"] == len(results)
    return Done({"status": "ok" if whole else "partial", **body})


_ENDINGS = ("ok", "clarification_needed", "error", "not_written")
