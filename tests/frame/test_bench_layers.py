"""The layers that `make bench ARGS=--layers` times are where it says: a renamed method would be missing in silence until then."""

import pytest

from devtools.bench.layers import LAYERS, Clock, owner_of


@pytest.mark.parametrize("entry", LAYERS)
def test_a_layer_is_where_it_says(entry: str) -> None:
    owner, name = owner_of(entry)

    assert callable(getattr(owner, name))


def test_each_layer_is_charged_for_its_own_time_only(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr("devtools.bench.layers.time.thread_time", lambda: now)
    clock = Clock()

    def busy(seconds: float, *, fails: bool = False) -> None:
        nonlocal now
        now += seconds
        if fails:
            raise LookupError

    inner = clock.timed("inner", busy)

    def outer() -> None:
        busy(2)
        inner(5)
        with pytest.raises(LookupError):
            inner(1, fails=True)
        busy(1)

    clock.timed("outer", outer)()

    assert clock.seconds == {"inner": 6, "outer": 3}
