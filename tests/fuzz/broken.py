"""Proof that the targets can fail: known faults in a copy of the code, each of which its target must find."""

from __future__ import annotations

import shutil
import tempfile
from importlib import import_module
from pathlib import Path

from tests.fuzz.process import ROOT, fuzz, seeded

__all__ = ["copy_with_fault", "find_faults"]

HEAD = "| target | fault | found after | executions | failure |\n|---|---|---|---|---|"
PARTS = ("compiler", "generator", "lib", "tests")


def find_faults(names: list[str], seconds: float) -> int:
    """Fuzz each fault of these targets for an equal part of the time, and return 1 if one is not found."""
    faults = [
        (name, what, change) for name in names for what, change in import_module(f"tests.fuzz.{name}").FAULTS.items()
    ]
    print(HEAD, flush=True)
    missed = 0
    for name, what, change in faults:
        with tempfile.TemporaryDirectory(prefix="sixfold-broken-") as scratch:
            folder = Path(scratch)
            copy_with_fault(folder / "checkout", *change)
            (folder / "corpus").mkdir()
            result = fuzz(
                name, [folder / "corpus", seeded(name, folder / "seeds")], folder / "findings",
                seconds=max(10, seconds / len(faults)), checkout=folder / "checkout",
            )  # fmt: skip
        missed += not result.failed
        failure = result.failure.replace("|", "\\|")[:120] if result.failed else "not found"
        print(f"| {name} | {what} | {result.seconds:.1f} s | {result.executions:,} | {failure} |", flush=True)
    return int(missed > 0)


def copy_with_fault(folder: Path, file: str, old: str, new: str) -> None:
    """Copy the code of this checkout into a folder, with one replacement in one file."""
    skip = shutil.ignore_patterns("__pycache__", "*.pyc")
    for part in PARTS:
        shutil.copytree(ROOT / part, folder / part, ignore=skip, symlinks=True)
    for part in ("examples", "environments"):
        (folder / part).symlink_to(ROOT / part)
    text = (folder / file).read_text()
    if text.count(old) != 1:
        raise LookupError(f"{file} has {old!r} {text.count(old)} times: change the fault to match it once")
    (folder / file).write_text(text.replace(old, new))
