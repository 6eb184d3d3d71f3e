"""`make test-fast` leaves out by name."""

from tests.run import FAST, LONG, ROOT


def test_what_it_leaves_out_is_there_and_nothing_else_is_named() -> None:
    assert [room for room in FAST if not (ROOT / "tests" / room).is_dir()] == []
    assert [file for file in LONG if not (ROOT / "tests" / file).is_file() or file.split("/")[0] not in FAST] == []
    assert len(set(LONG)) == len(LONG)
