"""What a tool is to its doors: a function, and everything a model must know to call it.

One `Tool` each; the HTTP door (`petstools.views`), its schema and the MCP door (`petstools.mcp`) read it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from rest_framework.serializers import Serializer

from petstools.answers import Answer
from petstools.tools.call import Call
from petstools.tools.pets import hidden_as_missing


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


@dataclass(frozen=True)
class Tool:
    """`run(call, **input)`: the input's names are those of the `request` serializer and of the path's ids.

    summary, description: read by the model as directives (300 characters at most each, actions.md).
    consequential: whether ChatGPT must always ask the person first; `path_ids`: the address's ids, positive integers;
    creates: whether it may answer `Done(created=True)`; scopes: all that an MCP client needs to call it.
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
    consequential: bool = False
    path_ids: tuple[str, ...] = ()
    creates: bool = False

    @property
    def title(self) -> str:
        """What people are shown as its name (MCP's `title`)."""
        return self.summary

    def __call__(self, call: Call, **given: Any) -> Answer:
        if "pet_id" not in self.path_ids:
            return self.run(call, **given)
        with hidden_as_missing(call, given["pet_id"]):
            return self.run(call, **given)
