"""Kills of an adopter and of a compiler at every named point, and what a reader then gets."""

from __future__ import annotations

import random
import shutil
import signal
import time
from contextlib import closing
from datetime import date

from sixfold_compiler.diagnostics import DiagnosticError
from sixfold_generator.adoption.read_tree import read_tree
from sixfold_generator.adoption.run import run
from sixfold_generator.adoption.source import open_source
from sixfold_generator.state.folder import State
from tests.faults.children import dying, forked
from tests.faults.seeds import change, spec
from tests.faults.tally import Tally
from tests.support.repos import Repo, owned
from tests.support.trees import Spec

TODAY = date(2026, 11, 24)
STEPS = ("before open", "opened", "half written", "written", "synced", "renamed", "folder synced")
STATE_POINTS = [f"{what}: {step}" for what in ("snapshot", "pointer", "attempt") for step in STEPS] + ["cleaned"]
TREE_POINTS = [
    "staging: made",
    "staged: before open",
    "staged: opened",
    "staged: written",
    *(f"journal: {step}" for step in STEPS),
    "file: before rename",
    "file: renamed",
    "removal: before",
    "removal: unlinked",
    "removal: done",
    "inventory: before rename",
    "inventory: renamed",
    "root: before rename",
    "root: renamed",
    "tree: in place",
    "tree: journal removed",
    "tree: synced",
    "staging: cleared",
]
APPROVED = """
apiVersion: sixfold.dev/v1
kind: Tombstones
tombstones: [{team: search, approvedBy: someone, reason: for the test, until: 2999-12-31}]
"""
MANY = {"staged": 6, "file": 4, "inventory": 4}  # points that a run passes at least so often


def state_kills(folder, points, seeds) -> Tally:
    """Kills of the adopter."""
    tally = Tally("F1", f"kill -9 of the adopter at {len(points)} points, {len(seeds)} changes")
    run(Spec().write(folder / "tree"), folder / "base", today=TODAY)
    before = adopted(folder / "base")
    for seed in seeds:
        tree = spec(seed).write(folder / f"tree-{seed}")
        shutil.copytree(folder / "base", folder / "undisturbed")
        run(tree, folder / "undisturbed", today=TODAY)
        after = adopted(folder / "undisturbed")
        assert before != after
        for point in points:
            state = shutil.copytree(folder / "base", folder / "state")
            status = forked(lambda: run(tree, state, today=TODAY, checkpoint=dying(point)))  # noqa: B023 - runs at once
            where = f"seed {seed}, {point}"
            tally.check(status == -signal.SIGKILL, f"{where}: ended with {status}, not by the kill")
            seen = adopted(state)
            if tally.check(seen in (before, after), f"{where}: the reader sees neither the old nor the new"):
                tally("the new snapshot" if seen == after else "the old snapshot")
            run(tree, state, today=TODAY)
            tally.check(adopted(state) == after, f"{where}: the next run gives other bytes")
            tally.check(names(state) == names(folder / "undisturbed"), f"{where}: something is left over")
            shutil.rmtree(state)
        shutil.rmtree(folder / "undisturbed")
        shutil.rmtree(tree)
    return tally


def adopted(state):
    """What a reader gets, and the bytes that it got it from."""
    snapshot = State(state).read()
    return snapshot, (state / "current").read_bytes(), (state / f"snapshots/{snapshot.sequence:012}.snapshot").read_bytes()


