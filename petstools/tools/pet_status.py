"""Whether a pet is with its people, lost or deceased (contract §6.5, §11.1)."""

from mainapp.records import Pet
from petstools import own_pages
from petstools.answers import Answer, Clarification, Code, Done, ToolError, Undo
from petstools.serializers import pet_profile as forms
from petstools.serializers.fields import Said
from petstools.tools import confirmations
from petstools.tools.base import Call, Hints, tool
from petstools.tools.pets import role_in, shown_pet, visible_pet
from petstools.tools.presentation import WHOLE_TEXT
from petstools.tools.writing import update_record
from petstools.understand.outcome import Unclear
from petstools.understand.pet_status import STATUSES, Status, understand_pet_status


@tool(
    "Mark a pet as lost, found again or deceased",
    "Call this when the person says that a pet went missing, is back, or has died. lost and deceased: the first answer says what "
    "will follow (lost makes the profile public); tell them, and call again with its confirmation once they agree. Be kind.",
    facts="Marks a pet as lost (its profile becomes public), active again or deceased. Lost and deceased take "
    "a second call with a confirmation.",
    request=forms.SetPetStatusRequest,
    answer=forms.PetStatusAnswer,
    scopes=("pets:write",),
    # A lost pet's profile is public, and what was public can't be called back.
    hints=Hints(read_only=False, destructive=True, idempotent=True, open_world=True),
    path_ids=("pet_id",),
    consequential=True,
)
def set_pet_status(
    call: Call, *, pet_id: int, status: Said | None = None, confirmation: Said | None = None, confirm: bool = False
) -> Answer:
    wanted = understand_pet_status(status)
    before = None
    if (
        isinstance(wanted, Unclear)
        and wanted.reason == "ambiguous"
        and (len(str(status).split()) > 1 or {"status": "active"} in wanted.candidates)
    ):
        # The pet's own name may be what stands beside the status ("Мурка пропала"), and "alive" is told by how things stood.
        before = visible_pet(call, pet_id)
        wanted = understand_pet_status(status, name=before.name, now=_status_of(before))
    if isinstance(wanted, Unclear):
        return Clarification.of(wanted)
    before = before or visible_pet(call, pet_id)
    _refused_if_not_editor(before)
    if before.status == wanted:
        return _done(call, before, changed=False)
    about = ("set_pet_status", pet_id, before.status, wanted, before.version)
    if wanted in _WHAT_FOLLOWS and not confirmations.confirms(call, confirmation, about):
        candidate = {"pet_id": pet_id, "name": before.name, "status": wanted}
        warning = _WHAT_FOLLOWS[wanted].format(name=before.name)
        if (before.status, wanted) == ("lost", "deceased"):
            warning = f"{warning} The public page that it has as a lost pet closes."
        return confirmations.question(call, about, warning, candidate)

    pet = update_record(
        lambda: visible_pet(call, pet_id),
        {"status": wanted},
        send=lambda body, key: call.client.pets.set_status(before, body, key=key),
        before=before,
    ).now
    note = _WHAT_FOLLOWED.get((before.status, wanted), "").format(
        page=own_pages.pet(pet_id), public=own_pages.public(pet_id)
    )
    follows = {"note": note} if note else {}
    undo = Undo("set_pet_status", {"pet_id": pet_id, "status": before.status})
    return _done(call, pet, changed=True, before={"status": before.status}, **follows, **undo.as_json())


def _done(call: Call, pet: Pet, **beside: object) -> Done:
    return Done({"data": shown_pet(call, pet, role=role_in(pet, default="none"), text=WHOLE_TEXT), **beside})


def _status_of(pet: Pet) -> Status | None:
    return next((one for one in STATUSES if one == pet.status), None)


def _refused_if_not_editor(pet: Pet) -> None:
    """Nobody shall be asked to confirm what they may not do; the main app has the last word in any case."""
    if pet.permissions is not None and not pet.permissions.can_edit:
        raise ToolError(
            Code.FORBIDDEN,
            f"This person is {pet.name}'s {role_in(pet, default='visitor')} and may not change its status: only its owner or an "
            "editor may. Tell them; nothing was changed.",
        )


# Nobody is asked about active: it can be changed back at once.
_WHAT_FOLLOWS: dict[Status, str] = {
    "lost": (
        "Tell the person first: once {name} is marked as lost, its profile on Meo Mai Moi is public, so that finders can see it. "
        "Anybody can then read its name, photos, description, where it lives, and its microchip numbers, without signing in. It "
        "is taken out of the habits that are tracked there for good; what was noted stays. When it is back, set_pet_status makes it "
        "active, and the page closes."
    ),
    "deceased": (
        "Say first, gently, that you are sorry. Then say that {name} will be marked as deceased: its profile, photos and all its "
        "records stay as they are; it no longer has an age or birthdays here, and is taken out of the habits that are tracked "
        "there for good, where what was noted stays. The mark can be taken back. Ask once, kindly, whether to do it now; don't press, "
        "and don't offer to delete the pet."
    ),
}
_OUT_OF_HABITS = (
    "It is not put back into the habits that it was taken out of; they can do that on Meo Mai Moi (its page: {page})."
)
_PUBLIC = "Its page for finders, open to anybody: {public}."
_WHAT_FOLLOWED: dict[tuple[str, Status], str] = {
    ("active", "lost"): _PUBLIC,
    ("deceased", "lost"): _PUBLIC,
    ("lost", "active"): f"Its public page is closed. {_OUT_OF_HABITS}",
    ("lost", "deceased"): "Its public page is closed.",
    ("deceased", "active"): _OUT_OF_HABITS,
}
