"""Questions to the person, put so that one round of asking is enough."""

from collections.abc import Collection, Sequence

from petstools.answers import Clarification


def any_question(*understood: object) -> Clarification | None:
    """The questions among what was understood, as one; None when there are none."""
    return ask_together(*understood) if any(isinstance(one, Clarification) for one in understood) else None


def ask_together(*understood: object) -> Clarification:
    """The questions among what was understood, at least one, as one: so that nobody is asked field by field.

    `reason` is that of the first which is more than "missing".
    """
    questions = [one for one in understood if isinstance(one, Clarification)]
    if len(questions) == 1:
        return questions[0]
    fields = dict.fromkeys(name for one in questions for name in one.missing_fields)
    return Clarification(
        reason=next((one.reason for one in questions if one.reason != "missing"), "missing"),
        message=" ".join(one.message for one in questions) + " Ask for all of this at once.",
        missing_fields=list(fields),
        candidates=[candidate for one in questions for candidate in one.candidates],
    )


def missing(field: str, question: str) -> Clarification:
    return Clarification(reason="missing", message=question, missing_fields=[field])


def nothing_to_change(what: str, fields: Sequence[str]) -> Clarification:
    return Clarification(
        reason="missing",
        message=f"Nothing to change was sent. Ask the person what is {what}.",
        missing_fields=fields,
    )


def asked_to_clear(clear: Sequence[str], *, can: Collection[str], with_values: Collection[str]) -> Clarification | None:
    """What stands in the way of emptying these fields: one that can't be emptied, or that a new value came for as well.

    can: the fields that the main app can empty; with_values: those that the same call gives a value. Nothing is done by halves: one
    field in the way holds up the whole call.
    """
    cannot = [name for name in dict.fromkeys(clear) if name not in can]
    if cannot:
        possible = f" Only {', '.join(can)} can be emptied." if can else ""
        return Clarification(
            reason="cannot_clear",
            message=f"Meo Mai Moi can't empty {', '.join(cannot)}, only replace it by something else.{possible} Nothing was "
            "changed. Tell the person, and ask what should stand there instead, if anything.",
            missing_fields=cannot,
        )
    both = [name for name in dict.fromkeys(clear) if name in with_values]
    if both:
        return Clarification(
            reason="contradiction",
            message=f"{', '.join(both)} was sent with a new value and in clear. Nothing was changed. Ask the person which is "
            "meant.",
            missing_fields=both,
        )
    return None
