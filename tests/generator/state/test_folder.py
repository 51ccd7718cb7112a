"""Kills and torn files leave the old snapshot or the new one."""

from __future__ import annotations

import hashlib
import os
import random
import signal
import subprocess
import sys
import textwrap
from datetime import date

import pytest

from sixfold_generator.adoption.run import run
from sixfold_generator.plugin.query import Refusal
from sixfold_generator.service.served import Served
from sixfold_generator.state.folder import BusyError, State
from sixfold_generator.state.snapshot import DamagedError, decode, encode
from tests.faults.children import forked
from tests.support.generator import ROOT
from tests.support.trees import Spec

TODAY = date(2026, 11, 24)
POINTS = [
    f"{what}: {point}"
    for what in ("snapshot", "pointer", "attempt")
    for point in ("before open", "opened", "half written", "written", "synced", "renamed", "folder synced")
] + ["cleaned"]


@pytest.fixture
def state(tmp_path):
    run(Spec().write(tmp_path / "tree"), tmp_path / "state", today=TODAY)
    return State(tmp_path / "state")


def second_tree(tmp_path):
    spec = Spec()
    spec.where["prod/dc1/dc1-a"]["playback"][1]["player"] = "# player 2\n"
    return spec.write(tmp_path / "tree")


def snapshot_file(state):
    return max((state.folder / "snapshots").iterdir())


@pytest.mark.parametrize("point", POINTS)
def test_a_kill_at_any_point_leaves_the_old_state_or_the_new(state, tmp_path, point):
    """After SIGKILL at a named point a reader sees a complete snapshot, and the next adoption repairs the state."""
    old = state.read()
    tree = second_tree(tmp_path)

    def die(reached):
        if reached == point:
            os.kill(os.getpid(), signal.SIGKILL)

    died = forked(lambda: run(tree, state.folder, today=TODAY, checkpoint=die))
    assert died == -signal.SIGKILL, "the point was never reached"
    survivor = state.read()
    adopted_by_then = point.startswith("attempt") or point in {"pointer: renamed", "pointer: folder synced", "cleaned"}
    assert survivor.sequence == (2 if adopted_by_then else 1)
    if not adopted_by_then:
        assert survivor == old
    run(tree, state.folder, today=TODAY)
    assert state.read().clusters["prod/dc1/dc1-a"].namespaces["playback"].apps["player"].size == len("# player 2\n")
    assert not list(state.folder.rglob("*.tmp"))


def test_the_encoding_is_read_back_equal_and_is_deterministic(state):
    snapshot = state.read()
    assert decode(encode(snapshot)) == snapshot
    assert encode(decode(encode(snapshot))) == encode(snapshot)


def test_every_torn_snapshot_is_refused(state):
    """The test truncates at every length, and flips each byte in turn (sampled with a fixed seed)."""
    data = snapshot_file(state).read_bytes()
    picks = random.Random(6)
    lengths = {*range(100), *picks.sample(range(len(data)), 400)}
    for length in lengths:
        with pytest.raises(DamagedError):
            decode(data[:length])
    for place in {*range(120), *picks.sample(range(len(data)), 800)}:
        flipped = bytearray(data)
        flipped[place] ^= 1 << picks.randrange(8)
        with pytest.raises(DamagedError):
            decode(bytes(flipped))
    with pytest.raises(DamagedError):
        decode(data + b" ")


def test_every_torn_pointer_is_refused(state):
    good = state.pointer.read_bytes()
    for length in range(len(good)):
        state.pointer.write_bytes(good[:length])
        with pytest.raises(DamagedError):
            state.read()
    for place in range(len(good)):
        for bit in range(8):
            flipped = bytearray(good)
            flipped[place] ^= 1 << bit
            state.pointer.write_bytes(bytes(flipped))
            with pytest.raises(DamagedError):
                state.read()


def test_another_format_is_refused_with_both_versions(state):
    data = snapshot_file(state).read_bytes().replace(b"sixfold-snapshot/2", b"sixfold-snapshot/3")
    with pytest.raises(DamagedError, match=r"format is sixfold-snapshot/3.*reads sixfold-snapshot/2"):
        decode(data)


@pytest.mark.parametrize("body", [b"{", b"[]", b"{}", b'{"clusters": 5}'])
def test_a_valid_checksum_over_bytes_that_are_no_snapshot_is_damage(state, body):
    """A complete header means that the file is not torn: its bytes were written like this."""
    head = encode(state.read()).partition(b"\n")[0]
    digest, size = hashlib.sha256(body).hexdigest().encode(), str(len(body)).encode()
    parts = head.split(b" ")
    forged = b" ".join([*parts[:-2], digest, size])
    with pytest.raises(DamagedError, match="it is not a snapshot"):
        decode(forged + b"\n" + body)


def test_a_worker_keeps_its_snapshot_when_the_pointer_is_torn_or_gone(state):
    adopted = Served(state.folder)
    catalog = adopted.catalog()
    state.pointer.write_bytes(b"torn")
    assert adopted.catalog() is catalog
    assert "damaged" in adopted.damage
    state.pointer.unlink()
    assert adopted.catalog() is catalog


