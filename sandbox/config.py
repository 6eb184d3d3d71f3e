"""How this stand-in is set up: the main app's own environment variables, so to speak."""

from __future__ import annotations

from dataclasses import dataclass, field

from .faults import Faults
from .requestlog import RequestLog
from .versions import Release
from .world import World


@dataclass
class MainApp:
    """One running stand-in: its settings, its state, its faults. Views reach it through their call."""

    world: World
    release: Release
    api_key: str = field(repr=False)
    connector_url: str
    environment: str = "production"  # or development: wider throttles, no daily quota (main-app.md §2)
    url: str = ""
    faults: Faults = field(default_factory=Faults)
    requests: RequestLog = field(default_factory=RequestLog)

    @property
    def hmac_secret(self) -> str:
        return self.world.hmac_secret

    @hmac_secret.setter
    def hmac_secret(self, secret: str) -> None:
        self.world.hmac_secret = secret

    @property
    def is_production(self) -> bool:
        return self.environment == "production"
