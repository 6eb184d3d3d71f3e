"""What a tool is: a function, what it is called with, and everything a model must know to call it.

`@tool(…)` stands above each function of this package and makes it a `Tool`; `petstools.catalog` lists them. The HTTP door
(`petstools.views`), its schema and the MCP door (`petstools.mcp`) read nothing else.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, tzinfo
from typing import Any, NamedTuple, Required, TypedDict, Unpack
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.functional import cached_property
from rest_framework.serializers import Serializer

from mainapp.client import MainAppClient
from mainapp.errors import AbilityMissing, FeatureNotAvailable, Forbidden, MainAppError, NotFound
from mainapp.records import Pet, Sections, Vaccination, Weight
from oauthbridge.models import Connection
from petstools import pet_types
from petstools.answers import Answer, Code, ToolError
from petstools.tools import known_pets
from petstools.tools.known_pets import Known
from petstools.understand.outcome import Unclear
from petstools.understand.person_day import country_of_zone, person_zone, writes_month_first, zone_name, zones_of

# The ids in the tools' addresses, in the words by which a model fills them (700 characters at most each).
PATH_IDS: dict[str, str] = {
    "pet_id": "The pet's id, from find_pet. Never guess it; list_pets and pets_overview have it too.",
    "weight_id": "The weighing's id, from list_weights. Of the same pet; never guess it.",
    "vaccination_id": "The vaccination's id, from list_vaccinations. Of the same pet; pets_overview has it too. Never guess it.",
    "record_id": "The record's id, from its list or pet_history. Of the same pet; never guess it.",
    "microchip_id": "The microchip's id, from list_microchips. Of the same pet; never guess it.",
}


@dataclass(frozen=True)
class Call:
    """One tool call. `now` is aware, in UTC. `client` counts the upstream calls; `signed_in` is None where nobody has to be. `door`: by
    which it came, "" where that makes no difference."""

    client: MainAppClient
    language: str
    now: datetime
    signed_in: Connection | None = None
    door: str = ""
    # What the call itself says: its time zone, and the pet that it is about.
    named_zone: tzinfo | None = None
    pet_id: int | None = None
    # Where the pets live that it has read so far.
    countries: set[str] = field(default_factory=set)
    # What has been read of the person's pets, once, and of a pet's records and written since: many records may come in one call.
    read: list[Sections] = field(default_factory=list)
    shots: dict[int, list[Vaccination]] = field(default_factory=dict)
    weighed: dict[int, list[Weight]] = field(default_factory=dict)

    @property
    def connection(self) -> Connection:
        """The connection of a call that needs one; the doors let no other through to such a tool."""
        if self.signed_in is None:
            raise RuntimeError("this tool needs a connection")
        return self.signed_in

    @property
    def sections(self) -> Sections:
        """The person's pets as this call first read them. Raises MainAppError."""
        if not self.read:
            self.read.append(self.client.pets.sections())
        return self.read[0]

    def pet(self, pet_id: int) -> Pet:
        """A pet of theirs, or another that they may see, which costs one more call. Raises MainAppError."""
        own = self.sections
        everyone = (*own.owned, *own.fostering_active, *own.shared)
        return next((pet for pet in everyone if pet.id == pet_id), None) or self.client.pets.read(pet_id)

    @cached_property
    def zone(self) -> tzinfo:
        """The person's, the likeliest of those that may be theirs. Raises MainAppError."""
        return self.zones[0]

    @cached_property
    def zones(self) -> Sequence[tzinfo]:
        """What the call says, else what this connection said last, else `DEFAULT_TIME_ZONE` or, where they have no pets in its country,
        those of the countries where they have. Costs a call where only the pet itself can tell. Raises
        MainAppError."""
        if self._said_zone is not None:
            return [self._said_zone]
        default = ZoneInfo(settings.DEFAULT_TIME_ZONE)
        return [default] if country_of_zone(default) in self._homes else zones_of(self._homes, self.now) or [default]

    @property
    def month_first(self) -> bool:
        """Whether 03/04 may be 4 March to this person, where they are or where the pet lives."""
        said = self._said_zone
        places = self._homes if said is None else {country_of_zone(said), *self.countries, self.known.country}
        return any(writes_month_first(country) for country in places)

    @property
    def day_used(self) -> dict[str, str]:
        """The person's day and zone, if the answer needed them: `today`, `time_zone`."""
        return {"today": self.today.isoformat(), "time_zone": zone_name(self.zone)} if "zone" in vars(self) else {}

    @cached_property
    def today(self) -> date:
        """The person's day, never the server's by accident."""
        return self.now.astimezone(self.zone).date()

    @cached_property
    def utc_day(self) -> date:
        """The main app's day."""
        return self.now.astimezone(UTC).date()

    @cached_property
    def _said_zone(self) -> tzinfo | None:
        before = self.signed_in.time_zone if self.signed_in is not None else None
        if self.named_zone is not None or before is None:
            return self.named_zone
        zone = person_zone(before, settings.DEFAULT_TIME_ZONE)
        return None if isinstance(zone, Unclear) else zone

    @cached_property
    def _homes(self) -> set[str]:
        """The countries that say where the person is, from the pet that the call is about where none was read yet."""
        if self.countries or self.pet_id is None:
            return set(self.countries)
        if self.known.country is None:
            pet = self.pet(self.pet_id)
            known_pets.remember_one(self.connection.pk, pet)
            self.lives(pet)
            return set(self.countries)
        return (known_pets.homes(self.connection.pk) if self.known.whose else set()) or {self.known.country}

    def lives(self, pet: Pet) -> None:
        """Take in where the person is, as far as a pet tells: where it lives, or their own pets if it is somebody else's."""
        homes: set[str] = set()
        if not pet.is_own:
            owned = {one.country for one in self.read[0].owned if one.country} if self.read else set()
            homes = owned or known_pets.homes(self.connection.pk)
        self.countries.update(homes or ({pet.country} if pet.country else set()))

    @cached_property
    def known(self) -> Known:
        """What this connection has seen lately of the pet that the call is about."""
        return known_pets.known(self.connection.pk, self.pet_id) if self.pet_id is not None else Known()


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

    name: of the operation, for good: GPTs in use know it; summary, description: read by the model as directives (300 characters at
    most each, actions.md); facts: the same for the MCP door, where behaviour stands in the instructions; path_ids: the address's
    ids, positive integers; scopes: all that an MCP client needs to call it; creates: whether it may answer `Done(created=True)`;
    consequential: whether ChatGPT must always ask the person first; public: whether nobody has to be signed in; some_kinds: what it
    is about, where the main app keeps that for some kinds of animals alone ("vaccinations"); superseded: served for GPTs that know
    it, and told to nobody any more.
    """

    name: str
    run: Callable[..., Answer]
    summary: str
    description: str
    answer: type[Serializer[Any]]
    scopes: tuple[str, ...]
    hints: Hints
    facts: str = ""
    request: type[Serializer[Any]] | None = None
    query: type[Serializer[Any]] | None = None
    path_ids: tuple[str, ...] = ()
    creates: bool = False
    consequential: bool = False
    public: bool = False
    some_kinds: str = ""
    superseded: bool = False

    @cached_property
    def asks(self) -> bool:
        """Whether it can answer with a question: one that takes nothing that a person says has nothing to ask about."""
        said = {name for form in (self.request, self.query) if form is not None for name in form().fields}
        return bool(said - {"page", "time_zone"})

    def __call__(self, call: Call, **fields: Any) -> Answer:
        if "pet_id" not in self.path_ids:
            return self.run(call, **fields)
        pet_id: int = fields["pet_id"]
        with hidden_as_missing(call, pet_id):
            try:
                return self.run(call, **fields)
            except FeatureNotAvailable:
                if not self.some_kinds:
                    raise
                raise not_for_its_kind(call, pet_id, self.some_kinds) from None


class _Described(TypedDict, total=False):
    """What stands above a tool's function, as `Tool` has it."""

    facts: str
    answer: Required[type[Serializer[Any]]]
    scopes: Required[tuple[str, ...]]
    hints: Required[Hints]
    request: type[Serializer[Any]]
    query: type[Serializer[Any]]
    path_ids: tuple[str, ...]
    creates: bool
    consequential: bool
    public: bool
    some_kinds: str
    superseded: bool


def tool(summary: str, description: str, **rest: Unpack[_Described]) -> Callable[[Callable[..., Answer]], Tool]:
    """Make a function the tool of its name; the rest is what `Tool` says."""
    return lambda run: Tool(name=run.__name__, run=run, summary=summary, description=description, **rest)


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


def not_for_its_kind(call: Call, pet_id: int, what: str) -> ToolError:
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
