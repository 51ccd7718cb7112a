"""The parts of one worker: settings, tokens, served snapshot, reply cache, metrics, log and watches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sixfold_compiler.signing.sshsig import PublicKey
from sixfold_generator.live.file import read
from sixfold_generator.live.watch import LiveWatch
from sixfold_generator.plugin.reply_cache import ReplyCache
from sixfold_generator.plugin.tokens import Tokens
from sixfold_generator.service.health import Health, Observation, health_of
from sixfold_generator.service.logs import Log
from sixfold_generator.service.metrics import Metrics
from sixfold_generator.service.served import Served
from sixfold_generator.service.watch import Watch
from sixfold_generator.state.folder import read_attempt

if TYPE_CHECKING:
    from sixfold_generator.settings import Settings

__all__ = ["Service"]


class Service:
    """The parts of one worker, built once. Raises `DiagnosticError` (SF831) without a usable token."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.tokens = Tokens(settings.token_files)
        self.served = Served(settings.state)
        self.replies = ReplyCache(settings.cache_bytes)
        self.metrics = Metrics()
        self.log = Log()
        self.watch = Watch(settings, self.metrics.adoption)
        self._trusted = tuple(PublicKey.parse(line).fingerprint for line in settings.trusted_keys)
        self.live_watch = LiveWatch(settings)

    def health(self) -> Health:
        """Return the current health. Reads the state folder and changes nothing."""
        settings, served, watch = self.settings, self.served, self.watch
        catalog = served.peek()  # first: it updates the damage and the age
        attempt = read_attempt(served.state.attempt)
        since = attempt.at if attempt is not None and attempt.outcome == "adopted" else served.since
        seen = Observation(
            catalog=catalog,
            trusted=self._trusted,
            damage=served.damage,
            attempt=attempt,
            persisted=read_attempt(served.state.persisted) if settings.state_configmap else None,
            problems=watch.problems,
            age=since.age(),
            looked=watch.looked.age() if watch.looked is not None else None,
            live=read(settings.state) if settings.live else None,
        )
        return health_of(seen, settings.stale_seconds)
