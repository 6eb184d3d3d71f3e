"""Whether a pet is with its people, missing or has died, as people say it → the main app's word."""

import re
from functools import cache
from typing import Literal

from petstools.understand import species_words
from petstools.understand.calendar_words import WEEKDAYS
from petstools.understand.lexicon import Lexicon, Meaning, listed
from petstools.understand.outcome import Unclear
from petstools.understand.text import fold, quoted, said, stem, words

Status = Literal["active", "lost", "deceased"]
STATUSES: tuple[Status, ...] = ("active", "lost", "deceased")

_WORDS: dict[str, str] = {
    "active": (
        "active, alive and well, alive and kicking, found, is found, was found, been found, came home, came back, come back, come "
        "home, is back, back home, back, at home, home, returned, returned home, safe, safe and sound, with us, turned up, "
        "đã tìm thấy, tìm thấy, tìm được, đã về, đã về nhà, về nhà, trở về, đã trở về, về rồi, quay về, bình thường, hoạt động, "
        "đang hoạt động, "
        "активен, активна, активный, жив здоров, жива здорова, жив и здоров, жива и здорова, нашелся, нашлась, нашлись, нашли, "
        "найден, найдена, вернулся, вернулась, вернулся домой, вернулась домой, дома, пришел домой, пришла домой, "
        "активний, активна, живий здоровий, жива здорова, знайшовся, знайшлася, знайшли, знайдений, знайдена, знайшлась, повернулась, "
        "повернувся, повернулася, повернувся додому, повернулася додому, вдома, прийшов додому, прийшла додому, "
        "сам пришел, сама пришла, сам прийшов, сама прийшла"
    ),
    # What says only how it is not: whether that makes it active depends on how things stood.
    "not lost": (
        "not lost, no longer lost, never lost, never got lost, never went missing, not missing, no longer missing, isnt lost, isnt "
        "missing, isnt lost anymore, not lost anymore, wasnt lost, didnt run away, "
        "không lạc, không còn lạc, không bị lạc, không đi lạc, không mất tích, chưa lạc, hết lạc, "
        "больше не потерян, больше не потеряна, не потерян, не потеряна, не потерялся, не потерялась, не пропал, не пропала, не "
        "сбежал, не сбежала, "
        "більше не загублений, більше не загублена, не загублений, не загублена, не загубився, не загубилася, не загубилась, не зник, "
        "не зникла, не втік, не втекла"
    ),
    "not deceased": (
        "alive, living, still alive, still with us, not dead, isnt dead, not deceased, didnt die, never died, hasnt died, "
        "còn sống, vẫn còn sống, vẫn sống, đang sống, chưa chết, không chết, "
        "жив, жива, живой, живая, не умер, не умерла, не погиб, не погибла, "
        "живий, жива, не помер, не померла, не загинув, не загинула"
    ),
    "lost": (
        "hes gone missing, shes gone missing, its gone missing, has gone missing, lost, missing, is missing, went missing, "
        "gone missing, got lost, ran away, ran away from home, run away, runaway, "
        "escaped, "
        "disappeared, vanished, strayed, not found, hasnt been found, havent found, not been found, still missing, ran off, "
        "пропав, пропав безвісти, hasnt come home, hasnt come back, hasnt returned, didnt come home, cant find him, cant find her, "
        "cant find it, "
        "didnt come back, never came home, never came back, "
        "lạc, bị lạc, đi lạc, thất lạc, mất tích, đã mất tích, bị mất, bị mất tích, lạc mất, đi mất, chạy mất, bỏ đi mất, "
        "bỏ nhà đi, bị bắt trộm, bị trộm, chưa tìm thấy, vẫn chưa tìm thấy, không tìm thấy, chưa tìm được, chưa về, chưa về nhà, "
        "потерян, потеряна, потерялся, потерялась, потеряшка, пропал, пропала, пропал без вести, пропала без вести, сбежал, "
        "сбежала, "
        "сбежал из дома, сбежала из дома, убежал, убежала, убежал из дома, убежала из дома, ушел из дома, ушла из дома, в "
        "розыске, "
        "исчез, исчезла, не найден, не найдена, не нашли, не нашелся, не нашлась, не вернулся, "
        "не вернулась, не пришел домой, не пришла домой, "
        "загублений, загублена, загубився, загубилася, зник, зникла, зниклий, зник безвісти, зникла безвісти, втік, втекла, "
        "втік з "
        "дому, втекла з дому, пішов з дому, пішла з дому, у розшуку, в розшуку, не знайдений, не знайдена, не знайшли, не "
        "знайшовся, "
        "не знайшлася, не повернувся, не повернулася, не прийшов додому, не прийшла додому, не повернулась, загубилась"
    ),
    "deceased": (
        "deceased, dead, died, died at home, died of old age, died in his sleep, died in her sleep, no more, is no more, "
        "passed on, "
        "crossed over, "
        "didnt make it, put her down, put him down, put it down, put her to sleep, put him to sleep, put it to sleep, had "
        "to put her down, "
        "had to put him down, had to put it down, had to put her to sleep, had to put him to sleep, was euthanized, was "
        "euthanised, been "
        "euthanized, had to be put down, had to be put to sleep, has died, passed, passed away, has passed away, has "
        "passed, is gone forever, gone forever, "
        "rainbow bridge, over the rainbow bridge, crossed the rainbow bridge, put down, was put down, been put down, put to "
        "sleep, "
        "was put to sleep, been put to sleep, euthanized, euthanised, in heaven, rip, r i p, rest in peace, not alive, no longer "
        "alive, isnt alive, no longer with us, not with us anymore, found dead, found him dead, found her dead, found it "
        "dead, was "
        "found dead, found the body, found his body, found her body, found its body, "
        "chết, đã chết, bị chết, chết ở nhà, qua đời, đã qua đời, ra đi mãi mãi, đã ra đi mãi mãi, không còn nữa, không qua "
        "khỏi, lên "
        "thiên đường, lên thiên đàng, qua cầu vồng, sang cầu vồng, "
        "đã sang cầu vồng, đã qua cầu vồng, không cứu được, "
        "an tử, không còn sống, tìm thấy xác, thấy xác, tìm được xác, "
        "умер, умерла, умерла от старости, умер дома, умерла дома, умер от старости, сдох, сдохла, не спасли, пришлось "
        "усыпить, умерший, умершая, "
        "погиб, погибла, скончался, скончалась, ушел на радугу, ушла на радугу, на радуге, "
        "ушел из жизни, ушла из жизни, мертв, мертва, не стало, усыпили, покойный, покойная, нет в живых, больше нет с нами, "
        "больше нет, нет больше, не жив, не жива, нашли мертвым, нашли мертвой, нашли тело, найден мертвым, найдена мертвой, "
        "помер, померла, помер вдома, померла вдома, помер від старості, померла від старості,  здох, здохла, присипали, "
        "довелося приспати, не врятували, померлий, "
        "загинув, загинула, пішов на "
        "веселку, пішла на веселку, пішов з життя, пішла з життя, мертвий, "
        "мертва, не стало, приспали, немає в живих, більше немає з нами, більше немає, знайшли мертвим, знайшли мертвою, "
        "знайшли тіло"
    ),
}
# Words for losing somebody, which say either.
_LOST_OR_DEAD = (
    "mất, đã mất, mất rồi, ra đi, đã ra đi, we lost, i lost, weve lost, ive lost, have lost, im missing, i am missing, "
    "we are missing, lost him, lost her, lost "
    "it, lost my, "
    "lost our, lost the, gone, is gone, shes gone, hes gone, left us, has left us, "
    "ушел, ушла, ушел от нас, ушла от нас, потеряли, потерял, потеряла, мы потеряли, я потеряла, "
    "пішов, пішла, пішов від нас, пішла від нас, втратили, втратила, втратив, загубили"
)
_OPEN = (
    "is he, is she, was he, was she, did he, did she, has he, has she, new home, a new home, "
    "missing her, missing him, missing me, missing us, missing you, still missing her, still missing him, is missing "
    "her, is missing "
    "him, is missing me, is missing us, found a, found another, tìm thấy con mới, tìm được con mới, нашли нового, нашли новую, "
    "нашли другого, нашли другую, знайшли нового, знайшли нову, знайшли іншого, знайшли іншу, "
    "thôi bỏ đi, bỏ đi thôi, a home, found a home, lost his, lost its, "
    "con nó, của nó, mẹ nó, con của, her kitten, his kitten, her puppy, his puppy, its kitten, её котенок, его котенок, "
    "ее щенок, его щенок, її кошеня, його кошеня, її цуценя, його цуценя"
)
_FILLERS = (
    "set, mark, marked, change, status, as, to, put as, update, her, it, so, sorry, sadly, unfortunately, finally, already, yet, "
    "yesterday, since, since yesterday, by himself, by herself, by itself, on his own, on her own, today, now, recently, "
    "last night, last week, last month, last year, this morning, "
    "tonight, this week, been, just now, "
    "again, still, forever, anymore, anywhere, peacefully, quietly, rip, yay, thank god, "
    "trạng thái, đặt, đánh dấu, chuyển, sang, thành, đã, bị, hôm qua, từ hôm qua, từ tối qua, từ sáng, hôm nay, tối "
    "qua, đêm qua, sáng nay, chiều qua, tuần trước, "
    "tháng trước, năm ngoái, vừa, mới, được, lại, vẫn, đang, thật, cuối cùng, buồn quá, hết, lắm, mãi, "
    "статус, поставь, отметь, отметьте, поменяй, измени, на, отметь как, отметьте как, пометь как, пометьте как, "
    "к сожалению, наконец, наконец то, уже, вчера, со "
    "вчера, со вчерашнего дня, сегодня, недавно, "
    "прошлой ночью, ночью, сегодня утром, утром, вечером, вчера вечером, на прошлой неделе, ура, еще, сам, сама, снова, "
    "постав, познач, зміни, познач як, позначте як, "
    "на жаль, нарешті, вже, вчора, учора, з учора, від учора, сьогодні, нещодавно, минулої ночі, "
    "вночі, уночі, вранці, ввечері, ще, знову"
)
_NOT: dict[str, Status] = {"not lost": "lost", "not deceased": "deceased"}
_SIGNS: dict[str, Status] = {"🌈": "deceased", "🕯": "deceased", "🪦": "deceased", "⚰": "deceased"}
_SOME_TIME = re.compile(
    r"(?:\b(?:for|since|about|hơn|khoảng|уже|около|вже|близько)\s+)?"
    r"\b(?:\d+|a|an|one|two|three|four|five|six|a few|few|several|một|hai|ba|bốn|năm|mấy|vài|один|одну|два|две|три|четыре|пять|"
    r"несколько|пару|дві|чотири|п.?ять|кілька)\s+"
    r"(?:hours?|days?|weeks?|months?|years?|giờ|ngày|hôm|tuần|tháng|năm|час\w*|ден\w*|дн\w+|недел\w+|месяц\w*|год\w*|лет|"
    r"тиж\w+|місяц\w*|рок\w+|років)(?:\s+(?:ago|now|nay|trước|qua|rồi|назад|тому))?(?!\w)|"
    r"\b(?:since|on|last|с|со|в|во|з|із|у|від|(?:từ |hôm |hồi )?(?:thứ|t)(?= ?[2-7]))\s+(?:"
    + "|".join(sorted((*WEEKDAYS, "[2-7]"), key=len, reverse=True))
    + r")(?!\w)",
    re.IGNORECASE,
)


