"""Run one adoption, from the tree on disk to the adopted state.

`python -m sixfold_generator.adoption.run --tree … --state …` runs it.

Workers start it as a short-lived process, so that no request waits for it. It prints one JSON line.
Exit codes: 0 adopted, or nothing to do; 1 the tree was rejected (the adopted state is served as before); 2 failed.
"""

from __future__ import annotations

import argparse
import os
import sys
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import orjson
from dulwich.errors import ApplyDeltaError, ChecksumMismatch

from sixfold_compiler.diagnostics import Diagnostic, DiagnosticError
from sixfold_compiler.files.atomic import nothing
from sixfold_generator.adoption.decide import adopt
from sixfold_generator.adoption.history import extended, only_forward
from sixfold_generator.adoption.read_tree import ANYBODY, read_tree
from sixfold_generator.adoption.skipped import Days, skipped_trees
from sixfold_generator.adoption.source import open_source, signature
from sixfold_generator.adoption.trust import Trust
from sixfold_generator.state.attempt import Attempt, Problem
from sixfold_generator.state.clock import Instant
from sixfold_generator.state.folder import BusyError, LostRaceError, read_attempt
from sixfold_generator.state.snapshot import DamagedError
from sixfold_generator.state.store import Store, open_store

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sixfold_compiler.files.atomic import Checkpoint
    from sixfold_generator.state.snapshot import Snapshot

__all__ = ["Result", "main", "run"]

RACES = 3  # that one run may lose to another adopter
EXITS = {"adopted": 0, "unchanged": 0, "refused": 1, "failed": 2}


@dataclass(frozen=True, slots=True)
class Result:
    """The result of one run. The outcome `known` is a tree that was tried before and has not changed since."""

    outcome: str
    attempt: Attempt | None
    problems: tuple[Problem, ...] = ()


def run(
    tree: Path,
    state: Path,
    *,
    today: date,
    force: bool = False,
    wait: float = 60.0,
    configmap: str = "",
    kubeconfig: Path | None = None,
    trust: Trust = ANYBODY,
    checkpoint: Checkpoint = nothing,
) -> Result:
    """Adopt a tree, unless the same version of it was tried before. A bad tree gives a result, never an exception.

    Args:
        tree: The folder of the tree, or a link to it.
        state: The folder of the adopted state.
        today: The day in UTC.
        force: Try a version again that was tried before.
        wait: Seconds to wait for another adopter.
        configmap: `NAMESPACE/NAME` of the ConfigMap in which the state is persisted; empty for the folder alone.
        kubeconfig: The login for it; None for the service account of the pod.
        trust: The keys of which one must have signed the tree; without keys, none.
        checkpoint: Called with each named point (`sixfold_compiler.files.atomic`).
    """
    store = open_store(state, configmap, kubeconfig, checkpoint)
    try:
        with store.lock(wait):
            for _ in range(RACES):
                with suppress(LostRaceError):  # the next try is judged against what the other adopter has adopted
                    return _locked(store, tree, today, trust, force=force)
            return _broken(
                Diagnostic(
                    "SF846",
                    f"another generator changed the adopted state {RACES} times during the adoption",
                    help="stop the second generator, or give its state another name",
                )
            )
    except BusyError:
        return _broken(
            Diagnostic("SF822", "another adoption is running", help="wait until it ends: the adoption is tried again")
        )
    except DiagnosticError as error:  # of the store: those of the tree are caught where it is read
        return _broken(error.diagnostics[0])
    except OSError as error:
        reason = error.strerror or type(error).__name__
        return _broken(
            Diagnostic(
                "SF821",
                f"the state folder cannot be written: {reason.lower()}",
                help="check the space, mount and permissions of the volume; the adopted state is still served",
            )
        )


def _locked(store: Store, tree: Path, today: date, trust: Trust, *, force: bool) -> Result:
    """Adopt a tree while the lock of the state is held."""
    store.sweep()
    fingerprint = signature(tree, trust.mark)
    before = read_attempt(store.attempt)
    try:
        pointed = store.read()
    except DamagedError:
        pointed = None
    if not force and pointed is not None and before is not None and before.signature == fingerprint:
        return Result("known", _seen_again(store, before, today))
    try:
        adopted = pointed or store.recover()
    except DamagedError as error:
        return _recorded(store, fingerprint, "failed", "", [_damaged(error)])
    try:
        with closing(open_source(tree)) as source:
            commit = source.commit
            only_forward(adopted, commit)
            read, inventory = read_tree(source, trust)
            days = Days(_last_seen(before, adopted) or today, today)
            skipped = skipped_trees(source, adopted.commit, days, trust) if adopted and adopted.commit else []
            day = days.of(source.seconds) if commit else today
        adoption = adopt(adopted, read, inventory.tombstones, inventory.deletions, day, skipped)
    except DiagnosticError as error:
        return _recorded(store, fingerprint, "refused", "", error.diagnostics, before)
    except (OSError, KeyError, ApplyDeltaError, ChecksumMismatch) as error:  # dulwich's errors for a broken repository
        return _recorded(store, fingerprint, "refused", "", [_unreadable(error)], before)
    outcome = "unchanged"
    snapshot = replace(adoption.snapshot, superseded=extended(adopted, commit))
    if pointed is None or replace(snapshot, sequence=pointed.sequence) != pointed:
        store.write(snapshot)
        outcome = "adopted"
    last = Attempt("", outcome, commit, (), Instant.now(), commit, today.isoformat()) if commit else None
    return _recorded(store, fingerprint, outcome, commit, adoption.diagnostics, last)


