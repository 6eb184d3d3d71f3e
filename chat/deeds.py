"""What an intent does: the tools' calls, and their answers in the person's language."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from chat import models
from chat.calls import call
from chat.languages import CODES, Language, language
from chat.reading import DONE, EARLIER
from oauthbridge import connections
from oauthbridge.models import Connection
from petstools import own_pages
from petstools.answers import Answer, Clarification, Code, Done, Json, ToolError
from petstools.files.refusals import RefusalCode
from petstools.understand.dates import understand_date
from petstools.understand.outcome import Unclear
from petstools.understand.vaccines import same_vaccine
from petstools.understand.weight import kept, understand_weight

Slots = dict[str, Any]
MOST_OPTIONS = 8
MOST_SHOWN = 10
LONGEST_LABEL = 60
_LANGUAGE_OF = dict(zip(("vietnamese", "english", "russian", "ukrainian"), CODES, strict=True))


@dataclass(frozen=True)
class Question:
    """text, and options of {label, slots} or {label, cancel}; value: the slot that other words than an option would fill.

    An option may be `unlisted`, chosen by its label alone, and one of several what a bare `yes` means."""

    text: str
    options: list[dict[str, Any]] = field(default_factory=list)
    value: str = ""


Reply = str | Question


class Deeds:
    """One wish of one person. `pets` as `list_pets` shows them, `at`: when they wrote, by their own clock.

    stored: whether anything was changed."""

    def __init__(
        self,
        connection: Connection,
        door: str,
        request_id: str,
        at: datetime,
        spoken: Language,
        pets: list[dict[str, Any]],
    ) -> None:
        self.connection = connection
        self.door = door
        self.request_id = request_id
        self.at = at
        self.stored = False
        self.spoken = spoken
        self.pets = {pet["id"]: pet for pet in pets}
        self.living = [pet for pet in pets if pet["status"] != "deceased"]
        self.today = at.date()

    def do(self, intent: str, slots: Slots) -> Reply:
        """Raises ToolError."""
        if intent in _OF_ONE_PET and "pet" not in slots:
            return self._which_pet(slots)
        reply: Reply = getattr(self, f"_{intent}")(slots)
        return reply

    # --- Without a pet ---------------------------------------------------------------------------

    def _help(self, slots: Slots) -> Reply:
        return self._say("help", name=self._example())

    def _own_weight(self, slots: Slots) -> Reply:
        return self._say("own_weight", name=self._example())

    def _thanks(self, slots: Slots) -> Reply:
        return self._say("welcome")

    def _connect(self, slots: Slots) -> Reply:
        return self._say("connected_already")

    def _disconnect(self, slots: Slots) -> Reply:
        if not slots.get("sure"):
            return self._sure(self._say("disconnect_first"))
        connections.end(self.connection.pk, Connection.EndReason.PERSON)
        return self._say("disconnected")

    def _language(self, slots: Slots) -> Reply:
        code = next(_LANGUAGE_OF[tag] for tag in slots["tags"] if tag in _LANGUAGE_OF)
        Connection.objects.filter(pk=self.connection.pk).update(language=code)
        return language(code).say("language_set")

    def _pets(self, slots: Slots) -> Reply:
        if not self.living:
            return self._say("no_pets")
        lines = [self._line(pet) for pet in self.living[:MOST_SHOWN]]
        return "\n".join([self._say("pets", count=len(self.living)), *lines, *self._more(len(self.living))])

    def _due(self, slots: Slots, *, only_overdue: bool = False) -> Reply:
        if "pet" in slots:
            # Of one pet it is told however far off it is.
            shots = self._read("list_vaccinations", pet_id=slots["pet"])["vaccinations"]
            pets = [{"name": self._name(slots), "active_vaccinations": shots, "vaccination_details": "complete"}]
            count = 1
        else:
            filters: dict[str, Any] = {"only_overdue": True} if only_overdue else {"due_within_days": 60}
            page = self._read("pets_overview", sort_by="next_vaccination_due_at", **filters)
            pets, count = page["pets"], page["total"]
        unread = [pet["name"][:LONGEST_LABEL] for pet in pets if pet["vaccination_details"] == "unavailable"]
        lines = []
        for pet in pets[:MOST_SHOWN]:
            for shot in sorted(pet["active_vaccinations"], key=lambda one: one["due_at"] or ""):
                if shot["due_at"] is None or (only_overdue and not shot["is_overdue"]):
                    continue
                key = "overdue_line" if shot["is_overdue"] else "due_line"
                facts = {"name": pet["name"], "vaccine": shot["vaccine_name"], "day": self._day(shot["due_at"])}
                lines.append(self._say(key, **facts))
        # Of whom nothing could be read, it is not known that nothing is due.
        lines += [*self._more(count), *([self._say("unread", names=", ".join(unread))] if unread else [])]
        return "\n".join(lines) or self._say("none_overdue" if only_overdue else "none_due")

    def _overdue(self, slots: Slots) -> Reply:
        return self._due(slots, only_overdue=True)

    def _birthdays(self, slots: Slots) -> Reply:
        coming = sorted(
            (pet for pet in self.pets.values() if pet["next_birthday_at"]), key=lambda pet: pet["days_until_birthday"]
        )
        if "pet" in slots:
            coming = [pet for pet in coming if pet["id"] == slots["pet"]]
        lines = [
            self._say(
                "birthday_line", name=pet["name"], day=self._day(pet["next_birthday_at"]), age=pet["turns"] or "?"
            )
            for pet in coming[:3]
        ]
        return "\n".join(lines) or self._say("no_birthdays")

    def _new_pet(self, slots: Slots) -> Reply:
        name, kind = _capitalised(slots["text"]), slots.get("species", "")
        if not kind:
            return self._question(self._say("which_species", name=name), value="species")
        if not slots.get("sure"):
            return self._sure(self._say("new_pet_first", name=name, species=kind))
        answer = self._call("create_pet", name=name, species=kind, **slots.get("extra", {}))
        if isinstance(answer, Clarification) and "species" in answer.missing_fields:
            return self._question(self._say("which_species", name=name), value="species")
        if isinstance(answer, Clarification) and answer.reason == "possible_duplicate":
            extra = {"extra": {"confirm_duplicate": True}}
            return self._sure(self._say("twin", name=name), **extra)
        return self._written(answer, "created", name=name)

    def _undo(self, slots: Slots) -> Reply:
        back = models.remembered(self.connection, "undo")
        if back is None:
            return self._say("nothing_to_undo")
        answer = self._call(back["operation"], **back["arguments"], **slots.get("extra", {}))
        if isinstance(answer, Clarification):
            if answer.reason == "confirmation_needed":
                status, pet = back["arguments"].get("status"), self.pets.get(back["arguments"].get("pet_id"))
                first = self._say(f"{status}_first", name=pet["name"]) if status and pet else self._say("undo_for_good")
                return self._sure(first, extra={"confirmation": answer.extra["confirmation"]})
            return self._say("cannot_undo")
        models.forget(self.connection, "undo")
        self.stored = True
        return self._say("undone", what=back["text"])

    # --- Of one pet ------------------------------------------------------------------------------

    def _pet(self, slots: Slots) -> Reply:
        return self._line(self.pets[slots["pet"]])

    def _last_weight(self, slots: Slots) -> Reply:
        """The last one; all of them where another day is asked about."""
        return self._weights(slots, most=1 if self._is_today(slots.get("day", "today")) else MOST_SHOWN)

    def _weights(self, slots: Slots, *, most: int = MOST_SHOWN) -> Reply:
        weights = self._read("list_weights", pet_id=slots["pet"])["weights"][:most]
        if not weights:
            return self._say("no_weights", name=self._name(slots))
        lines = [f"{self._day(one['measured_at'])}: {self._kg(one['weight_kg'])}" for one in weights]
        return "\n".join([self._say("weights", name=self._name(slots)), *lines])

    def _vaccinations(self, slots: Slots) -> Reply:
        shots = self._read("list_vaccinations", pet_id=slots["pet"], status="all")["vaccinations"][:MOST_SHOWN]
        if not shots:
            return self._say("no_vaccinations", name=self._name(slots))
        lines = [
            self._say(
                "vaccination_due_line" if due else "vaccination_line",
                vaccine=shot["vaccine_name"],
                day=self._day(shot["administered_at"]),
                due=due,
            )
            for shot in shots
            # A later shot has taken the place of what is completed.
            for due in [self._day(shot["due_at"]) if shot["due_at"] and not shot["completed_at"] else ""]
        ]
        return "\n".join([self._say("vaccinations", name=self._name(slots)), *lines])

    def _record_weight(self, slots: Slots) -> Reply:
        name = self._name(slots)
        if "number" in slots and "weight" not in slots:
            # Said without a unit; of a cat "4300" are grams.
            number = Decimal(slots["number"].replace(",", "."))
            weight = understand_weight(str(number), species_slug=self.pets[slots["pet"]]["species"])
            grams = isinstance(weight, Unclear) and {"weight_kg": str(kept(number / 1000))} in weight.candidates
            kilograms = kept(number / 1000 if grams else number)
            meant = self._say("weight_meant", name=name, weight=self._kg(float(kilograms)))
            return self._sure(meant, weight=f"{kilograms} kg")
        if slots.get("unsure"):
            weight = understand_weight(slots["weight"])
            shown = slots["weight"] if isinstance(weight, Unclear) else self._kg(float(weight))
            return self._sure(self._say("weight_meant", name=name, weight=shown), unsure=False)
        # "at 8 pm", said in the morning, was another day.
        earlier = not EARLIER.isdisjoint(slots["tags"]) or slots.get("hour", 0) > self.at.hour
        if earlier and "day" not in slots:
            return self._which_day(self._say("which_day"))
        arguments = {"weight_kg": slots["weight"], "measured_at": slots.get("day", "today"), **slots.get("extra", {})}
        answer = self._call(slots.get("tool", "add_weight"), pet_id=slots["pet"], **arguments)
        if isinstance(answer, Clarification):
            return self._about_weight(answer, slots)
        stored = answer.body["data"]
        return self._written(
            answer,
            "weight_recorded",
            name=name,
            weight=self._kg(stored["weight_kg"]),
            day=self._day(stored["measured_at"]),
        )

    def _about_weight(self, question: Clarification, slots: Slots) -> Reply:
        name = self._name(slots)
        if question.reason == "already_exists":
            there = question.candidates[0]
            patch = {"tool": "update_weight", "extra": {"weight_id": there["id"]}, "tags": []}
            facts = {"name": name, "weight": self._kg(there["weight_kg"]), "day": self._day(there["measured_at"])}
            return self._sure(self._say("replace_weight", **facts), **patch)
        if _asks_the_day(question, "measured_at") and question.reason != "implausible":
            return self._about_day(question, "measured_at")
        options = [
            {"label": self._kg(float(str(one["weight_kg"]).split()[0])), "slots": {"weight": str(one["weight_kg"])}}
            for one in question.candidates
            if "weight_kg" in one
        ]
        if "again: true" in question.message:
            extra = {**slots.get("extra", {}), "again": True}
            options.append({"label": self._say("as_said", text=slots["weight"]), "slots": {"extra": extra}})
        text = self._say("weight_unlikely", name=name, text=slots["weight"])
        return self._question(text, options) if options else self._say("weight_impossible")

    def _record_vaccination(self, slots: Slots) -> Reply:
        return self._shot(slots, "add_vaccination")

    def _renew(self, slots: Slots) -> Reply:
        if "vaccination" not in slots:
            shots = self._read("list_vaccinations", pet_id=slots["pet"])["vaccinations"]
            if slots.get("text"):
                shots = [shot for shot in shots if same_vaccine(shot["vaccine_name"], slots["text"])]
            if not shots:
                return self._shot(slots, "add_vaccination") if slots.get("text") else self._which_vaccine(slots)
            if len(shots) > 1:
                options = [
                    {"label": shot["vaccine_name"][:LONGEST_LABEL], "slots": {"vaccination": shot["id"]}}
                    for shot in shots[:MOST_OPTIONS]
                ]
                return self._question(self._say("which_vaccine", name=self._name(slots)), options)
            slots["vaccination"] = shots[0]["id"]
        return self._shot(slots, "renew_vaccination")

    def _shot(self, slots: Slots, tool: str) -> Reply:
        name = self._name(slots)
        if tool == "add_vaccination" and not slots.get("text"):
            return self._which_vaccine(slots)
        if question := self._unless_done(slots):
            return question
        arguments: dict[str, Any] = {"administered_at": slots["day"], **slots.get("extra", {})}
        if tool == "renew_vaccination":
            arguments["vaccination_id"] = slots["vaccination"]
        else:
            arguments["vaccine_name"] = _capitalised(slots["text"])
        answer = self._call(tool, pet_id=slots["pet"], **arguments)
        if isinstance(answer, Clarification):
            return self._about_day_or_more(answer, "administered_at")
        stored = answer.body["data"]
        facts = {"name": name, "vaccine": stored["vaccine_name"], "day": self._day(stored["administered_at"])}
        return self._written(answer, "vaccination_recorded", **facts)

    def _visit(self, slots: Slots, record_type: str = "vet_visit") -> Reply:
        if question := self._unless_done(slots):
            return question
        answer = self._call(
            "add_medical_record", pet_id=slots["pet"], record_type=record_type, record_date=slots["day"]
        )
        if isinstance(answer, Clarification):
            return self._about_day_or_more(answer, "record_date")
        day = self._day(answer.body["data"]["record_date"])
        return self._written(answer, f"{record_type}_recorded", name=self._name(slots), day=day)

    def _deworming(self, slots: Slots) -> Reply:
        return self._visit(slots, "deworming")

    def _note(self, slots: Slots) -> Reply:
        if slots.get("unsure"):
            return self._sure(self._say("note_first", name=self._name(slots), text=slots["text"][:200]), unsure=False)
        answer = self._call(
            "add_medical_record",
            pet_id=slots["pet"],
            record_type="other",
            record_date=slots.get("day", "today"),
            description=slots["text"],
            **slots.get("extra", {}),
        )
        if isinstance(answer, Clarification):
            return self._about_day_or_more(answer, "record_date")
        return self._written(answer, "note_recorded", name=self._name(slots), text=slots["text"][:200])

    def _status(self, slots: Slots) -> Reply:
        name, status = self._name(slots), slots.get("status") or slots.get("text")
        if not status:
            options = [{"label": self._say(f"is_{one}"), "slots": {"text": one}} for one in ("lost", "deceased")]
            return self._question(self._say("which_status", name=name), options, value="status")
        now = self.pets[slots["pet"]]["status"]
        if now == status:
            return self._say(f"already_{status}", name=name)
        if now == "deceased" and not slots.get("sure"):
            return self._sure(self._say("alive_after_all", name=name))
        if status == "active" and not slots.get("sure"):
            # "come home, Miu!" is no news, and the public page closes.
            return self._sure(self._say("active_first", name=name))
        answer = self._call("set_pet_status", pet_id=slots["pet"], status=status, **slots.get("extra", {}))
        if isinstance(answer, Clarification):
            if answer.reason == "confirmation_needed":
                first = self._say(f"{status}_first", name=name)
                return self._sure(first, sure=True, extra={"confirmation": answer.extra["confirmation"]})
            return self._say("asked_elsewhere")
        return self._written(answer, f"now_{status}", name=name)

    # --- A picture that was sent -----------------------------------------------------------------

    def _picture(self, slots: Slots) -> Reply:
        """Whose photo it is, or which record's paper; kept where they say. What it shows is for them to know."""
        if "pet" not in slots:
            return self._whose_picture(slots)
        if "target" not in slots:
            name = self._name(slots)
            photo = {"label": self._say("picture_is_photo", name=name), "slots": {"target": "pet"}, "yes": True}
            text = f"{self._say('picture_of', name=name)}\n{self._say('picture_not_read')}"
            return Question(text, [photo, self._paper(), self._not_now()])
        return self._attach(slots) if slots["target"] != "paper" else self._which_record(slots)

    def _whose_picture(self, slots: Slots) -> Reply:
        if not self.living:
            return self._say("no_pets")
        if len(self.living) == 1:
            return self._picture({**slots, "pet": self.living[0]["id"]})
        is_paper = "target" in slots
        all_listed = len(self.living) < MOST_OPTIONS
        picks = [
            {
                "label": self._told_apart(pet, list(self.pets.values())),
                "slots": {"pet": pet["id"], **({} if is_paper else {"target": "pet"})},
                "unlisted": not all_listed or pet["status"] == "deceased",
            }
            for pet in self.pets.values()
        ]
        text = self._say("picture_paper_of" if is_paper else "picture_whose")
        hints = [] if all_listed else [self._say("picture_name_the_pet")]
        hints += [] if is_paper else [self._say("picture_not_read")]
        others = [*([] if is_paper else [self._paper()]), self._not_now()]
        return Question("\n".join([text, *hints]), [*picks, *others])

    def _which_record(self, slots: Slots) -> Reply:
        shots = self._read("list_vaccinations", pet_id=slots["pet"])["vaccinations"]
        visits = self._read("list_medical_records", pet_id=slots["pet"])["medical_records"]
        places = [(shot["administered_at"], "vaccination", shot["id"], shot["vaccine_name"]) for shot in shots] + [
            (visit["record_date"], "medical_record", visit["id"], self._record_type(visit["record_type"]))
            for visit in visits
        ]
        if not places:
            return self._say("picture_no_record", name=self._name(slots))
        places.sort(key=lambda place: place[:3], reverse=True)
        options = [
            {
                "label": f"{what[:LONGEST_LABEL]}, {self._day(day)}",
                "slots": {"target": target, "extra": {"record_id": record_id}},
            }
            for day, target, record_id, what in places[:MOST_OPTIONS]
        ]
        return Question(self._say("picture_which_record", name=self._name(slots)), [*options, self._not_now()])

    def _attach(self, slots: Slots) -> Reply:
        picture = slots["picture"]
        file = {"name": "picture", "id": picture["id"], "mime_type": "", "download_link": picture["url"]}
        answer = self._call(
            "attach_files",
            pet_id=slots["pet"],
            openaiFileIdRefs=[file],
            target=slots["target"],
            **slots.get("extra", {}),
        )
        if isinstance(answer, Clarification):
            if answer.reason != "confirm_replace":
                return self._say("asked_elsewhere")
            return self._sure(self._say("picture_replace"), extra={**slots["extra"], "replace": True})
        result = answer.body["results"][0]
        if result["status"] == "ok":
            self.stored = True
            models.forget(self.connection, "undo")
            return self._say("picture_saved", name=self._name(slots), url=own_pages.pet(slots["pet"]))
        refusal = result.get("error", RefusalCode.TIMED_OUT.upper())
        if refusal in _FETCHED_AGAIN:
            return self._say("picture_gone")
        if refusal in _OF_THE_FILE:
            return self._say("picture_unusable")
        raise ToolError(Code(refusal), str(result["message"]))

    def _record_type(self, record_type: str) -> str:
        return self.spoken.replies.get(f"type_{record_type}") or self._say("type_other")

    def _paper(self) -> dict[str, Any]:
        return {"label": self._say("picture_is_paper"), "slots": {"target": "paper"}}

    def _not_now(self) -> dict[str, Any]:
        return {"label": self._say("not_now"), "cancel": True}

    # --- Questions -------------------------------------------------------------------------------

    def _which_pet(self, slots: Slots) -> Reply:
        near = [self.pets[one] for one in slots.get("near", ()) if one in self.pets]
        pets = near or self.living
        if not pets:
            return self._say("no_pets")
        if len(pets) > MOST_OPTIONS:
            return self._say("name_the_pet", name=self._example())
        options = [{"label": self._told_apart(pet, pets), "slots": {"pet": pet["id"], "unsure": False}} for pet in pets]
        return self._question(self._say("which_pet"), options)

    def _told_apart(self, pet: dict[str, Any], pets: list[dict[str, Any]]) -> str:
        alike = sum(one["name"] == pet["name"] for one in pets) > 1
        name = pet["name"][:LONGEST_LABEL]
        return f"{name} ({pet['species_name']}, #{pet['id']})" if alike else str(name)

    def _which_day(self, text: str) -> Question:
        options = [{"label": self._say(one), "slots": {"day": one, "sure": True}} for one in ("today", "yesterday")]
        return self._question(text, options, value="day")

    def _about_day_or_more(self, question: Clarification, name: str) -> Reply:
        """The day, where that is asked about; else that it is more than a chat can answer."""
        return self._about_day(question, name) if _asks_the_day(question, name) else self._say("asked_elsewhere")

    def _about_day(self, question: Clarification, name: str) -> Question:
        days = [str(one[name]) for one in question.candidates if name in one][:MOST_OPTIONS]
        options = [{"label": self._day(day), "slots": {"day": day, "sure": True}} for day in days]
        text = self._say("future_day" if question.reason == "future" else "which_day")
        return self._question(text, options, value="day") if options else self._which_day(text)

    def _which_vaccine(self, slots: Slots) -> Reply:
        return self._question(self._say("name_the_vaccine", name=self._name(slots)), value="text")

    def _unless_done(self, slots: Slots) -> Question | None:
        """The question which day it was; without a tense "Míu tiêm dại hôm nay" may be a plan."""
        if "day" not in slots:
            return self._which_day(self._say("which_day"))
        if slots.get("sure") or DONE & set(slots["tags"]) or not self._is_today(slots["day"]):
            return None
        return self._sure(self._say("done_already", name=self._name(slots)))

    def _is_today(self, day: str) -> bool:
        return understand_date(day, self.today, field="day") == self.today

    def _sure(self, text: str, **slots: Any) -> Question:
        return self._question(text, [{"label": self._say("yes"), "slots": {"sure": True, **slots}}])

    def _question(self, text: str, options: Sequence[dict[str, Any]] = (), value: str = "") -> Question:
        """With "no" as the last of its options."""
        return Question(text, [*options, {"label": self._say("no"), "cancel": True}], value)

    # --- Words -----------------------------------------------------------------------------------

    def _call(self, name: str, /, **arguments: Any) -> Answer:
        return call(self.connection, self.door, self.request_id, self.at, name, **arguments)

    def _read(self, name: str, /, **arguments: Any) -> Json:
        """The body of what a tool tells that has nothing to ask."""
        answer = self._call(name, **arguments)
        assert isinstance(answer, Done)  # noqa: S101 - given in figures and ids
        return answer.body

    def _written(self, answer: Answer, key: str, **facts: object) -> Reply:
        """What is stored now and how to take it back; or that it is asked about more than a chat can answer."""
        if isinstance(answer, Clarification):
            return self._say("asked_elsewhere")
        text = self._say(key, **facts)
        undo = answer.body.get("undo")
        if answer.body.get("already_recorded"):
            return self._say("already_recorded", what=text)
        self.stored = True
        if undo is None:
            models.forget(self.connection, "undo")
            return text
        models.remember(self.connection, "undo", {**undo, "text": text})
        return f"{text}\n{self._say('undo_hint')}"

    def _say(self, key: str, **facts: object) -> str:
        return self.spoken.say(key, **facts)

    def _name(self, slots: Slots) -> str:
        return str(self.pets[slots["pet"]]["name"])

    def _example(self) -> str:
        return next((str(pet["name"]) for pet in self.pets.values() if pet["status"] == "active"), "Míu")

    def _more(self, count: int) -> list[str]:
        return [self._say("and_more", count=count - MOST_SHOWN)] if count > MOST_SHOWN else []

    def _line(self, pet: dict[str, Any]) -> str:
        parts = [f"{pet['name']} ({pet['species_name']})" if pet["species_name"] else str(pet["name"])]
        if pet.get("latest_weight_kg") is not None:
            parts.append(f"{self._kg(pet['latest_weight_kg'])}, {self._day(pet['latest_weight_on'])}")
        if pet["birthday"]:
            parts.append(self._say("born", day=self._day(pet["birthday"])))
        if pet["status"] != "active":
            parts.append(self._say(f"is_{pet['status']}"))
        return " · ".join(parts)

    def _kg(self, kilograms: float) -> str:
        return f"{kilograms:g}".replace(".", self.spoken.decimal_point) + " " + self._say("kg")

    def _day(self, day: str) -> str:
        """A day in figures; a month or year alone as it is."""
        return date.fromisoformat(day).strftime(self.spoken.date_format) if len(day) == 10 else day


_OF_ONE_PET = frozenset(
    {"pet", "last_weight", "weights", "vaccinations", "record_weight", "record_vaccination"}
    | {"renew", "visit", "deworming"}
)
_ABOUT_DAYS = frozenset({"missing", "not_understood", "ambiguous", "impossible", "future", "out_of_range", "not_yet"})


def _asks_the_day(question: Clarification, name: str) -> bool:
    """Or in which city they are, where "today" is two days: the days are asked about, which everybody knows."""
    named = name in question.missing_fields or any(name in one for one in question.candidates)
    return named and (question.reason in _ABOUT_DAYS or name == "measured_at")


# Why a file was not kept: where sending it once more may help, and where only another file does.
_FETCHED_AGAIN = frozenset(
    code.upper() for code in (RefusalCode.LINK_EXPIRED, RefusalCode.DOWNLOAD_FAILED, RefusalCode.TIMED_OUT)
)
_OF_THE_FILE = frozenset({*(code.upper() for code in RefusalCode), "TOO_MANY_PAGES"}) - _FETCHED_AGAIN


def _capitalised(name: str) -> str:
    return name[:1].upper() + name[1:]
