"""A species as said ("con mèo", "котик", "pup", 🐶) → a pet type of the main app's own list, compared by slug."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Protocol

from rapidfuzz.distance import OSA

from petstools.understand import species_words
from petstools.understand.outcome import Candidate, Unclear
from petstools.understand.text import fold, has_cyrillic, has_latin_marks, lowered, quoted, said, stem, words

# What a phrase means: one slug or several, an animal of no particular kind, or one that isn't on any list ("prairie dog").
Meaning = frozenset[str]
Phrase = tuple[str, ...]
_ANY: Meaning = frozenset({"*"})
_ANOTHER_ANIMAL: Meaning = frozenset({"-"})
_NO_SLUGS = frozenset("*-?")


class PetType(Protocol):
    """A pet type as the main app lists it (main-app.md §7.1); `name` is localised."""

    @property
    def id(self) -> int: ...
    @property
    def slug(self) -> str: ...
    @property
    def name(self) -> str: ...


@dataclass(frozen=True, slots=True)
class PetTypeChoice:
    """The one pet type that was meant."""

    id: int
    slug: str
    name: str


@dataclass(frozen=True, slots=True)
class _Lexicon:
    """Phrases as spelled, and as they look without diacritics. Cyrillic words have lost their case endings in both."""

    spelled: Mapping[Phrase, Meaning]
    bare: Mapping[Phrase, Meaning]


def understand_species(
    value: object, pet_types: Sequence[PetType], *, field: str = "species"
) -> PetTypeChoice | Unclear:
    """The pet type that `value` names: a word in four languages, an emoji, a breed, a slug or a localised name.

    A word that names several kinds, several words that disagree, a negation and an unknown word come back as `Unclear`
    with the pet types to choose from. Slugs: main-app.md §7.1.
    """
    text = said(value)
    if not text:
        if value is None or (isinstance(value, str) and not value.strip()):
            return Unclear(field, "missing", "Ask the person what kind of animal it is.", _candidates(pet_types))
        return Unclear(
            field,
            "not_understood",
            f"{quoted(value)} is not a kind of animal. Ask the person what kind of animal it is.",
            _candidates(pet_types),
        )
    by_slug = {pet_type.slug: pet_type for pet_type in pet_types}
    direct = [t for t in pet_types if fold(text) in {fold(t.slug), fold(t.slug.replace("-", " ")), fold(t.name)}]
    if len(direct) == 1:
        return _choice(direct[0])
    if not species_words.NEGATIONS.isdisjoint(words(lowered(text))):
        return _ask_again(field, value, pet_types)

    meanings = _meanings(text, pet_types)
    meant = _one_meant(meanings)
    if meant in by_slug:
        return _choice(by_slug[meant])
    named = frozenset().union(*meanings) - _NO_SLUGS
    on_offer = [pet_type for pet_type in pet_types if pet_type.slug in named]
    if on_offer:
        several = ", ".join(t.name for t in on_offer)
        return Unclear(
            field,
            "ambiguous",
            f"{quoted(value)} may mean more than one kind of animal. Ask the person which it is: {several}.",
            _candidates(on_offer),
        )
    if named or _ANOTHER_ANIMAL in meanings:
        return Unclear(
            field,
            "unknown",
            f"{quoted(value)} is a kind of animal that Meo Mai Moi doesn't have. Ask the person which of the listed "
            "kinds to use, if any.",
            _candidates(pet_types),
        )
    if _ANY in meanings:
        return Unclear(
            field,
            "ambiguous",
            f"{quoted(value)} doesn't say what kind of animal it is. Ask the person.",
            _candidates(pet_types),
        )
    return _near_or_unknown(field, value, text, pet_types)


def _one_meant(meanings: Sequence[Meaning]) -> str | None:
    """The one slug that was named outright, when every other word agrees with it ("rodent, a hamster")."""
    outright = {slug for meaning in meanings if len(meaning) == 1 for slug in meaning - _NO_SLUGS}
    if len(outright) != 1:
        return None
    (slug,) = outright
    return slug if all(slug in meaning for meaning in meanings if meaning != _ANY) else None


def _near_or_unknown(field: str, value: object, text: str, pet_types: Sequence[PetType]) -> Unclear:
    near = _misspelt(fold(text), pet_types)
    if near:
        return Unclear(
            field,
            "unknown",
            f"{quoted(value)} is not a kind of animal that is known here; it looks like "
            f"{' or '.join(t.name for t in near)}. Ask the person.",
            _candidates(near),
        )
    return Unclear(
        field,
        "unknown",
        f"{quoted(value)} is not among the kinds of animal that Meo Mai Moi has. Ask the person which of the listed "
        "kinds fits.",
        _candidates(pet_types),
    )


def _ask_again(field: str, value: object, pet_types: Sequence[PetType]) -> Unclear:
    return Unclear(
        field,
        "ambiguous",
        f"{quoted(value)} says what the animal is not. Ask the person what kind of animal it is.",
        _candidates(pet_types),
    )


def _choice(pet_type: PetType) -> PetTypeChoice:
    return PetTypeChoice(pet_type.id, pet_type.slug, pet_type.name)


def _candidates(pet_types: Iterable[PetType]) -> tuple[Candidate, ...]:
    return tuple({"id": t.id, "slug": t.slug, "name": t.name} for t in pet_types)


def _meanings(text: str, pet_types: Sequence[PetType]) -> list[Meaning]:
    """The meanings found in a text, longest phrase first at each place, the list's own names before the lexicon."""
    lexicon = _lexicon()
    own = _own_names(pet_types)
    emoji = [frozenset({slug}) for slug, signs in species_words.EMOJI.items() if any(sign in text for sign in signs)]
    spelled = {**lexicon.spelled, **own}
    if has_latin_marks(text) and (found := _scan(_spelled(_without_possessive(lowered(text))), spelled)):
        return emoji + found
    bare = {**lexicon.bare, **{_bare(phrase): meaning for phrase, meaning in own.items()}}
    bare_words = _spelled(_without_possessive(fold(text)))
    found = _scan(bare_words, bare)
    if len(set(found)) > 1:
        surer = [word for word in bare_words if word not in species_words.OTHER_WORDS_TOO]
        found = _scan(surer, bare) or found
    return emoji + found


