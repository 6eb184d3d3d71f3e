"""One message in, one answer out: an answer to the open question, another wish, or what can be said here."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone

from chat import models, questions
from chat.calls import call
from chat.deeds import Deeds, Question
from chat.languages import Language, language
from chat.reading import INTENTS_BY_NAME, Meaning, read
from oauthbridge.models import Connection
from petstools.answers import Code, Done, ToolError
from petstools.understand.outcome import Unclear
from petstools.understand.person_day import person_zone

# What a person wrote longer ago may be out of date: "today" was another day, and they may have said it elsewhere since.
LATE = timedelta(minutes=10)


@dataclass(frozen=True)
class Message:
    """door: for the tool-call log; sent_at: when the person wrote it; picture: the address of one that they sent; can_wait: whether
    it may be answered in a minute as well."""

    connection: Connection
    text: str
    door: str
    request_id: str
    sent_at: datetime
    picture: str = ""
    can_wait: bool = False


class Later(Exception):
    """Nothing is done about a message that can wait, and it should come again in so many seconds."""

    def __init__(self, seconds: int) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class Outcome(StrEnum):
    """What became of a message, in a word for staff."""

    ANSWERED = "answered"
    STORED = "stored"
    ASKED = "asked"
    NOT_UNDERSTOOD = "not_understood"
    LATE = "late"
    REFUSED = "refused"


class Answered(NamedTuple):
    text: str
    outcome: Outcome


def answer(message: Message) -> Answered:
    """What to say to it. Whatever goes wrong is said in words; nothing but Later is raised for what a person writes."""
    spoken = language(message.connection.language)
    try:
        return _answer(message, spoken)
    except ToolError as error:
        if message.can_wait and error.code == Code.RATE_LIMITED:
            # What stores something is a message's last call.
            raise Later(error.retry_after or 0) from None
        return Answered(questions.failure(spoken, error), Outcome.REFUSED)


def _answer(message: Message, spoken: Language) -> Answered:
    connection = message.connection
    if message.picture:
        return _about_picture(message, spoken)
    open_question = models.remembered(connection, "question")
    pets = _pets(message)
    meaning = read(message.text, [pet["name"] for pet in pets], _local(message).date())
    if meaning is not None and meaning.spans == 1 and meaning.number.isdecimal():
        # A whole number alone answers a question: of one that is gone it is no wish.
        meaning = None
    late = timezone.now() - message.sent_at > LATE
    if open_question is not None and not late:
        slots = questions.chosen(open_question, message.text, is_a_wish=meaning is not None and not meaning.near)
        if slots is None and meaning is not None:
            slots = _meant_by_it(meaning, open_question, pets)
        if slots == questions.NEVER_MIND:
            models.forget(connection, "question")
            return Answered(spoken.say("never_mind"), Outcome.ANSWERED)
        if isinstance(slots, dict):
            # It stays open where this fails.
            return _done(message, spoken, pets, open_question["intent"], slots)
        if meaning is None:
            return Answered(spoken.say("answer_first", question=open_question["text"]), Outcome.NOT_UNDERSTOOD)
    if meaning is None and open_question is not None:
        # It was an answer, perhaps.
        return Answered(spoken.say("late"), Outcome.LATE)
    if meaning is None:
        example = next((pet["name"] for pet in pets if pet["status"] == "active"), "Míu")
        return Answered(spoken.say("not_understood", name=example), Outcome.NOT_UNDERSTOOD)
    models.forget(connection, "question")
    if late and INTENTS_BY_NAME[meaning.intent].writes:
        return Answered(spoken.say("late"), Outcome.LATE)
    return _done(message, spoken, pets, meaning.intent, _slots(meaning, pets))


def _meant_by_it(meaning: Meaning, open_question: dict[str, Any], pets: list[dict[str, Any]]) -> dict[str, Any] | None:
    """The slots where words that could be a wish answer the question: "con Míu đó" of which pet, "4,2" of how heavy she is."""
    slots: dict[str, Any] = open_question["slots"]
    if meaning.intent == "pet" and meaning.pet is not None and not meaning.tags:
        pet = pets[meaning.pet]["id"]
        return next(({**slots, **one["slots"]} for one in open_question["options"] if _is_of(one, pet)), None)
    another = meaning.intent == open_question["intent"] == "record_weight" and meaning.pet is None
    if another and "pet" in slots and not meaning.near and "unnamed" not in meaning.tags:
        return {**_slots(meaning, pets), "pet": slots["pet"]}
    return None


def _is_of(option: dict[str, Any], pet: int) -> bool:
    return bool(option.get("slots", {}).get("pet") == pet)


def _about_picture(message: Message, spoken: Language) -> Answered:
    """Ask where it belongs. What is written beside it is answered, if it is a wish; a pet's name says whose it is."""
    pets = _pets(message)
    meaning = read(message.text, [pet["name"] for pet in pets], _local(message).date()) if message.text else None
    if meaning is not None and meaning.intent != "pet":
        answered = _answer(replace(message, picture=""), spoken)
        return Answered(f"{answered.text}\n\n{spoken.say('picture_beside_words')}", answered.outcome)
    models.forget(message.connection, "question")
    slots: dict[str, Any] = {"picture": {"url": message.picture, "id": message.request_id}}
    if meaning is not None and meaning.pet is not None:
        slots["pet"] = pets[meaning.pet]["id"]
    answered = _done(message, spoken, pets, "picture", slots)
    if message.text and meaning is None:
        return Answered(f"{spoken.say('picture_words_left')}\n{answered.text}", answered.outcome)
    return answered


