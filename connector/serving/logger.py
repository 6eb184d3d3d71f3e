"""gunicorn's own lines, in our form."""

from typing import Any

from gunicorn import glogging


class Logger(glogging.Logger):
    """Without the access line, which gunicorn composes for every request where logging is configured, and then writes nowhere:
    `connector.middleware` writes ours."""

    def access(self, resp: Any, req: Any, environ: Any, request_time: Any) -> None: ...
