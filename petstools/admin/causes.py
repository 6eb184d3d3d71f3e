"""Whose an error is: the person's to mend, the main app's, or ours."""

from enum import StrEnum

from petstools.answers import Code

# No room is left in the main app's day or it did not answer as it should; its status alone would not tell.
_MAIN_APP = frozenset(
    {
        Code.QUOTA_EXCEEDED,
        Code.UPSTREAM_ERROR,
        Code.UPSTREAM_UNAVAILABLE,
        Code.UPSTREAM_TIMEOUT,
        Code.OUTCOME_UNKNOWN,
    }
)


class Cause(StrEnum):
    PERSON = "person"
    MAIN_APP = "main_app"
    OURS = "ours"

    @property
    def label(self) -> str:
        return {Cause.PERSON: "the person's", Cause.MAIN_APP: "the main app's", Cause.OURS: "ours"}[self]

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(code.value for code in Code if cause_of(code.value) is self)


def cause_of(code: str) -> Cause:
    """A code that is none is ours: we wrote it."""
    if code in _MAIN_APP:
        return Cause.MAIN_APP
    if code in set(Code) and Code(code).http_status < 500:
        return Cause.PERSON
    return Cause.OURS
