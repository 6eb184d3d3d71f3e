"""One production instance for all tests of this folder that need one; it needs PostgreSQL and Redis (`make test` finds them)."""

import secrets
import ssl
from collections.abc import Callable, Iterator

import httpx
import pytest
from django.conf import settings

from sandbox.server import SandboxServer
from tests.files.file_host import Authority
from tests.playing import ClientApp, Connector, Person
from tests.security.instance import PUBLIC_URL, Production, ThroughTheProxy, over_tls, running

# The stand-in's certificate is one of this run's.
TRUSTING = ssl._create_unverified_context()  # noqa: S323


@pytest.fixture(scope="session")
def secure_sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[SandboxServer, Authority]]:
    authority = Authority(tmp_path_factory.mktemp("authority"))
    made = SandboxServer(
        environment="development",
        api_key=secrets.token_hex(32),
        hmac_secret=secrets.token_hex(32),
        connector_url=PUBLIC_URL,
    )
    with over_tls(made, authority) as server:
        yield server, authority


@pytest.fixture(scope="session")
def production(
    django_db_setup: None,
    secure_sandbox: tuple[SandboxServer, Authority],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Production]:
    """gunicorn on this run's test database."""
    database = settings.DATABASES["default"]
    if "postgresql" not in database["ENGINE"] or not settings.REDIS_URL:
        pytest.skip("production takes PostgreSQL and Redis only")
    at = f"{database['HOST'] or '127.0.0.1'}:{database['PORT'] or 5432}"
    who = database["USER"] + (f":{database['PASSWORD']}" if database["PASSWORD"] else "")
    with running(
        tmp_path_factory.mktemp("production"),
        *secure_sandbox,
        database=f"postgres://{who}@{at}/{database['NAME']}",
        redis=settings.REDIS_URL,
        static=tmp_path_factory.getbasetemp() / "static",
    ) as instance:
        yield instance


@pytest.fixture
def outside(production: Production) -> Iterator[Connector]:
    """The instance as the world sees it: through the TLS proxy."""
    with production.connector() as connector:
        yield connector


@pytest.fixture
def gpt(outside: Connector, transactional_db: None) -> ClientApp:
    return ClientApp.made_for_gpt(outside, "g-meo123")


@pytest.fixture
def visitor(
    production: Production, outside: Connector, secure_sandbox: tuple[SandboxServer, Authority]
) -> Iterator[Callable[[str], Person]]:
    """`visitor("emma")`: a person whose browser comes through the proxy, with cookies as for the public address."""
    people: list[Person] = []

    def open_browser(key: str) -> Person:
        person = Person(secure_sandbox[0], outside, key, {})
        person.browser.close()
        person.browser = httpx.Client(
            trust_env=False, timeout=30, verify=TRUSTING, mounts={PUBLIC_URL: ThroughTheProxy(production.port)}
        )
        people.append(person)
        return person

    yield open_browser
    for each in people:
        each.browser.close()
