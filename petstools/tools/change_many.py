"""Several records corrected in one call ("the weights are all of yesterday"): each as its own update tool corrects it.

Only at the MCP door: the Actions door has all the operations that a GPT can have.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from petstools.answers import Answer, Clarification, Done, Undo
from petstools.serializers import change_many as forms
from petstools.serializers.medical_records import UpdateMedicalRecordRequest
from petstools.serializers.vaccinations import UpdateVaccinationRequest
from petstools.serializers.weights import UpdateWeightRequest
from petstools.tools import medical_records, vaccinations, weights
from petstools.tools.base import CHANGES, Call, tool
from petstools.tools.record_many import Kind, Rows

_KINDS = {
    "weight": Kind(weights.update_weight, UpdateWeightRequest, lambda client: client.weights),
    "vaccination": Kind(vaccinations.update_vaccination, UpdateVaccinationRequest, lambda client: client.vaccinations),
    "medical_record": Kind(
        medical_records.update_medical_record, UpdateMedicalRecordRequest, lambda client: client.medical_records
    ),
}
_KIND_OF = {kind.tool.name: name for name, kind in _KINDS.items()}


@tool(
    "Correct several records at once",
    "Call this when the same is wrong in two or more records, or several were mixed up.",
    facts="Corrects several records in one call, each as its update tool does.",
    request=forms.ChangeManyRequest,
    answer=forms.ChangeManyAnswer,
    scopes=("pets:read", "health:read", "health:write"),
    hints=CHANGES,
)
def change_many(
    call: Call,
    *,
    records: Sequence[Mapping[str, object]] = (),
    set: Mapping[str, object] | None = None,  # noqa: A002 - the field's name
) -> Answer:
    if not records:
        return Clarification(
            reason="missing",
            message="No records were sent. pet_history has their ids: send each as {kind, pet_id, record_id} with what changes.",
            missing_fields=["records"],
        )
    answer = Rows(call, _KINDS, forms.RecordToChange).answer([{**(set or {}), **row} for row in records])
    return _with_one_undo(answer) if isinstance(answer, Done) else answer


def _with_one_undo(answer: Done) -> Done:
    """One call takes all of it back, in place of one for each record; what it can't keeps its own."""
    results: list[dict[str, Any]] = [dict(one) for one in answer.body["results"]]
    rows = []
    for one in results:
        undo = one.get("undo")
        if undo is not None and undo["operation"] in _KIND_OF:
            kind = _KIND_OF[undo["operation"]]
            # Named as here: the update tools call the record's id by its kind, as in the address.
            row = {
                "record_id" if name in _KINDS[kind].tool.path_ids[1:] else name: of
                for name, of in undo["arguments"].items()
            }
            rows.append({"kind": kind, **row})
            del one["undo"]
    body = {**answer.body, "results": results}
    return replace(answer, body={**body, **Undo("change_many", {"records": rows}).as_json()} if rows else body)
