"""Looks at the tree now and then, and runs the adopter as a process of its own when the tree has changed."""

from __future__ import annotations

import subprocess
import sys
import time
from typing import TYPE_CHECKING

import orjson

from compiler.diagnostics import DiagnosticError
from generator.attempt import Attempt, Problem
from generator.clock import Instant
from generator.source import signature
from generator.state import BusyError, State

if TYPE_CHECKING:
    from collections.abc import Callable

    from generator.settings import Settings

__all__ = ["Watch"]

LONGEST = 600  # seconds that one adoption may take


class Watch:
    """One worker's watch. `problems` are those that the adopter could not leave in the state folder itself."""

    def __init__(self, settings: Settings, note: Callable[[str], None]) -> None:
        self._settings = settings
        self._note = note
        self._state = State(settings.state)
        self._tried = ("", 0.0)
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
        reason = self._reason(fingerprint)
        if reason and not self._busy():
            self._tried = (fingerprint, time.monotonic())
            self._adopt(force=reason == "again")

    def _reason(self, fingerprint: str) -> str:
        """Why to run the adopter: the tree changed, the state is not whole, or it is time to try again; else empty."""
        tried, when = self._tried
        ours = tried == fingerprint and time.monotonic() - when < self._settings.retry_seconds
        attempt = Attempt.read(self._state.attempt)
        if attempt is None or attempt.signature != fingerprint:
            return "" if ours else "changed"
        if not self._state.pointer_is_whole() and attempt.outcome in {"adopted", "unchanged"}:
            return "" if ours else "again"
        if attempt.outcome in {"refused", "failed"}:
            age = attempt.at.age()
            return "again" if age is None or age >= self._settings.retry_seconds else ""
        return ""

    def _busy(self) -> bool:
        try:
            with self._state.lock(0):
                return False
        except BusyError:
            return True
        except OSError:
            return False  # the adopter will say what is wrong with the folder

    def _adopt(self, *, force: bool) -> None:
        command = [sys.executable, "-m", "generator.adopt", "--tree", str(self._settings.tree)]
        command += ["--state", str(self._settings.state), *(["--force"] if force else [])]
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
        self._note(outcome)
