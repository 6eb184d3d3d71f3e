"""What a tool is: a function, what it is called with, and everything a model must know to call it.

`@tool(…)` stands above each function of this package and makes it a `Tool`; `petstools.catalog` lists them. The HTTP door
(`petstools.views`), its schema and the MCP door (`petstools.mcp`) read nothing else.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.conf import settings
from rest_framework.serializers import Serializer

from mainapp.client import MainAppClient
from mainapp.errors import AbilityMissing, FeatureNotAvailable, Forbidden, MainAppError, NotFound
from oauthbridge.models import Connection
from petstools import pet_types
from petstools.answers import Answer, Code, ToolError

# The ids in the tools' addresses, in the words by which a model fills them (700 characters at most each).
PATH_IDS: dict[str, str] = {
    "pet_id": "The pet, by its id from find_pet, list_pets or pets_overview. Never guess it.",
    "weight_id": "The weighing, by its id from list_weights of the same pet. Never guess it.",
    "vaccination_id": "The vaccination, by its id from list_vaccinations or pets_overview, of the same pet. Never guess it.",
    "record_id": "The medical record, by its id from list_medical_records of the same pet. Never guess it.",
    "microchip_id": "The microchip, by its id from list_microchips of the same pet. Never guess it.",
}


@dataclass(frozen=True)
class Call:
    """One tool call. `now` is aware, in UTC. `client` counts the upstream calls; `signed_in` is None where nobody has to be."""

    client: MainAppClient
    language: str
    now: datetime
    signed_in: Connection | None = None

    @property
    def connection(self) -> Connection:
        """The connection of a call that needs one; the doors let no other through to such a tool."""
        if self.signed_in is None:
            raise RuntimeError("this tool needs a connection")
        return self.signed_in

    @cached_property
    def today(self) -> date:
        """The person's day, never the server's by accident: `DEFAULT_TIME_ZONE`, where a tool was not told another."""
        return self.now.astimezone(ZoneInfo(settings.DEFAULT_TIME_ZONE)).date()

    @cached_property
    def utc_day(self) -> date:
        """The main app's day."""
        return self.now.astimezone(UTC).date()


class Hints(NamedTuple):
    """What a tool does to the world (MCP 2026-07-28, ToolAnnotations). Left out, each would be read as its most dangerous value.

    idempotent: the same call again changes nothing more, however much later it comes; open_world: it shows something to anybody.
    """

    read_only: bool
    destructive: bool
    idempotent: bool
    open_world: bool = False


READS = Hints(read_only=True, destructive=False, idempotent=True)
# The same call again within minutes is one record (`writing`); tomorrow it is two.
ADDS = Hints(read_only=False, destructive=False, idempotent=False)
# What was there before is in the answer that was read before, and can be set again.
CHANGES = Hints(read_only=False, destructive=False, idempotent=True)
DELETES = Hints(read_only=False, destructive=True, idempotent=True)


@dataclass(frozen=True, kw_only=True)
class Tool:
    """`run(call, **input)`: the input's names are those of the `request` and `query` serializers and of the path's ids.

    name: of the operation, for good: GPTs in use know it; summary, description: read by the model as directives (300 characters
    at most each, actions.md); path_ids: the address's ids, positive integers; scopes: all that an MCP client needs to call it;
    creates: whether it may answer `Done(created=True)`; consequential: whether ChatGPT must always ask the person first;
    public: whether nobody has to be signed in; some_kinds: what it is about, where the main app keeps that for some kinds of
    animals alone ("vaccinations").
    """

    name: str
    run: Callable[..., Answer]
    summary: str
    description: str
    answer: type[Serializer[Any]]
    scopes: tuple[str, ...]
    hints: Hints
    request: type[Serializer[Any]] | None = None
    query: type[Serializer[Any]] | None = None
    path_ids: tuple[str, ...] = ()
    creates: bool = False
    consequential: bool = False
    public: bool = False
    some_kinds: str = ""

    def __call__(self, call: Call, **given: Any) -> Answer:
        if "pet_id" not in self.path_ids:
            return self.run(call, **given)
        pet_id: int = given["pet_id"]
        with hidden_as_missing(call, pet_id):
            try:
                return self.run(call, **given)
            except FeatureNotAvailable:
                if not self.some_kinds:
                    raise
                raise _not_for_its_kind(call, pet_id, self.some_kinds) from None


def tool(
    summary: str,
    description: str,
    *,
    answer: type[Serializer[Any]],
    scopes: tuple[str, ...],
    hints: Hints,
    request: type[Serializer[Any]] | None = None,
    query: type[Serializer[Any]] | None = None,
    path_ids: tuple[str, ...] = (),
    creates: bool = False,
    consequential: bool = False,
    public: bool = False,
    some_kinds: str = "",
) -> Callable[[Callable[..., Answer]], Tool]:
    """Make a function the tool of its name; the rest is what `Tool` says."""

    def described(run: Callable[..., Answer]) -> Tool:
        return Tool(
            name=run.__name__,
            run=run,
            summary=summary,
            description=description,
            answer=answer,
            scopes=scopes,
            hints=hints,
            request=request,
            query=query,
            path_ids=path_ids,
            creates=creates,
            consequential=consequential,
            public=public,
            some_kinds=some_kinds,
        )

    return described


@contextmanager
def hidden_as_missing(call: Call, pet_id: int) -> Iterator[None]:
    """Work on this pet; one that the person may not even see is refused as one that is not there.

    The main app says 403 and 404, and so tells strangers which ids exist (contract §11.1). One look more tells a hidden pet from
    one that may be seen and not changed. Raises NotFound in place of Forbidden.
    """
    try:
        yield
    except Forbidden as refused:
        if isinstance(refused, AbilityMissing):
            raise
        try:
            call.client.pets.read(pet_id)
        except AbilityMissing:
            raise
        except Forbidden:
            raise NotFound(status=404, route=refused.route) from None
        raise


def _not_for_its_kind(call: Call, pet_id: int, what: str) -> ToolError:
    """FEATURE_NOT_AVAILABLE for `what` ("microchips"), naming the pet's kind and what the main app does keep for it.

    Which kinds have what is the main app's to say (contract §7.2): it has just refused, and its flags tell the rest. Costs a call.
    """
    keeps: list[str] = []
    try:
        pet = call.client.pets.read(pet_id)
    except MainAppError:
        # The refusal stands whether or not the pet can be read right now.
        refusal = f"Meo Mai Moi keeps no {what} for this kind of animal."
    else:
        kind = pet_types.type_of(call.client, pet)
        if kind is not None and kind.weight_tracking_allowed:
            keeps.append("weights (add_weight)")
        if kind is not None and kind.microchips_allowed:
            keeps.append("microchips (add_microchip)")
        of_kind = f"{kind.name} ({kind.slug})" if kind is not None else "this kind of animal"
        refusal = f"Meo Mai Moi keeps no {what} for {pet.name}: not for {of_kind}."
    possible = ", ".join([*keeps, "its profile, where a note can go into the description (update_pet)"])
    return ToolError(
        Code.FEATURE_NOT_AVAILABLE,
        f"{refusal} Nothing was saved. Tell the person, and what is possible for this pet: {possible}.",
    )
