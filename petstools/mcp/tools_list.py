"""What every client gets the same: tools/list, server/discover and the answer to initialize, made once in a process.

The list is whole for everybody, whatever scopes a token has: what a call lacks is asked for when it is made (`calls`), so that a
model can offer what the person has not agreed to yet; and it can be kept by anybody.
"""

import threading
from functools import cache

from petstools.mcp.answers import SERVER
from petstools.mcp.instructions import INSTRUCTIONS
from petstools.mcp.protocol import SUPPORTED
from petstools.mcp.tools import OFFERS, definition
from petstools.renderers import as_json

# How long a client may keep the list, in milliseconds: a deployment changes it, nothing else does.
FRESH_MS = 15 * 60 * 1000
CAPABILITIES: dict[str, object] = {"tools": {}}

_CACHING = b'"ttlMs":%d,"cacheScope":"public"' % FRESH_MS
_making = threading.Lock()


def tools(*, modern: bool) -> bytes:
    """The members of a tools/list result."""
    with _making:
        return _tools(modern)


@cache
def _tools(modern: bool) -> bytes:
    listed = b'"tools":%b' % as_json([definition(offer) for offer in OFFERS.values()])
    return listed + b"," + _CACHING if modern else listed


@cache
def discovered() -> bytes:
    """The members of a server/discover result."""
    told = {
        "supportedVersions": SUPPORTED,
        "capabilities": CAPABILITIES,
        "serverInfo": SERVER,
        "instructions": INSTRUCTIONS,
    }
    return as_json(told)[1:-1] + b"," + _CACHING


@cache
def initialized(version: str) -> bytes:
    """The members of an initialize result."""
    told = {
        "protocolVersion": version,
        "capabilities": CAPABILITIES,
        "serverInfo": SERVER,
        "instructions": INSTRUCTIONS,
    }
    return as_json(told)[1:-1]