def _without_possessive(text: str) -> str:
    return re.sub(species_words.POSSESSIVES, " ", text)


def _scan(tokens: Sequence[str], phrases: Mapping[Phrase, Meaning]) -> list[Meaning]:
    found: list[Meaning] = []
    at = 0
    while at < len(tokens):
        for length in range(min(5, len(tokens) - at), 0, -1):
            meaning = phrases.get(tuple(tokens[at : at + length]))
            if meaning is not None:
                found.append(meaning)
                at += length
                break
        else:
            at += 1
    return found


def _spelled(text: str) -> list[str]:
    """The words of a text; Russian and Ukrainian ones without case endings."""
    return [stem(fold(word)) if has_cyrillic(word) else word for word in words(text)]


def _own_names(pet_types: Sequence[PetType]) -> dict[Phrase, Meaning]:
    return {
        tuple(_spelled(lowered(name))): frozenset({t.slug})
        for t in pet_types
        for name in (t.slug.replace("-", " "), t.name)
        if words(lowered(name))
    }


def _bare(phrase: Phrase) -> Phrase:
    return tuple(word if has_cyrillic(word) else fold(word) for word in phrase)


@cache
def _lexicon() -> _Lexicon:
    spelled: dict[Phrase, Meaning] = {}
    for kinds in (species_words.BREEDS, species_words.WORDS):
        for slug, phrases in kinds.items():
            for phrase in _phrases(phrases):
                spelled[phrase] = frozenset({slug})
    for slugs, phrases in species_words.SEVERAL.items():
        meaning = frozenset(slugs.split())
        for phrase in _phrases(phrases):
            spelled[phrase] = meaning if len(meaning) > 1 else meaning | {"?"}
    for phrase in _phrases(species_words.OTHER_ANIMALS):
        spelled[phrase] = _ANOTHER_ANIMAL
    for phrase in _phrases(species_words.ANY_ANIMAL):
        spelled[phrase] = _ANY
    bare: dict[Phrase, Meaning] = {}
    for phrase, meaning in spelled.items():
        # Two words may fall together once bare: "lợn" and "lon". Then both are meant.
        bare[_bare(phrase)] = bare.get(_bare(phrase), frozenset()) | meaning
    return _Lexicon(spelled, bare)


def _phrases(listed: str) -> Iterable[Phrase]:
    for entry in listed.split(","):
        phrase = tuple(_spelled(lowered(entry)))
        yield phrase
        if phrase[-1].isascii() and not phrase[-1].endswith("s") and not has_cyrillic(entry):
            yield (*phrase[:-1], phrase[-1] + "s")


def _misspelt(bare_text: str, pet_types: Sequence[PetType]) -> list[PetType]:
    """The kinds that one slip of the fingers away from the text would name; short words allow none."""
    by_slug = {t.slug: t for t in pet_types}
    found: dict[str, int] = {}
    for phrase, meaning in _lexicon().bare.items():
        known = " ".join(phrase)
        slips = 0 if len(known) < 3 else 1 if len(known) < 6 else 2
        distance = OSA.distance(bare_text, known, score_cutoff=slips)
        if 0 < distance <= slips:
            for slug in meaning & by_slug.keys():
                found[slug] = min(distance, found.get(slug, distance))
    nearest = sorted(found, key=lambda slug: (found[slug], list(by_slug).index(slug)))
    return [by_slug[slug] for slug in nearest[:4]]
