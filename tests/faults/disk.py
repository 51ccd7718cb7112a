"""F3: on a full, failing or read-only disk the old files stay, an error is reported, and the next run repairs all."""

from __future__ import annotations

import contextlib
import errno
import os
import resource
import shutil
import subprocess
import sys

from sixfold_compiler.diagnostics import DiagnosticError
from sixfold_generator.adoption.run import run
from tests.faults.children import at, fail
from tests.faults.kills import TODAY, adopted, changed, compile_again, read
from tests.faults.kills import TREE_POINTS as KILL_POINTS
from tests.faults.seeds import spec
from tests.faults.tally import Tally
from tests.support.generator import Generator
from tests.support.measuring import unmeasured
from tests.support.repos import ROOT, Repo
from tests.support.trees import GitTree, Spec

ERRORS = (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EMFILE, errno.EROFS)


TREE_POINTS = [point for point in KILL_POINTS if point != "staging: cleared"]  # no disk access follows it


EARLY = ("staging", "staged", "journal")  # points before the first change of a file of the tree


def state_errors(folder, points, errors, seed: int = 6) -> Tally:
    """Raise each error of the operating system at each point of an adoption."""
    names = "/".join(errno.errorcode[error] for error in errors)
    tally = Tally("F3", f"{names} injected at {len(points)} points of an adoption")
    run(Spec().write(folder / "tree"), folder / "base", today=TODAY)
    tree, before = spec(seed).write(folder / "tree"), adopted(folder / "base")
    shutil.copytree(folder / "base", folder / "undisturbed")
    run(tree, folder / "undisturbed", today=TODAY)
    after = adopted(folder / "undisturbed")
    for number in errors:
        for point in points:
            state = shutil.copytree(folder / "base", folder / "state")
            result = run(tree, state, today=TODAY, checkpoint=at(point, fail(number)))
            where = f"{errno.errorcode[number]} at {point}"
            tally.check([problem.code for problem in result.problems] == ["SF821"], f"{where}: {result.problems}")
            if tally.check(adopted(state) in (before, after), f"{where}: the reader sees another snapshot"):
                tally("the new snapshot" if adopted(state) == after else "the old snapshot")
            run(tree, state, today=TODAY, force=True)
            tally.check(adopted(state) == after, f"{where}: the next run gives other bytes")
            tally.check(not list(state.rglob("*.tmp")), f"{where}: files are left over")
            shutil.rmtree(state)
    return tally


def tree_errors(folder, points, errors, seed: int = 6) -> Tally:
    """Raise each error of the operating system at each point of a compile."""
    names = "/".join(errno.errorcode[error] for error in errors)
    tally = Tally("F3", f"{names} injected at {len(points)} points of a compile")
    base = Repo(folder / "base")
    base.compile(jobs=1)
    before, tree = read(base), base.tree()
    undisturbed = changed(folder / "base", folder / "undisturbed", seed)
    undisturbed.compile(jobs=1)
    wanted, after = undisturbed.tree(), read(undisturbed)
    for number in errors:
        for point in points:
            repo = changed(folder / "base", folder / "repo", seed)
            where = f"{errno.errorcode[number]} at {point}"
            try:
                reported = repo.compile(jobs=1, checkpoint=at(point, fail(number))).codes
            except DiagnosticError as error:
                reported = [diagnostic.code for diagnostic in error.diagnostics]
            tally.check("SF704" in reported, f"{where}: {reported}")
            if point.startswith(EARLY) and point not in ("journal: renamed", "journal: folder synced"):
                left = {k: v for k, v in repo.tree().items() if not k.startswith(".sixfold-journal")}
                tally.check(left == tree, f"{where}: the tree was changed")
            snapshot = read(repo)
            if tally.check(snapshot in (before, after, None), f"{where}: the reader sees a third tree"):
                tally("torn, rejected" if snapshot is None else "the new tree" if snapshot == after else "the old tree")
            compile_again(repo)
            tally.check(repo.tree() == wanted, f"{where}: the next run gives other bytes")
            shutil.rmtree(repo.folder)
    return tally


def limited(folder, sizes, files) -> Tally:
    """Run the real commands with limits of the kernel: size of files (short writes, then EFBIG) and open files."""
    tally = Tally("F3", "RLIMIT_FSIZE and RLIMIT_NOFILE on the commands")
    repo = Repo(folder / "repo")
    repo.compile(jobs=1)
    repo.put("shop/web", env=[{"name": "V", "value": "x" * 3000}])
    before = repo.tree()
    compile_ = ["sixfold_compiler", "compile", "--jobs", "1"]
    adopt = [
        "sixfold_generator.adoption.run",
        "--tree",
        str(Spec().write(folder / "tree")),
        "--state",
        str(folder / "state"),
    ]
    subprocess.run([sys.executable, "-m", *adopt], env=environ(), check=True, capture_output=True)
    state = adopted(folder / "state")
    spec(6).write(folder / "tree")
    for what, limit, values in (
        ("FSIZE", resource.RLIMIT_FSIZE, sizes),
        ("NOFILE", resource.RLIMIT_NOFILE, files),
    ):
        for value in values:
            for command in (compile_, adopt):
                result = subprocess.run(
                    [sys.executable, "-c", LIMITED, str(limit), str(value), *command],
                    cwd=repo.folder, env=unmeasured(environ()), capture_output=True, text=True, check=False, timeout=60,
                )  # fmt: skip
                where = f"{what} {value}, {command[0]}"
                tally.check("Traceback" not in result.stderr + result.stdout, f"{where}: {result.stderr[-1500:]}")
                tally(f"exit code {result.returncode}")
                if command is adopt:
                    tally.check(result.returncode in (1, 2), f"{where}: exit code {result.returncode}")
                    tally.check(adopted(folder / "state") == state, f"{where}: the state changed")
                elif result.returncode:
                    tally.check(repo.tree() == before, f"{where}: the tree changed")
    return tally


