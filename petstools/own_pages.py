"""Where on Meo Mai Moi's own pages a person does what no tool here does (docs/decisions/meaning.md, rule 23)."""

from django.conf import settings


def account() -> str:
    """Name, e-mail address, password, storage; a new verification mail for an account whose address is not verified."""
    return f"{settings.MAIN_APP_URL}/settings/account"


def pet(pet_id: int | str) -> str:
    """A pet's page: its people (sharing), photos, city, habits."""
    return f"{settings.MAIN_APP_URL}/pets/{pet_id}"


def public(pet_id: int | str) -> str:
    """The page of a lost pet that finders see, without signing in."""
    return f"{pet(pet_id)}/view"
