"""The tools that make, change and delete a pet, in the words by which a model chooses them."""

from petstools.serializers import pet_profile as forms
from petstools.tools import pet_deletion, pet_profile, pet_status
from petstools.tools.registry import ADDS, CHANGES, DELETES, Hints, Tool

CREATE_PET = Tool(
    name="create_pet",
    run=pet_profile.create_pet,
    summary="Add a new pet",
    description="Call this when the person wants to add a pet. Needs name and species; send what else they said, and don't ask for "
    "the rest. clarification_needed: ask what its message says. possible_duplicate: nothing was created, ask whether it is the same "
    "animal.",
    request=forms.CreatePetRequest,
    answer=forms.CreatedPetAnswer,
    scopes=("pets:write",),
    hints=ADDS,
    creates=True,
)
UPDATE_PET = Tool(
    name="update_pet",
    run=pet_profile.update_pet,
    summary="Change a pet's profile",
    description="Call this to change a pet's name, kind, sex, birthday or age, country or description. Get pet_id from find_pet. "
    "Send only what changes, then tell the person what is stored now. Lost, found or died: set_pet_status. Weight: add_weight.",
    request=forms.UpdatePetRequest,
    answer=forms.UpdatedPetAnswer,
    scopes=("pets:write",),
    hints=CHANGES,
    path_ids=("pet_id",),
)
SET_PET_STATUS = Tool(
    name="set_pet_status",
    run=pet_status.set_pet_status,
    summary="Mark a pet as lost, found again or deceased",
    description="Call this when the person says that a pet went missing, is back, or has died. First without confirm: tell them what "
    "the answer says will follow (lost makes the profile public), and call again with confirm true once they agree. Be kind.",
    request=forms.SetPetStatusRequest,
    answer=forms.PetStatusAnswer,
    scopes=("pets:write",),
    # A lost pet's profile is public, and what was public can't be called back.
    hints=Hints(read_only=False, destructive=True, idempotent=True, open_world=True),
    consequential=True,
    path_ids=("pet_id",),
)
DELETE_PET = Tool(
    name="delete_pet",
    run=pet_deletion.delete_pet,
    summary="Delete a pet and all its records for good",
    description="Call this only when the person wants a pet removed for good. First without confirm: nothing happens and the answer "
    "says what would be gone; tell them that. Only after a clear yes call again with confirm=true. If the pet died, offer "
    "set_pet_status instead.",
    query=forms.DeletePetQuery,
    answer=forms.DeletedPetAnswer,
    scopes=("pets:write",),
    hints=DELETES,
    consequential=True,
    path_ids=("pet_id",),
)