def names(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


def tree_kills(folder, points, seeds) -> Tally:
    """Kills of the compiler. Its readers are the generator's: of the folder as it is, and the adopter's."""
    tally = Tally("F1", f"kill -9 of the compiler at {len(points)} points, {len(seeds)} changes")
    base = Repo(folder / "base")
    base.write("environments/tombstones.yaml", APPROVED)
    base.compile(jobs=1)
    run(base.out, folder / "base-state", today=TODAY)
    before, served = read(base), State(folder / "base-state").read()
    for seed in seeds:
        picks = random.Random(seed)
        undisturbed = changed(folder / "base", folder / "undisturbed", seed)
        undisturbed.compile(jobs=1)
        wanted, after = undisturbed.tree(), read(undisturbed)
        assert before != after
        for point in points:
            repo = changed(folder / "base", folder / "repo", seed)
            occurrence = picks.randrange(MANY.get(point.partition(":")[0], 1))
            where = f"seed {seed}, {point} ({occurrence + 1})"
            status = forked(lambda: repo.compile(jobs=1, checkpoint=dying(point, occurrence)))  # noqa: B023 - runs at once
            tally.check(status == -signal.SIGKILL, f"{where}: ended with {status}, not by the kill")
            seen = read(repo)
            if tally.check(seen in (before, after, None), f"{where}: the reader sees a third tree"):
                tally("known to be torn" if seen is None else "the new tree" if seen == after else "the old tree")
            state = shutil.copytree(folder / "base-state", folder / "state")
            result = run(repo.out, state, today=TODAY, force=True)
            now = content(State(state).read())
            is_consistent = now == content(after) if result.outcome == "adopted" else now == content(served)
            tally.check(is_consistent, f"{where}: the adopter took something else ({result.outcome})")
            again = patiently(repo)
            tally.check(not again.codes, f"{where}: the next run says {again.codes}")
            tally.check(repo.tree() == wanted, f"{where}: the next run gives other bytes")
            run(repo.out, state, today=TODAY, force=True)
            tally.check(content(State(state).read()) == content(after), f"{where}: the repaired tree is not adopted")
            for gone in (repo.folder, state):
                shutil.rmtree(gone)
        assert owned(undisturbed.out) == set(wanted)
        shutil.rmtree(undisturbed.folder)
    return tally


def content(snapshot):
    """What a snapshot names and the digests of it, without revisions: those come with adoption."""
    seen = {(c.key, name, app): item.digest for c, name, n in snapshot.namespaces() for app, item in n.apps.items()}
    return snapshot.teams, {key: (cluster.digest, cluster.files) for key, cluster in snapshot.clusters.items()}, seen


def read(repo):
    """The tree as the generator reads it; None where it refuses it."""
    try:
        with closing(open_source(repo.out)) as source:
            return read_tree(source)[0]
    except DiagnosticError:
        return None


def changed(base, place, seed) -> Repo:
    """A copy of that repo with another state of the manifests."""
    shutil.copytree(base, place)
    repo = Repo.__new__(Repo)
    repo.folder, repo.out = place, place / "overlays"
    change(repo, seed)
    return repo


def patiently(repo, seconds=10.0):
    """The next run; a worker of the killed one may hold the lock for the instant that it takes to die."""
    end = time.monotonic() + seconds
    while (done := repo.compile(jobs=1)).codes == ["SF701"] and time.monotonic() < end:
        time.sleep(0.01)
    return done


def double_kills(folder, points, seeds) -> Tally:
    """A run is killed while it renames, the next one while it writes its journal, and then the change is taken back."""
    tally = Tally("F1", f"two kills in a row, the second at {len(points)} points of the journal")
    base = Repo(folder / "base")
    base.compile(jobs=1)
    wanted = base.tree()
    for seed in seeds:
        for point in points:
            repo = changed(folder / "base", folder / "repo", seed)
            forked(lambda: repo.compile(jobs=1, checkpoint=dying("file: renamed", 3)))  # noqa: B023 - runs at once
            time.sleep(0.02)
            repo.put("search/second", spread="every")
            status = forked(lambda: repo.compile(jobs=1, checkpoint=dying(point)))  # noqa: B023 - runs at once
            where = f"seed {seed}, {point}"
            tally.check(status == -signal.SIGKILL, f"{where}: ended with {status}, not by the kill")
            shutil.rmtree(repo.folder / "apps")
            shutil.copytree(base.folder / "apps", repo.folder / "apps")
            again = patiently(repo)
            tally.check(not again.codes, f"{where}: the next run says {again.codes}")
            if tally.check(repo.tree() == wanted, f"{where}: {sorted(repo.tree().keys() ^ wanted.keys())} differ"):
                tally("no trace left")
            shutil.rmtree(repo.folder)
    return tally
