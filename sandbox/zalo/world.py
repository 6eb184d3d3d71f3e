"""What this Zalo knows: its clock, people, an app with Official Accounts, a bot, and every chat."""

from __future__ import annotations

import hashlib
import secrets
import threading
import time
from dataclasses import dataclass, field

HOUR = 3_600_000
FREE = 48 * HOUR
OPEN = 7 * 24 * HOUR


@dataclass(frozen=True)
class Person:
    """Their ids differ from account to account, as Zalo's do."""

    key: str
    name: str

    def id_in(self, account: Account) -> str:
        """Of an Official Account 19 digits, which no JavaScript number holds; of a bot 20 hex digits."""
        digest = hashlib.sha256(f"{account.id} {self.key}".encode())
        if isinstance(account, Bot):
            return digest.hexdigest()[:20]
        return str(10**18 + int.from_bytes(digest.digest()[:7]))


PEOPLE = (Person("mai", "Mai Nguyễn"), Person("emma", "Emma"), Person("olga", "Ольга"), Person("taras", "Тарас"))


@dataclass
class Account:
    """An Official Account or a bot; `webhook`: where its events go."""

    id: str
    name: str
    webhook: str = ""


@dataclass
class OfficialAccount(Account):
    """secret_key signs its events ("OA secret key" of the console), which is not the app's secret.

    credit: messages between 48 hours and 7 days that can still be paid for.
    """

    secret_key: str = field(default_factory=lambda: secrets.token_urlsafe(15), repr=False)
    credit: int = 0


@dataclass
class Bot(Account):
    """secret: the second half of its token; `updates` wait for getUpdates as long as no webhook is set."""

    secret: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)
    webhook_secret: str = field(default="", repr=False)
    updated_at: int = 0
    updates: list[dict[str, object]] = field(default_factory=list)
    left_this_month: int = 3000

    @property
    def token(self) -> str:
        return f"{self.id}:{self.secret}"


@dataclass(frozen=True)
class Line:
    """What somebody wrote; `by` is person or service."""

    id: str
    by: str
    text: str
    at: int
    picture: str = ""


@dataclass
class Chat:
    """One person, or one group, with one account. `acted_at`: their last action, which opens the window for answers."""

    account: Account
    id: str
    person: Person
    follows: bool = True
    acted_at: int | None = None
    lines: list[Line] = field(default_factory=list)


@dataclass
class Habits:
    """What Zalo may do that nobody should rely on, on demand.

    copies: so many times each event is posted, all at once; hold: post none until release(); late_ms: how long ago an event happened;
    prefix: before the signature, where some have seen `mac=`; escaped: Vietnamese letters as \\u escapes; wrapped: a bot's event inside
    {ok, result}; seconds: a bot's dates in seconds; returns_state: the grant page gives `state` back; wants_proof: each call needs
    `appsecret_proof`.
    """

    copies: int = 1
    hold: bool = False
    late_ms: int = 0
    prefix: str = "mac="
    escaped: bool = False
    wrapped: bool = False
    seconds: bool = False
    returns_state: bool = False
    wants_proof: bool = False


class World:
    """Everything is under `lock`; `changed` wakes those who wait for a line or an update."""

    def __init__(
        self, *, app_id: str = "", app_secret: str = "", oa: OfficialAccount | None = None, bot: Bot | None = None
    ) -> None:
        self.lock = threading.RLock()
        self.changed = threading.Condition(self.lock)
        self.app_id = app_id or digits(19)
        self.app_secret = app_secret or secrets.token_urlsafe(15)
        first = oa or OfficialAccount(digits(19), "Meo Mai Moi")
        self.accounts: dict[str, OfficialAccount] = {first.id: first}
        self.bot = bot or Bot(digits(18), "Bot Meo Mai Moi")
        self.people = {person.key: person for person in PEOPLE}
        self.chats: dict[tuple[str, str], Chat] = {}
        self.habits = Habits()
        self.pictures: dict[str, tuple[str, bytes]] = {}
        self._ahead = 0

    @property
    def oa(self) -> OfficialAccount:
        """The first, where one is enough."""
        return next(iter(self.accounts.values()))

    def now(self) -> int:
        """Milliseconds, as all of Zalo's times."""
        return int(time.time() * 1000) + self._ahead

    def pass_time(self, milliseconds: int) -> None:
        with self.lock:
            self._ahead += milliseconds

    def chat(self, account: Account, person: Person, group: str = "") -> Chat:
        """Made at the first look; a group is known by its id alone."""
        with self.lock:
            chat_id = group or person.id_in(account)
            return self.chats.setdefault((account.id, chat_id), Chat(account, chat_id, person))

    def chat_by_id(self, account: Account, chat_id: str) -> Chat | None:
        with self.lock:
            for person in self.people.values():
                self.chat(account, person)
            return self.chats.get((account.id, chat_id))

    def write(self, chat: Chat, by: str, text: str, *, picture: str = "", ago: int = 0) -> Line:
        with self.lock:
            line = Line(secrets.token_hex(10), by, text, self.now() - ago, picture)
            chat.lines.append(line)
            if by == "person":
                chat.acted_at = line.at
            self.changed.notify_all()
            return line


def digits(count: int) -> str:
    return str(10 ** (count - 1) + secrets.randbelow(9 * 10 ** (count - 1)))
