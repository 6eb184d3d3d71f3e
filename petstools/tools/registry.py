"""What a tool is to its doors: a function, and everything a model must know to call it.

One `Tool` each; the HTTP door (`petstools.views`) and the schema read it, and so will any later door.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from rest_framework.serializers import Serializer

from petstools.answers import Answer
from petstools.tools.call import Call
from petstools.tools.pets import hidden_as_missing


@dataclass(frozen=True)
class Tool:
    """`run(call, **input)`: the input's names are those of the `request` serializer and of the path's ids.

    summary, description: read by the model as directives (300 characters at most each, actions.md).
    consequential: whether ChatGPT must always ask the person first; `path_ids`: the address's ids, positive integers;
    creates: whether it may answer `Done(created=True)`.
    """

    name: str
    run: Callable[..., Answer]
    summary: str
    description: str
    answer: type[Serializer[Any]]
    request: type[Serializer[Any]] | None = None
    query: type[Serializer[Any]] | None = None
    consequential: bool = False
    path_ids: tuple[str, ...] = ()
    creates: bool = False

    def __call__(self, call: Call, **given: Any) -> Answer:
        if "pet_id" not in self.path_ids:
            return self.run(call, **given)
        with hidden_as_missing(call, given["pet_id"]):
            return self.run(call, **given)
