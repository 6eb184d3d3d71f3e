"""An answer as this door gives it: without what is null, and without what the calendar tells of a birthday, unless the call asks for
`detail: full` (docs/decisions/protocol.md). The Actions door answers every field that the FastAPI connector had.
"""

from collections.abc import Mapping
from typing import Any

from petstools.inputs import Input

DETAIL = "detail"
# Where there is more to tell, and what asking for it says there.
TOOLS = frozenset({"get_pet", "list_pets", "pets_overview"})
ASKED: Mapping[str, str] = {"type": "string", "description": "full: next birthday, empty fields too."}
# What birthday and age, in words, don't tell already.
OF_A_BIRTHDAY = frozenset(
    {
        *("birthday_precision", "age_months", "age_is_approximate"),
        *("next_birthday_at", "next_birthday_is_approximate", "days_until_birthday", "turns"),
    }
)
# What stood there before, and a call to be made exactly: as they are.
_WHOLE = frozenset({"before", "undo"})
# Here null is no absence: it says that they could not be read.
_UNREAD = frozenset({"recent_weights"})


def is_full(tool: str, arguments: Mapping[str, Any]) -> bool:
    return tool in TOOLS and str(arguments.get(DETAIL)).strip().lower() == "full"


def shown(answer: dict[str, Any], data: Input) -> dict[str, Any]:
    """The answer in short; a call that sorts by birthdays has asked for them."""
    left_out = frozenset() if data.fields.get("sort_by") == "next_birthday_at" else OF_A_BIRTHDAY
    short: dict[str, Any] = _short(answer, left_out)
    return short


def _short(value: Any, left_out: frozenset[str]) -> Any:
    if isinstance(value, Mapping):
        return {
            name: one if name in _WHOLE else _short(one, left_out)
            for name, one in value.items()
            if name not in left_out and (one is not None or name in _UNREAD)
        }
    return [_short(one, left_out) for one in value] if isinstance(value, list | tuple) else value
