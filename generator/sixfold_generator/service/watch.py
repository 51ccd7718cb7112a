"""The loop of a worker that checks the tree for changes, and runs the adopter as a process of its own."""

from __future__ import annotations

import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pydantic import TypeAdapter

from sixfold_compiler.diagnostics import DiagnosticError
from sixfold_generator.adoption.source import signature
from sixfold_generator.adoption.trust import Trust
from sixfold_generator.state.attempt import Attempt, Problem
from sixfold_generator.state.clock import Instant
from sixfold_generator.state.folder import BusyError, State, read_attempt

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sixfold_generator.settings import Settings

__all__ = ["Watch"]

LONGEST = 600  # seconds that one adoption may take


@dataclass(frozen=True, slots=True)
class _Line:
    """The last line that the adopter prints."""

    outcome: str
    problems: tuple[Problem, ...] = ()


_LINE = TypeAdapter(_Line)


class Watch:
    """One worker's loop. `problems` are those of the last run that the adopter could not record in the state folder.

    `note` is called with the outcome of each run of the adopter.
    """

    def __init__(self, settings: Settings, note: Callable[[str], None]) -> None:
        self._settings = settings
        self._note = note
        self._state = State(settings.state)
        self._mark = Trust.parse(settings.trusted_keys, settings.trusted_fleet, settings.trusted_repository).mark
        self._tried = ("", 0.0)
        self._failed = Instant.now()
        self.looked: Instant | None = None
        self.problems: tuple[Problem, ...] = ()

    def forever(self) -> None:
        """Check and sleep in turn, without end, beside the requests of a worker."""
        while True:
            self.once()
            time.sleep(self._settings.poll_seconds)

    def once(self) -> None:
        """Check the tree once, and adopt it where there is a reason to. Never raises."""
        try:
            fingerprint = signature(self._settings.tree, self._mark)
        except DiagnosticError as error:
            self.problems = tuple(
                Problem(diagnostic.code, diagnostic.message, diagnostic.help) for diagnostic in error.diagnostics
            )
            return
        if not fingerprint.startswith("unreadable"):
            self.looked = Instant.now()
        if self.problems and self._adopted_since():
            self.problems = ()
        if self._reason(fingerprint):
            with self._turn() as ours:
                reason = self._reason(fingerprint) if ours else ""  # another worker may have had the turn before
                if reason and not self._busy():
                    self._tried = (fingerprint, time.monotonic())
                    self._adopt(force=reason == "again")

    def _reason(self, fingerprint: str) -> str:
        """Return why to run the adopter: changed (the tree), again (a retry is due), seen, persisted; or nothing."""
        tried, when = self._tried
        ours = tried == fingerprint and time.monotonic() - when < self._settings.retry_seconds
        attempt = read_attempt(self._state.attempt)
        if attempt is None or attempt.signature != fingerprint:
            return "" if ours else "changed"
        if not self._state.has_valid_pointer() and attempt.outcome in {"adopted", "unchanged"}:
            return "" if ours else "again"
        if attempt.outcome in {"refused", "failed"} and self._due(attempt):
            return "again"
        if attempt.head and attempt.head == attempt.commit and attempt.seen < datetime.now(UTC).date().isoformat():
            return "" if ours else "seen"  # the adopter notes that the adopted commit is still there
        if self._settings.state_configmap and self._due(read_attempt(self._state.persisted)):
            return "" if ours else "persisted"  # compare the ConfigMaps with the state that is served
        return ""

    def _adopted_since(self) -> bool:
        """Return whether another worker has run the adopter successfully since our last failure."""
        records = (read_attempt(self._state.attempt), read_attempt(self._state.persisted))
        return any(
            record is not None and record.outcome != "failed" and record.at.after(self._failed) for record in records
        )

    def _due(self, attempt: Attempt | None) -> bool:
        age = attempt.at.age() if attempt is not None else None
        return age is None or age >= self._settings.retry_seconds

    @contextmanager
    def _turn(self) -> Iterator[bool]:
        """Yield whether no other worker runs an adopter: all of them see a change at the same time."""
        with ExitStack() as stack:
            try:
                stack.enter_context(self._state.turn())
            except BusyError:
                yield False
                return
            except OSError:
                pass  # the adopter reports the fault of the folder
            yield True

    def _busy(self) -> bool:
        try:
            with self._state.lock(0):
                return False
        except BusyError:
            return True
        except OSError:
            return False  # the adopter reports the fault of the folder

    def _adopt(self, *, force: bool) -> None:
        printed, line = self._run(self._command(force=force))
        if printed and line.outcome != "known":
            sys.stdout.buffer.write(printed)
            sys.stdout.buffer.flush()
        self.problems = line.problems if line.outcome == "failed" else ()
        self._failed = Instant.now()
        self._note(line.outcome)

    def _command(self, *, force: bool) -> list[str]:
        settings = self._settings
        # -P: the working folder may hold modules of anybody.
        command = [sys.executable, "-P", "-m", "sixfold_generator.adoption.run", "--tree", str(settings.tree)]
        command += ["--state", str(settings.state), *(["--force"] if force else [])]
        if settings.state_configmap:
            command += ["--configmap", settings.state_configmap]
            if settings.kubeconfig:
                command += ["--kubeconfig", str(settings.kubeconfig)]
        for line in settings.trusted_keys:
            command += ["--trusted-key", line]
        if settings.trusted_keys:
            command += ["--trusted-fleet", settings.trusted_fleet, "--trusted-repository", settings.trusted_repository]
        return command

    def _run(self, command: list[str]) -> tuple[bytes, _Line]:
        """Return the adopter's output and the outcome in its last line; failed where it printed no such line."""
        printed, line = b"", _Line("failed")
        try:
            done = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
                stdout=subprocess.PIPE,
                timeout=LONGEST,
                check=False,
            )
            if done.stdout.strip():
                line = _LINE.validate_json(done.stdout.splitlines()[-1])
                printed = done.stdout
        except (OSError, ValueError, subprocess.SubprocessError):
            pass
        if line.outcome == "failed" and not line.problems:
            died = Problem("SF823", "the adoption failed or took too long", "read the reason in the log of the service")
            line = _Line("failed", (died,))
        return printed, line
