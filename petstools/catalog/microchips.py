"""The tools about microchips, in the words by which a model chooses them."""

from petstools.serializers import microchips as forms
from petstools.tools import microchips
from petstools.tools.registry import ADDS, CHANGES, DELETES, READS, Tool

LIST_MICROCHIPS = Tool(
    name="list_microchips",
    run=microchips.list_microchips,
    summary="List a pet's microchips",
    description="Call this when the person asks for a pet's chip number, or before changing or deleting a microchip, to get its "
    "microchip_id.",
    query=forms.ListMicrochipsQuery,
    answer=forms.MicrochipsAnswer,
    scopes=("microchips:read",),
    hints=READS,
    path_ids=("pet_id",),
)
ADD_MICROCHIP = Tool(
    name="add_microchip",
    run=microchips.add_microchip,
    summary="Record a pet's microchip",
    description="Call this when the person tells a pet's chip number. Needs chip_number: copy it exactly, as text. Get pet_id from "
    "find_pet first. clarification_needed: ask what its message says.",
    request=forms.AddMicrochipRequest,
    answer=forms.MicrochipAnswer,
    scopes=("microchips:write",),
    hints=ADDS,
    path_ids=("pet_id",),
    creates=True,
)
UPDATE_MICROCHIP = Tool(
    name="update_microchip",
    run=microchips.update_microchip,
    summary="Correct a recorded microchip",
    description="Call this when a recorded chip number, its issuer or its day is wrong. Get microchip_id from list_microchips. Send "
    "only what changes. Tell the person what is stored now.",
    request=forms.UpdateMicrochipRequest,
    answer=forms.MicrochipAnswer,
    scopes=("microchips:write",),
    hints=CHANGES,
    path_ids=("pet_id", "microchip_id"),
)
DELETE_MICROCHIP = Tool(
    name="delete_microchip",
    run=microchips.delete_microchip,
    summary="Delete a recorded microchip",
    description="Call this when the person wants one recorded microchip removed for good. Get microchip_id from list_microchips and "
    "read the number to the person first. It can't be undone.",
    answer=forms.DeletedMicrochipAnswer,
    scopes=("microchips:write",),
    hints=DELETES,
    consequential=True,
    path_ids=("pet_id", "microchip_id"),
)
