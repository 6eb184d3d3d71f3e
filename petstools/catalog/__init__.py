"""Every tool there is: its name, its function, and the words by which a model chooses it (300 characters at most each)."""

from petstools.catalog import (
    account,
    files,
    medical_records,
    microchips,
    overview,
    pet_profile,
    pets,
    record_many,
    vaccinations,
    weights,
)
from petstools.tools.registry import Tool

TOOLS: tuple[Tool, ...] = tuple(
    value
    for module in (
        account,
        files,
        medical_records,
        microchips,
        overview,
        pet_profile,
        pets,
        record_many,
        vaccinations,
        weights,
    )
    for value in vars(module).values()
    if isinstance(value, Tool)
)
