"""Whether a pet is with its people, missing or has died, as people say it → the main app's word."""

from typing import Literal

from petstools.understand.outcome import Unclear
from petstools.understand.text import fold, has_latin_marks, lowered, quoted, said, words

Status = Literal["active", "lost", "deceased"]

_ACTIVE = (
    "active, alive, living, found, is found, was found, came home, came back, come back, is back, back home, back, at home, home, "
    "returned, safe, not lost, no longer lost, not missing, no longer missing, isnt lost, isnt missing, not dead, isnt dead, "
    "not deceased, "
    "đã tìm thấy, tìm thấy, tìm được, đã về, đã về nhà, về nhà, trở về, đã trở về, về rồi, còn sống, đang sống, bình thường, "
    "hoạt động, không còn lạc, không bị lạc, hết lạc, chưa chết, "
    "активен, активна, активный, жив, жива, живой, живая, нашелся, нашлась, нашлись, нашли, найден, найдена, вернулся, вернулась, "
    "дома, больше не потерян, больше не потеряна, не потерян, не потеряна, не потерялся, не потерялась, не умер, не умерла, "
    "активний, активна, живий, жива, знайшовся, знайшлася, знайшли, знайдений, знайдена, повернувся, повернулася, вдома, "
    "більше не загублений, більше не загублена, не загублений, не загублена, не загубився, не загубилася, не помер, не померла"
)
_LOST = (
    "lost, missing, is missing, went missing, gone missing, got lost, ran away, run away, runaway, escaped, disappeared, strayed, "
    "not found, still missing, "
    "mất, đã mất, lạc, bị lạc, đi lạc, thất lạc, mất tích, bị mất, đi mất, bỏ đi, bỏ nhà đi, bị bắt trộm, bị trộm, chưa tìm thấy, "
    "chưa về, chưa về nhà, "
    "потерян, потеряна, потерялся, потерялась, потеряшка, потеряли, пропал, пропала, сбежал, сбежала, убежал, убежала, "
    "в розыске, исчез, исчезла, не найден, не найдена, не нашелся, не нашлась, "
    "загублений, загублена, загубився, загубилася, загубили, зник, зникла, зниклий, втік, втекла, у розшуку, "
    "не знайдений, не знайдена, не знайшовся, не знайшлася"
)
_DECEASED = (
    "deceased, dead, died, has died, passed, passed away, has passed away, has passed, is gone forever, rainbow bridge, "
    "crossed the rainbow bridge, put down, put to sleep, euthanized, euthanised, in heaven, rip, r i p, not alive, no longer alive, "
    "chết, đã chết, mất, đã mất, qua đời, đã qua đời, ra đi, đã ra đi, không còn nữa, không qua khỏi, lên thiên đường, an tử, "
    "không còn sống, "
    "умер, умерла, умерший, умершая, погиб, погибла, скончался, скончалась, ушел на радугу, ушла на радугу, на радуге, мертв, "
    "мертва, не стало, усыпили, покойный, покойная, нет в живых, больше нет с нами, не жив, не жива, "
    "помер, померла, померлий, загинув, загинула, пішов на веселку, пішла на веселку, мертвий, мертва, не стало, приспали, "
    "немає в живих, більше немає з нами"
)
_SIGNS: dict[str, Status] = {"🌈": "deceased", "🕯": "deceased", "🪦": "deceased", "⚰": "deceased"}
_NEGATIONS = frozenset(
    words("not isnt wasnt no never neither nor không khong chưa chua chẳng chang не ни ні нет немає нема")
)
_LONGEST_PHRASE = 4


def _phrases(*, bare: bool) -> dict[tuple[str, ...], frozenset[Status]]:
    listed: dict[Status, str] = {"active": _ACTIVE, "lost": _LOST, "deceased": _DECEASED}
    found: dict[tuple[str, ...], frozenset[Status]] = {}
    for status, phrases in listed.items():
        for phrase in phrases.split(","):
            key = tuple(words(fold(phrase) if bare else lowered(phrase)))
            found[key] = found.get(key, frozenset()) | {status}
    return found


_SPELLED, _BARE = _phrases(bare=False), _phrases(bare=True)


def understand_pet_status(value: object, *, field: str = "status") -> Status | Unclear:
    """active, lost or deceased (main-app.md §6.5), from what people say in four languages.

    Vietnamese "mất" is both "lost" and "passed away": it is asked about, as are words that disagree and negations that are
    no phrase of their own ("not found" is one). "deleted" is no status here.
    """
    text = said(value)
    if not text or not isinstance(value, str):
        if value is None or (isinstance(value, str) and not value.strip()):
            return _question(field, "missing", "Ask the person how things stand with the pet")
        return _question(field, "not_understood", f"{quoted(value)} does not say how things stand with the pet. Ask")
    found = {status for sign, status in _SIGNS.items() if sign in text}
    read = _said_in(words(lowered(text)), _SPELLED)
    if not read and not has_latin_marks(text):
        read = _said_in(words(fold(text)), _BARE)
    found |= read
    if len(found) == 1:
        return found.pop()
    if found:
        return _question(field, "ambiguous", f"{quoted(value)} may be meant in more than one way. Ask the person")
    return _question(field, "not_understood", f"{quoted(value)} does not say how things stand with the pet. Ask")


def _said_in(said_words: list[str], phrases: dict[tuple[str, ...], frozenset[Status]]) -> set[Status]:
    found: set[Status] = set()
    at = 0
    while at < len(said_words):
        for length in range(min(_LONGEST_PHRASE, len(said_words) - at), 0, -1):
            meaning = phrases.get(tuple(said_words[at : at + length]))
            if meaning:
                found |= meaning
                at += length
                break
        else:
            if said_words[at] in _NEGATIONS:
                # Whatever it denies, no status is said by it.
                return {"active", "lost", "deceased"}
            at += 1
    return found


def _question(field: str, reason: Literal["missing", "not_understood", "ambiguous"], what: str) -> Unclear:
    return Unclear(
        field,
        reason,
        f"{what}: is it with them (active), missing (lost), or has it died (deceased)? Ask with care.",
        ({"status": "active"}, {"status": "lost"}, {"status": "deceased"}),
    )
