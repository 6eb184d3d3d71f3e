"""`manage.py reviewer_account`: the account that a directory's reviewer tries the app with, filled by our own tools."""

import io
import json
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from time import sleep
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import CommandError, CommandParser
from PIL import Image, ImageDraw

from mainapp.client import MainAppClient
from mainapp.errors import MainAppError
from mainapp.http.connection import Deadline
from mainapp.records import Pet
from oauthbridge.management.teaching import TeachingCommand
from oauthbridge.models import Connection
from petstools.answers import Clarification, Done, ToolError
from petstools.execution import Run
from petstools.inputs import Input
from petstools.tools.base import Tool
from petstools.tools.microchips import add_microchip
from petstools.tools.pet_deletion import delete_pet
from petstools.tools.pet_profile import create_pet
from petstools.tools.record_many import record_many

# Stands in the description of each pet that this has made; only such a pet is ever deleted by it.
MARKER = "[made for the app's reviewers]"
REQUEST_ID = "reviewer-account"
A_MINUTE = 60
PETS: tuple[dict[str, str], ...] = (
    {
        "name": "Biscuit",
        "species": "cat",
        "sex": "male",
        "birth_date": "2021-04-12",
        "description": "Ginger, fond of boxes.",
    },
    {
        "name": "Mochi",
        "species": "cat",
        "sex": "female",
        "birth_date": "2023-09",
        "description": "White, shy of guests.",
    },
    {"name": "Captain", "species": "dog", "sex": "male", "birth_date": "2019", "description": "Brown, swims a lot."},
)
COLOURS = {"Biscuit": (222, 148, 66), "Mochi": (236, 230, 220), "Captain": (122, 84, 58)}


