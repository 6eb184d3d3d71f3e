"""Questions to the person, put so that one round of asking is enough."""

from collections.abc import Collection, Sequence

from petstools.answers import Clarification


def ask_together(questions: Sequence[Clarification]) -> Clarification | None:
    """All questions as one, so that nobody is asked field by field; None when there are none.

    `reason` is that of the first which is more than "missing".
    """
    if len(questions) < 2:
        return questions[0] if questions else None
    fields = dict.fromkeys(name for one in questions for name in one.missing_fields)
    return Clarification(
        reason=next((one.reason for one in questions if one.reason != "missing"), "missing"),
        message=" ".join(one.message for one in questions) + " Ask for all of this at once.",
        missing_fields=list(fields),
        candidates=[candidate for one in questions for candidate in one.candidates],
    )


def missing(field: str, question: str) -> Clarification:
    return Clarification(reason="missing", message=question, missing_fields=[field])


def asked_to_clear(clear: Sequence[str], *, can: Collection[str], given: Collection[str]) -> Clarification | None:
    """What stands in the way of emptying these fields: one that can't be emptied, or that a new value came for as well.

    can: the fields that the main app can empty; given: those that the same call gives a value. Nothing is done by halves: one
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
    both = [name for name in dict.fromkeys(clear) if name in given]
    if both:
        return Clarification(
            reason="contradiction",
            message=f"{', '.join(both)} was sent with a new value and in clear. Nothing was changed. Ask the person which is "
            "meant.",
            missing_fields=both,
        )
    return None
