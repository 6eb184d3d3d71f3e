"""Deleting one record of any kind: what they have in common for a model. How each kind is deleted is its own module's.

A model rarely deletes, and would read four operations each time that differ in the kind alone.
"""

from dataclasses import replace
from typing import Any, Literal

from mainapp.errors import FeatureNotAvailable
from petstools.answers import Answer, Code, FieldReason, ToolError
from petstools.serializers import delete_record as forms
from petstools.serializers.fields import Said
from petstools.tools.base import DELETES, Call, Tool, not_for_its_kind, tool
from petstools.tools.medical_records import delete_medical_record
from petstools.tools.microchips import delete_microchip
from petstools.tools.photo_deletion import delete_photo
from petstools.tools.vaccinations import delete_vaccination
from petstools.tools.weights import delete_weight

Kind = Literal["weight", "vaccination", "medical_record", "microchip", "photo"]
# The deletions that were operations of their own, and still are for GPTs that know no other.
OF_KIND: dict[str, Tool] = {
    "weight": delete_weight,
    "vaccination": delete_vaccination,
    "medical_record": delete_medical_record,
    "microchip": delete_microchip,
}
OF_PHOTOS = ("pets:write", "health:write")


@tool(
    "Delete one record",
    "Call this when the person wants one weight, vaccination, medical record, microchip or photo removed for good. Get record_id "
    "from its list, pet_history or get_pet, and read it with its day to the person first. Its photos go with it for good.",
    facts="Deletes one weight, vaccination, medical record, microchip or photo for good, with its photos.",
    query=forms.DeleteRecordQuery,
    answer=forms.DeletedRecordAnswer,
    scopes=("pets:write", "health:write", "microchips:write"),
    hints=DELETES,
    path_ids=("pet_id", "record_id"),
    consequential=True,
)
def delete_record(
    call: Call, *, pet_id: int, record_id: int, kind: Kind | None = None, confirmation: Said | None = None
) -> Answer:
    if kind is None:
        kinds = ", ".join(forms.KINDS)
        raise ToolError(
            Code.INVALID_INPUT,
            f"kind says what is to be deleted, and must be one of: {kinds}. Correct it and call again.",
            fields=[FieldReason("kind", f"must be one of: {kinds}")],
        )
    if kind == "photo":
        return delete_photo(call, pet_id=pet_id, photo_id=record_id, confirmation=confirmation)
    deletion = OF_KIND[kind]
    fields: dict[str, Any] = {deletion.path_ids[1]: record_id}
    if deletion.query is not None and confirmation is not None:
        fields["confirmation"] = confirmation
    try:
        return deletion.run(call, pet_id=pet_id, **fields)
    except FeatureNotAvailable:
        raise not_for_its_kind(call, pet_id, deletion.some_kinds) from None


def for_kind(kind: object) -> Tool:
    """delete_record with the scopes that this kind needs; all of them where it is none."""
    if kind == "photo":
        return replace(delete_record, scopes=OF_PHOTOS)
    deletion = OF_KIND.get(kind) if isinstance(kind, str) else None
    return delete_record if deletion is None else replace(delete_record, scopes=deletion.scopes)
