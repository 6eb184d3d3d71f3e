"""The layers that `make bench ARGS=--layers` times are where it says: a renamed method would be missing in silence until then."""

import time

import pytest

from bench.layers import LAYERS, Clock, owner_of


@pytest.mark.parametrize("entry", LAYERS)
def test_a_layer_is_where_it_says(entry: str) -> None:
    owner, name = owner_of(entry)

    assert callable(getattr(owner, name))


def test_each_layer_is_charged_for_its_own_time_only() -> None:
    clock = Clock()

    def busy(seconds: float) -> None:
        until = time.thread_time() + seconds
        while time.thread_time() < until:
            pass

    inner = clock.timed("inner", busy)

    def outer() -> None:
        busy(0.02)
        inner(0.05)
        with pytest.raises(TypeError):
            inner()

    clock.timed("outer", outer)()

    assert 0.05 <= clock.seconds["inner"] < 0.06
    assert 0.02 <= clock.seconds["outer"] < 0.03