def _recorded(
    store: Store,
    fingerprint: str,
    outcome: str,
    commit: str,
    diagnostics: Sequence[Diagnostic],
    last: Attempt | None = None,
) -> Result:
    """Record an attempt. `last` knows when the adopted commit was seen."""
    problems = tuple(Problem(item.code, item.message, item.help) for item in diagnostics)
    head, seen = (last.head, last.seen) if last is not None else ("", "")
    attempt = Attempt(fingerprint, outcome, commit, problems, Instant.now(), head, seen)
    store.note(attempt.encode())
    return Result(outcome, attempt, problems)


def _seen_again(store: Store, attempt: Attempt, today: date) -> Attempt:
    """Note that the adopted commit is still the present one, once a day."""
    if not attempt.commit or attempt.head != attempt.commit or attempt.seen == today.isoformat():
        return attempt
    again = replace(attempt, seen=today.isoformat())
    store.note(again.encode())
    return again


def _last_seen(attempt: Attempt | None, adopted: Snapshot | None) -> date | None:
    """Return the last day on which the adopted commit was the present one; None if that is unknown."""
    if attempt is None or adopted is None or attempt.head != adopted.commit:
        return None
    try:
        return date.fromisoformat(attempt.seen)
    except ValueError:
        return None


def _broken(diagnostic: Diagnostic) -> Result:
    return Result("failed", None, (Problem(diagnostic.code, diagnostic.message, diagnostic.help),))


def _unreadable(error: Exception) -> Diagnostic:
    return Diagnostic(
        "SF801",
        f"the tree or its repository cannot be read ({type(error).__name__})",
        help="check the source of the tree (git-sync, the volume); the adopted state is still served",
    )


def _damaged(error: DamagedError) -> Diagnostic:
    return Diagnostic(
        "SF820",
        f"the adopted state is damaged: {error}",
        help="restore the state (folder or ConfigMaps) from a backup, "
        "or empty it: then nothing guards the next adoption against deletions",
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command, print one line of JSON, and return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m sixfold_generator.adoption.run",
        description="Read a tree, judge its deletions, and adopt it or keep the adopted state.",
    )
    parser.add_argument("--tree", type=Path, required=True, help="folder of the overlay tree, or a link to it")
    parser.add_argument("--state", type=Path, required=True, help="folder of the adopted state")
    parser.add_argument("--force", action="store_true", help="adopt again a version that was tried before")
    parser.add_argument(
        "--configmap",
        default="",
        metavar="NAMESPACE/NAME",
        help="ConfigMap in which the state is persisted; default: the folder alone",
    )
    parser.add_argument(
        "--kubeconfig", type=Path, help="kubeconfig for the ConfigMap; default: the service account of the pod"
    )
    parser.add_argument(
        "--trusted-key",
        action="append",
        default=[],
        metavar="LINE",
        help="public key that signs trees, as in a .pub file; default: every tree is adopted",
    )
    parser.add_argument("--trusted-fleet", default="", metavar="NAME", help="fleet that the keys sign for")
    parser.add_argument("--trusted-repository", default="", metavar="URL", help="repository that the keys sign for")
    options = parser.parse_args(arguments)
    today = datetime.now(UTC).date()
    result = run(
        options.tree,
        options.state,
        today=today,
        force=options.force,
        configmap=options.configmap,
        kubeconfig=options.kubeconfig,
        trust=Trust.parse(options.trusted_key, options.trusted_fleet, options.trusted_repository),
    )
    line = {"event": "adoption", "outcome": result.outcome, "problems": result.problems}
    if result.attempt is not None:
        line["commit"] = result.attempt.commit
    _print(orjson.dumps(line) + b"\n")
    return EXITS[result.attempt.outcome if result.attempt is not None else result.outcome]


def _print(line: bytes) -> None:
    """Write to standard output, and ignore a closed pipe: the reader may be killed, and the adoption is stored."""
    try:
        sys.stdout.buffer.write(line)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the end of the process must not write again


if __name__ == "__main__":
    sys.exit(main())
