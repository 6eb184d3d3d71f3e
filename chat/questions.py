"""A question with numbered answers, and which of them a message is: by number, by name or by a word."""

import re
from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from chat.deeds import Question
from chat.languages import CODES, Language, language
from petstools.answers import Code, ToolError
from petstools.understand.dates import understand_date
from petstools.understand.numbers import with_digits
from petstools.understand.outcome import Unclear
from petstools.understand.pet_status import understand_pet_status
from petstools.understand.text import fold, lowered, said, words

NEVER_MIND = "never mind"
_NUMBER = re.compile(r"(?:số |so |#|no\.? ?|№ ?)?(\d)[.)]?", re.IGNORECASE)


def worded(spoken: Language, question: Question) -> str:
    lines = [question.text]
    lines += [f"{number}. {option['label']}" for number, option in enumerate(_shown(question.options), 1)]
    return "\n".join(lines)


def chosen(question: Mapping[str, Any], text: str, *, is_a_wish: bool) -> dict[str, Any] | str | None:
    """The slots with what was chosen; NEVER_MIND; None where the message is no answer to this question. is_a_wish: the words mean
    something by themselves, so they are no day that was asked for."""
    whole = lowered(said(text, limit=100)).strip(" .!")
    bare = _without_fillers(whole)
    if not bare or "?" in bare:
        return None
    options: list[dict[str, Any]] = question["options"]
    option = _option(options, whole) or _option(options, bare)
    if option is None and not any("weight" in one.get("slots", {}) for one in options):
        # "hai" of two weights may be a third.
        option = _option(options, with_digits(bare))
    if option is not None:
        return NEVER_MIND if option.get("cancel") else {**question["slots"], **option["slots"]}
    if _is(bare, "no"):
        return NEVER_MIND
    agreed = [one for one in options if one.get("yes")] or [one for one in options if not one.get("cancel")]
    if _is(bare, "yes") and len(agreed) == 1:
        return {**question["slots"], **agreed[0]["slots"]}
    if question["value"] and not is_a_wish and (value := _value(question["value"], bare)):
        return {**question["slots"], question["value"]: value}
    return None


def _shown(options: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [one for one in options if not one.get("unlisted")]


def _option(options: list[dict[str, Any]], bare: str) -> dict[str, Any] | None:
    number = _NUMBER.fullmatch(bare)
    if number:
        shown = _shown(options)
        return shown[int(number[1]) - 1] if 0 < int(number[1]) <= len(shown) else None
    named = [one for one in options if words(lowered(one["label"])) == words(bare)] or [
        one for one in options if words(fold(one["label"])) == words(bare)
    ]
    return named[0] if len(named) == 1 else None


def _is(text: str, tag: str) -> bool:
    return any(tag in language(code).tags(tuple(words(text))) for code in CODES)


def _without_fillers(text: str) -> str:
    """ "hôm kia nha" is "hôm kia", "dạ 1" is "1", "đúng, cảm ơn bạn" is "đúng"; a filler alone stays ("ok")."""
    tokens = text.split()
    while size := next((size for size in range(min(4, len(tokens) - 1), 0, -1) if _adds_nothing(tokens[-size:])), 0):
        del tokens[-size:]
    first = tokens[0].strip(",.!") if tokens else ""
    if len(tokens) > 1 and _is(first, "filler") and _is(first, "yes") and not _is(" ".join(tokens), "yes"):
        del tokens[0]
    return " ".join(tokens).rstrip(" ,.!")


def _adds_nothing(tokens: list[str]) -> bool:
    phrase = " ".join(tokens)
    return _is(phrase, "filler") or _is(phrase, "thanks")


def _value(value: str, text: str) -> str:
    """What was asked for, as it may stand in this text: the day, the vaccine, the kind of animal; the tool has the last word."""
    if value == "text":
        tokens = text.split()
        while len(tokens) > 1 and not _is(" ".join(tokens), "vaccine") and _is(tokens[0], "against"):
            tokens.pop(0)
        return " ".join(tokens) if _is(" ".join(tokens), "vaccine") else ""
    if value == "status":
        status = understand_pet_status(text)
        return "" if isinstance(status, Unclear) else status
    if value == "species":
        return text if len(words(text)) <= 3 and not any(letter.isdigit() for letter in text) else ""
    day = understand_date(text, timezone.localdate(), field="day")
    return "" if isinstance(day, Unclear) and day.reason in ("not_understood", "missing") else text


# --- What went wrong, in words -------------------------------------------------------------------

_FAILURES = {
    Code.UNAUTHORIZED: "signed_out",
    Code.EMAIL_NOT_VERIFIED: "email_not_verified",
    Code.ACCOUNT_BANNED: "forbidden",
    Code.FORBIDDEN: "forbidden",
    Code.NOT_FOUND: "not_found",
    Code.FEATURE_NOT_AVAILABLE: "not_kept",
    Code.RATE_LIMITED: "too_fast",
    Code.QUOTA_EXCEEDED: "quota",
    Code.STORAGE_FULL: "storage_full",
    Code.OUTCOME_UNKNOWN: "outcome_unknown",
    Code.UPSTREAM_TIMEOUT: "outcome_unknown",
}


def failure(spoken: Language, error: ToolError) -> str:
    key = _FAILURES.get(error.code, "away" if error.code.retryable else "failed")
    return spoken.say(key)
