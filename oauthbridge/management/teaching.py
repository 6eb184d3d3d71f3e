"""What our commands share: help that teaches (examples below the options), a progress bar where somebody watches."""

from argparse import ArgumentTypeError, RawDescriptionHelpFormatter
from collections.abc import Iterable, Iterator
from typing import Any, ClassVar, TypeVar

from django.core.management.base import BaseCommand, CommandError
from django.db import Error
from rich.console import Console
from rich.progress import track

T = TypeVar("T")


class TeachingCommand(BaseCommand):
    """A command whose `--help` ends in `examples`."""

    examples: ClassVar[str] = ""

    def execute(self, *args: Any, **options: Any) -> str | None:
        try:
            return super().execute(*args, **options)
        except Error as error:
            # Its text may hold the server's name and a row's values; ops need neither here.
            raise CommandError(
                f"The database can't be used ({type(error).__name__}). Is it running, and is it migrated (manage.py migrate)?"
            ) from None

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> Any:
        return super().create_parser(
            prog_name, subcommand, epilog=self.examples, formatter_class=RawDescriptionHelpFormatter, **kwargs
        )


def at_least_one(value: str) -> int:
    """An argument's type: a whole number from 1 to 100,000. Zero or less would turn "idle for so long" into "everybody"."""
    if not value.isdecimal() or not 1 <= int(value) <= 100_000:
        raise ArgumentTypeError(f"{value!r} is not a whole number from 1 to 100000")
    return int(value)


def watched(items: Iterable[T], *, description: str, total: int | None = None, quiet: bool = False) -> Iterator[T]:
    """`items`, with a progress bar on standard error when that is a terminal."""
    console = Console(stderr=True)
    if quiet or not console.is_terminal:
        yield from items
        return
    yield from track(items, description=description, total=total, console=console)
