"""A main app that costs nothing: answers made beforehand, sent after a fixed delay (contract main-app.md §6 to §8).

`GET /__bench?delay_ms=0&vaccinated=0` changes what it does from now on; the answer tells how many requests it has had so far.
"""

import argparse
import asyncio
import json
import selectors
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

PETS = 20
PEOPLE = 16
VACCINATIONS = 3


def token(person: int) -> str:
    return f"{person}|{'bench' * 6}{person:04d}"


def _pet(number: int, *, vaccinated: bool = True) -> dict[str, Any]:
    return {
        "id": number,
        "name": "Mimi" if number == 1 else f"Pet {number}",
        "sex": "female",
        "status": "active",
        "pet_type_id": 1,
        "pet_type": {
            "id": 1,
            "name": "Cat",
            "slug": "cat",
            "weight_tracking_allowed": True,
            "microchips_allowed": True,
        },
        "birthday_precision": "day",
        "birthday_year": 2018,
        "birthday_month": number % 12 + 1,
        "birthday_day": number,
        "birthday": f"2018-{number % 12 + 1:02d}-{number:02d}T00:00:00.000000Z",
        "country": "VN",
        "state": None,
        "city": "Da Nang",
        "city_id": 12,
        "address": None,
        "description": "Was found near the market and now lives with us. Likes tuna, hates baths.",
        "photo_url": f"https://app.example.test/storage/{number}/thumb.jpg",
        "photos": [{"id": number, "url": f"https://app.example.test/storage/{number}/photo.jpg", "is_primary": True}],
        "viewer_permissions": {"can_edit": True, "can_delete": True, "is_owner": True},
        "health_summary": {
            "latest_weight_kg": "4.20",
            "latest_weight_record_date": "2026-01-15",
            "vaccination_status": "due_soon" if vaccinated else "unknown",
        },
        "created_by": 7,
        "created_at": "2025-01-01T00:00:00.000000Z",
        "updated_at": "2026-01-01T00:00:00.000000Z",
    }


def _vaccination(pet: int, number: int) -> dict[str, Any]:
    return {
        "id": pet * 100 + number,
        "pet_id": pet,
        "vaccine_name": ("Rabies", "FVRCP", "FeLV")[number],
        "administered_at": "2025-12-01T00:00:00.000000Z",
        "due_at": f"2030-0{number + 1}-10T00:00:00.000000Z",
        "created_at": "2025-12-01T00:00:00.000000Z",
        "updated_at": "2025-12-01T00:00:00.000000Z",
    }


def _answer(data: object, status: str = "200 OK") -> bytes:
    body = json.dumps({"success": True, "data": data}).encode()
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def _answers(*, vaccinated: bool) -> dict[bytes, bytes]:
    """By request line without the version."""
    pets = [_pet(number, vaccinated=vaccinated) for number in range(1, PETS + 1)]
    sections = {"owned": pets, "fostering_active": [], "fostering_past": [], "shared": [], "transferred_away": []}
    me = {"id": 7, "name": "Lan", "email": "lan@example.test", "locale": "en", "email_verified_at": "2025-01-01"}
    answers = {
        b"GET /api/version": _answer({"version": "1.18.5"}),
        b"GET /api/users/me": _answer({**me, "is_verified": True, "is_banned": False}),
        b"GET /api/my-pets/sections": _answer(sections),
        b"POST /api/gpt-auth/revoke": _answer({"revoked": True}),
    }
    for pet in pets:
        number = pet["id"]
        shown = {name: value for name, value in pet.items() if name != "health_summary"}
        answers[f"GET /api/pets/{number}".encode()] = _answer(shown)
        rows = [_vaccination(number, each) for each in range(VACCINATIONS)]
        meta = {"current_page": 1, "last_page": 1, "per_page": 25, "total": len(rows)}
        answers[f"GET /api/pets/{number}/vaccinations".encode()] = _answer({"data": rows, "meta": meta, "links": {}})
    return answers


class _Connection(asyncio.Protocol):
    """One request at a time, as the connector sends them."""

    answers = _answers(vaccinated=True)
    missing = _answer(None, "404 Not Found")
    signed_in = 0
    requests = 0
    delay = 0.03

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._wire, self._read = cast(asyncio.Transport, transport), b""

    def data_received(self, data: bytes) -> None:
        self._read += data
        head, end, body = self._read.partition(b"\r\n\r\n")
        if not end or len(body) < _length(head):
            return
        self._read = b""
        if head.startswith(b"GET /__bench?"):
            self._send(self._change(head.split(b" ", 2)[1].decode()))
            return
        _Connection.requests += 1
        asyncio.get_running_loop().call_later(self.delay, self._send, self._answer_to(head))

    def _change(self, address: str) -> bytes:
        asked = parse_qs(urlsplit(address).query)
        if "delay_ms" in asked:
            _Connection.delay = float(asked["delay_ms"][0]) / 1000
        if "vaccinated" in asked:
            _Connection.answers = _answers(vaccinated=asked["vaccinated"] == ["1"])
        return _answer({"requests": _Connection.requests})

    def _answer_to(self, head: bytes) -> bytes:
        asked = head.split(b" HTTP/", 1)[0].split(b"?", 1)[0]
        if asked != b"POST /api/gpt-auth/exchange":
            return self.answers.get(asked, self.missing)
        # Every code is somebody's: one person after the other.
        person = _Connection.signed_in % PEOPLE + 1
        _Connection.signed_in += 1
        return _answer({"sanctum_token": token(person), "user_id": person})

    def _send(self, answer: bytes) -> None:
        if not self._wire.is_closing():
            self._wire.write(answer)


def _length(head: bytes) -> int:
    _before, found, after = head.lower().partition(b"content-length:")
    return int(after.split(b"\r\n", 1)[0]) if found else 0


async def _serve(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(_Connection, "127.0.0.1", port, backlog=1000)
    await server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("port", type=int)
    parser.add_argument("delay_ms", type=float)
    options = parser.parse_args()
    _Connection.delay = options.delay_ms / 1000
    # By select: epoll counts in whole milliseconds, and a delay of 30 would be up to 31.
    with asyncio.Runner(loop_factory=lambda: asyncio.SelectorEventLoop(selectors.SelectSelector())) as runner:
        runner.run(_serve(options.port))
