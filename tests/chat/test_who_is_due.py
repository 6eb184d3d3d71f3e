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


def test_one_of_many_is_told_of_however_late_it_is_due(talk: Callable[..., Talk], sandbox: SandboxServer) -> None:
    world = sandbox.world
    for number in range(30):
        cat = world.add_pet(world.user("mai"), name=f"Mèo{number:02d}")
        world.add_vaccination(cat, "Rabies", world.today() - timedelta(400), world.today() + timedelta(number))
    far = world.add_pet(world.user("mai"), name="Nếp")
    world.add_vaccination(far, "Tricat", world.today() - timedelta(200), world.today() + timedelta(59))
    world.add_vaccination(far, "Rabies", world.today() - timedelta(200), world.today() + timedelta(165))

    told = talk("mai").say("Nếp khi nào tiêm tiếp")

    assert told.index("Tricat") < told.index("Rabies")
    assert "Mèo" not in told


def test_birthdays_are_those_of_all_pets(talk: Callable[..., Talk], sandbox: SandboxServer) -> None:
    world = sandbox.world
    for number in range(30):
        world.add_pet(world.user("mai"), name=f"Mèo{number:02d}", birthday=f"2020-{world.today():%m}")
    world.add_pet(world.user("mai"), name="Nếp", birthday=f"{world.today() + timedelta(300):2020-%m-%d}")

    assert talk("mai").say("sinh nhật Nếp").startswith("Nếp: ")


def test_a_shot_that_a_later_one_replaced_is_listed_without_a_due_day(
    talk: Callable[..., Talk], sandbox: SandboxServer
) -> None:
    world = sandbox.world
    cat = world.add_pet(world.user("mai"), name="Nếp")
    past = world.today() - timedelta(400)
    world.add_vaccination(cat, "Rabies", past, past + timedelta(365), completed_at=world.timestamp())

    assert talk("mai").say("sổ tiêm của Nếp").endswith(f"Rabies: {past:%d/%m/%Y}")
