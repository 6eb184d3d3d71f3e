"""Lists of phrases and what they mean, read so that every word of a text counts, and every diacritic.

A text is read whole: each of its words must belong to a phrase with a meaning or be a word that adds none ("please", "bé",
"нашу"). What is left over may turn the meaning ("almost died", "fat cat food"), so the caller asks then.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from petstools.understand.text import fold, has_cyrillic, lowered, spelled, stem, words

LONGEST_PHRASE = 6
Meaning = frozenset[str]
_NOTHING: Meaning = frozenset()
_OPEN: Meaning = frozenset({""})

# Words that add nothing, whatever is asked. Those of English are apart: beside one of them "ran" is no Vietnamese "rắn".
ENGLISH = (
    "a, an, the, my, our, your, this, that, these, its, it, it is, i, im, ive, we, weve, he, hes, she, shes, they, "
    "theyre, him, am, "
    "is, are, has, have, got, please, pls, just, here, really, hi, hello, yes, well, of mine, of ours, named, called"
)
OTHERS = (
    "con, em, cháu, ẻm, bé, nhóc, chú, cô, cậu, em bé, bé nhà, con bé, con này, con kia, nó, này, kia, đó, đây, ấy, là, tôi, "
    "mình, tớ, nhà, "
    "chúng tôi, chúng mình, bọn mình, có, một, một con, thì, ạ, nhé, nha, nhen, ơi, vâng, dạ, rồi, thôi, cho tôi, cho "
    "mình, hiện tại, "
    "bây giờ, giờ, của tôi, của mình, của em, của anh, của chị, của bạn, của nhà, của nhà tôi, của nhà mình, của chúng tôi, "
    "của gia đình, nhà tôi, nhà mình, nhà em, nhà ta, gia đình tôi, bên mình, "
    "мой, моя, мое, мои, моего, моей, мою, моему, наш, наша, наше, наши, нашу, нашего, нашей, это, этот, эта, у меня, у "
    "нас, есть, "
    "он, она, оно, его, ее, ему, ей, я, мы, пожалуйста, просто, вот, же, тут, здесь, один, одна, одно, одного, одну, сейчас, "
    "мій, моє, мого, моєї, моєму, наша, нашу, нашого, нашої, це, цей, ця, в мене, в нас, є, він, вона, воно, його, її, "
    "йому, їй, ми, "
    "будь ласка, ось, зараз, одне"
)
_ASKING = frozenset("?？❓❔⁉⁈🚫❌⛔❎")


# What the words left over may do to the meaning of the others: deny it, or leave it in doubt.
Doubt = Literal["denied", "unsure"]
_DENYING = (
    "not, isnt, wasnt, arent, never, neither, nor, without, dont, doesnt, didnt, hasnt, havent, cant, wont, cannot, "
    "almost, nearly, "
    "barely, would, wouldnt, could, couldnt, might, if, unless, wish, going, will, should, cancelled, canceled, "
    "postponed, refused, "
    "không, chẳng, chả, chưa, đừng, khỏi, suýt, xém, mém, sắp, nếu, gần, muốn, tránh, hủy, hoãn, "
    "не, ни, нет, без, чуть, едва, почти, если, бы, мог, могла, скоро, отменили, отменена, отмена, отмену, отложили, "
    "ні, немає, нема, мало, ледь, ледве, майже, якщо, якби, б, міг, могла, скасували, скасовано, скасування, відклали"
)
_UNSURE = (
    "no, maybe, probably, perhaps, possibly, guess, think, seems, or, may, "
    "chắc, lẽ, hình, hay, hoặc, nghĩ, "
    "наверное, возможно, кажется, вроде, или, думаю, может, мабуть, можливо, здається, або, чи, може, наче"
)


@dataclass(frozen=True, slots=True)
class Reading:
    """The meanings of a text in its order, and the words that no list knows. `doubt` is what these words say, if anything."""

    meanings: tuple[Meaning, ...]
    left: tuple[str, ...]
    doubt: Doubt | None = None
    asking: bool = False

    @property
    def whole(self) -> bool:
        return bool(self.meanings) and not self.left and not self.asking

    @property
    def named(self) -> Meaning:
        return frozenset().union(*self.meanings)


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    bare: str
    spelled: str
    # With its case ending.
    whole: str

    @property
    def has_marks(self) -> bool:
        return self.bare != self.spelled


class Lexicon:
    """Phrases (comma-separated lists) by meaning; `fillers` mean nothing, `open_phrases` look like meanings and are left over.

    A word typed with diacritics answers only to the same ones, one typed without any to every word that has its letters.
    `weak` words are other languages' words too when typed so ("ran", "vet"): they count only beside no English word.
    stemmed: case endings of Russian and Ukrainian words don't count; plurals: an "s" at an English phrase's end neither;
    general: the words that add nothing anywhere, and those that put all in doubt, are known.
    """

    def __init__(
        self,
        meanings: Iterable[tuple[str, Meaning]],
        *,
        fillers: Iterable[str] = (),
        open_phrases: str = "",
        weak: Iterable[str] = (),
        stemmed: bool = False,
        plurals: bool = False,
        general: bool = True,
    ) -> None:
        self._stemmed = stemmed
        self._weak = frozenset(weak)
        self._unstemmed: dict[tuple[str, ...], Meaning] = {}
        # Without diacritics → as spelled → what it means.
        self._phrases: dict[tuple[str, ...], dict[tuple[str, ...], Meaning]] = {}
        self._english = {phrase.strip() for phrase in ENGLISH.split(",")}
        for listed, meaning in meanings:
            for phrase in listed.split(","):
                self._add(phrase, meaning)
                if plurals and phrase.isascii() and not phrase.endswith("s"):
                    self._add(f"{phrase.rstrip()}s", meaning)
        for listed in (open_phrases, *((_DENYING, _UNSURE) if general else ())):
            self._add_where_free(listed.split(","), _OPEN)
        for listed in (*fillers, *((ENGLISH, OTHERS) if general else ())):
            self._add_where_free(listed.split(","), _NOTHING)

    def read(self, text: str, *, also: "Lexicon | None" = None) -> Reading:
        """The text's words, longest phrase first. `also` is another list, whose phrases come before these."""
        tokens = self._tokens(text)
        lists = (also, self) if also else (self,)
        asking = not _ASKING.isdisjoint(text)
        firm = self._scan(tokens, lists, asking, weak=False)
        if firm.whole or self._weak.isdisjoint(token.bare for token in tokens):
            return firm
        loose = self._scan(tokens, lists, asking, weak=True)
        return loose if loose.whole or not firm.meanings else firm

    def meaning_of(self, text: str) -> Meaning | None:
        """What the text means as one phrase, no word added; None when it is none."""
        tokens = self._tokens(text)
        meanings = self._match(tokens, weak=True) if len(tokens) <= LONGEST_PHRASE else []
        return frozenset().union(*meanings) or None

    def bare_phrases(self) -> Iterator[tuple[str, Meaning]]:
        """Every phrase without its diacritics, with all that it may mean so."""
        for key, known in self._phrases.items():
            if meaning := frozenset().union(*known.values()) - _OPEN:
                yield " ".join(key), meaning

    def _scan(self, tokens: list[_Token], lists: tuple["Lexicon", ...], asking: bool, *, weak: bool) -> Reading:
        named: list[Meaning] = []
        left: list[str] = []
        # Typed without diacritics, words with a meaning and words without one may look the same ("lon": lợn, lớn).
        either: list[tuple[Meaning, str]] = []
        at = 0
        while at < len(tokens):
            for length in range(min(LONGEST_PHRASE, len(tokens) - at), 0, -1):
                part = tokens[at : at + length]
                meanings = next((hits for one in lists if (hits := one._match(part, weak=weak))), [])
                if meanings:
                    text = " ".join(token.text for token in part)
                    meaning = frozenset().union(*meanings) - _OPEN
                    if meaning and _NOTHING in meanings:
                        either.append((meaning, text))
                    elif meaning:
                        named.append(meaning)
                    if _OPEN in meanings or (weak and text in self._english):
                        left.append(text)
                    at += length
                    break
            else:
                left.append(tokens[at].text)
                at += 1
        if either:
            named += [meaning for meaning, _ in either]
            left += [text for _, text in either] if len(named) > 1 else []
        return Reading(tuple(named), tuple(left), _doubt_in(left), asking)

    def _match(self, part: list[_Token], *, weak: bool) -> list[Meaning]:
        # A name in full comes before another's case form: "Нигер" is no "Нигерия".
        whole = self._unstemmed.get(tuple(token.whole for token in part))
        if whole is not None:
            return [whole]
        known = self._phrases.get(tuple(token.bare for token in part))
        if known is None:
            return []
        exact = known.get(tuple(token.spelled for token in part))
        if exact is not None:
            return [exact]
        return [
            meaning
            for spelled_words, meaning in known.items()
            if all(
                token.spelled == word or not (token.has_marks or (token.bare in self._weak and not weak))
                for token, word in zip(part, spelled_words, strict=True)
            )
        ]

    def _tokens(self, text: str) -> list[_Token]:
        tokens = []
        for word in words(lowered(text.replace("_", " "))):
            bare = fold(word)
            if has_cyrillic(word):
                # No two words here differ by й and и, ї and і or ё and е alone.
                bare = stem(bare) if self._stemmed else bare
                tokens.append(_Token(word, bare, bare, fold(word)))
            else:
                tokens.append(_Token(word, bare, spelled(word), bare))
        return tokens

    def _bare(self, phrase: str) -> tuple[str, ...]:
        return tuple(token.bare for token in self._tokens(phrase))

    def _add(self, phrase: str, meaning: Meaning) -> None:
        forms = [[(token.bare, token.spelled) for token in self._tokens(phrase)]]
        if self._stemmed and has_cyrillic(phrase):
            # A name may end like a case form ("Вьетнам", as if of "Вьетн"), so it counts unstemmed too.
            whole = tuple(words(fold(phrase)))
            self._unstemmed[whole] = self._unstemmed.get(whole, _NOTHING) | meaning
            forms.append([(word, word) for word in whole])
        for form in forms:
            if form:
                bare, exact = zip(*form, strict=True)
                known = self._phrases.setdefault(bare, {})
                known[exact] = known.get(exact, _NOTHING) | meaning

    def _add_where_free(self, phrases: Iterable[str], meaning: Meaning) -> None:
        """A phrase that has a meaning keeps it."""
        for phrase in phrases:
            exact = tuple(token.spelled for token in self._tokens(phrase))
            if exact and exact not in self._phrases.get(self._bare(phrase), ()):
                self._add(phrase, meaning)


def listed(phrases: Mapping[str, str]) -> list[tuple[str, Meaning]]:
    """Phrases by what they mean, where each means one thing."""
    return [(text, frozenset({meaning})) for meaning, text in phrases.items()]


def _doubt_in(left: Iterable[str]) -> Doubt | None:
    for word in left:
        for doubt in _DOUBTS:
            if _leaves_in(doubt, word):
                return doubt
    return None


def _leaves_in(doubt: Doubt, word: str) -> bool:
    return spelled(word) in _DOUBTS[doubt] or (word.isascii() and word in _DOUBTS_BARE[doubt])


def denies(word: str) -> bool:
    """Whether a word, as `Reading.left` has it, denies what stands beside it."""
    return _leaves_in("denied", word)


_DOUBTS: dict[Doubt, frozenset[str]] = {
    "denied": frozenset(map(spelled, words(_DENYING))),
    "unsure": frozenset(map(spelled, words(_UNSURE))),
}
_DOUBTS_BARE = {doubt: frozenset(map(fold, known)) for doubt, known in _DOUBTS.items()}
