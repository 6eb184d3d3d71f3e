"""The threads that answer requests (`connector.worker_threads`): who is asked, whose turn it is, who is left when they end."""

import threading
import time
from collections.abc import Callable, Iterator

import pytest

from connector import worker_threads
from connector.worker_threads import Threads
from mainapp import turns

PATIENCE = 10.0


class Work:
    """Tasks by name; each is held in its thread until it is let go."""

    def __init__(self) -> None:
        self.done_by: dict[str, str] = {}
        self.began: list[str] = []
        self._gates: dict[str, threading.Event] = {}
        self._changed = threading.Condition()

    def __call__(self, task: str) -> None:
        with self._changed:
            self.began.append(task)
            self._changed.notify_all()
        assert self.gate(task).wait(PATIENCE)
        with self._changed:
            self.done_by[task] = threading.current_thread().name
            self._changed.notify_all()

    def gate(self, task: str) -> threading.Event:
        return self._gates.setdefault(task, threading.Event())

    def finish(self, *tasks: str) -> None:
        for task in tasks:
            self.gate(task).set()
            self.until(lambda task=task: task in self.done_by)  # type: ignore[misc]

    def until(self, condition: Callable[[], bool]) -> None:
        with self._changed:
            assert self._changed.wait_for(condition, PATIENCE)


@pytest.fixture
def work() -> Work:
    return Work()


@pytest.fixture
def threads(work: Work) -> Iterator[Threads[str]]:
    threads = Threads(2, "tested", work)
    yield threads
    threads.shutdown()


def free(threads: Threads[str], count: int) -> None:
    """Wait until so many threads rest."""
    until = time.monotonic() + PATIENCE
    while len(threads._free) != count:
        assert time.monotonic() < until
        time.sleep(0.001)


def test_the_one_that_became_free_last_is_asked_first(threads: Threads[str], work: Work) -> None:
    threads.give("first")
    threads.give("second")
    work.finish("second")
    free(threads, 1)
    work.finish("first")
    free(threads, 2)

    threads.give("third")
    work.finish("third")

    assert work.done_by["third"] == work.done_by["first"] != work.done_by["second"]


def test_no_thread_is_started_while_one_rests(threads: Threads[str], work: Work) -> None:
    for task in ("first", "second", "third"):
        threads.give(task)
        work.finish(task)
        free(threads, 1)

    assert set(work.done_by.values()) == {"tested-1"}


def test_what_finds_none_waits_in_the_order_of_its_coming(threads: Threads[str], work: Work) -> None:
    before = time.monotonic()
    for task in ("first", "second", "third", "fourth"):
        threads.give(task)
    work.until(lambda: len(work.began) == 2)

    since = threads.waiting_since()
    assert since is not None
    assert before <= since <= time.monotonic()
    work.finish("first")
    work.until(lambda: work.began[2:] == ["third"])
    work.finish("second", "third", "fourth")
    free(threads, 2)
    assert work.began[2:] == ["third", "fourth"]
    assert threads.waiting_since() is None


def test_what_waits_can_be_taken_back_once(threads: Threads[str], work: Work) -> None:
    for task in ("first", "second", "third"):
        threads.give(task)

    assert threads.take_back() == "third"
    assert threads.take_back() is None
    work.finish("first", "second")
    free(threads, 2)
    assert "third" not in work.began


def test_there_is_room_while_one_rests_or_can_be_started(threads: Threads[str], work: Work) -> None:
    rooms = [threads.has_room()]
    for task in ("first", "second"):
        threads.give(task)
        rooms.append(threads.has_room())
    work.finish("first")
    free(threads, 1)
    rooms.append(threads.has_room())
    work.finish("second")

    assert rooms == [True, True, False, True]


def test_each_is_prepared_before_its_first_task() -> None:
    prepared: list[str] = []
    work = Work()
    threads = Threads(2, "tested", work, prepare=lambda: prepared.append(threading.current_thread().name))
    threads.give("first")
    work.finish("first")
    threads.shutdown()

    assert prepared == [work.done_by["first"]]


