"""Runs of a target under libFuzzer in a child process: its inputs and its result."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["CACHE", "REGRESSIONS", "ROOT", "Result", "fuzz", "inputs", "seeded", "unavailable"]

ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / ".cache" / "fuzz"
REGRESSIONS = Path(__file__).resolve().parent / "regressions"
LONGEST = 8192  # bytes of an input
HANGS = 120  # seconds after which an input is a finding; thousands of times the usual time
MEMORY = 1500  # MiB


@dataclass(frozen=True, slots=True)
class Result:
    """The result of a run, with libFuzzer's count of covered branches after the seeds and at the end."""

    status: int
    executions: int
    initial_branches: int
    branches: int
    seconds: float
    output: str

    @property
    def failed(self) -> bool:
        """Return whether an input broke a property, hung, or used too much memory."""
        return self.status != 0

    @property
    def failure(self) -> str:
        """Return the message of the exception, or of libFuzzer."""
        message = re.search(r"Uncaught Python exception: ===\n(.*)", self.output) or re.search(
            r"ERROR: (.*)", self.output
        )
        return message[1][:500] if message else f"it ended with exit status {self.status}"


def unavailable() -> str:
    """Return the reason why fuzzing is not possible, or an empty text."""
    if importlib.util.find_spec("atheris") is not None:
        return ""
    return "atheris is not installed: it has packages for CPython 3.11 to 3.13 on Linux x86_64 only"


def inputs(name: str) -> Iterator[tuple[str, bytes]]:
    """Yield every initial input of a target with a name: its seeds and its earlier findings."""
    for number, data in enumerate(importlib.import_module(f"tests.fuzz.{name}").seeds()):
        yield f"seed {number}", data
    folder = REGRESSIONS / name
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        yield path.name, path.read_bytes()


def seeded(name: str, folder: Path) -> Path:
    """Write the initial inputs of a target into an emptied folder, and return the folder."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for _, data in inputs(name):
        (folder / hashlib.sha256(data).hexdigest()[:20]).write_bytes(data)
    return folder


def fuzz(
    name: str,
    corpora: Sequence[Path],
    findings: Path,
    *,
    seconds: float = 0,
    runs: int = -1,
    seed: int = 0,
    checkout: Path = ROOT,
) -> Result:
    """Run a target until a limit of time or executions, or until a finding.

    Args:
        name: The target.
        corpora: Folders of initial inputs; new inputs are kept in the first folder.
        findings: The folder for inputs that break a property.
        seconds: The time limit; 0 for none.
        runs: The limit of executions; -1 for none.
        seed: The seed of the random numbers; 0 for another one in every run.
        checkout: The checkout whose code is run.
    """
    words = findings / ".words"
    findings.mkdir(parents=True, exist_ok=True)
    lines = [f'"{escaped(word)}"\n' for word in importlib.import_module(f"tests.fuzz.{name}").WORDS]
    words.write_text("".join(lines))
    command = [
        sys.executable, "-m", "tests.fuzz.run", name, f"-max_total_time={int(seconds)}", f"-runs={runs}", f"-seed={seed}",
        f"-artifact_prefix={findings}/", f"-max_len={LONGEST}", f"-timeout={HANGS}", f"-report_slow_units={HANGS}", f"-rss_limit_mb={MEMORY}",
        "-print_final_stats=1", "-verbosity=1", *([f"-dict={words}"] if lines else []), *map(str, corpora),
    ]  # fmt: skip
    began = time.monotonic()
    # The installed package is this checkout; a copy's code comes first on the path.
    paths = os.pathsep.join(str(checkout / part) for part in ("", "compiler", "generator"))
    environ = {**os.environ, "PYTHONPATH": paths}
    try:
        run = subprocess.run(
            command,
            cwd=checkout,
            env=environ,
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
    finally:
        words.unlink()
    output = run.stdout.decode("utf-8", "replace")
    first = re.search(r"INITED cov: (\d+)", output)
    last = re.findall(r"^#\d+.* cov: (\d+)", output, re.MULTILINE)
    executions = re.search(r"stat::number_of_executed_units: (\d+)", output)
    return Result(
        run.returncode,
        int(executions[1]) if executions else 0,
        int(first[1]) if first else 0,
        int(last[-1]) if last else 0,
        time.monotonic() - began,
        output,
    )


def escaped(word: str) -> str:
    r"""Return a word in the form of libFuzzer's dictionaries; `\x22` in a target's list already means that byte."""
    data = re.sub(r"\\x([0-9a-fA-F]{2})", lambda match: chr(int(match[1], 16)), word).encode(
        "latin-1", "backslashreplace"
    )
    return "".join(chr(b) if 32 <= b < 127 and chr(b) not in '"\\' else f"\\x{b:02x}" for b in data)
