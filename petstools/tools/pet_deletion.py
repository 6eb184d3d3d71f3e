"""Deleting a pet (contract §6.5): nobody can bring it back, so nothing happens before the person has said yes."""

from mainapp.errors import AbilityMissing, Forbidden, NotFound
from mainapp.records import Pet
from petstools.answers import Answer, Code, Done, ToolError
from petstools.serializers import pet_profile as forms
from petstools.serializers.fields import Said
from petstools.tools import confirmations
from petstools.tools.base import DELETES, Call, tool
from petstools.tools.pets import role_in
from petstools.tools.writing import delete_once


@tool(
    "Delete a pet and all its records for good",
    "Call this only when the person wants a pet removed for good. The first call does nothing: its answer says what would be "
    "gone; tell them that. Only after a clear yes call again with its confirmation. If the pet died, offer set_pet_status "
    "instead.",
    facts="Deletes a pet and all its records for good, by a second call with a confirmation. A pet that died: "
    "set_pet_status.",
    query=forms.DeletePetQuery,
    answer=forms.DeletedPetAnswer,
    scopes=("pets:write",),
    hints=DELETES,
    path_ids=("pet_id",),
    consequential=True,
)
def delete_pet(call: Call, *, pet_id: int, confirmation: Said | None = None, confirm: bool = False) -> Answer:
    try:
        pet = _read(call, pet_id)
    except NotFound:
        if confirmation is None and not confirm:
            raise
        pet = None
    if pet is not None:
        if _may_not_delete(pet):
            raise _owner_only(f"{pet.name}'s {role_in(pet, default='visitor')}")
        about = ("delete_pet", pet_id, pet.name, pet.status, pet.version)
        if not confirmations.confirms(call, confirmation, about):
            candidate = {"pet_id": pet_id, "name": pet.name, "status": pet.status}
            return confirmations.question(call, about, _what_goes(pet), candidate)
    try:
        deleted = delete_once(
            call,
            "delete_pet",
            {"pet_id": pet_id},
            read=lambda: _read(call, pet_id),
            send=lambda pet, key: call.client.pets.delete(pet, key=key),
            before=pet,
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
    """The pet; a hidden one is as unknown as one that is not there (trap 11)."""
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


def _what_goes(pet: Pet) -> str:
    photos = f" and its {len(pet.photos)} {'photo' if len(pet.photos) == 1 else 'photos'}" if pet.photos else ""
    instead = (
        "To remember a pet that has died, it can stay as it is."
        if pet.status == "deceased"
        else "If it has died or is missing, set_pet_status keeps everything."
    )
    return (
        f"Deleting {pet.name} removes its profile{photos} and all that is recorded of it, also for everybody it is "
        f"shared with. It can't be undone. {instead}"
    )
