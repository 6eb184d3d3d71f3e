"""One call of each tool that succeeds, what it costs, and somebody who can make it: for the tests that all tools go through."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from pytest_django import Settings

from mainapp import versions
from petstools import pet_types
from petstools.catalog import ONLY_MCP, TOOLS
from petstools.tools import confirmations
from petstools.tools.base import Tool
from sandbox.records import Pet
from sandbox.server import SandboxServer
from sandbox.shapes.stamps import version_of
from tests.files.conftest import authority, file_host, names  # noqa: F401 - fixtures
from tests.files.file_host import NAME, FileHost
from tests.files.samples import corners, saved
from tests.tools.conftest import Gpt, Told

Connect = Callable[..., Gpt]


@dataclass(frozen=True)
class Sample:
    """A call of a tool that succeeds for the owner of `Home`, and what it costs.

    upstream: its requests to the main app, in order, ids as names; queries: its SQL, authentication included. Addresses
    and bodies may name ids: "{pet}". per_item: a failing write fails its item in `results`, not the call.
    """

    method: str
    path: str
    upstream: tuple[str, ...]
    queries: int = 1
    body: dict[str, Any] = field(default_factory=dict)
    query: dict[str, Any] = field(default_factory=dict)
    created: bool = False
    per_item: bool = False
    needs_sign_in: bool = True

    @property
    def reads_first(self) -> bool:
        return self.upstream[0].startswith("GET")

    @property
    def writes(self) -> bool:
        return any(not one.startswith("GET") for one in self.upstream)


SECTIONS = "GET /my-pets/sections"


def _record(
    kind: str, *, add: dict[str, Any], update: dict[str, Any], name: str = "", looks_first: bool = False
) -> dict[str, Sample]:
    """list, add and update of one kind of record; looks_first: adding one looks at those that are there."""
    one, many = name or kind, f"{kind}s"
    path = f"/pets/{{pet}}/{many.replace('_', '-')}"
    looks = (f"GET {path}",) if looks_first else ()
    row = f"{path}/{{{one}}}"
    return {
        f"list_{many}": Sample("get", path, (f"GET {path}",)),
        f"add_{kind}": Sample("post", path, (SECTIONS, *looks, f"POST {path}"), queries=6, body=add, created=True),
        f"update_{kind}": Sample("patch", row, (SECTIONS, f"GET {row}", f"PUT {row}", f"GET {row}"), body=update),
    }


PET, VACCINATION = "/pets/{pet}", "/pets/{pet}/vaccinations/{vaccination}"
SAMPLES: dict[str, Sample] = {
    "list_pet_types": Sample("get", "/pet-types", ("GET /pet-types",), needs_sign_in=False),
    "list_pets": Sample("get", "/pets", (SECTIONS,)),
    "find_pet": Sample("post", "/pets/find", (SECTIONS,), body={"name": "Nox"}),
    "get_pet": Sample("get", PET, (f"GET {PET}",)),
    "pets_overview": Sample("post", "/pets/overview", (SECTIONS, f"GET {PET}/vaccinations")),
    "pet_history": Sample(
        "post",
        "/pets/history",
        (SECTIONS, f"GET {PET}/medical-records"),
        body={"pet_id": "{pet}", "kinds": "medical_record"},
    ),
    "list_habits": Sample("get", "/habits", ("GET /habits",)),
    "save_habit": Sample(
        "post",
        "/habits",
        (SECTIONS, "GET /habits", "POST /habits"),
        queries=6,
        body={"name": "Brushing", "pets": "Nox"},
        created=True,
    ),
    "record_habit": Sample(
        "post",
        "/habits/entries",
        ("GET /habits/{habit}", "GET /habits/{habit}/entries/{today}", "PUT /habits/{habit}/entries/{today}"),
        body={"habit_id": "{habit}", "value": "yes", "day": "{today}"},
    ),
    "get_account": Sample("get", "/account", ("GET /users/me",)),
    "create_pet": Sample(
        "post",
        "/pets",
        ("GET /pet-types", "POST /pets"),
        queries=6,
        body={"name": "Nyx", "species": "cat", "country": "VN"},
        created=True,
    ),
    "update_pet": Sample(
        "patch", PET, (f"GET {PET}", f"PUT {PET}", f"GET {PET}"), body={"description": "Sleeps all day."}
    ),
    "set_pet_status": Sample(
        "post",
        f"{PET}/status",
        (f"GET {PET}", f"PUT {PET}/status", f"GET {PET}"),
        body={"status": "deceased", "confirmation": "{confirmed_death}"},
    ),
    "delete_pet": Sample(
        "delete", PET, (f"GET {PET}", f"DELETE {PET}"), queries=6, query={"confirmation": "{confirmed_deletion}"}
    ),
    **_record("weight", add={"weight_kg": "5 kg", "measured_at": "2026-02-01"}, update={"weight_kg": 4.5}),
    **_record(
        "vaccination",
        add={"vaccine_name": "FeLV", "administered_at": "2026-02-01"},
        update={"notes": "left leg"},
        looks_first=True,
    ),
    "delete_record": Sample(
        "delete",
        f"{PET}/records/{{weight}}",
        (f"GET {PET}/weights/{{weight}}", f"DELETE {PET}/weights/{{weight}}"),
        queries=6,
        query={"kind": "weight"},
    ),
    "renew_vaccination": Sample(
        "post",
        f"{VACCINATION}/renew",
        (SECTIONS, f"GET {VACCINATION}", f"GET {PET}/vaccinations", f"POST {VACCINATION}/renew"),
        queries=6,
        body={"administered_at": "yesterday"},
        created=True,
    ),
    **_record(
        "medical_record",
        add={"record_type": "checkup", "record_date": "2026-02-01"},
        update={"vet_name": "Dr. Patel"},
        name="record",
    ),
    **_record(
        "microchip",
        add={"chip_number": "985112004567899", "again": True},
        update={"issuer": "HomeAgain"},
    ),
    "record_many": Sample(
        "post",
        "/records",
        (SECTIONS, f"POST {PET}/weights"),
        queries=6,
        body={"records": [{"kind": "weight", "pet_id": "{pet}", "weight_kg": 5, "measured_at": "2026-02-01"}]},
        per_item=True,
    ),
    "attach_files": Sample(
        "post",
        f"{PET}/files",
        (f"GET {PET}", f"POST {PET}/photos"),
        queries=6,
        body={
            "openaiFileIdRefs": [
                {"name": "a.jpg", "id": "file-1", "mime_type": "image/jpeg", "download_link": "{photo}"}
            ]
        },
        per_item=True,
    ),
}
# Of the tools that only the MCP door has; its path is that door's.
ONLY_MCP_SAMPLES: dict[str, Sample] = {
    "change_many": Sample(
        "post",
        "/mcp",
        (SECTIONS, f"GET {PET}/weights/{{weight}}", f"PUT {PET}/weights/{{weight}}", f"GET {PET}/weights/{{weight}}"),
        body={
            "records": [{"record_id": "{weight}"}],
            "set": {"kind": "weight", "pet_id": "{pet}", "measured_at": "2026-02-01"},
        },
        per_item=True,
    ),
    "review_records": Sample(
        "post",
        "/mcp",
        (SECTIONS, f"GET {PET}/weights"),
        body={"records": [{"kind": "weight", "pet_id": "{pet}", "weight_kg": 5, "measured_at": "2026-02-01"}]},
    ),
}
NAMES = [tool.name for tool in TOOLS]


def tool_named(name: str) -> Tool:
    return next(tool for tool in (*TOOLS, *ONLY_MCP) if tool.name == name)


@pytest.fixture(scope="module")
def lasting_sandbox() -> Iterator[SandboxServer]:
    with SandboxServer(environment="development") as server:
        yield server


@pytest.fixture
def sandbox(lasting_sandbox: SandboxServer, settings: Settings) -> Iterator[SandboxServer]:
    """One stand-in for the whole table, as new for each test: starting one costs more than most of these tests."""
    settings.MAIN_APP_URL = lasting_sandbox.url
    settings.MAIN_APP_MAX_ATTEMPTS = 1
    # A fault is met in full by each call here; tests/mainapp/test_breaker.py has the breaker.
    settings.MAIN_APP_BREAKER_FAILURES = 0
    settings.MAIN_APP_MAX_BODY_BYTES = 500_000
    settings.RATE_LIMIT_PER_MINUTE = 100_000
    # The clean slate of another test file forgets it, and asking would be one more request here and there.
    versions.seen[lasting_sandbox.url] = versions.IDEMPOTENCY_WITH_TOKENS
    fresh(lasting_sandbox)
    yield lasting_sandbox
    fresh(lasting_sandbox)


def fresh(sandbox: SandboxServer) -> None:
    sandbox.world.reset()
    sandbox.faults.clear()
    sandbox.requests.clear()
    pet_types.forget_near()


class Home:
    """Noah's cat with one record of each kind, his connection, and calls of any tool on them."""

    def __init__(self, sandbox: SandboxServer, gpt: Connect, files: FileHost | None, owner: str = "noah") -> None:
        world = sandbox.world
        self.sandbox = sandbox
        self.cat: Pet = world.add_pet(world.user(owner), name="Nox", birthday="2020-05-12")
        long_ago = world.today() - timedelta(days=90)
        self.ids: dict[str, Any] = {
            "pet": self.cat.id,
            "weight": world.add_weight(self.cat, 4.2, long_ago).id,
            "vaccination": world.add_vaccination(self.cat, "Rabies", long_ago, world.today() + timedelta(days=9)).id,
            "record": world.add_medical_record(self.cat, "surgery", long_ago).id,
            "microchip": world.add_microchip(self.cat, "982000123450000").id,
            "habit": world.add_habit(world.user(owner), "Pills", [self.cat]).id,
            "today": world.today().isoformat(),
            "photo": f"https://{NAME}:{files.port}/photo" if files else "",
        }
        self.token = world.new_token(world.user(owner))
        self.gpt = gpt(owner, token=self.token)
        version = version_of(self.cat)
        for name, about in {
            "death": ("set_pet_status", self.cat.id, "active", "deceased", version),
            "deletion": ("delete_pet", self.cat.id, "Nox", "active", version),
        }.items():
            self.ids[f"confirmed_{name}"] = confirmations.seal(self.gpt.connection, about)

    def call(self, name: str) -> Told:
        sample = SAMPLES[name]
        path, body, query = self.filled(sample.path), self.filled(sample.body), self.filled(sample.query)
        if sample.method == "get":
            return self.gpt.get(path, **query)
        if sample.method == "delete":
            return self.gpt.delete(path, **query)
        return self.gpt.post(path, **body) if sample.method == "post" else self.gpt.patch(path, **body)

    def filled(self, value: Any) -> Any:
        """The value with the ids of this home in place of their names."""
        if isinstance(value, dict):
            return {key: self.filled(one) for key, one in value.items()}
        if isinstance(value, list):
            return [self.filled(one) for one in value]
        return value.format_map(self.ids) if isinstance(value, str) else value


@pytest.fixture
def home(
    sandbox: SandboxServer, gpt: Connect, request: pytest.FixtureRequest, settings: Settings
) -> Callable[..., Home]:
    """`home()`: a new one, in a main app as new."""
    files: FileHost | None = None
    if "attach_files" in request.node.name:
        files = request.getfixturevalue("file_host")
        files.serve("/photo", saved(corners(), "JPEG"))
        settings.FILE_DOWNLOAD_HOSTS = [f"{NAME}:{files.port}"]
        settings.FILE_DOWNLOAD_PRIVATE_ADDRESSES = True
        settings.FILE_DOWNLOAD_CA_FILE = str(files.authority.file)

    def build(owner: str = "noah") -> Home:
        fresh(sandbox)
        return Home(sandbox, gpt, files, owner)

    return build