def understand_pet_status(
    value: object, *, name: str = "", now: Status | None = None, field: str = "status"
) -> Status | Unclear:
    """active, lost or deceased (main-app.md §6.5), from what people say in four languages.

    Decided only where every word is understood: "almost died", "lost weight", "пропал аппетит" and words that say either
    ("mất", "we lost him") are asked about, with the likely readings as candidates; the death of a pet that nearly died is
    never one. "not dead", "alive" and "не потерялся" say how things are not: a lost pet that is alive may be lost all the same, so
    they decide only by how things stand `now`. "deleted" is no status here. name: the pet's own, which may stand beside
    ("Мурка пропала").
    """
    text = said(value)
    if not text or not isinstance(value, str):
        if value is None or (isinstance(value, str) and not value.strip()):
            return _question(field, "missing", "Ask the person how things stand with the pet")
        return _question(field, "not_understood", f"{quoted(value)} does not say how things stand with the pet. Ask")
    reading = _lexicon().read(_without_name(_SOME_TIME.sub(" ", text), name))
    signs = [frozenset({status}) for sign, status in _SIGNS.items() if sign in text]
    all_named = frozenset().union(*reading.meanings, *signs)
    named = all_named - _NOT.keys()
    denied = {_NOT[one] for one in all_named & _NOT.keys()}
    signs_alone = bool(signs) and not reading.meanings and not reading.left and not reading.asking
    if (reading.whole or signs_alone) and len(named) == 1 and not named & denied:
        return next(status for status in STATUSES if status in named)
    if reading.whole and denied and not named:
        if len(denied) > 1 or now in {"active", *denied}:
            return "active"
        return _only_denied(field, value, now)
    if reading.doubt == "denied":
        # Whatever it denies, nobody is asked to confirm a death.
        return Unclear(
            field,
            "ambiguous",
            f"{quoted(value)} does not settle how things stand with the pet. Nothing was changed. If the person's words leave "
            f"no doubt, "
            "send the status meant (active where it only nearly happened); else ask how the pet is.",
            ({"status": "active"}, *({"status": "lost"} for _ in named & {"active"})),
        )
    if denied:
        named |= {"active"}
    if named and reading.left:
        # What stands beside may turn the meaning ("lost her appetite"); words for losing somebody are no death then.
        firm = frozenset().union(*(one for one in (*reading.meanings, *signs) if len(one) == 1))
        named = (named - {"deceased"} | firm - _NOT.keys()) | {"active"}
    if not named and not reading.doubt:
        return _question(field, "not_understood", f"{quoted(value)} does not say how things stand with the pet")
    return _question(field, "ambiguous", f"{quoted(value)} may be meant in more than one way", named)


