"""Run the nearest tests on a mutation, in a copy of the checkout."""

from __future__ import annotations

import importlib
import os
import shutil
import signal
import subprocess
import sys
import sysconfig
import time
from pathlib import Path
from typing import TYPE_CHECKING

from dev.layout import PACKAGES
from dev.mutate.mutation import Mutation, applied
from dev.mutate.nearest import Nearest
from dev.mutate.traces import Traces, digests, function_lines
from dev.mutate.tracing import FOLDER
from dev.process import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import ModuleType

__all__ = ["BrokenTestsError", "Copy", "chart"]

PATIENCE = 600.0  # seconds for one list of tests, at least
SLACK = 3.0  # a list hangs when it takes this many times as long as without the mutation
HANGS = "no end"
TRIES = 3  # for a list of tests in which one fails by chance
QUICK = 100  # tests that are run before the slower ones that run the line
ENDED = {0, 1}  # pytest's exit statuses when all tests have run
USAGE = 4  # pytest's exit status for a test that is not there
NO_TESTS = 5  # pytest's exit status when everything was deselected
# An import that fails ends pytest with 2 as well as Ctrl-C does, so only signals count here; `try_all` knows of Ctrl-C.
INTERRUPTED = {-signal.SIGINT, -signal.SIGTERM}
# Folders whose tests are traced. Random inputs, faults and other long runs are asked by `deep` alone.
TRACED = tuple(f"tests/{name}" for name in ("acceptance", "compiler", "docs", "examples", "generator", "lib"))
SELECTED = ("-q", "--no-header", "-p", "no:cacheprovider", "-r", "f", "--quick", "-m", "not conformance")


def chart() -> ModuleType:
    """Return the tests' own harness for the chart, which renders it instead of running every test."""
    return importlib.import_module("tests.support.chart_mutations")


class BrokenTestsError(Exception):
    """Tests fail without a mutation, so nothing shows whether a mutation is noticed."""


