"""What can't be taken back is done in two steps (docs/decisions/meaning.md, rule 10): a question with a seal, the same call with it.

The seal says that this connection was asked about exactly this a moment ago. Nothing is stored for it, and it holds nothing but
the time: what it was made for is its salt, so that it fits no other person, record, state or version.
"""

import json

from django.core import signing

from oauthbridge.models import Connection
from petstools.answers import Clarification, Json
from petstools.tools.base import Call

GOOD_FOR_SECONDS = 600
# What the model is to do about it, at the end of each question.
AGAIN = (
    "Nothing was changed. Tell the person this, and only after a clear yes send the same call again with the confirmation of this "
    "answer (good for ten minutes; confirm: true alone does nothing)."
)

# What a call is about: its operation, ids, the state that it asks for, and the version of the record.
About = tuple[str | int, ...]


def confirms(call: Call, confirmation: object, about: About) -> bool:
    """Whether this is the seal of a question that this very connection was asked less than ten minutes ago, about the same."""
    if not isinstance(confirmation, str):
        return False
    try:
        _signer(call.connection, about).unsign(confirmation.strip(), max_age=GOOD_FOR_SECONDS)
    except signing.BadSignature:
        return False
    return True


def question(call: Call, about: About, message: str, candidate: Json) -> Clarification:
    """The question with its seal; message: what would follow, for the person; candidate: what it is about."""
    return Clarification(
        reason="confirmation_needed",
        message=f"{message} {AGAIN}",
        missing_fields=["confirmation"],
        candidates=[candidate],
        extra={"confirmation": seal(call.connection, about)},
    )


def seal(connection: Connection, about: About) -> str:
    return _signer(connection, about).sign("")


def _signer(connection: Connection, about: About) -> signing.TimestampSigner:
    return signing.TimestampSigner(salt=json.dumps(["petstools.confirmation", str(connection.pk), *about]))
