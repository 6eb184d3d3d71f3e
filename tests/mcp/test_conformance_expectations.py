"""What `make conformance` lets pass: exactly the failures that are listed, for the reason that is listed."""

from devtools.conformance.expected import Check, Expected, complaints, read

KEY = "2026-07-28 prompts-list prompts-list"
KNOWN = {KEY: Expected(KEY, "Prompts are not offered.", "Method not found")}


def test_an_expected_failure_passes() -> None:
    assert complaints([Check(KEY, fine=False, message="Failed: method not found")], KNOWN) == []


def test_a_new_failure_does_not() -> None:
    new = Check("2026-07-28 tools-list tools-list", fine=False, message="no tools")
    (told,) = complaints([new, Check(KEY, fine=False, message="Method not found")], KNOWN)
    assert "tools-list" in told
    assert "no tools" in told


def test_an_expected_failure_for_another_reason_does_not() -> None:
    (told,) = complaints([Check(KEY, fine=False, message="HTTP 500")], KNOWN)
    assert "another reason" in told


def test_an_expected_failure_that_passes_or_is_gone_does_not() -> None:
    assert len(complaints([Check(KEY, fine=True)], KNOWN)) == 1
    assert len(complaints([], KNOWN)) == 1


def test_every_entry_has_its_reason_and_a_revision() -> None:
    known, left_out = read()
    assert known
    assert all(one.because for one in known.values())
    assert {key.split()[0] for key in known} == {"2026-07-28", "2025-11-25"}
    assert all(left_out.values())
