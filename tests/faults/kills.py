"""Kills of an adopter and of a compiler at every named point, with checks of what readers get afterwards."""

from __future__ import annotations

import random
import shutil
import signal
import time
from contextlib import closing
from datetime import UTC, date, datetime, timedelta

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
SOON = datetime.now(UTC).date() + timedelta(days=30)
APPROVED = f"""
apiVersion: sixfold.dev/v1
kind: Tombstones
tombstones: [{{team: search, approvedBy: someone, reason: for the test, until: {SOON}}}]
"""
MANY = {"staged": 6, "file": 4, "inventory": 4}  # points that a run passes several times, with the least number


def state_kills(folder, points, seeds) -> Tally:
    """Kill the adopter at each point, for each seed's change of the tree."""
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
            if tally.check(seen in (before, after), f"{where}: the reader sees another snapshot"):
                tally("the new snapshot" if seen == after else "the old snapshot")
            run(tree, state, today=TODAY)
            tally.check(adopted(state) == after, f"{where}: the next run gives other bytes")
            tally.check(names(state) == names(folder / "undisturbed"), f"{where}: files are left over")
            shutil.rmtree(state)
        shutil.rmtree(folder / "undisturbed")
        shutil.rmtree(tree)
    return tally


def adopted(state):
    """Return the snapshot that a reader gets from a state, and the bytes of the pointer and the snapshot."""
    snapshot = State(state).read()
    return (
        snapshot,
        (state / "current").read_bytes(),
        (state / f"snapshots/{snapshot.sequence:012}.snapshot").read_bytes(),
    )


def names(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


def tree_kills(folder, points, seeds) -> Tally:
    """Kill the compiler at each point, for each seed's change; read the tree with the generator and adopt it."""
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
                tally("torn, rejected" if seen is None else "the new tree" if seen == after else "the old tree")
            state = shutil.copytree(folder / "base-state", folder / "state")
            result = run(repo.out, state, today=TODAY, force=True)
            now = content(State(state).read())
            is_consistent = now == content(after) if result.outcome == "adopted" else now == content(served)
            tally.check(is_consistent, f"{where}: the adopter has another tree ({result.outcome})")
            again = compile_again(repo)
            tally.check(not again.codes, f"{where}: the next run reports {again.codes}")
            tally.check(repo.tree() == wanted, f"{where}: the next run gives other bytes")
            run(repo.out, state, today=TODAY, force=True)
            tally.check(content(State(state).read()) == content(after), f"{where}: the repaired tree is not adopted")
            for place in (repo.folder, state):
                shutil.rmtree(place)
        assert owned(undisturbed.out) == set(wanted)
        shutil.rmtree(undisturbed.folder)
    return tally


def content(snapshot):
    """Return the teams, clusters and digests of a snapshot without revisions, which the adoption adds."""
    seen = {(c.key, name, app): item.digest for c, name, n in snapshot.namespaces() for app, item in n.apps.items()}
    return snapshot.teams, {key: (cluster.digest, cluster.files) for key, cluster in snapshot.clusters.items()}, seen


def read(repo):
    """Return the tree of a repo as the generator reads it, or None if the generator rejects it."""
    try:
        with closing(open_source(repo.out)) as source:
            return read_tree(source)[0]
    except DiagnosticError:
        return None


def changed(base, place, seed) -> Repo:
    """Copy the repo `base` to `place`, change its manifests by seed, and return the copy."""
    repo = Repo.existing(base).copied_to(place)
    change(repo, seed)
    return repo


def compile_again(repo, seconds=10.0):
    """Compile after a kill; a dying worker of the killed run may still hold the lock, so retry for some seconds."""
    end = time.monotonic() + seconds
    while (result := repo.compile(jobs=1)).codes == ["SF701"] and time.monotonic() < end:
        time.sleep(0.01)
    return result


def double_kills(folder, points, seeds) -> Tally:
    """Kill a run during its renames and the next run while it writes its journal, revert the change, and compile."""
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
            again = compile_again(repo)
            tally.check(not again.codes, f"{where}: the next run reports {again.codes}")
            if tally.check(repo.tree() == wanted, f"{where}: {sorted(repo.tree().keys() ^ wanted.keys())} differ"):
                tally("no trace left")
            shutil.rmtree(repo.folder)
    return tally