def _only_denied(field: str, value: object, now: Status | None) -> Unclear:
    """The question where only what the pet is not was said, and that is not what stands there."""
    stands = f" It stands as {now} now." if now else ""
    return Unclear(
        field,
        "ambiguous",
        f"{quoted(value)} says what the pet is not.{stands} Nothing was changed. If the person's words leave no doubt, send active (it "
        "is with them) or what stands there; else ask whether it is back with them.",
        ({"status": "active"}, *({"status": one} for one in (now,) if one in ("lost", "deceased"))),
    )


def _without_name(text: str, name: str) -> str:
    own = {stem(fold(word)) for word in words(name)}
    return " ".join(word for word in text.split() if not own or stem(fold(word.strip(".,!:;"))) not in own)


@cache
def _lexicon() -> Lexicon:
    animals = (*species_words.WORDS.values(), *species_words.BREEDS.values(), species_words.ANY_ANIMAL)
    return Lexicon(
        [*listed(_WORDS), (_LOST_OR_DEAD, frozenset({"lost", "deceased"}))],
        fillers=(_FILLERS, *animals, species_words.DESCRIBING),
        open_phrases=_OPEN,
    )


def _question(
    field: str, reason: Literal["missing", "not_understood", "ambiguous"], what: str, likely: Meaning = frozenset()
) -> Unclear:
    ask = (
        "" if reason == "missing" else ". If the person's words leave no doubt, send active, lost or deceased; else ask"
    )
    return Unclear(
        field,
        reason,
        f"{what}{ask}: is it with them (active), missing (lost), or has it died (deceased)? Ask with care.",
        tuple({"status": status} for status in STATUSES if status in likely or not likely),
    )
