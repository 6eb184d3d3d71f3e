"""Deleting a pet (contract §6.5): nobody can bring it back, so nothing happens before the person has said yes."""

from mainapp.errors import AbilityMissing, Forbidden, NotFound
from mainapp.records import Pet
from petstools.answers import Answer, Clarification, Code, Done, ToolError
from petstools.serializers import pet_profile as forms
from petstools.tools.base import DELETES, Call, tool
from petstools.tools.pets import role_in, visible_pet
from petstools.tools.writing import delete_once


@tool(
    "Delete a pet and all its records for good",
    "Call this only when the person wants a pet removed for good. First without confirm: nothing happens and the answer "
    "says what would be gone; tell them that. Only after a clear yes call again with confirm=true. If the pet died, offer "
    "set_pet_status instead.",
    query=forms.DeletePetQuery,
    answer=forms.DeletedPetAnswer,
    scopes=("pets:write",),
    hints=DELETES,
    path_ids=("pet_id",),
    consequential=True,
)
def delete_pet(call: Call, *, pet_id: int, confirm: bool = False) -> Answer:
    if not confirm:
        pet = visible_pet(call, pet_id)
        if _may_not_delete(pet):
            raise _owner_only(f"{pet.name}'s {role_in(pet, default='visitor')}")
        return _confirmation(pet)
    try:
        deleted = delete_once(
            call,
            "delete_pet",
            {"pet_id": pet_id},
            read=lambda: _read(call, pet_id),
            send=lambda pet, key: call.client.pets.delete(pet, key=key),
        )
    except AbilityMissing:
        raise
    except Forbidden:
        raise _owner_only("not its owner") from None
    return Done(
        {
            "deleted": {"id": deleted.id, "name": deleted.name} if deleted else None,
            "already_deleted": deleted is None,
        }
    )


def _read(call: Call, pet_id: int) -> Pet:
    """The pet; a hidden one is as unknown as one that is not there (trap 11). NotFound stays what it is: deleted already?"""
    try:
        return call.client.pets.read(pet_id)
    except AbilityMissing:
        raise
    except Forbidden as hidden:
        raise NotFound(status=hidden.status, route=hidden.route) from None


def _may_not_delete(pet: Pet) -> bool:
    may = pet.permissions
    return may is not None and not (may.is_owner if may.can_delete is None else may.can_delete)


def _owner_only(who: str) -> ToolError:
    return ToolError(
        Code.FORBIDDEN,
        f"Only a pet's owner may delete it, and this person is {who}. Nothing was deleted. Tell them to ask the owner.",
    )


def _confirmation(pet: Pet) -> Clarification:
    photos = f" and its {len(pet.photos)} {'photo' if len(pet.photos) == 1 else 'photos'}" if pet.photos else ""
    instead = (
        "To remember a pet that has died, it can stay as it is."
        if pet.status == "deceased"
        else "If it has died or is missing, set_pet_status keeps everything."
    )
    return Clarification(
        reason="confirmation_needed",
        message=f"Deleting {pet.name} removes its profile{photos}, all its weights, vaccinations, medical records and microchips, "
        f"also for everybody it is shared with. It can't be undone. {instead} Nothing was deleted yet: tell the person this, and "
        f"only if they want {pet.name} deleted send the same call again with confirm=true.",
        missing_fields=["confirm"],
        candidates=[{"pet_id": pet.id, "name": pet.name, "status": pet.status, "confirm": True}],
    )
