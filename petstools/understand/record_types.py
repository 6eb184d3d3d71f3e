"""What was done at the vet's → the main app's usual words for a medical record's type, and the person's own word beside it."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from petstools.understand.lexicon import Lexicon, listed
from petstools.understand.outcome import Candidate, Unclear
from petstools.understand.text import lowered, quoted, said
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
        "deworming, dewormed, deworm, worming, wormed, tẩy giun, sổ giun, xổ giun, tẩy giun sán, xổ giun sán, sổ giun sán, "
        "дегельминтизация, дегельминтизировали, дегельмінтизація, дегельмінтизували"
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
        "dewormer, worm treatment, parasite treatment, anti parasitic, antiparasitic, trị giun, глистогонка, "
        "глистогонное, от глистов, от паразитов, прогнали глистов, глистов, глистогінне, від глистів, від паразитів"
    ),
    "treatment": (
        "therapy, procedure, wound care, dental cleaning, flea treatment, tick treatment, liệu trình, trị ve, терапия, "
        "процедура, капельница, терапія, крапельниця"
    ),
    "surgery": (
        "spay, spayed, spaying, neuter, neutered, neutering, castration, castrated, castrate, sterilization, sterilisation, "
        "sterilized, "
        "sterilised, triệt sản, thiến, кастрация, стерилизация, кастрировали, стерилизовали, кастрація, стерилізація, кастрували, "
        "стерилізували"
    ),
    "medication": (
        "pills, pill, tablets, tablet, antibiotic, antibiotics, prescription, drops, kháng sinh, đơn thuốc, таблетка, таблетки, "
        "антибиотик, рецепт, капли, пігулки, антибіотик, краплі"
    ),
    "test": (
        "blood test, blood work, bloodwork, x ray, x rays, xray, ultrasound, urine test, lab results, biopsy, ct scan, mri, "
        "xét nghiệm máu, siêu âm, chụp x quang, x quang, thử máu, анализ крови, узи, рентген, исследование, биопсия, мрт, "
        "аналіз крові, "
        "узд, дослідження, біопсія"
    ),
    "vet_visit": "consultation, vet consultation, консультация, консультація, ветклиника, ветклініка",
}
_VACCINATION = (
    "vaccination, vaccinations, vaccine, vaccines, vaccinated, shot, shots, jab, booster, immunization, immunisation, tiêm phòng, "
    "tiêm chủng, tiêm ngừa, chích ngừa, vắc xin, vacxin, vaccin, mũi tiêm, mũi nhắc lại, vắcxin, "
    "вакцинация, вакцина, прививка, прививки, ревакцинация, вакцинировали, привили, "
    "вакцинація, щеплення, ревакцинація, щепили, вакцинували"
)
# What has a list of its own besides vaccinations, and the operation that records it.
_ELSEWHERE: dict[str, str] = {
    "weight": (
        "weight, weights, weighing, weighed, weigh in, body weight, cân nặng, cân, trọng lượng, вес, взвешивание, взвесили, вага, "
        "зважування, зважили"
    ),
    "microchip": (
        "microchip, microchips, microchipping, microchipped, chip, chipping, chipped, chip number, vi mạch, gắn chip, cấy chip, "
        "số chip, микрочип, чип, чипирование, чипировали, мікрочип, чіп, чіпування, чипування, чіпували"
    ),
}
_ADDED_BY = {"weight": "add_weight", "microchip": "add_microchip"}
# A visit says where, not what: anything else said with it is the type.
_GENERAL = ("vet_visit", "checkup", "other")
# What is to come is no record of what was done.
_TO_COME_WORDS = (
    "due next tomorrow scheduled planned booked needs needed upcoming cần hẹn "
    "завтра запланирована запланировано назначена назначено нужна нужно надо предстоит "
    "заплановано заплановане призначено потрібно потрібна треба"
)
_TO_COME = frozenset(_TO_COME_WORDS.split())
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
    reading = _lexicon().read(text)
    named = reading.named
    if "vaccination" in named or (named <= {"other"} and names_vaccine(text)):
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
    for general in _GENERAL:
        if len(kinds) > 1:
            kinds.discard(general)
    if "deworming" in kinds:
        # Pills and treatments are ways of doing it.
        kinds -= {"medication", "treatment"}
    to_come = not _TO_COME.isdisjoint(map(lowered, reading.left))
    if kinds and (reading.doubt or reading.asking or to_come):
        return Unclear(
            field,
            "ambiguous",
            f"{quoted(value)} does not say that this was done. A record tells of what has been done. If the person's words leave no "
            "doubt, send the kind; else ask.",
            _types(kind for kind in _PLAIN if kind in kinds),
        )
    kind = kinds.pop() if len(kinds) == 1 else "other"
    plain = {kind} == named and not reading.left and _plain_names().read(text).whole
    return RecordType(kind, None if plain else text)


@cache
def _lexicon() -> Lexicon:
    return Lexicon(
        [*listed(_PLAIN), *listed(_PARTICULAR), *listed(_ELSEWHERE), (_VACCINATION, frozenset({"vaccination"}))],
        fillers=(_FILLERS,),
        stemmed=True,
    )


@cache
def _plain_names() -> Lexicon:
    return Lexicon(listed(_PLAIN), fillers=(_FILLERS,), stemmed=True)


def _types(kinds: Iterable[str]) -> tuple[Candidate, ...]:
    return tuple({"record_type": kind} for kind in kinds)