class Copy:
    """A copy of the checkout, with what git knows or would add; the user's own tree is never changed."""

    def __init__(self, folder: Path, *, deep: bool = False, traces: Traces | None = None) -> None:
        self.root = folder
        self.traces = traces
        self.deep = deep  # ask every test outside of conformance, and not the nearest alone
        listed = ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        names = subprocess.run(listed, capture_output=True, text=True, check=True).stdout.split("\0")
        for name in filter(None, names):
            if (source := ROOT / name).is_file():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(source, folder / name, follow_symlinks=False)
        (folder / ".cache").mkdir()
        (folder / ".cache" / "bin").symlink_to(ROOT / ".cache" / "bin")  # programs that tests unpack once
        subprocess.run(["git", "init", "--quiet", str(folder)], check=True)  # some tests ask git for the files
        subprocess.run(["git", "-C", str(folder), "add", "."], check=True)
        # Beside the copy: commands that look for a fleet in the folders above theirs must not find the copy's.
        self.scratch = folder.with_name(f"{folder.name}-tests")
        self.scratch.mkdir()
        self.python = environment(folder)
        self.nearest = Nearest(folder)
        self.files = digests(folder)
        self.sound: set[str] = set()  # tests that pass without a mutation

    def killer(self, mutation: Mutation) -> str:
        """Return the test that notices a mutation, "" where none does.

        Raises:
            BrokenTestsError: the test fails without the mutation as well.
            KeyboardInterrupt: the run of the tests was interrupted, so it shows nothing.
        """
        if mutation.path.startswith("charts/"):
            with applied(mutation, self.root):
                return str(chart().killer(self.root))
        return next(filter(None, (self.noticed(mutation, tests) for tests in self.stages(mutation))), "")

    def stages(self, mutation: Mutation) -> list[list[str]]:
        """Return lists of tests to be run one list after the other.

        Of a line in a function these are the tests that run it, then others that are near to its file, since what one
        test has cached another one uses.
        """
        near = self.nearest.stages(mutation.path, deep=self.deep)
        if self.traces is None or not mutation.path.endswith(".py"):
            return near
        lines = function_lines((self.root / mutation.path).read_text(), mutation.line)
        if lines is None:
            return near
        running = self.traces.running(mutation.path, lines, self.files)
        if not running:
            return near
        files = {name for names in near[:2] for name in names}
        own = [test for test in running if test.partition("::")[0] in near[0]]
        far = [test for test in running if test not in set(own)]
        lists = [own, far[:QUICK], far[QUICK:], self.traces.others(files, running, self.files)]
        return [tests for tests in [*lists, *([near[-1]] if self.deep else [])] if tests]

    def noticed(self, mutation: Mutation, tests: Sequence[str]) -> str:
        """Return the test of a list that fails with a mutation and passes without, "" where all pass."""
        patience = PATIENCE
        for _ in range(TRIES):
            with applied(mutation, self.root):
                failed = self.run(tests, patience)
            if failed == HANGS:
                needed = SLACK * self.seconds(tests)
                if patience >= needed:
                    return failed
                patience = needed
            elif not failed or self.passes(failed):
                return failed
        raise BrokenTestsError(failed)

    def seconds(self, tests: Sequence[str]) -> float:
        """Return how long a list of tests takes without a mutation."""
        started = time.monotonic()
        if failed := self.run(tests, None):
            raise BrokenTestsError(failed)
        return time.monotonic() - started

    def passes(self, failed: str) -> bool:
        """Return whether a failed test passes without a mutation; False when it fails by chance.

        Only what fails is run twice: a list of tests that passes with a mutation needs no second run.

        Raises:
            BrokenTestsError: it fails twice.
        """
        kind, _, test = failed.partition(" ")
        if kind not in {"FAILED", "ERROR"} or test in self.sound:
            return True
        file, _, name = test.partition("::")
        # A name with spaces or brackets is cut by the report, so its function is run with all its parameters.
        again = [f"{file}::{name.partition('[')[0]}" if name else file]
        if self.run(again, None):
            if twice := self.run(again, None):
                raise BrokenTestsError(twice)
            return False
        self.sound.add(test)
        return True

    def measure(self, jobs: int) -> Traces:
        """Run the tests of TRACED once, and return which lines each runs; tests that fail count as well.

        Raises:
            BrokenTestsError: the run did not come to its end.
        """
        folder = self.root / ".cache" / "traces"
        for name in ("traces", "coverage"):
            (self.root / ".cache" / name).mkdir()
        files = {FOLDER: str(folder), "COVERAGE_FILE": str(self.root / ".cache" / "coverage" / "data")}
        plugins = ("-n", str(jobs), "--cov", "--cov-report=", "-p", "dev.mutate.tracing")
        done = self.pytest([*SELECTED, *plugins, *TRACED], None, files)
        if done.returncode not in ENDED:
            raise BrokenTestsError((done.stdout + done.stderr).strip()[-300:])
        return Traces.measured(self.root, folder)

    def run(self, tests: Sequence[str], patience: float | None) -> str:
        """Return the first test of a list that fails, HANGS, or how the run ended; "" when everything passes."""
        try:
            done = self.pytest(["-x", *SELECTED, *tests], patience)
        except subprocess.TimeoutExpired:
            return HANGS
        if done.returncode in {0, NO_TESTS}:
            return ""
        if done.returncode in INTERRUPTED:
            raise KeyboardInterrupt
        if done.returncode == USAGE and any("::" in test for test in tests):  # a parameter of a test that is gone
            return self.run(list(dict.fromkeys(test.partition("::")[0] for test in tests)), patience)
        failed = [line for line in done.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
        return failed[0].partition(" - ")[0] if failed else (done.stdout + done.stderr).strip()[-300:]

    def pytest(
        self, arguments: Sequence[str], patience: float | None, variables: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run pytest in the copy, for at most `patience` seconds."""
        environ = os.environ | {
            "PYTHONPYCACHEPREFIX": str(self.root / ".cache" / "bytecode"),
            "PYTEST_DEBUG_TEMPROOT": str(self.scratch),
            **(variables or {}),
        }
        for name in ("PYTHONDONTWRITEBYTECODE", "PYTHONPATH"):
            environ.pop(name, None)
        command = [self.python, "-m", "pytest", *arguments]
        return subprocess.run(
            command, cwd=self.root, env=environ, capture_output=True, text=True, check=False, timeout=patience
        )


def environment(folder: Path) -> str:
    """Create a virtual environment for a copy and return its Python.

    It has the packages of this one, with the copy in the place of the checkout: processes that tests start run the
    copy's code as well.
    """
    venv, ours = folder / ".venv", Path(sys.prefix)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(venv)], check=True)
    inside = Path(sysconfig.get_path("purelib")).relative_to(ours)
    folders = [*(folder / Path(name).parent for name in PACKAGES.values()), ours / inside]
    (venv / inside / "copy.pth").write_text("".join(f"{path}\n" for path in folders))
    for script in (ours / "bin").iterdir():
        if script.is_file() and not (venv / "bin" / script.name).exists():
            data = script.read_bytes()
            target = venv / "bin" / script.name
            if data.startswith(b"#!") and str(ours).encode() in data.partition(b"\n")[0]:
                target.write_bytes(data.replace(str(ours).encode(), str(venv).encode(), 1))
                target.chmod(0o755)
            else:
                target.symlink_to(script)
    return str(venv / "bin" / "python")
