"""What was done at the vet's → the main app's usual words for a medical record's type, and the person's own word beside it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from petstools.understand.calendar_words import UNITS
from petstools.understand.lexicon import Lexicon, listed
from petstools.understand.not_done import BEFORE_OR_AFTER, is_to_come
from petstools.understand.not_known import says_unknown
from petstools.understand.outcome import Candidate, Unclear
from petstools.understand.text import fold, lowered, quoted, said, words
from petstools.understand.vaccines import names_vaccine


@dataclass(frozen=True, slots=True)
class RecordType:
    """A record type; `said` is the person's own wording where the type says less, to be kept in the description."""

    record_type: str
    said: str | None = None


# The kinds' plain names: said alone, they leave nothing to be kept.
_PLAIN: dict[str, str] = {
    "checkup": (
        "checkup, check up, checkups, health check, health checkup, medical checkup, examination, exam, khám, khám bệnh, khám "
        "sức khỏe, "
        "kiểm tra sức khỏe, осмотр, медосмотр, обследование, чекап, огляд, медогляд, обстеження"
    ),
    "deworming": (
        "deworming, dewormed, deworm, worming, wormed, tẩy giun, sổ giun, xổ giun, tẩy giun sán, xổ giun sán, sổ giun sán, xổ lãi, "
        "sổ lãi, tẩy lãi, дегельминтизация, дегельминтизировали, дегельминтизировать, дегельмінтизація, дегельмінтизували, "
        "дегельмінтизувати"
    ),
    "treatment": "treatment, điều trị, chữa trị, chữa bệnh, лечение, лікування",
    "surgery": "surgery, operation, phẫu thuật, mổ, операция, прооперировали, хирургия, операція, хірургія, прооперували",
    "medication": (
        "medication, medicine, meds, drug, thuốc, uống thuốc, cho uống thuốc, лекарство, медикамент, медикаменты, препарат, ліки, "
        "медикаменти"
    ),
    "test": "test, tests, lab test, lab tests, analysis, xét nghiệm, анализ, анализы, тест, тесты, аналіз, аналізи, тести",
    "vet_visit": (
        "vet visit, vet, vet appointment, visit, veterinary visit, visit to the vet, clinic visit, đi khám thú y, khám thú y, "
        "đi thú y, "
        "đi bác sĩ thú y, bác sĩ thú y, визит к ветеринару, прием, прием у ветеринара, ветеринар, визит, візит до ветеринара, прийом, "
        "прийом у ветеринара, візит"
    ),
    "other": "other, misc, miscellaneous, khác, другое, прочее, иное, інше",
}
# More particular words: they choose the kind, and are kept.
_PARTICULAR: dict[str, str] = {
    "checkup": "annual exam, physical exam, physical, wellness exam, khám định kỳ, khám tổng quát, kiểm tra, профосмотр, профогляд",
    "deworming": (
        "dewormer, wormer, worm treatment, worm tablet, worm tablets, worm pill, worm pills, parasite treatment, anti parasitic, "
        "antiparasitic, trị giun, thuốc giun, thuốc tẩy giun, thuốc xổ giun, uống thuốc giun, uống thuốc tẩy giun, uống thuốc xổ giun, "
        "глистогонка, глистогон, "
        "глистогонное, от глистов, от паразитов, прогнали глистов, глистов, глистогінне, від глистів, від паразитів"
    ),
    "treatment": (
        "therapy, procedure, wound care, dental cleaning, flea treatment, tick treatment, liệu trình, trị ve, терапия, "
        "процедура, капельница, терапія, крапельниця"
    ),
    "surgery": (
        "spay, spayed, spaying, neuter, neutered, neutering, castration, castrated, castrate, sterilization, sterilisation, "
        "sterilized, "
        "sterilised, triệt sản, thiến, кастрация, стерилизация, кастрировали, стерилизовали, кастрировать, стерилизовать, "
        "кастрирован, стерилизован, прооперировать, кастрація, стерилізація, кастрували, "
        "стерилізували, каструвати, стерилізувати, кастрований, стерилізований, прооперувати"
    ),
    "medication": (
        "pills, pill, tablets, tablet, antibiotic, antibiotics, prescription, drops, kháng sinh, đơn thuốc, таблетка, таблетки, "
        "антибиотик, рецепт, капли, пігулки, антибіотик, краплі"
    ),
    "test": (
        "blood test, blood work, bloodwork, x ray, x rays, xray, ultrasound, urine test, lab result, lab results, biopsy, ct scan, "
        "mri, "
        "xét nghiệm máu, siêu âm, chụp x quang, x quang, thử máu, анализ крови, узи, рентген, исследование, биопсия, мрт, "
        "аналіз крові, "
        "узд, дослідження, біопсія"
    ),
    "vet_visit": "consultation, vet consultation, консультация, консультація, ветклиника, ветклініка",
}
_VACCINATION = (
    "vaccination, vaccinations, vaccine, vaccines, vaccinated, shot, shots, jab, jabs, booster, boosters, immunization, "
    "immunisation, tiêm phòng, "
    "tiêm chủng, tiêm ngừa, chích ngừa, vắc xin, vacxin, vaccin, mũi tiêm, mũi nhắc, mũi nhắc lại, vắcxin, "
    "mũi 1, mũi 2, mũi 3, mũi 4, mũi 5, mũi một, mũi hai, mũi ba, mũi bốn, mũi đầu, mũi thứ, mũi cuối, "
    "вакцинация, вакцина, прививка, прививки, ревакцинация, вакцинировали, привили, привит, вакцинировать, "
    "вакцинація, щеплення, ревакцинація, щепили, щеплений, вакцинували, вакцинувати, "
    "3 bệnh, 4 bệnh, 5 bệnh, 6 bệnh, 7 bệnh, dhpp, dhppi, da2pp, 5 in 1, 7 in 1, 5in1, 7in1, nobivac, purevax, felocell, "
    "leucorifelin, feligen, vanguard, eurican, biocan, versican, нобивак, пуревакс, мультифел, мультикан, вангард, эурикан, биокан"
)
# What has a list of its own besides vaccinations, and the operation that records it.
_ELSEWHERE: dict[str, str] = {
    "weight": (
        "weight, weights, weighing, weighed, weigh in, body weight, cân nặng, cân, trọng lượng, вес, взвешивание, взвесили, вага, "
        "зважування, зважили"
    ),
    "microchip": (
        "microchip, microchips, microchipping, microchipped, chip, chipping, chipped, chip number, vi mạch, gắn chip, cấy chip, "
        "bắn chip, gắn microchip, cấy microchip, gắn vi mạch, cấy vi mạch, "
        "microchip implant, microchip implanted, microchip implantation, số chip, "
        "микрочип, чип, чипирование, чипировали, мікрочип, чіп, чіпування, чипування, чіпували"
    ),
}
_ADDED_BY = {"weight": "add_weight", "microchip": "add_microchip"}
_NEVER_VACCINES = frozenset({"deworming", "surgery", "test", "checkup", "vet_visit"})
# A visit says where, not what: anything else said with it is the type.
_GENERAL = ("vet_visit", "checkup", "other")
# A finding about a treatment is none of it.
_FINDING = re.compile(r"\b(?:allerg|аллерг|алерг|reaction|реакц|dị ứng|phản ứng|sốc phản vệ)", re.IGNORECASE)
_TALK = re.compile(r"\b(?:consult|консультац|tư vấn)", re.IGNORECASE)
_NO_KIND = ("nothing", "không có gì", "không gì", "ничего", "нічого")
_FILLERS = "record, medical record, hồ sơ, запись, запис"


