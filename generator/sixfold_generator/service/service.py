"""What one worker holds: its settings, tokens, view of the state, finished replies, metrics, log and watch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sixfold_generator.live.file import read
from sixfold_generator.live.watch import LiveWatch
from sixfold_generator.plugin.reply_cache import Replies
from sixfold_generator.plugin.tokens import Tokens
from sixfold_generator.service.health import Health, Seen, health_of
from sixfold_generator.service.logs import Log
from sixfold_generator.service.metrics import Metrics
from sixfold_generator.service.served import Adopted
from sixfold_generator.service.watch import Watch
from sixfold_generator.state.folder import read_attempt

if TYPE_CHECKING:
    from sixfold_generator.settings import Settings

__all__ = ["Service"]


class Service:
    """The parts, built once for each worker. Raises `DiagnosticError` when there is no usable token."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.tokens = Tokens(settings.token_files)
        self.adopted = Adopted(settings.state)
        self.replies = Replies(settings.cache_bytes)
        self.metrics = Metrics()
        self.log = Log()
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
