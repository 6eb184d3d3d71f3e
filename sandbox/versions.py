"""What each release of the main app can do, as far as a pet and health client can meet it (main-app.md §14)."""

from __future__ import annotations

from dataclasses import dataclass

CURRENT = "v1.18.5"
OLDEST = (1, 4, 1)  # the first release with the GPT bridge


@dataclass(frozen=True)
class Release:
    """Feature flags of one release: `release.duplicate_guard` is true since v1.18.1, and so on."""

    version: str

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

    @property
    def envelope_errors(self) -> bool:
        return self.since(1, 6, 0)

    @property
    def abilities_enforced(self) -> bool:
        return self.since(1, 6, 0)

    @property
    def generic_abilities(self) -> bool:
        """Whether the bridge's token holds create, read, update, delete."""
        return self.since(1, 6, 0)

    @property
    def quota(self) -> bool:
        return self.since(1, 6, 0)

    @property
    def quota_off_in_development(self) -> bool:
        return self.since(1, 10, 0)

    @property
    def storage_limit(self) -> bool:
        return self.since(1, 6, 0)

    @property
    def register_tells_about_mail(self) -> bool:
        return self.since(1, 6, 0)

    @property
    def wide_minute_limits(self) -> bool:
        return self.since(1, 8, 0)

    @property
    def health_summary(self) -> bool:
        return self.since(1, 11, 0)

    @property
    def unset_key_is_503(self) -> bool:
        return self.since(1, 11, 1)

    @property
    def idempotency(self) -> bool:
        return self.since(1, 15, 0)

    @property
    def idempotency_with_tokens(self) -> bool:
        return self.since(1, 18, 1)

    @property
    def base_version_on_health_updates(self) -> bool:
        return self.since(1, 15, 0)

    @property
    def base_version_everywhere(self) -> bool:
        return self.since(1, 18, 1)

    @property
    def guards(self) -> bool:
        """`expected_*`, required for tokens that hold health:write."""
        return self.since(1, 18, 1)

    @property
    def transferred_away_section(self) -> bool:
        return not self.since(1, 16, 3)

    @property
    def description_locale(self) -> bool:
        return self.since(1, 17, 0)

    @property
    def vaccination_photo_object(self) -> bool:
        return self.since(1, 17, 4)

    @property
    def image_sizes(self) -> bool:
        return self.since(1, 17, 4)

    @property
    def image_sources(self) -> bool:
        return self.since(1, 18, 0)

    @property
    def shared_sections(self) -> bool:
        return self.since(1, 18, 0)

    @property
    def all_permissions(self) -> bool:
        return self.since(1, 18, 0)

    @property
    def duplicate_guard(self) -> bool:
        return self.since(1, 18, 1)

    @property
    def deleted_status_refused(self) -> bool:
        return self.since(1, 18, 1)

    @property
    def category_matches_type(self) -> bool:
        return self.since(1, 18, 1)

    @property
    def abilities_on_optional_auth(self) -> bool:
        return self.since(1, 18, 1)

    @property
    def write_limits_per_route(self) -> bool:
        return self.since(1, 18, 1)

    @property
    def bearer_refused_on_confirm(self) -> bool:
        return self.since(1, 18, 1)

    @property
    def chip_finance_link(self) -> bool:
        return self.since(1, 18, 1)

    @property
    def overdue(self) -> bool:
        return self.since(1, 18, 2)

    @property
    def countries_without_login(self) -> bool:
        return self.since(1, 18, 5)