def understand_record_type(value: object, *, field: str = "record_type") -> RecordType | Unclear:
    """The record type that `value` names, and the wording to keep where it says more than the type's plain name.

    A word that is none of the usual ones becomes "other" and is kept. What is denied or asked ("no surgery", "deworming?") is asked
    about. A vaccination belongs in the vaccination list, so its words are asked about too (main-app.md §15 trap 27).
    """
    text = said(value)
    if not text or not isinstance(value, str):
        missing = value is None or (isinstance(value, str) and not value.strip())
        return Unclear(
            field,
            "missing" if missing else "not_understood",
            f"Ask the person what kind of medical record this is: {', '.join(_PLAIN)}.",
            _types(_PLAIN),
        )
    if says_unknown(text) or lowered(text) in _NO_KIND or not words(text):
        return Unclear(
            field,
            "not_understood",
            f"{quoted(value)} is no kind of medical record. Ask the person what was done: {', '.join(_PLAIN)}.",
            _types(_PLAIN),
        )
    reading = _lexicon().read(text)
    named = reading.named
    if not _FINDING.search(text) and ("vaccination" in named or (named <= {"other"} and names_vaccine(text))):
        return Unclear(
            field,
            "vaccination_record",
            f"{quoted(value)} is a vaccination, and these have their own list with due dates and reminders. If the person's "
            f"words leave "
            "no doubt, record it with add_vaccination, else ask; if it is no vaccination, send another record_type.",
            _types(_PLAIN),
        )
    elsewhere = named & set(_ELSEWHERE)
    if len(elsewhere) == 1 and named == elsewhere and not reading.left:
        (what,) = elsewhere
        return Unclear(
            field,
            "ambiguous",
            f"A {what} has a list of its own and would not be found among medical records. If the person's words leave no doubt, "
            f"record it with {_ADDED_BY[what]}, else ask; if it was a finding or treatment, send another record_type.",
            _types(_PLAIN),
        )
    kinds = set(named - elsewhere)
    before = _lexicon().read(BEFORE_OR_AFTER.sub("", text))
    main = before.named & kinds
    # "stitches out 10 days after spay" is something of its own, "a day before surgery" is nothing.
    of_its_own = any(word not in UNITS and not word.isdecimal() for word in map(fold, before.left))
    beside = kinds - main if BEFORE_OR_AFTER.search(text) else set()
    kinds = set(main or (() if of_its_own else kinds))
    if kinds and _TALK.search(text):
        kinds = {"vet_visit"}
    if _FINDING.search(text):
        kinds = set()
    for general in _GENERAL:
        if len(kinds) > 1:
            kinds.discard(general)
    if "deworming" in kinds:
        # Pills and treatments are ways of doing it.
        kinds -= {"medication", "treatment"}
    if is_to_come(text) or (kinds and (reading.doubt or reading.asking or (beside and not main and not of_its_own))):
        return Unclear(
            field,
            "ambiguous",
            f"{quoted(value)} does not say that this was done. A record tells of what has been done. If the person's words leave no "
            "doubt, send the kind; else ask.",
            _types(kind for kind in _PLAIN if kind in kinds or not kinds),
        )
    kind = kinds.pop() if len(kinds) == 1 else "other"
    plain = {kind} == named and not reading.left and _is_plain(text, kind)
    return RecordType(kind, None if plain else text)


