"""A target in a process of its own, under libFuzzer: what it was given, and what came of it."""

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

__all__ = ["CACHE", "REGRESSIONS", "ROOT", "Done", "fuzz", "inputs", "seeded", "unavailable"]

ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / ".cache" / "fuzz"
REGRESSIONS = Path(__file__).resolve().parent / "regressions"
LONGEST = 8192  # bytes of an input
HANGS = 120  # seconds for one input, which then is a finding; thousands of times what any takes
MEMORY = 1500  # MiB


@dataclass(frozen=True, slots=True)
class Done:
    """How a run ended: `branches` are libFuzzer's count of what was covered, after the seeds and at the end."""

    status: int
    executions: int
    branches_at_first: int
    branches: int
    seconds: float
    output: str

    @property
    def failed(self) -> bool:
        """Whether an input broke a property, hung, or took too much memory."""
        return self.status != 0

    @property
    def failure(self) -> str:
        """The exception's line, or libFuzzer's own."""
        message = re.search(r"Uncaught Python exception: ===\n(.*)", self.output) or re.search(r"ERROR: (.*)", self.output)
        return message[1][:500] if message else f"it ended with exit status {self.status}"


def unavailable() -> str:
    """Why nothing can be fuzzed here; empty where it can."""
    if importlib.util.find_spec("atheris") is not None:
        return ""
    return "atheris is not installed: it has packages for CPython 3.11 to 3.13 on Linux x86_64 alone"


def inputs(name: str) -> Iterator[tuple[str, bytes]]:
    """Every input that a target starts from, with a name: its seeds, and what was once found."""
    for number, data in enumerate(importlib.import_module(f"tests.fuzz.{name}").seeds()):
        yield f"seed {number}", data
    folder = REGRESSIONS / name
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        yield path.name, path.read_bytes()


def seeded(name: str, folder: Path) -> Path:
    """The folder, with the target's inputs in it and nothing else."""
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
    at: Path = ROOT,
) -> Done:
    """Run a target until the time or the number of runs is over, or something is found.

    Args:
        name: The target.
        corpora: Folders of inputs to start from; new ones are kept in the first.
        findings: The folder for inputs that break a property.
        seconds: How long; 0 for no limit.
        runs: How many executions; -1 for no limit.
        seed: Of the random numbers; 0 for another one at every run.
        at: The checkout whose code is run.
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
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(str(at / part) for part in ("", "compiler", "generator"))}
    try:
        run = subprocess.run(command, cwd=at, env=environ, check=False, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    finally:
        words.unlink()
    output = run.stdout.decode("utf-8", "replace")
    first = re.search(r"INITED cov: (\d+)", output)
    last = re.findall(r"^#\d+.* cov: (\d+)", output, re.MULTILINE)
    executions = re.search(r"stat::number_of_executed_units: (\d+)", output)
    return Done(
        run.returncode,
        int(executions[1]) if executions else 0,
        int(first[1]) if first else 0,
        int(last[-1]) if last else 0,
        time.monotonic() - began,
        output,
    )


def escaped(word: str) -> str:
    r"""A word as libFuzzer's dictionaries have it; `\x22` in a target's list is that byte already."""
    data = re.sub(r"\\x([0-9a-fA-F]{2})", lambda match: chr(int(match[1], 16)), word).encode("latin-1", "backslashreplace")
    return "".join(chr(b) if 32 <= b < 127 and chr(b) not in '"\\' else f"\\x{b:02x}" for b in data)
