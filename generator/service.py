"""What one worker holds: its settings, tokens, view of the state, finished replies, metrics, log and watch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.adopted import Adopted
from generator.health import Health, Seen, health_of
from generator.live.file import read
from generator.live.watch import LiveWatch
from generator.logs import request_log
from generator.metrics import Metrics
from generator.replies import Replies
from generator.state import read_attempt
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
        """How the service is now. Reads the state, changes nothing."""
        settings, adopted, watch = self.settings, self.adopted, self.watch
        catalog = adopted.peek()  # before what it knows of damage
        attempt = read_attempt(adopted.state.attempt)
        since = attempt.at if attempt is not None and attempt.outcome == "adopted" else adopted.since
        seen = Seen(
            catalog=catalog,
            damage=adopted.damage,
            attempt=attempt,
            persisted=read_attempt(adopted.state.persisted) if settings.state_configmap else None,
            problems=watch.problems,
            age=since.age(),
            looked=watch.looked.age() if watch.looked is not None else None,
            live=read(settings.state) if settings.live else None,
        )
        return health_of(seen, settings.stale_seconds)