def _done(
    message: Message, spoken: Language, pets: list[dict[str, Any]], intent: str, slots: dict[str, Any]
) -> Answered:
    deeds = Deeds(message.connection, message.door, message.request_id, _local(message), spoken, pets)
    reply = deeds.do(intent, slots)
    if not isinstance(reply, Question):
        models.forget(message.connection, "question")
        return Answered(reply, Outcome.STORED if deeds.stored else Outcome.ANSWERED)
    text = questions.worded(spoken, reply)
    about = {"intent": intent, "slots": slots, "options": reply.options, "value": reply.value, "text": text}
    models.remember(message.connection, "question", about)
    return Answered(text, Outcome.ASKED)


def _slots(meaning: Meaning, pets: list[dict[str, Any]]) -> dict[str, Any]:
    slots: dict[str, Any] = {
        "weight": meaning.weight,
        "number": meaning.number,
        "day": meaning.day,
        "text": meaning.text,
        "species": meaning.species,
        "tags": sorted(meaning.tags),
        "hour": meaning.hour,
        "unsure": meaning.unsure,
    }
    if meaning.pet is not None:
        slots["pet"] = pets[meaning.pet]["id"]
    if meaning.near:
        slots["near"] = [pets[index]["id"] for index in meaning.near]
    return {name: value for name, value in slots.items() if value}


def _pets(message: Message) -> list[dict[str, Any]]:
    """All of the person's, those that live first."""
    pets: list[dict[str, Any]] = []
    page: int | None = 1
    while page is not None and len(pets) < 500:
        listing = call(message.connection, message.door, message.request_id, message.sent_at, "list_pets", page=page)
        assert isinstance(listing, Done)  # noqa: S101 - nothing was said that could be asked about
        pets += listing.body["pets"]
        page = listing.body["next_page"]
    return sorted(pets, key=lambda pet: pet["status"] == "deceased")


def _local(message: Message) -> datetime:
    """When they wrote, by the person's own clock."""
    zone = person_zone(message.connection.time_zone, settings.DEFAULT_TIME_ZONE)
    return message.sent_at.astimezone(ZoneInfo(settings.DEFAULT_TIME_ZONE) if isinstance(zone, Unclear) else zone)
