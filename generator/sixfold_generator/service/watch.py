"""Looks at the tree now and then, and runs the adopter as a process of its own when the tree has changed."""

from __future__ import annotations

import subprocess
import sys
import time
from typing import TYPE_CHECKING

import orjson

from sixfold_compiler.diagnostics import DiagnosticError
from sixfold_generator.adoption.source import signature
from sixfold_generator.state.attempt import Attempt, Problem
from sixfold_generator.state.clock import Instant
from sixfold_generator.state.folder import BusyError, State, read_attempt

if TYPE_CHECKING:
    from collections.abc import Callable

    from sixfold_generator.settings import Settings

__all__ = ["Watch"]

LONGEST = 600  # seconds that one adoption may take


class Watch:
    """One worker's watch. `problems` are those that the adopter could not leave in the state folder itself."""

    def __init__(self, settings: Settings, note: Callable[[str], None]) -> None:
        self._settings = settings
        self._note = note
        self._state = State(settings.state)
        self._tried = ("", 0.0)
        self._failed = Instant.now()
        self.looked: Instant | None = None
        self.problems: tuple[Problem, ...] = ()

    def forever(self) -> None:
        """Looks, sleeps, and looks again. Runs beside the requests of a worker."""
        while True:
            self.once()
            time.sleep(self._settings.poll_seconds)

    def once(self) -> None:
        """One look, and one adoption when there is a reason for it. Never raises."""
        try:
            fingerprint = signature(self._settings.tree)
        except DiagnosticError as error:
            self.problems = tuple(Problem(one.code, one.message, one.help) for one in error.diagnostics)
            return
        if not fingerprint.startswith("unreadable"):
            self.looked = Instant.now()
        if self.problems and self._mended():
            self.problems = ()
        reason = self._reason(fingerprint)
        if reason and not self._busy():
            self._tried = (fingerprint, time.monotonic())
            self._adopt(force=reason == "again")

    def _reason(self, fingerprint: str) -> str:
        """Why to run the adopter: the tree changed, the state is not whole, or it is time to try again; else empty."""
        tried, when = self._tried
        ours = tried == fingerprint and time.monotonic() - when < self._settings.retry_seconds
        attempt = read_attempt(self._state.attempt)
        if attempt is None or attempt.signature != fingerprint:
            return "" if ours else "changed"
        if not self._state.pointer_is_whole() and attempt.outcome in {"adopted", "unchanged"}:
            return "" if ours else "again"
        if attempt.outcome in {"refused", "failed"} and self._due(attempt):
            return "again"
        if self._settings.state_configmap and self._due(read_attempt(self._state.persisted)):
            return "" if ours else "persisted"  # a look at the ConfigMaps: is what is served still what is persisted?
        return ""

    def _mended(self) -> bool:
        """Whether another worker's adopter did well after ours had failed."""
        records = (read_attempt(self._state.attempt), read_attempt(self._state.persisted))
        return any(one is not None and one.outcome != "failed" and one.at.after(self._failed) for one in records)

    def _due(self, attempt: Attempt | None) -> bool:
        age = attempt.at.age() if attempt is not None else None
        return age is None or age >= self._settings.retry_seconds

    def _busy(self) -> bool:
        try:
            with self._state.lock(0):
                return False
        except BusyError:
            return True
        except OSError:
            return False  # the adopter will say what is wrong with the folder

    def _adopt(self, *, force: bool) -> None:
        command = [sys.executable, "-P", "-m", "sixfold_generator.adoption.run", "--tree", str(self._settings.tree)]
        command += ["--state", str(self._settings.state), *(["--force"] if force else [])]
        if self._settings.state_configmap:
            command += ["--configmap", self._settings.state_configmap]
            if self._settings.kubeconfig:
                command += ["--kubeconfig", str(self._settings.kubeconfig)]
        try:
            done = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
                stdout=subprocess.PIPE,
                timeout=LONGEST,
                check=False,
            )
            line = orjson.loads(done.stdout.splitlines()[-1]) if done.stdout.strip() else {}
            outcome = str(line.get("outcome", "failed"))
            problems = tuple(Problem(**one) for one in line.get("problems", ()))
        except (OSError, ValueError, TypeError, subprocess.SubprocessError):
            outcome, problems, done = "failed", (), None
        if outcome == "failed" and not problems:
            problems = (Problem("SF823", "the adopter died or took too long", "see the service's log"),)
        if done is not None and done.stdout and outcome != "known":
            sys.stdout.buffer.write(done.stdout)
            sys.stdout.buffer.flush()
        self.problems = problems if outcome == "failed" else ()
        self._failed = Instant.now()
        self._note(outcome)