def test_they_end_when_they_are_free_and_take_nothing_more(work: Work) -> None:
    threads = Threads(2, "ending", work)
    for task in ("first", "second"):
        threads.give(task)
    work.finish("first")
    free(threads, 1)

    threads.shutdown()
    threads.give("third")
    work.finish("second")

    until = time.monotonic() + PATIENCE
    while any(thread.name.startswith("ending-") for thread in threading.enumerate()):
        assert time.monotonic() < until
        time.sleep(0.001)
    assert work.began == ["first", "second"]


class Asking(Work):
    """Each task waits for the main app, then for its end."""

    def __call__(self, task: str) -> None:
        with self._changed:
            self.began.append(task)
            self._changed.notify_all()
        assert self.gate(f"{task} is asked").wait(PATIENCE)
        turns.pass_on()
        turns.pass_on()
        super().__call__(f"{task} is answered")


@pytest.fixture
def asking() -> Asking:
    return Asking()


@pytest.fixture
def in_turn(asking: Asking, monkeypatch: pytest.MonkeyPatch) -> Iterator[Threads[str]]:
    monkeypatch.setattr(worker_threads, "SECONDS_BETWEEN", PATIENCE)
    threads = Threads(4, "in turn", asking, at_once=2)
    yield threads
    threads.shutdown()


def test_another_begins_when_one_waits_for_the_main_app(in_turn: Threads[str], asking: Asking) -> None:
    for task in ("first", "second", "third", "fourth"):
        in_turn.give(task)
    asking.until(lambda: len(asking.began) == 2)
    in_turn.look()
    assert in_turn.has_room()
    assert sorted(asking.began) == ["first", "second"]

    asking.gate("second is asked").set()

    asking.until(lambda: "third" in asking.began)
    assert "fourth" not in asking.began
    for task in ("first", "third", "fourth"):
        asking.gate(f"{task} is asked").set()
    asking.finish(*(f"{task} is answered" for task in ("first", "second", "third", "fourth")))


def test_another_begins_when_one_is_done_that_never_asked(
    in_turn: Threads[str], asking: Asking, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(in_turn, "_work", work)
    for task in ("first", "second", "third"):
        in_turn.give(task)
    work.until(lambda: len(work.began) == 2)

    work.finish("first")

    work.until(lambda: "third" in work.began)
    work.finish("second", "third")


def test_nobody_waits_for_a_turn_when_none_begins(
    in_turn: Threads[str], asking: Asking, monkeypatch: pytest.MonkeyPatch
) -> None:
    for task in ("first", "second", "third", "fourth"):
        in_turn.give(task)
    asking.until(lambda: len(asking.began) == 2)

    monkeypatch.setattr(worker_threads, "SECONDS_BETWEEN", 0.05)
    time.sleep(0.06)
    in_turn.look()

    asking.until(lambda: "third" in asking.began)
    assert "fourth" not in asking.began
    for task in ("first", "second", "third", "fourth"):
        asking.gate(f"{task} is asked").set()
    asking.finish(*(f"{task} is answered" for task in ("first", "second", "third", "fourth")))


def test_who_has_no_turn_gives_up_none(in_turn: Threads[str], asking: Asking) -> None:
    in_turn.give("first")
    asking.until(lambda: asking.began == ["first"])

    turns.pass_on()

    assert in_turn._turns == 1
    asking.gate("first is asked").set()
    asking.finish("first is answered")


def test_nothing_is_lost_or_done_twice_under_load() -> None:
    done: list[int] = []
    threads: Threads[int] = Threads(8, "loaded", done.append)

    def give(start: int) -> None:
        for each in range(2000):
            threads.give(start + each)

    givers = [threading.Thread(target=give, args=(start,)) for start in (0, 10_000, 20_000)]
    for giver in givers:
        giver.start()
    for giver in givers:
        giver.join()
    until = time.monotonic() + PATIENCE
    while len(done) < 6000:
        assert time.monotonic() < until
        time.sleep(0.001)
    threads.shutdown()

    assert sorted(done) == [start + each for start in (0, 10_000, 20_000) for each in range(2000)]
