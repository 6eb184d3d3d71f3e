"""A species as said ("con mèo", "котик", "pup", 🐶) → a pet type of the main app's own list, compared by slug."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Protocol

from rapidfuzz.distance import OSA

from petstools.understand import species_words
from petstools.understand.lexicon import Lexicon, Meaning, listed
from petstools.understand.outcome import Candidate, Unclear
from petstools.understand.text import fold, quoted, said

# What a phrase means: one slug or several, an animal of no particular kind, or one that isn't on any list ("prairie dog").
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


def understand_species(
    value: object, pet_types: Sequence[PetType], *, field: str = "species"
) -> PetTypeChoice | Unclear:
    """The pet type that `value` names: a word in four languages, an emoji, a breed, a slug or a localised name.

    A word that names several kinds, words that disagree, and whatever else is said beside the kind ("fat cat food", "not a
    cat") come back as `Unclear` with the pet types to choose from, likely ones first. Slugs: main-app.md §7.1.
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
    reading = _lexicon().read(text, also=_own_names(pet_types))
    signs = tuple(frozenset({slug}) for slug, emoji in species_words.EMOJI.items() if any(one in text for one in emoji))
    meanings = (*signs, *reading.meanings)
    meant = _one_meant(meanings)
    certain = bool(meanings) and not reading.left and not reading.asking
    if certain and meant in by_slug:
        return _choice(by_slug[meant])
    named = frozenset().union(*meanings) - _NO_SLUGS
    on_offer = [pet_type for pet_type in pet_types if pet_type.slug in named]
    if reading.doubt == "denied" and named:
        return Unclear(
            field,
            "ambiguous",
            f"{quoted(value)} says what the animal is not. If the person's words leave no doubt, send the kind; else ask.",
            _candidates(one for one in pet_types if one.slug not in named),
        )
    if on_offer:
        several = ", ".join(t.name for t in on_offer)
        return Unclear(
            field,
            "ambiguous",
            f"{quoted(value)} says more than one kind of animal, or more than a kind. If the person's words leave no doubt, send the "
            f"one meant ({several}); else ask.",
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
            f"{' or '.join(t.name for t in near)}. If the person's words leave no doubt, send that; else ask.",
            _candidates(near),
        )
    return Unclear(
        field,
        "unknown",
        f"{quoted(value)} is not among the kinds of animal that Meo Mai Moi has. If one of the listed kinds is meant without "
        "doubt, send it; else ask the person.",
        _candidates(pet_types),
    )


def _choice(pet_type: PetType) -> PetTypeChoice:
    return PetTypeChoice(pet_type.id, pet_type.slug, pet_type.name)


def _candidates(pet_types: Iterable[PetType]) -> tuple[Candidate, ...]:
    return tuple({"id": t.id, "slug": t.slug, "name": t.name} for t in pet_types)


def _own_names(pet_types: Sequence[PetType]) -> Lexicon:
    """The list's own names and slugs; they come before the words known here."""
    return _names_as_lexicon(tuple((t.slug, t.name) for t in pet_types))


@lru_cache(maxsize=32)
def _names_as_lexicon(names: tuple[tuple[str, str], ...]) -> Lexicon:
    return Lexicon(
        [
            (name.replace(",", " "), frozenset({slug}))
            for slug, named in names
            for name in (slug.replace("-", " "), named)
        ],
        stemmed=True,
        general=False,
    )


@cache
def _lexicon() -> Lexicon:
    return Lexicon(
        [
            *listed(species_words.BREEDS),
            *listed(species_words.WORDS),
            *((text, _kinds(slugs)) for slugs, text in species_words.SEVERAL.items()),
            (species_words.OTHER_ANIMALS, _ANOTHER_ANIMAL),
            (species_words.ANY_ANIMAL, _ANY),
        ],
        fillers=[species_words.DESCRIBING],
        weak=species_words.OTHER_WORDS_TOO,
        stemmed=True,
        plurals=True,
    )


def _kinds(slugs: str) -> Meaning:
    kinds = frozenset(slugs.split())
    return kinds if len(kinds) > 1 else kinds | {"?"}


def _misspelt(bare_text: str, pet_types: Sequence[PetType]) -> list[PetType]:
    """The kinds that one slip of the fingers away from the text would name; short words allow none."""
    by_slug = {t.slug: t for t in pet_types}
    distances: dict[str, int] = {}
    for known, meaning in _lexicon().bare_phrases():
        slips = 0 if len(known) < 3 else 1 if len(known) < 6 else 2
        distance = OSA.distance(bare_text, known, score_cutoff=slips)
        # None: the same letters with other marks, which is another word.
        if distance <= slips and len(known) > 2:
            for slug in meaning & by_slug.keys():
                distances[slug] = min(distance, distances.get(slug, distance))
    nearest = sorted(distances, key=lambda slug: (distances[slug], list(by_slug).index(slug)))
    return [by_slug[slug] for slug in nearest[:4]]
