"""Proof that the targets can fail: the code is broken in known ways, in a copy, and each target must find it."""

from __future__ import annotations

import shutil
import tempfile
from importlib import import_module
from pathlib import Path

from tests.fuzz.process import ROOT, fuzz, seeded

__all__ = ["broken", "copied"]

HEAD = "| target | what is broken | found after | executions | as |\n|---|---|---|---|---|"
PARTS = ("compiler", "generator", "lib", "tests")


def broken(names: list[str], seconds: float) -> int:
    """Break the code in every way that these targets name, each for an equal part of the time; 1 when one is not found."""
    faults = [(name, what, change) for name in names for what, change in import_module(f"tests.fuzz.{name}").FAULTS.items()]
    print(HEAD, flush=True)
    missed = 0
    for name, what, change in faults:
        with tempfile.TemporaryDirectory(prefix="sixfold-broken-") as scratch:
            folder = Path(scratch)
            copied(folder / "checkout", *change)
            (folder / "corpus").mkdir()
            done = fuzz(
                name, [folder / "corpus", seeded(name, folder / "seeds")], folder / "findings",
                seconds=max(10, seconds / len(faults)), at=folder / "checkout",
            )  # fmt: skip
        missed += not done.failed
        failure = done.failure.replace("|", "\\|")[:120] if done.failed else "not found"
        print(f"| {name} | {what} | {done.seconds:.1f} s | {done.executions:,} | {failure} |", flush=True)
    return int(missed > 0)


def copied(folder: Path, file: str, old: str, new: str) -> None:
    """A copy of this checkout's code in which one place of one file is written otherwise."""
    skip = shutil.ignore_patterns("__pycache__", "*.pyc")
    for part in PARTS:
        shutil.copytree(ROOT / part, folder / part, ignore=skip, symlinks=True)
    for part in ("examples", "environments"):
        (folder / part).symlink_to(ROOT / part)
    text = (folder / file).read_text()
    if text.count(old) != 1:
        raise LookupError(f"{file} has {old!r} {text.count(old)} times: the fault must be named anew")
    (folder / file).write_text(text.replace(old, new))
