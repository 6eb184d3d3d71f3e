"""A main app that has no list of all pets: the person's own are asked for instead."""

from mainapp.client import MainAppClient
from mainapp.http.connection import Deadline
from mainapp.secret import Secret
from sandbox.server import SandboxServer


def test_own_pets_are_asked_for_and_the_missing_list_not_again(sandbox: SandboxServer) -> None:
    sandbox.faults.add(error_rate=1.0, error_status=404, path="/my-pets/sections")
    token = Secret(sandbox.world.new_token(sandbox.world.user("mai")))

    def ask() -> tuple[int, int]:
        client = MainAppClient(token, language="en", request_id="test-sections", deadline=Deadline(10))
        return len(client.pets.sections().owned), client.calls

    first, second = ask(), ask()

    assert first[0] == second[0] > 0
    assert (first[1], second[1]) == (2, 1)
