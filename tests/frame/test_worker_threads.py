"""The threads that answer requests (`connector.serving.worker_threads`): who is asked, whose turn it is, who is left when they end."""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from connector.serving import worker_threads
from connector.serving.worker_threads import Threads
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
    work.until(lambda: len(work.began) == 2)
    work.finish("first")
    free(threads, 1)

    threads.shutdown()
    threads.give("third")
    work.finish("second")

    until = time.monotonic() + PATIENCE
    while any(thread.name.startswith("ending-") for thread in threading.enumerate()):
        assert time.monotonic() < until
        time.sleep(0.001)
    assert sorted(work.began) == ["first", "second"]


class Asking(Work):
    """Each task asks the main app, waits for its answer, and goes on with that until its end."""

    def __init__(self) -> None:
        super().__init__()
        self.goes_on: list[str] = []

    def __call__(self, task: str) -> None:
        with self._changed:
            self.began.append(task)
            self._changed.notify_all()
        assert self.gate(f"{task} asks").wait(PATIENCE)
        assert turns.wait(lambda _milliseconds: self.gate(f"{task} is answered").wait(PATIENCE), 1.0)
        with self._changed:
            self.goes_on.append(task)
            self._changed.notify_all()
        assert self.gate(task).wait(PATIENCE)
        with self._changed:
            self.done_by[task] = threading.current_thread().name
            self._changed.notify_all()

    def let(self, *gates: str) -> None:
        for gate in gates:
            self.gate(gate).set()


TASKS = ("first", "second", "third")


@pytest.fixture
def asking() -> Iterator[Asking]:
    asking = Asking()
    yield asking
    asking.let(*(gate for task in TASKS for gate in (f"{task} asks", f"{task} is answered", task)))


@pytest.fixture
def in_turn(asking: Asking, monkeypatch: pytest.MonkeyPatch) -> Iterator[Threads[str]]:
    monkeypatch.setattr(worker_threads, "LONGEST_TURN", PATIENCE)
    threads = Threads(4, "in turn", asking, at_once=1)
    yield threads
    threads.shutdown()


def a_moment(threads: Threads[str]) -> None:
    """For what must not happen."""
    time.sleep(0.05)
    threads.look()


def test_another_begins_when_one_waits_for_the_main_app(in_turn: Threads[str], asking: Asking) -> None:
    in_turn.give("first")
    in_turn.give("second")
    asking.until(lambda: asking.began == ["first"])
    a_moment(in_turn)
    assert in_turn.has_room()
    assert asking.began == ["first"]

    asking.let("first asks")

    asking.until(lambda: asking.began == ["first", "second"])


def test_who_has_the_answer_waits_for_a_turn_and_goes_before_what_has_not_begun(
    in_turn: Threads[str], asking: Asking
) -> None:
    for task in TASKS:
        in_turn.give(task)
    asking.let("first asks")
    asking.until(lambda: asking.began == ["first", "second"])

    asking.let("first is answered")
    a_moment(in_turn)
    assert asking.goes_on == []
    asking.let("second asks")

    asking.until(lambda: asking.goes_on == ["first"])
    a_moment(in_turn)
    assert asking.began == ["first", "second"]
    asking.finish("first")
    asking.until(lambda: asking.began == ["first", "second", "third"])


def test_another_begins_when_one_is_done_that_never_asked(
    in_turn: Threads[str], asking: Asking, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(in_turn, "_work", work)
    in_turn.give("first")
    in_turn.give("second")
    work.until(lambda: work.began == ["first"])

    work.finish("first")

    work.finish("second")
    assert work.began == ["first", "second"]


def test_nobody_waits_for_a_turn_that_lasts(
    in_turn: Threads[str], asking: Asking, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_turn.give("first")
    asking.let("first asks")
    in_turn.give("second")
    in_turn.give("third")
    asking.until(lambda: asking.began == ["first", "second"])

    monkeypatch.setattr(worker_threads, "LONGEST_TURN", 0.02)
    # Of the two that wait one has a thread and sees to it itself, the other is begun by whoever looks.
    asking.let("first is answered")
    asking.until(lambda: asking.goes_on == ["first"])
    time.sleep(0.03)
    in_turn.look()

    asking.until(lambda: asking.began == ["first", "second", "third"])


def test_where_many_wait_who_has_the_answer_waits_for_no_turn(
    in_turn: Threads[str], asking: Asking, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_turn.give("first")
    asking.let("first asks")
    in_turn.give("second")
    in_turn.give("third")
    asking.until(lambda: asking.began == ["first", "second"])

    monkeypatch.setattr(worker_threads, "FEW", 0)
    asking.let("first is answered")

    asking.until(lambda: asking.goes_on == ["first"])
    assert asking.began == ["first", "second"]


def test_who_has_no_turn_gives_up_none(in_turn: Threads[str], asking: Asking) -> None:
    in_turn.give("first")
    in_turn.give("second")
    asking.until(lambda: asking.began == ["first"])

    assert turns.wait(lambda milliseconds: milliseconds, 7.0) == 7.0

    a_moment(in_turn)
    assert asking.began == ["first"]


def test_a_turn_is_taken_again_where_waiting_fails(in_turn: Threads[str], work: Work, monkeypatch) -> None:
    def failing(task: str) -> None:
        def closed(_milliseconds: float) -> None:
            raise OSError

        with contextlib.suppress(OSError):
            turns.wait(closed, 1.0)
        work(task)

    monkeypatch.setattr(in_turn, "_work", failing)

    in_turn.give("first")
    work.until(lambda: work.began == ["first"])
    in_turn.give("second")

    a_moment(in_turn)
    assert work.began == ["first"]
    work.finish("first", "second")


def test_nothing_is_lost_or_done_twice_under_load() -> None:
    done: list[int] = []

    def ask(task: int) -> None:
        turns.wait(lambda milliseconds: time.sleep(milliseconds / 1000), 1.0 if task % 7 == 0 else 0.0)
        done.append(task)

    threads: Threads[int] = Threads(8, "loaded", ask)

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
