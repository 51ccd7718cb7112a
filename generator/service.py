"""What one worker holds: its settings, tokens, view of the state, finished replies, metrics, log and watch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.adopted import Adopted
from generator.health import Health, look
from generator.live.record import read
from generator.live.watch import LiveWatch
from generator.logs import request_log
from generator.metrics import Metrics
from generator.replies import Replies
from generator.tokens import Tokens
from generator.watch import Watch

if TYPE_CHECKING:
    from generator.settings import Settings

__all__ = ["Service"]


class Service:
    """The parts, built once for each worker. Raises `DiagnosticError` when there is no usable token."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.tokens = Tokens(settings.token_files)
        self.adopted = Adopted(settings.state)
        self.replies = Replies(settings.cache_bytes)
        self.metrics = Metrics()
        self.log = request_log()
        self.watch = Watch(settings, self.metrics.adoption)
        self.live_watch = LiveWatch(settings)

    def health(self) -> Health:
        """How the service is now."""
        settings = self.settings
        live = read(settings.state) if settings.live else None
        return look(
            self.adopted, self.watch, settings.stale_seconds, mirrored=bool(settings.state_configmap), live=live
        )