class Command(TeachingCommand):
    help = "Fill the account of a reviewer with three pets, a year of records and photos, or take exactly these away again."
    examples = """
Sign in with that account in any client first (ChatGPT, Claude, manage.py mcp_client); it is filled through the connection that this
makes, with the tools that the reviewer will call. Its id is in the admin and in: manage.py connections list --user 42
Every pet made here has a marker in its description; --empty deletes those and no other. It takes some minutes: the main app takes
ten or fifteen records of a kind a minute.

Examples:
  manage.py reviewer_account 0d1f… --fill
  manage.py reviewer_account 0d1f… --empty    then --fill again, before each review: the days count from today
  manage.py reviewer_account 0d1f… --fill --json
"""

    def add_arguments(self, parser: ArgumentParser | CommandParser) -> None:
        parser.add_argument("connection", metavar="ID", help="the connection of that account, by its id")
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("--fill", action="store_true", help="make the pets and their records")
        what.add_argument(
            "--empty", action="store_true", help="delete the pets that --fill made, with all their records"
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")

    def handle(self, *args: Any, **options: Any) -> None:
        account = _Account(_connection(options["connection"]))
        try:
            marked = account.marked()
            if options["fill"] and marked:
                raise CommandError(
                    "This account holds these pets already. Say --empty first; then their days count from today."
                )
            done = account.fill() if options["fill"] else account.empty(marked)
        except ToolError as error:
            raise CommandError(error.message) from None
        except MainAppError as error:
            raise CommandError(f"Meo Mai Moi did not do it ({type(error).__name__}); try again.") from None
        if options["json"]:
            self.stdout.write(json.dumps(done))
            return
        counts = ", ".join(f"{count} {what}" for what, count in done.items())
        self.stdout.write(f"{'Made' if options['fill'] else 'Deleted'}: {counts}.")


def _connection(wanted: str) -> Connection:
    try:
        connection = Connection.objects.select_related("user", "application").get(pk=wanted)
    except (Connection.DoesNotExist, ValidationError, ValueError):
        raise CommandError("There is no connection with this id: manage.py connections list.") from None
    if connection.status != Connection.Status.ACTIVE:
        raise CommandError("This connection has ended. Sign in with that account again.")
    return connection


class _Account:
    """The person's pets, by way of one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def marked(self) -> list[Pet]:
        """Their own pets that were made here. Raises MainAppError."""
        client = self._client()
        return [pet for one in client.pets.mine() if MARKER in ((pet := client.pets.read(one.id)).description or "")]

    def empty(self, pets: Sequence[Pet]) -> dict[str, int]:
        for pet in pets:
            answer = self._answer(delete_pet, pet_id=pet.id)
            if isinstance(answer, Clarification):
                self._done(delete_pet, pet_id=pet.id, confirmation=answer.extra["confirmation"])
        return {"pets": len(pets)}

    def fill(self) -> dict[str, int]:
        today, records = datetime.now(UTC).date(), 0
        for number, about in enumerate(PETS, 1):
            text = f"{about['description']} {MARKER}"
            made = self._done(create_pet, **{**about, "description": text}, country="VN", confirm_duplicate=True)
            pet_id = int(made.body["data"]["id"])
            records += self._record([{**row, "pet_id": pet_id} for row in _year_of(about, today)])
            # Of a code that many small makers share; unique by the account and the pet.
            chip = f"900{(self._connection.user.main_app_user_id or 0) % 10**9:09d}{number:03d}"
            self._done(add_microchip, pet_id=pet_id, chip_number=chip)
            photo = (f"{about['name']}.jpg", _portrait(about["name"]), "image/jpeg")
            self._client().pets.add_photo(pet_id, photo, key=None)
        return {"pets": len(PETS), "records": records, "microchips": len(PETS), "photos": len(PETS)}

    def _record(self, rows: list[dict[str, Any]]) -> int:
        waiting = rows
        while waiting:
            body = self._done(record_many, records=waiting).body
            unclear = [one for one in body["results"] if one["status"] not in ("ok", "not_written")]
            if unclear:
                raise CommandError(f"A record was not taken: {unclear[0]['message']}")
            waiting = [dict(one) for one in body["send_again"]]
            if waiting:
                sleep(body["retry_after"] or A_MINUTE)
        return len(rows)

    def _done(self, tool: Tool, **arguments: Any) -> Done:
        answer = self._answer(tool, **arguments)
        if isinstance(answer, Clarification):
            raise CommandError(f"{tool.name} asks: {answer.message}")
        return answer

    def _answer(self, tool: Tool, **arguments: Any) -> Done | Clarification:
        run = Run(self._connection.application.door, REQUEST_ID)
        run.caller = self._connection
        ids = {name: arguments.pop(name) for name in tool.path_ids}
        run.begin(tool)
        return run.answer(tool, Input(arguments), **ids)

    def _client(self) -> MainAppClient:
        token, language = self._connection.open_token(), self._connection.language
        return MainAppClient(
            token, language=language, request_id=REQUEST_ID, deadline=Deadline(settings.TOOL_DEADLINE_SECONDS)
        )


# --- A year of a pet, as days before today ---------------------------------------------------------


def _year_of(about: dict[str, str], today: date) -> Iterator[dict[str, Any]]:
    def day(before: int) -> str:
        return (today - timedelta(days=before)).isoformat()

    grown = {"Biscuit": 4.6, "Mochi": 3.7, "Captain": 21.0}[about["name"]]
    for month in range(12):
        # A little up and down, and a little more at the end.
        kg = round(grown * (1 + 0.01 * ((month * 5) % 4 - 1) - 0.004 * month), 2)
        yield {"kind": "weight", "weight_kg": f"{kg} kg", "measured_at": day(3 + 30 * month)}
    if about["species"] != "cat":
        return
    shots = {"Rabies": 380, "FVRCP": 345} if about["name"] == "Biscuit" else {"Rabies": 100}
    for vaccine, before in shots.items():
        yield {
            "kind": "vaccination",
            "vaccine_name": vaccine,
            "administered_at": day(before),
            "due_at": day(before - 365),
            "notes": "Left shoulder.",
        }
    visits = (
        ("checkup", 340, "All fine, teeth a little yellow."),
        ("deworming", 270, "Milbemax, one tablet."),
        ("test", 150, "Blood count within its range."),
        ("deworming", 90, "Milbemax, one tablet."),
        ("treatment", 30, "Ear drops for a week."),
    )
    for kind, before, text in visits:
        yield {
            "kind": "medical_record",
            "record_type": kind,
            "record_date": day(before),
            "description": text,
            "vet_name": "Dr. Patel",
        }


def _portrait(name: str) -> bytes:
    """A drawn head with two ears: a photo that is nobody's."""
    picture = Image.new("RGB", (800, 800), (246, 241, 232))
    draw = ImageDraw.Draw(picture)
    coat, dark = COLOURS[name], (60, 44, 36)
    for left in (190, 470):
        draw.polygon([(left, 330), (left + 70, 120), (left + 140, 330)], fill=coat, outline=dark)
    draw.ellipse((170, 220, 630, 660), fill=coat, outline=dark, width=4)
    for left in (290, 460):
        draw.ellipse((left, 380, left + 50, 440), fill=dark)
    draw.polygon([(375, 500), (425, 500), (400, 530)], fill=(206, 120, 120))
    saved = io.BytesIO()
    picture.save(saved, "JPEG", quality=88)
    return saved.getvalue()
