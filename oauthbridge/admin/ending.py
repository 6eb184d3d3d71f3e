"""Ending connections by staff: one or many, with a reason, whether or not the main app is there to be told."""

import re
import time
from collections.abc import Iterable
from dataclasses import dataclass

from django import forms
from django.contrib.admin.models import CHANGE, LogEntry
from django.core.exceptions import ValidationError
from django.db import transaction

from oauthbridge import connections, revocation
from oauthbridge.models import Connection, PendingRevocation, User

# At once, and so one page of the list; more than that is for the shell.
MOST = 50
# How long the person who clicked waits for the main app in all; what is not revoked by then waits, and is retried.
PATIENCE_SECONDS = 8.0


def no_address(text: str) -> None:
    """Validator of what staff write down."""
    if re.search(r"\S@\S", text):
        raise ValidationError("Leave e-mail addresses out: name the ticket instead.")


class EndForm(forms.Form):
    """The reason: kept with the connection and in the log of staff."""

    reason = forms.CharField(
        max_length=200,
        strip=True,
        help_text="Kept with the connection and in the log. No names, no e-mail addresses.",
        validators=[no_address],
        widget=forms.TextInput(attrs={"autocomplete": "off", "placeholder": "for example: asked for it, ticket 4711"}),
    )


@dataclass(frozen=True)
class Ended:
    """How it went: ended now, already over before, and of those ended now how many the main app has yet to be told of."""

    ended: int
    over_before: int
    waiting: int

    def __str__(self) -> str:
        if not self.ended:
            return "Nothing was left to end: already over."
        sentence = f"{_connections(self.ended)} ended; nobody can use {'it' if self.ended == 1 else 'them'} any more."
        if self.over_before:
            sentence += f" {_connections(self.over_before)} had already been over."
        if self.waiting:
            sentence += (
                f" The main app could not be told about {self.waiting} yet: it waits among the revocations and is "
                "tried again until it is done."
            )
        else:
            sentence += " The main app has revoked its side too."
        return sentence


def end_all(chosen: Iterable[Connection], *, by: User, reason: str) -> Ended:
    """End each connection here first, then tell the main app; an unreachable main app delays nobody and undoes nothing."""
    ended: list[Connection] = []
    over_before = 0
    for connection in chosen:
        # The log line stands or falls with what it tells.
        with transaction.atomic():
            if not connections.end(connection.pk, Connection.EndReason.STAFF, by=by, note=reason, revoke_now=False):
                over_before += 1
                continue
            LogEntry.objects.log_actions(
                by.pk, [connection], CHANGE, change_message=f"Ended: {reason}", single_object=True
            )
        ended.append(connection)
    started = time.monotonic()
    for connection in ended:
        attempt = revocation.attempt(connection.pk)
        # One that fails says that the main app is away: the rest would only make somebody wait for the same.
        if (attempt is not None and not attempt.done) or time.monotonic() - started > PATIENCE_SECONDS:
            break
    waiting = PendingRevocation.objects.filter(pk__in=[connection.pk for connection in ended]).count()
    return Ended(len(ended), over_before, waiting)


def _connections(count: int) -> str:
    return "1 connection" if count == 1 else f"{count} connections"
