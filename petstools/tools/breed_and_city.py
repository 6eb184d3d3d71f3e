"""A pet's breed and city by their names: the main app's own lists, in any of its languages (contract §7.3, traps 45, 46, 57).

Its categories are breeds and a few traits of keeping ("indoor"), which a breed leaves in place.
"""

import functools
import re
from collections.abc import Iterable, Sequence
from typing import Any

from mainapp.errors import MainAppError
from mainapp.messages import LANGUAGES
from mainapp.records import Category, City, Pet
from petstools.answers import Clarification
from petstools.serializers.fields import Said
from petstools.tools.base import Call
from petstools.tools.fan_out import fetch_each
from petstools.tools.presentation import is_trait
from petstools.tools.said import text_said
from petstools.understand.pet_names import Closeness, rank
from petstools.understand.text import fold, quoted, stem, words

MOST_CANDIDATES = 10
_AROUND = frozenset(
    fold(word)
    for word in re.split(
        r",\s*",
        "cat, cats, dog, dogs, breed, kitten, puppy, mèo, chó, giống, con, кошка, кот, котик, собака, пёс, щенок, порода, кішка, кіт, "
        "пес, цуценя, кошеня, котёнок",
    )
)
Named = Category | City


def breeds_said(call: Call, said: Said, pet_type_id: int, before: Pet | None) -> list[int] | Clarification:
    """The categories that a pet of this kind shall have, by their ids: the breeds that were named, several behind commas, beside the
    traits that it has. Raises MainAppError."""
    ids: set[int] = set()
    if before is not None and before.pet_type_id == pet_type_id:
        ids |= {one.id for one in before.categories or () if is_trait(one)}
    read = functools.cache(lambda language: call.client.categories(pet_type_id, language))
    for word in str(text_said(said) or "").split(","):
        if not word.strip():
            continue
        category = _chosen(call, word.strip(), "breed", read)
        if isinstance(category, Clarification):
            return category
        ids.add(category)
    return sorted(ids)


def city_said(call: Call, said: Said, country: str) -> int | Clarification:
    """The city of this country, by its id. Raises MainAppError."""
    return _chosen(call, text_said(said) or "", "city", lambda language: call.client.cities(country, language))


def _chosen(call: Call, word: str, field: str, read: Any) -> int | Clarification:
    """The one row that is certainly meant, in the person's language or another; else the question with those that may be."""
    near: dict[int, str] = {}
    for rows in _lists(call, read):
        named = [one for one in rows if one.id is not None and one.name]
        bare = " ".join(one for one in words(fold(word)) if one not in _AROUND) or word
        for text in (word, bare):
            ranking = rank(text, [str(one.name) for one in named])
            best = [named[hit.index] for hit in ranking.best]
            sure = ranking.matches and (
                ranking.matches[0].closeness < Closeness.WORD or _stems(text) == _stems(str(best[0].name))
            )
            if len(best) == 1 and sure:
                return int(best[0].id or 0)
            near |= {int(one.id or 0): str(one.name) for one in best} if ranking.matches else {}
            near |= {int(named[hit.index].id or 0): str(named[hit.index].name) for hit in ranking.suggestions}
        if near:
            break
    hint = "Ask which candidate is meant" if near else "Ask for it in other words"
    return Clarification(
        reason="ambiguous" if near else "unknown",
        message=f"{quoted(word)} is no {field} that Meo Mai Moi certainly knows here. {hint}, or leave {field} out (it can stand "
        "in the description). Nothing was saved.",
        missing_fields=[field],
        candidates=[{field: name} for name in list(near.values())[:MOST_CANDIDATES]],
    )


def _lists(call: Call, read: Any) -> Iterable[Sequence[Named]]:
    """In the person's language first; the others only where that did not tell."""
    yield read(call.language)
    others = [language for language in LANGUAGES if language != call.language]
    results = fetch_each(others, read)
    for language in others:
        rows = results[language]
        if not isinstance(rows, MainAppError):
            yield rows


def _stems(text: str) -> set[str]:
    return {stem(word) for word in words(fold(text))}
