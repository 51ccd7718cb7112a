"""A target in this process: `python -m tests.fuzz.run TARGET FILE…` checks inputs, and flags are passed to libFuzzer.

Without flags, each file is checked like in a test, without atheris, and a failure is a traceback. With a flag
(`-runs=1000`) all arguments are libFuzzer's.
"""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path

__all__ = ["TARGETS", "main"]

TARGETS = ("loader", "paths", "ownership", "encoder", "guard", "snapshot")


def main(arguments: list[str]) -> int:
    """Check files, or fuzz until libFuzzer ends the process."""
    name, *options = arguments
    if name not in TARGETS:
        sys.stderr.write(f"no target {name!r}; known: {', '.join(TARGETS)}\n")
        return 2
    if not any(item.startswith("-") for item in options):
        target = importlib.import_module(f"tests.fuzz.{name}")
        for file in options:
            target.check(Path(file).read_bytes())
        return 0
    import atheris

    with quiet(), atheris.instrument_imports(include=["sixfold_compiler", "sixfold_generator"]):
        target = importlib.import_module(f"tests.fuzz.{name}")
        target.check(next(iter(target.seeds())))  # instruments lazily imported modules too
    atheris.Setup([f"tests.fuzz.{name}", *options], target.check)
    atheris.Fuzz()
    return 0


class quiet:  # noqa: N801 - a context manager, named like a function
    """Hide the line that atheris prints for every module."""

    def __enter__(self) -> None:
        self._kept, sys.stderr = sys.stderr, Path(os.devnull).open("w")

    def __exit__(self, *_: object) -> None:
        sys.stderr.close()
        sys.stderr = self._kept


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
