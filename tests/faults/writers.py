"""F12: of concurrent or stopped writers one writes at a time, and readers never get a mixture of two trees."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import replace

from sixfold_generator.adoption.run import run
from sixfold_generator.service.served import Served
from sixfold_generator.state.folder import State
from tests.faults.children import at, start, waited
from tests.faults.kills import TODAY, content
from tests.faults.seeds import change, spec
from tests.faults.tally import Tally
from tests.support.repos import Repo
from tests.support.trees import Spec


def two_writers(folder, rounds: int) -> Tally:
    """Start two adopters with different trees at the same time."""
    tally = Tally("F12", "two adopters at once, with different trees")
    trees = [Spec().write(folder / "one"), spec(6).write(folder / "two")]
    run(trees[0], folder / "state", today=TODAY)
    state = State(folder / "state")
    for number in range(rounds):
        before = state.read()
        children = [start(lambda: run(tree, state.folder, today=TODAY, force=True)) for tree in trees]  # noqa: B023 - runs at once
        seen = []
        while len(seen) < 200:
            seen.append(state.read())
            if len(seen) > 20 and all(has_ended(child) for child in children):
                break
        tally.check([waited(child) for child in children] == [0, 0], f"round {number}: a writer failed")
        now = state.read()
        tally.check(before.sequence <= now.sequence <= before.sequence + 2, f"round {number}: {now.sequence}")
        order = [item.sequence for item in [*seen, now]]
        tally.check(order == sorted(order), f"round {number}: a reader went back")
        tally("rounds")
        tally("consistent readings meanwhile", len(seen))
    return tally


def has_ended(child: int) -> bool:
    return os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def swaps(folder, adoptions: int) -> Tally:
    """Read a state again and again while two snapshots replace each other; each reading must be one of the two."""
    tally = Tally("F12", f"readings during {adoptions} adoptions")
    for name, tree in (("one", Spec()), ("two", spec(6))):
        run(tree.write(folder / name), folder / f"{name}-state", today=TODAY)
    first, second = (State(folder / f"{name}-state").read() for name in ("one", "two"))
    state = State(folder / "state")
    state.folder.mkdir()
    state.write(replace(first, sequence=1))

    def write() -> None:
        for number in range(adoptions):
            state.write(replace((second, first)[number % 2], sequence=number + 2))

    child = start(write)
    last = 0
    while not has_ended(child):
        snapshot = state.read()
        is_consistent = content(snapshot) == content((second, first)[snapshot.sequence % 2])
        tally.check(is_consistent, f"{snapshot.sequence}: a mixture")
        tally.check(snapshot.sequence >= last, f"{snapshot.sequence} after {last}")
        last = snapshot.sequence
        tally("consistent readings")
    tally.check(waited(child) == 0, "the writer failed")
    return tally


def paused_reader(folder) -> Tally:
    """Pause a reader between the pointer and the snapshot, during more adoptions than there are kept snapshots."""
    tally = Tally("F12", "a reader pauses while five adoptions pass")
    tree = Spec()
    run(tree.write(folder / "tree"), folder / "state", today=TODAY)
    state = State(folder / "state")
    real = State(folder / "state")
    first = real.read()

    class Pausing(type(state.pointer)):
        """The path of the pointer; its first reading is followed by adoptions."""

        paused = False

        def read_bytes(self):
            data = super().read_bytes()
            if not Pausing.paused:
                Pausing.paused = True
                for number in range(5):
                    real.write(replace(first, sequence=number + 2))
            return data

    state.pointer = Pausing(state.pointer)
    tally.check(state.read().sequence == 6, "the reader does not get the newest snapshot")
    tally("newest snapshot read")
    return tally


def stopped_writers(folder, seconds: float) -> Tally:
    """Send SIGSTOP to an adopter and to a compiler that hold their locks, and start others meanwhile."""
    tally = Tally("F12", f"SIGSTOP of a writer for {seconds:g} s while another one starts")

    def stop() -> None:
        os.kill(os.getpid(), signal.SIGSTOP)

    run(Spec().write(folder / "tree"), folder / "state", today=TODAY)
    state, worker = State(folder / "state"), Served(folder / "state")
    old = worker.catalog()
    tree = spec(6).write(folder / "tree")
    child = start(lambda: run(tree, state.folder, today=TODAY, checkpoint=at("pointer: synced", stop)))
    os.waitid(os.P_PID, child, os.WSTOPPED)
    other = run(tree, state.folder, today=TODAY, wait=seconds / 2)
    tally.check([problem.code for problem in other.problems] == ["SF822"], f"the other adopter: {other}")
    time.sleep(seconds / 2)
    tally.check(worker.catalog() is old, "a reader gets a snapshot before its adoption")
    os.kill(child, signal.SIGCONT)
    tally.check(waited(child) == 0, "the stopped adopter failed")
    tally.check(worker.catalog().snapshot.sequence == 2, "the new snapshot is not served")
    tally.check(run(tree, state.folder, today=TODAY).outcome == "known", "it did not finish")
    tally("adopter: one writes, by its lock")

    repo = Repo(folder / "repo")
    repo.compile(jobs=1)
    change(repo, 6)
    child = start(lambda: repo.compile(jobs=1, checkpoint=at("file: renamed", stop)))
    os.waitid(os.P_PID, child, os.WSTOPPED)
    tally.check(repo.compile(jobs=1).codes == ["SF701"], "the other compiler is not refused")
    os.kill(child, signal.SIGCONT)
    tally.check(waited(child) == 0, "the stopped compiler failed")
    tally.check(repo.compile(jobs=1).changed == {}, "it did not finish")
    tally("compiler: one writes, by its lock")
    return tally
