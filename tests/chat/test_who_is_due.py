"""Who is due, as a chat tells it: no more than is known, and nobody left out in silence."""

from collections.abc import Callable
from datetime import timedelta

from chat.deeds import MOST_SHOWN
from sandbox.server import SandboxServer
from tests.chat.conftest import Talk


def test_of_whom_nothing_can_be_read_is_said_so(talk: Callable[..., Talk], sandbox: SandboxServer) -> None:
    world = sandbox.world
    cat = world.add_pet(world.user("mai"), name="Nếp")
    world.add_vaccination(cat, "Rabies", world.today() - timedelta(400), world.today() - timedelta(30))
    sandbox.faults.add(error_rate=1.0, path=f"/pets/{cat.id}/vaccinations")

    told = talk("mai").say("con nào quá hạn tiêm")

    assert "Không có" not in told
    assert "Nếp" in told


def test_more_than_are_shown_are_counted(talk: Callable[..., Talk], sandbox: SandboxServer) -> None:
    world = sandbox.world
    for number in range(MOST_SHOWN + 4):
        cat = world.add_pet(world.user("mai"), name=f"Mèo{number:02d}")
        world.add_vaccination(cat, "Rabies", world.today() - timedelta(400), world.today() - timedelta(30))

    told = talk("mai").say("con nào quá hạn tiêm")

    assert told.count("Mèo") == MOST_SHOWN
    assert "… và 4 bé nữa" in told
