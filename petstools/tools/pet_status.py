"""Whether a pet is with its people, lost or deceased (contract §6.5, §11.1)."""

from mainapp.records import Pet
from petstools.answers import Answer, Clarification, Code, Done, ToolError
from petstools.serializers import pet_profile as forms
from petstools.serializers.fields import Said
from petstools.tools.base import Call, Hints, tool
from petstools.tools.pets import role_in, shown_pet, visible_pet
from petstools.tools.presentation import WHOLE_TEXT
from petstools.tools.writing import update_record
from petstools.understand.outcome import Unclear
from petstools.understand.pet_status import Status, understand_pet_status


@tool(
    "Mark a pet as lost, found again or deceased",
    "Call this when the person says that a pet went missing, is back, or has died. First without confirm: tell them what "
    "the answer says will follow (lost makes the profile public), and call again with confirm true once they agree. Be kind.",
    request=forms.SetPetStatusRequest,
    answer=forms.PetStatusAnswer,
    scopes=("pets:write",),
    # A lost pet's profile is public, and what was public can't be called back.
    hints=Hints(read_only=False, destructive=True, idempotent=True, open_world=True),
    path_ids=("pet_id",),
    consequential=True,
)
def set_pet_status(call: Call, *, pet_id: int, status: Said | None = None, confirm: bool = False) -> Answer:
    wanted = understand_pet_status(status)
    before = None
    if isinstance(wanted, Unclear) and wanted.reason == "ambiguous" and len(str(status).split()) > 1:
        # The pet's own name may be what stands beside the status: "Мурка пропала".
        before = visible_pet(call, pet_id)
        wanted = understand_pet_status(status, name=before.name)
    if isinstance(wanted, Unclear):
        return Clarification.of(wanted)
    before = before or visible_pet(call, pet_id)
    _refused_if_not_editor(before)
    if before.status == wanted:
        return _done(call, before, changed=False)
    if not confirm:
        return _confirmation(before, wanted)

    pet = update_record(
        lambda: visible_pet(call, pet_id),
        {"status": wanted},
        send=lambda body, key: call.client.pets.set_status(before, body, key=key),
        before=before,
    )
    return _done(call, pet, changed=True)


def _done(call: Call, pet: Pet, *, changed: bool) -> Done:
    shown = shown_pet(call, pet, role=role_in(pet, default="none"), text=WHOLE_TEXT)
    return Done({"data": shown, "changed": changed})


def _refused_if_not_editor(pet: Pet) -> None:
    """Nobody shall be asked to confirm what they may not do; the main app has the last word in any case."""
    if pet.permissions is not None and not pet.permissions.can_edit:
        raise ToolError(
            Code.FORBIDDEN,
            f"This person is {pet.name}'s {role_in(pet, default='visitor')} and may not change its status: only its owner or an "
            "editor may. Tell them; nothing was changed.",
        )


def _confirmation(pet: Pet, wanted: Status) -> Clarification:
    return Clarification(
        reason="confirmation_needed",
        message=f"{_WHAT_FOLLOWS[wanted].format(name=pet.name)} Nothing was changed yet. If the person agrees, send the same call "
        "again with confirm true.",
        missing_fields=["confirm"],
        candidates=[{"pet_id": pet.id, "name": pet.name, "status": wanted, "confirm": True}],
    )


_WHAT_FOLLOWS: dict[Status, str] = {
    "lost": (
        "Tell the person first: once {name} is marked as lost, its profile on Meo Mai Moi is public, so that finders can see it. "
        "Anybody can then read its name, photos, description, where it lives, and its microchip numbers, without signing in. It "
        "is taken out of the habits that are tracked there; what was noted stays. When it is back, set_pet_status makes it active."
    ),
    "deceased": (
        "Say first, gently, that you are sorry. Then say that {name} will be marked as deceased: its profile, photos and all its "
        "records stay as they are; it no longer has an age or birthdays here, and is taken out of the habits that are tracked "
        "there, where what was noted stays. It can be taken back. Ask once, kindly, whether to do it now; don't press, and don't "
        "offer to delete the pet."
    ),
    "active": (
        "Tell the person first: {name} will be marked as active, that is alive and with its people. If it was lost, its profile "
        "stops being public for that reason. This does not put it back into the habits that it was taken out of: they can look there."
    ),
}
