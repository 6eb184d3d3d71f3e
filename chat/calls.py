"""A call of a tool, as every door makes it: counted, logged, limited, refused in one shape."""

from collections.abc import Callable
from contextvars import ContextVar
from datetime import datetime
from typing import Any

from oauthbridge.models import Connection
from petstools import inputs
from petstools.answers import Answer, Code, Done, ToolError
from petstools.catalog import TOOLS
from petstools.execution import Run, hit, too_many
from petstools.tools.base import DELETES

BY_NAME = {tool.name: tool for tool in TOOLS}
# What raises where whoever answers a message may go no further with it; asked before each call.
MAY_GO_ON: ContextVar[Callable[[], None] | None] = ContextVar("MAY_GO_ON", default=None)


def call(connection: Connection, door: str, request_id: str, at: datetime, name: str, /, **arguments: Any) -> Answer:
    """The tool's answer to arguments by the names that the other doors use; at: when the person wrote. Raises ToolError."""
    if (may_go_on := MAY_GO_ON.get()) is not None:
        may_go_on()
    tool = BY_NAME[name]
    run = Run(door, request_id, at)
    run.caller = connection
    try:
        if wait := hit(connection):
            raise too_many(wait)
        connection.note_use()
        if tool.hints == DELETES and connection.withholds_deletion:
            raise ToolError(Code.FORBIDDEN, "The person did not allow this app to delete anything.")
        run.begin(tool)
        ids = inputs.checked_ids({one: str(arguments.get(one, "")) for one in tool.path_ids})
        answer = run.answer(tool, inputs.read(tool, query=arguments, body=arguments), **ids)
    except Exception as error:  # noqa: BLE001 - however a call fails, the person is told in the one shape
        failure = run.failed(error)
        run.over(name, failure.code.http_status)
        raise failure from None
    run.over(name, 201 if isinstance(answer, Done) and answer.created else 200)
    return answer
