"""What was done at the vet's → the main app's usual words for a medical record's type."""

from dataclasses import dataclass

from petstools.understand.outcome import Candidate, Unclear
from petstools.understand.text import fold, has_cyrillic, has_latin_marks, lowered, quoted, said, stem, words

LONGEST_TYPE = 100  # main-app.md §8.3


@dataclass(frozen=True, slots=True)
class RecordType:
    """A record type; `said` is the person's own word where the type became "other", to be kept in the description."""

    record_type: str
    said: str | None = None


_WORDS: dict[str, str] = {
    "checkup": (
        "checkup, check up, annual exam, physical exam, examination, health check, wellness exam, exam, khám, khám bệnh, "
        "khám sức khỏe, khám định kỳ, khám tổng quát, kiểm tra sức khỏe, осмотр, обследование, профосмотр, чекап, огляд, "
        "обстеження, профогляд, медогляд"
    ),
    "deworming": (
        "deworming, dewormed, deworm, worming, dewormer, worm treatment, parasite treatment, anti parasitic, tẩy giun, sổ giun, "
        "xổ giun, tẩy giun sán, дегельминтизация, глистогонка, глистогонное, от глистов, от паразитов, прогнали глистов, "
        "дегельмінтизація, глистогінне, від глистів, від паразитів"
    ),
    "treatment": (
        "treatment, therapy, procedure, wound care, dental cleaning, điều trị, chữa trị, chữa bệnh, liệu trình, trị ve, "
        "лечение, терапия, процедура, капельница, лікування, терапія, крапельниця"
    ),
    "surgery": (
        "surgery, operation, spay, spayed, spaying, neuter, neutered, neutering, castration, castrated, sterilization, "
        "sterilisation, phẫu thuật, mổ, triệt sản, thiến, операция, кастрация, стерилизация, хирургия, кастрировали, "
        "стерилизовали, операція, кастрація, стерилізація, хірургія"
    ),
    "medication": (
        "medication, medicine, meds, pills, pill, tablets, antibiotic, antibiotics, prescription, drug, drops, thuốc, uống thuốc, "
        "cho uống thuốc, kháng sinh, đơn thuốc, лекарство, таблетка, таблетки, препарат, антибиотик, медикамент, рецепт, капли, "
        "ліки, пігулки, антибіотик, медикаменти, краплі"
    ),
    "test": (
        "test, tests, lab test, blood test, blood work, bloodwork, x ray, xray, ultrasound, urine test, analysis, lab results, "
        "biopsy, xét nghiệm, xét nghiệm máu, siêu âm, chụp x quang, x quang, thử máu, анализ, анализы, анализ крови, узи, "
        "рентген, тест, исследование, аналіз, аналіз крові, узд, дослідження"
    ),
    "vet_visit": (
        "vet visit, vet, vet appointment, visit, veterinary visit, consultation, clinic visit, vet consultation, đi khám thú y, "
        "khám thú y, đi thú y, bác sĩ thú y, визит к ветеринару, прием, прием у ветеринара, ветеринар, консультация, "
        "візит до ветеринара, прийом, прийом у ветеринара, візит, визит, консультація, ветклиника, ветклініка"
    ),
    "other": "other, misc, miscellaneous, khác, другое, прочее, иное, інше",
}
_VACCINATION = (
    "vaccination, vaccinations, vaccine, vaccines, vaccinated, shot, shots, jab, booster, immunization, immunisation, tiêm phòng, "
    "tiêm chủng, tiêm ngừa, chích ngừa, vắc xin, vacxin, vaccin, mũi tiêm, mũi nhắc lại, vắcxin, "
    "вакцинация, вакцина, прививка, прививки, ревакцинация, вакцинировали, привили, "
    "вакцинація, щеплення, ревакцинація, щепили, вакцинували"
)
# A visit says where, not what: anything else said with it is the type.
_GENERAL = ("vet_visit", "checkup", "other")

Phrases = dict[tuple[str, ...], str]


def _tokens(text: str) -> list[str]:
    return [stem(fold(word)) if has_cyrillic(word) else word for word in words(text.replace("_", " "))]


def _phrases(*, bare: bool) -> Phrases:
    listed = {**_WORDS, "vaccination": _VACCINATION}
    return {
        tuple(_tokens((fold if bare else lowered)(phrase))): kind
        for kind, phrases in listed.items()
        for phrase in phrases.split(",")
    }


_SPELLED, _BARE = _phrases(bare=False), _phrases(bare=True)


def understand_record_type(value: object, *, field: str = "record_type") -> RecordType | Unclear:
    """The record type that `value` names; a word that is none of the usual ones becomes "other" and is kept.

    A vaccination belongs in the vaccination list, so its words are asked about (main-app.md §15 trap 27).
    """
    text = said(value)
    if not text or not isinstance(value, str):
        missing = value is None or (isinstance(value, str) and not value.strip())
        return Unclear(
            field,
            "missing" if missing else "not_understood",
            f"Ask the person what kind of medical record this is: {', '.join(_WORDS)}.",
            _types(),
        )
    found = set(_kinds(_tokens(lowered(text)), _SPELLED))
    if not found and not has_latin_marks(text):
        found = set(_kinds(_tokens(fold(text)), _BARE))
    if "vaccination" in found:
        return Unclear(
            field,
            "vaccination_record",
            f"{quoted(value)} is a vaccination, and these have their own list with due dates and reminders. Ask the person "
            "whether to record it with add_vaccination; if it is no vaccination, send another record_type.",
            _types(),
        )
    for general in _GENERAL:
        if len(found) > 1:
            found.discard(general)
    kind = found.pop() if len(found) == 1 else "other"
    if kind != "other":
        return RecordType(kind)
    return RecordType("other", None if tuple(_tokens(lowered(text))) in _SPELLED else text[:LONGEST_TYPE])


def _types() -> tuple[Candidate, ...]:
    return tuple({"record_type": kind} for kind in _WORDS)


def _kinds(tokens: list[str], phrases: Phrases) -> list[str]:
    found = []
    at = 0
    while at < len(tokens):
        for length in range(min(4, len(tokens) - at), 0, -1):
            kind = phrases.get(tuple(tokens[at : at + length]))
            if kind:
                found.append(kind)
                at += length
                break
        else:
            at += 1
    return found