LIMITED = """
import resource, runpy, signal, sys
limit, value, module = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
sys.argv = [module, *sys.argv[4:]]
import sixfold_generator.adoption.run, sixfold_compiler.cli.commands.compile, sixfold_compiler.pipeline.plan, sixfold_compiler.cli.output.report, sixfold_compiler.cli.output.progress
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(limit, (value, value))
runpy.run_module(module, run_name="__main__", alter_sys=False)
"""


def environ():
    # A limited process would truncate the bytecode that it writes, which breaks every later process.
    return {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore", "PYTHONDONTWRITEBYTECODE": "1"}


def fill(file) -> None:
    """Write until the file system of a file is full."""
    with contextlib.suppress(OSError), file.open("wb", buffering=0) as stream:
        while True:
            stream.write(b"x" * 4096)


@contextlib.contextmanager
def mounted(folder, size: str):
    """Mount a new file system of a size, or yield None if this user may not mount one."""
    folder.mkdir()
    attempt = (
        shutil.which("mount")
        and subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder], capture_output=True, check=False
        ).returncode
        == 0
    )
    try:
        yield folder if attempt else None
    finally:
        if attempt:
            subprocess.run(["umount", "--lazy", folder], check=True)


def full_disks(folder) -> Tally:
    """Compile into a real file system that is full, then read-only: exit code 2 and no change of the tree."""
    tally = Tally("F3", "compile into a full and into a read-only tmpfs")
    with mounted(folder / "mount", "4m") as place:
        if place is None:
            tally.skipped = "this user may not mount a tmpfs"
            return tally
        repo = Repo(place / "repo")
        repo.compile(jobs=1)
        before = repo.tree()
        repo.put("shop/web", env=[{"name": "V", "value": "2"}])
        filler = place / "filler"
        fill(filler)
        for what in ("full", "read-only"):
            result = subprocess.run(
                [sys.executable, "-m", "sixfold_compiler", "compile", "--jobs", "1"],
                cwd=repo.folder, env=environ(), capture_output=True, text=True, check=False, timeout=60,
            )  # fmt: skip
            tally.check(result.returncode == 2, f"{what}: exit code {result.returncode}: {result.stderr[-500:]}")
            tally.check("SF704" in result.stdout + result.stderr, f"{what}: {result.stdout} {result.stderr}")
            tally.check("Traceback" not in result.stderr, f"{what}: {result.stderr[-1500:]}")
            tally.check(repo.tree() == before, f"{what}: the tree changed")
            tally(what)
            if what == "full":
                filler.unlink()
                subprocess.run(["mount", "-o", "remount,ro", place], check=True)
        subprocess.run(["mount", "-o", "remount,rw", place], check=True)
        repo.compile(jobs=1)
        tally.check(repo.tree() != before, "the next run does not repair it")
    return tally


def full_service(folder) -> Tally:
    """Fill and free the file system that has the state of a running service."""
    tally = Tally("F3", "the state's file system fills up under a running service")
    with mounted(folder / "mount", "256k") as place:
        if place is None:
            tally.skipped = "this user may not mount a tmpfs"
            return tally
        git, tree = GitTree(folder / "git"), Spec()
        git.commit(tree)
        with Generator(git.link, folder / "run", environ={"SIXFOLD_STATE": str(place)}) as generator:
            generator.ready()
            before = generator.ask().body
            filler = place / "filler"
            fill(filler)
            tree.where["prod/dc1/dc1-a"]["more"] = ("more", {"app": "# more\n"})
            git.commit(tree)
            generator.until(lambda: generator.admin("/readyz").json["status"] == "degraded", "degraded")
            reported = generator.until(
                lambda: [r for r in generator.admin("/readyz").json["reasons"] if "SF821" in r], "SF821"
            )
            tally.check("no space left" in reported[0], str(reported))
            tally.check(generator.admin("/readyz").status == 200, "not ready")
            tally.check(generator.until(lambda: generator.metric("sixfold_generator_degraded") == 1), "no metric")
            tally.check(generator.ask().body == before, "the answer is not the last good one")
            tally("last good served, degraded")
            filler.unlink()
            generator.until(lambda: any("more" in name for name in generator.ask().names), "the new tree")
            generator.until(lambda: generator.admin("/readyz").json["status"] == "ready", "readiness")
            tally("recovered")
    return tally
