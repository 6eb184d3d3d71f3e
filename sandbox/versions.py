"""What each release of the main app can do, as far as a pet and health client can meet it (main-app.md §14)."""

from __future__ import annotations

from dataclasses import dataclass

CURRENT = "v1.18.5"
OLDEST = (1, 4, 1)  # the first release with the GPT bridge


class Since:
    """A flag of a release: true from this version on."""

    def __init__(self, *number: int) -> None:
        self.number = number

    def __get__(self, release: Release, owner: type[Release]) -> bool:
        return release.since(*self.number)


class Before(Since):
    """True until this version."""

    def __get__(self, release: Release, owner: type[Release]) -> bool:
        return not release.since(*self.number)


@dataclass(frozen=True)
class Release:
    """Feature flags of one release: `release.duplicate_guard` is true since v1.18.1, and so on."""

    version: str

    envelope_errors = Since(1, 6, 0)
    abilities_enforced = Since(1, 6, 0)
    generic_abilities = Since(1, 6, 0)  # whether the bridge's token holds create, read, update, delete
    quota = Since(1, 6, 0)
    quota_off_in_development = Since(1, 10, 0)
    storage_limit = Since(1, 6, 0)
    register_tells_about_mail = Since(1, 6, 0)
    wide_minute_limits = Since(1, 8, 0)
    health_summary = Since(1, 11, 0)
    unset_key_is_503 = Since(1, 11, 1)
    idempotency = Since(1, 15, 0)
    idempotency_with_tokens = Since(1, 18, 1)
    base_version_on_health_updates = Since(1, 15, 0)
    base_version_everywhere = Since(1, 18, 1)
    guards = Since(1, 18, 1)  # `expected_*`, required for tokens that hold health:write
    transferred_away_section = Before(1, 16, 3)
    description_locale = Since(1, 17, 0)
    vaccination_photo_object = Since(1, 17, 4)
    image_sizes = Since(1, 17, 4)
    image_sources = Since(1, 18, 0)
    shared_sections = Since(1, 18, 0)
    all_permissions = Since(1, 18, 0)
    duplicate_guard = Since(1, 18, 1)
    deleted_status_refused = Since(1, 18, 1)
    category_matches_type = Since(1, 18, 1)
    abilities_on_optional_auth = Since(1, 18, 1)
    write_limits_per_route = Since(1, 18, 1)
    bearer_refused_on_confirm = Since(1, 18, 1)
    chip_finance_link = Since(1, 18, 1)
    overdue = Since(1, 18, 2)
    countries_without_login = Since(1, 18, 5)

    def __post_init__(self) -> None:
        if self._number < OLDEST:
            raise ValueError(f"{self.version} has no GPT bridge; the oldest version that does is v1.4.1.")

    @property
    def _number(self) -> tuple[int, ...]:
        digits = self.version.removeprefix("v").split(".")
        if len(digits) != 3 or not all(part.isdigit() for part in digits):
            raise ValueError(f"{self.version!r} is not a version of the main app; write it like v1.18.5.")
        return tuple(int(part) for part in digits)

    def since(self, *number: int) -> bool:
        return self._number >= number
