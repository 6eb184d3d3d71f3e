"""schemathesis against the live connector, signed in, the stand-in behind it: no 5xx, no answer outside the schema.

Half of the calls are what the schema allows, half what it does not. Ids are mostly those of a real cat with records, and
bodies mostly hold something that a person could have said, or nearly every call would end at the first question.
"""

import os
import time
from collections.abc import Callable
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import Settings
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from petstools.schema import examples
from sandbox.server import SandboxServer
from tests.playing import ClientApp, Connector, Person
from tests.schema.conform import check, schema

# For all operations together; what is left when one is done early goes to the next.
FUZZ_TIMES = int(os.environ.get("FUZZ_TIMES", "1"))
SECONDS = 12.0 * FUZZ_TIMES
# Of each operation, however slow the machine.
LEAST_CALLS = 10
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once, pytest.mark.timeout(240 * FUZZ_TIMES)]


def cat_with_records(sandbox: SandboxServer) -> dict[str, int]:
    """A new cat of Emma's with one record of each kind, by the names of the ids in the addresses."""
    world = sandbox.world
    cat = world.add_pet(world.user("emma"), name="Miu", species="cat")
    return {
        "pet_id": cat.id,
        "weight_id": world.add_weight(cat, 4.2).id,
        "vaccination_id": world.add_vaccination(cat).id,
        "record_id": world.add_medical_record(cat).id,
        "microchip_id": world.add_microchip(cat, f"9820{cat.id:011d}").id,
    }


def all_operations() -> list[Any]:
    found: list[Any] = list(schemathesis.openapi.from_dict(schema()).get_all_operations())
    return [one.ok() for one in found]


def calls(operation: Any, ids: dict[str, int]) -> st.SearchStrategy[Any]:
    """Cases of one operation, allowed and not, most of them about the cat and with something sensible in them."""
    said = list(examples.CALLS.get(operation.definition.raw["operationId"], {}).values())

    def placed(case: Any, real: dict[str, bool], sense: Any) -> Any:
        case.path_parameters = {
            name: ids[name] if real[name] else value for name, value in (case.path_parameters or {}).items()
        }
        if sense is not None and isinstance(case.body, dict):
            made = case.body if real["among more"] else {}
            case.body = {**made, **sense} if real["over"] else {**sense, **made}
        return case

    mostly = st.integers(0, 9).map(lambda number: number > 1)
    return st.builds(
        placed,
        st.one_of(
            operation.as_strategy(generation_mode=GenerationMode.POSITIVE),
            operation.as_strategy(generation_mode=GenerationMode.NEGATIVE),
        ),
        st.fixed_dictionaries(dict.fromkeys((*ids, "over", "among more"), mostly)),
        st.sampled_from([None, *said]),
    )


def test_no_5xx_and_no_answer_outside_the_schema(
    connector: Connector,
    sandbox: SandboxServer,
    client_app: ClientApp,
    person: Callable[..., Person],
    settings: Settings,
    record_property: Callable[[str, object], None],
) -> None:
    settings.RATE_LIMIT_PER_MINUTE = 1_000_000
    sandbox.world.quota.limit = 10**9
    token = person("emma").connect(client_app)["access_token"]
    found = all_operations()
    answered: dict[int, int] = {}
    ends = time.monotonic() + SECONDS

    for index, operation in enumerate(found):
        until = time.monotonic() + (ends - time.monotonic()) / (len(found) - index)
        attack(operation, cat_with_records(sandbox), connector, token, sandbox, until, answered)

    record_property("cases", sum(answered.values()))
    # Anything else would mean that the calls did not get beyond the door.
    assert {200, 201, 400, 404} <= answered.keys(), answered
    assert sum(answered.values()) >= LEAST_CALLS * len(found), answered


def attack(
    operation: Any,
    ids: dict[str, int],
    connector: Connector,
    token: str,
    sandbox: SandboxServer,
    until: float,
    answered: dict[int, int],
) -> None:
    """Call one operation in many ways until its time is up, LEAST_CALLS at least; the first wrong answer is shrunk and raised."""

    made = 0

    @settings(
        max_examples=24 * FUZZ_TIMES,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(calls(operation, ids))
    def call(case: Any) -> None:
        nonlocal made
        if made >= LEAST_CALLS and time.monotonic() > until:
            return
        made += 1
        sandbox.world.throttles.clear()
        headers = {"Authorization": f"Bearer {token}"}
        response = case.call(base_url=connector.url, headers=headers, timeout=30)
        answered[response.status_code] = answered.get(response.status_code, 0) + 1
        case.validate_response(response, checks=CHECKS, headers=headers)
        check(case.method, response.request.path_url, response.status_code, response.json())

    call()


def test_every_operation_is_called() -> None:
    found = all_operations()

    assert {one.definition.raw["operationId"] for one in found} == {
        operation["operationId"] for item in schema()["paths"].values() for operation in item.values()
    }
