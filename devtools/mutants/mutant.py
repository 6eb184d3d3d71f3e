"""What a mutant is, and where they are collected."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Mutant:
    """One rule broken in one place: in `file` the text `old`, which stands there once, becomes `new`. One of `tests` (pytest's
    node ids) must fail for it."""

    name: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]

    def applied_to(self, text: str) -> str | None:
        """The file's text with the mutant in it; None where it is stale: `old` does not stand there exactly once."""
        return text.replace(self.old, self.new) if text.count(self.old) == 1 else None


ALL: list[Mutant] = []


class Mutants:
    """The mutants of one file."""

    def __init__(self, file: str) -> None:
        self._file = file

    def add(self, name: str, old: str, new: str, *tests: str) -> None:
        ALL.append(Mutant(name, self._file, old, new, tests))
