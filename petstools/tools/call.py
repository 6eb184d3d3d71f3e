"""What a tool gets to work with: the person's connection, the main app as they may use it, and the time."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings

from mainapp.client import MainAppClient


@dataclass(frozen=True, slots=True)
class Call:
    """One tool call. `now` is aware, in UTC. `client` counts the upstream calls; `connection_id` is None without a sign-in."""

    client: MainAppClient
    language: str
    now: datetime
    connection_id: UUID | None = None

    @property
    def connection(self) -> UUID:
        """The connection of a call that needs one; the doors let no other through to such a tool."""
        if self.connection_id is None:
            raise RuntimeError("this tool needs a connection")
        return self.connection_id

    @property
    def today(self) -> date:
        """The person's day, never the server's by accident: `DEFAULT_TIME_ZONE`, where a tool was not told another."""
        return self.now.astimezone(ZoneInfo(settings.DEFAULT_TIME_ZONE)).date()