def belongs_elsewhere(text: str) -> bool:
    """Whether a text says only that it is a vaccination, weight or chip; what other programs write as a type all the same."""
    reading = _lexicon().read(text)
    return reading.whole and reading.named <= {"vaccination", *_ELSEWHERE}


def other_than_a_vaccine(name: str) -> str | None:
    """The operation that records what is certainly no vaccination: a deworming, a surgery, a chip; None where it may be one."""
    named = _lexicon().read(name).named
    if "vaccination" in named or names_vaccine(name):
        return None
    if named & _NEVER_VACCINES:
        return "add_medical_record"
    return next((_ADDED_BY[what] for what in sorted(named & set(_ELSEWHERE))), None)


@cache
def _lexicon() -> Lexicon:
    return Lexicon(
        [*listed(_PLAIN), *listed(_PARTICULAR), *listed(_ELSEWHERE), (_VACCINATION, frozenset({"vaccination"}))],
        fillers=(_FILLERS,),
        stemmed=True,
    )


def _is_plain(text: str, kind: str) -> bool:
    reading = _plain_names().read(text)
    return reading.whole and reading.named == {kind}


@cache
def _plain_names() -> Lexicon:
    # No small words: typed without marks, a word that matters may look like one ("khám da", the skin).
    return Lexicon(listed(_PLAIN), fillers=(_FILLERS, "a, the, my, his, her"), stemmed=True, general=False)


def _types(kinds: Iterable[str]) -> tuple[Candidate, ...]:
    return tuple({"record_type": kind} for kind in kinds)