def test_a_worker_answers_503_when_its_snapshot_is_known_to_be_old(state, tmp_path):
    """The pointer names a newer snapshot that is incomplete, from which another worker may have answered already."""
    adopted = Served(state.folder)
    adopted.catalog()
    run(second_tree(tmp_path), state.folder, today=TODAY)
    complete = snapshot_file(state).read_bytes()
    snapshot_file(state).write_bytes(complete[:-1])
    with pytest.raises(Refusal) as refusal:
        adopted.catalog()
    assert refusal.value.status == 503
    snapshot_file(state).write_bytes(complete)
    assert adopted.catalog().snapshot.sequence == 2


def test_a_worker_without_state_answers_503(tmp_path):
    with pytest.raises(Refusal) as refusal:
        Served(tmp_path / "none").catalog()
    assert refusal.value.status == 503


@pytest.mark.parametrize("damage", [b"", b"torn", None], ids=["empty", "torn", "gone"])
def test_adoption_after_a_lost_pointer_is_still_guarded(state, tmp_path, damage):
    """If the pointer is lost, the next adoption must not count as the first one, which has no guard."""
    if damage is None:
        state.pointer.unlink()
    else:
        state.pointer.write_bytes(damage)
    spec = Spec()
    spec.remove_team("ads", "prod/dc1/dc1-a")
    result = run(spec.write(tmp_path / "tree"), state.folder, today=TODAY)
    assert result.outcome == "adopted"
    assert set(state.read().held) == {"ads"}


def test_a_lost_pointer_is_restored_for_an_adopted_tree(state, tmp_path):
    state.pointer.unlink()
    run(tmp_path / "tree", state.folder, today=TODAY)
    assert state.read() is not None


def test_a_damaged_snapshot_stops_adoption(state, tmp_path):
    path = snapshot_file(state)
    path.write_bytes(path.read_bytes()[:-1])
    result = run(second_tree(tmp_path), state.folder, today=TODAY)
    assert (result.outcome, result.problems[0].code) == ("failed", "SF820")
    assert "empty it" in result.problems[0].help


def test_a_damaged_newest_snapshot_is_never_replaced_by_an_older_one(state, tmp_path):
    run(second_tree(tmp_path), state.folder, today=TODAY)
    newest = snapshot_file(state)
    newest.write_bytes(newest.read_bytes()[:-1])
    state.pointer.unlink()
    assert run(tmp_path / "tree", state.folder, today=TODAY).problems[0].code == "SF820"


def test_three_snapshots_are_kept(state, tmp_path):
    for number in range(6):
        spec = Spec()
        spec.where["prod/dc1/dc1-a"]["playback"][1]["player"] = f"# {number}\n"
        run(spec.write(tmp_path / "tree"), state.folder, today=TODAY)
    assert len(list((state.folder / "snapshots").iterdir())) == 3
    assert state.read().sequence == 7


def test_temporary_files_of_others_in_the_state_folder_stay(state, tmp_path):
    own = [".current.7.tmp", ".attempt.json.7.tmp", ".persisted.json.7.tmp", ".live.json.7.tmp"]
    foreign = ["notes.tmp", ".notes.7.tmp", ".current.tmp", "current.7.tmp", "snapshots/report.tmp"]
    for name in (*own, "snapshots/.000000000009.snapshot.7.tmp", *foreign):
        (state.folder / name).write_text("half written")
    run(second_tree(tmp_path), state.folder, today=TODAY)
    left = {path.relative_to(state.folder).as_posix() for path in state.folder.rglob("*.tmp")}
    assert left == set(foreign)


def test_a_second_adopter_is_refused_while_the_first_runs(state, tmp_path):
    with state.lock(0):
        with pytest.raises(BusyError), State(state.folder).lock(0):
            pass
        result = run(second_tree(tmp_path), state.folder, today=TODAY, wait=0)
        assert result.problems[0].code == "SF822"
    assert run(tmp_path / "tree", state.folder, today=TODAY).outcome == "adopted"


def test_a_state_folder_that_cannot_be_written_is_a_finding(tmp_path):
    (tmp_path / "state").write_text("a file in the place of the folder")
    result = run(Spec().write(tmp_path / "tree"), tmp_path / "state", today=TODAY)
    assert (result.outcome, result.problems[0].code) == ("failed", "SF821")


def test_a_full_disk_leaves_the_adopted_state_unchanged(state, tmp_path):
    """The disk is simulated by a real limit on file sizes, at which the write fails in the middle."""
    before = state.read()
    program = f"""
        import resource, signal, sys
        from datetime import date
        from pathlib import Path
        from sixfold_generator.adoption.run import run
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))
        result = run(Path({str(second_tree(tmp_path))!r}), Path({str(state.folder)!r}), today=date(2026, 11, 24))
        print(result.outcome, result.problems[0].code)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)],
        # Truncated bytecode would break every later process.
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "failed SF821\n"
    assert state.read() == before
    assert run(tmp_path / "tree", state.folder, today=TODAY).outcome == "adopted"
    assert not list(state.folder.rglob("*.tmp"))
