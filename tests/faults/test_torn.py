"""F4: files cut at every length and with flipped bits: always found, and never another answer or a traceback."""

from __future__ import annotations

import random
from datetime import date

from sixfold_compiler.diagnostics import DiagnosticError
from sixfold_compiler.tree.reader import read_previous
from sixfold_generator.adoption.read_tree import read_tree
from sixfold_generator.adoption.run import run
from sixfold_generator.plugin.answer import answer
from sixfold_generator.plugin.query import Refusal, parse
from sixfold_generator.service.served import Served
from sixfold_generator.state.folder import State
from sixfold_generator.state.snapshot import DamagedError
from tests.faults.tally import Tally, holds
from tests.support.memory_tree import MemoryTree
from tests.support.repos import Repo
from tests.support.trees import Spec, placements

TODAY = date(2026, 11, 24)
SMALL = {"prod": {"dc1": ["dc1-a"]}}
TEAMS = {"ads": ["ads"]}
REQUEST = parse(b'{"applicationSetName":"test","input":{}}')


def small() -> Spec:
    return Spec(placements(SMALL, TEAMS))


def damages(data: bytes, picks: random.Random, flips: int | None):
    """(what was done, bytes): cut at every length, and every byte (or `flips` random ones) with one bit flipped."""
    cuts = range(len(data)) if flips is None else picks.sample(range(len(data)), min(len(data), flips // 4))
    for length in cuts:
        yield f"cut to {length} bytes", data[:length]
    places = range(len(data)) if flips is None else (picks.randrange(len(data)) for _ in range(flips))
    for place in places:
        bit = picks.randrange(8)
        yield f"bit {bit} of byte {place} flipped", data[:place] + bytes([data[place] ^ 1 << bit]) + data[place + 1 :]
    yield "one byte more", data + b"\n"


def torn_trees(spec: Spec, seed: int, flips: int | None) -> Tally:
    """The generator's reader on a tree of which one file is torn."""
    tally, picks = Tally("F4", "files of a tree cut and flipped, read by the generator"), random.Random(seed)
    files = spec.files()
    read_tree(MemoryTree(files))
    for path, data in files.items():
        for done, torn in damages(data, picks, flips):
            try:
                read_tree(MemoryTree({**files, path: torn}))
            except DiagnosticError:
                tally("refused")
            except Exception as error:  # noqa: BLE001 - whatever it is, Argo CD gets an error that it understands
                tally.wrong.append(f"{path}, {done}: {error!r}")
            else:
                tally.wrong.append(f"{path}, {done}: taken")
    return tally


def torn_states(folder, spec: Spec, seed: int, flips: int | None) -> Tally:
    """A worker that starts on a state of which the snapshot, the pointer or the note of the last attempt is torn."""
    tally, picks = Tally("F4", "files of the adopted state cut and flipped, read by a worker"), random.Random(seed)
    run(spec.write(folder / "tree"), folder / "state", today=TODAY)
    state = State(folder / "state")
    good = answer(Served(state.folder).catalog(), REQUEST).body
    (snapshot,) = (state.folder / "snapshots").iterdir()
    for path in (snapshot, state.pointer):
        data = path.read_bytes()
        for done, torn in damages(data, picks, flips):
            path.write_bytes(torn)
            try:
                body = answer(Served(state.folder).catalog(), REQUEST).body
                tally.wrong.append(f"{path.name}, {done}: " + ("not found" if body == good else "another answer"))
            except Refusal as refusal:
                tally.check(refusal.status == 503, f"{path.name}, {done}: {refusal.status}")
                tally("503")
            try:
                state.read()
                tally.wrong.append(f"{path.name}, {done}: read by the adopter")
            except DamagedError:
                pass
        path.write_bytes(data)
    return tally


def torn_inventories(folder, seed: int, flips: int) -> Tally:
    """The compiler on a tree of which an inventory, the facts or the journal are torn: made whole, byte for byte."""
    tally, picks = Tally("F4", "inventories and facts cut and flipped, then compiled"), random.Random(seed)
    repo = Repo(folder / "repo")
    repo.compile(jobs=1)
    wanted = repo.tree()
    names = [name for name in wanted if name.endswith(".json")]
    for number in range(flips):
        path = picks.choice(names)
        data = wanted[path]
        done, torn = picks.choice(list(damages(data, picks, 3)))
        (repo.out / path).write_bytes(torn)
        if number % 10 == 0:
            (repo.out / ".sixfold-journal").write_bytes(picks.randbytes(40))
        where = f"{path}, {done}"
        tally.check(read_previous(repo.out).torn, f"{where}: the compiler believes it")
        ran = repo.compile(jobs=1)
        tally.check(not ran.codes, f"{where}: {ran.codes}")
        if tally.check(repo.tree() == wanted, f"{where}: not made whole"):
            tally("made whole")
    return tally


def test_a_torn_tree_is_never_taken():
    holds(torn_trees(small(), 6, None))


def test_a_torn_state_is_never_answered_from(tmp_path):
    holds(torn_states(tmp_path, small(), 6, None))


def test_torn_inventories_are_made_whole(tmp_path):
    holds(torn_inventories(tmp_path, 6, 8))
