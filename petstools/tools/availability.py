"""What is possible for a pet whose kind has no records of some sort (contract §7.2)."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from mainapp.errors import FeatureNotAvailable, MainAppError
from petstools import pet_types
from petstools.answers import Answer, Code, ToolError
from petstools.tools.call import Call

Tool = TypeVar("Tool", bound=Callable[..., Answer])


def not_for_its_kind(call: Call, pet_id: int, what: str) -> ToolError:
    """FEATURE_NOT_AVAILABLE for `what` ("microchips"), naming the pet's kind and what the main app does keep for it.

    Which kinds have what is the main app's to say: it has just refused, and its flags tell the rest. Costs one call.
    """
    try:
        pet = call.client.pet(pet_id)
    except MainAppError:
        # The refusal stands whether or not the pet can be read right now.
        return _told(f"Meo Mai Moi keeps no {what} for this kind of animal.", [])
    kind = pet_types.type_of(call.client, pet)
    keeps = []
    if kind is not None and kind.weight_tracking_allowed:
        keeps.append("weights (add_weight)")
    if kind is not None and kind.microchips_allowed:
        keeps.append("microchips (add_microchip)")
    of_kind = f"{kind.name} ({kind.slug})" if kind is not None else "this kind of animal"
    return _told(f"Meo Mai Moi keeps no {what} for {pet.name}: not for {of_kind}.", keeps)


def _told(refusal: str, keeps: list[str]) -> ToolError:
    possible = ", ".join([*keeps, "its profile, where a note can go into the description (update_pet)"])
    return ToolError(
        Code.FEATURE_NOT_AVAILABLE,
        f"{refusal} Nothing was saved. Tell the person, and what is possible for this pet: {possible}.",
    )


def kept_for_some_kinds(what: str) -> Callable[[Tool], Tool]:
    """Let a tool about `what` of one pet (`pet_id`) answer the main app's FeatureNotAvailable with what is possible."""

    def told(tool: Tool) -> Tool:
        @wraps(tool)
        def run(call: Call, *, pet_id: int, **said: Any) -> Answer:
            try:
                return tool(call, pet_id=pet_id, **said)
            except FeatureNotAvailable:
                raise not_for_its_kind(call, pet_id, what) from None

        return cast(Tool, run)

    return told
