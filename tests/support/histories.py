"""Histories of a deploy repo before a test: a copy, a compile that was killed, a disk that rejected a write."""

from __future__ import annotations

import itertools
import multiprocessing
import os
import resource
import signal
import sys
import traceback
from dataclasses import replace

from sixfold_compiler.diagnostics import DiagnosticError
from sixfold_compiler.pipeline.plan import plan
from tests.support.repos import Repo, fingerprint, is_overlay, tree

STOCK = {"calls": [{"app": "stock"}], "env": [{"name": "STOCK", "valueFrom": {"callRef": {"app": "stock"}}}]}
_CLEAN: dict[str, dict[str, bytes]] = {}  # trees of first compiles, by their inputs


def clean_tree(repo: Repo) -> dict[str, bytes]:
    """Return the tree of a first compile of the same inputs, which is compiled once."""
    options = repo.options()  # places the repo, as a compile does
    inputs = {
        path: data
        for path, data in tree(repo.folder).items()
        if path.partition("/")[0] not in {repo.out.name, ".git", "clean"}
    }
    key = fingerprint(inputs)
    if key not in _CLEAN:
        with plan(replace(options, out=repo.folder / "clean")) as result:
            result.write()
        assert not result.fatal, result.diagnostics
        _CLEAN[key] = tree(repo.folder / "clean")
    return _CLEAN[key]


def overlays_of(files: dict[str, bytes], *apps: str) -> dict[str, bytes]:
    return {p: d for p, d in files.items() if is_overlay(p) and "/".join(p[:-5].split("/")[3:]) in apps}


def apart(repo: Repo, prepare) -> tuple[int, str]:
    """Compile in another process after `prepare` has broken something there; return the exit code and the report."""
    report = repo.folder / "report"

    def run() -> None:
        sys.dont_write_bytecode = True  # truncated bytecode would break every later process
        prepare()
        try:
            text = repr(repo.compile())
        except DiagnosticError as error:  # from write(); the command line shows it like any other
            text = str(error)
        except Exception:  # noqa: BLE001 - a server has its own errors for chunks that are none
            text = traceback.format_exc()
        with report.open("w") as stream:
            resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
            stream.write(text)

    process = multiprocessing.get_context("fork").Process(target=run)
    process.start()
    process.join()
    text = report.read_text() if report.exists() else ""
    report.unlink(missing_ok=True)
    return process.exitcode or 0, text


def spoil(monkeypatch, name: str, number: int, when) -> None:
    """Make a function of the operating system fail like a bad disk, without one."""
    module, _, function = name.rpartition(".")
    real, calls = getattr(sys.modules[module], function), itertools.count()

    def call(*args, **options):
        if when(next(calls), *args):
            raise OSError(number, os.strerror(number))
        return real(*args, **options)

    monkeypatch.setattr(name, call)


def killed(repo: Repo, at: int) -> None:
    """Compile in another process and kill it before its `at`-th rename."""
    real, calls = os.replace, itertools.count()

    def dying(*args):
        if next(calls) == at:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*args)

    def prepare() -> None:
        os.replace = dying

    assert apart(repo, prepare)[0] == -signal.SIGKILL
