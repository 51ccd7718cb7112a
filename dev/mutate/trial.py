"""Run the nearest tests on a mutation, in a copy of the checkout."""

from __future__ import annotations

import importlib
import os
import shutil
import signal
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING

from dev.layout import PACKAGES
from dev.mutate.mutation import Mutation, applied
from dev.mutate.nearest import Nearest
from dev.process import ROOT

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType

__all__ = ["BrokenTestsError", "Copy", "chart"]

PATIENCE = 600.0  # seconds for one list of tests; what hangs is noticed
NO_TESTS = 5  # pytest's exit status when everything was deselected
# An import that fails ends pytest with 2 as well as Ctrl-C does, so only signals count here; `try_all` knows of Ctrl-C.
INTERRUPTED = {-signal.SIGINT, -signal.SIGTERM}
QUIET = ("-x", "-q", "--no-header", "-p", "no:cacheprovider", "-r", "f", "--quick", "-m", "not conformance")


def chart() -> ModuleType:
    """Return the tests' own harness for the chart, which renders it instead of running every test."""
    return importlib.import_module("tests.support.chart_mutations")


class BrokenTestsError(Exception):
    """Tests fail without a mutation, so nothing shows whether a mutation is noticed."""


class Copy:
    """A copy of the checkout, with what git knows or would add; the user's own tree is never changed."""

    def __init__(self, folder: Path, *, deep: bool) -> None:
        self.root = folder
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
        for tests in self.nearest.stages(mutation.path, deep=self.deep):
            with applied(mutation, self.root):
                failed = self.run(tests)
            if failed:
                self.confirm(failed)
                return failed
        return ""

    def confirm(self, failed: str) -> None:
        """Run a failed test without a mutation; raise BrokenTestsError when it fails there too.

        Only what fails is run twice: a list of tests that passes with a mutation needs no second run.
        """
        kind, _, test = failed.partition(" ")
        if kind not in {"FAILED", "ERROR"} or test in self.sound:
            return
        file, _, name = test.partition("::")
        # A name with spaces or brackets is cut by the report, so its function is run with all its parameters.
        if again := self.run([f"{file}::{name.partition('[')[0]}" if name else file]):
            raise BrokenTestsError(again)
        self.sound.add(test)

    def run(self, tests: Sequence[str]) -> str:
        """Return the first test of a list that fails, or why the run did not end; "" when everything passes."""
        command = [self.python, "-m", "pytest", *QUIET, *tests]
        environ = os.environ | {
            "PYTHONPYCACHEPREFIX": str(self.root / ".cache" / "bytecode"),
            "PYTEST_DEBUG_TEMPROOT": str(self.scratch),
        }
        for name in ("PYTHONDONTWRITEBYTECODE", "PYTHONPATH"):
            environ.pop(name, None)
        try:
            done = subprocess.run(
                command, cwd=self.root, env=environ, capture_output=True, text=True, check=False, timeout=PATIENCE
            )
        except subprocess.TimeoutExpired:
            return f"no end after {PATIENCE:.0f} s"
        if done.returncode in {0, NO_TESTS}:
            return ""
        if done.returncode in INTERRUPTED:
            raise KeyboardInterrupt
        failed = [line for line in done.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
        return failed[0].partition(" - ")[0] if failed else (done.stdout + done.stderr).strip()[-300:]


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
