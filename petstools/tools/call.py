"""What a tool gets to work with: the person's connection, the main app as they may use it, and the time."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from django.conf import settings

from mainapp.client import MainAppClient
from oauthbridge.models import Connection


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
