"""F4: truncated files and files with flipped bits are always detected, without a wrong answer or a traceback."""

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
from tests.faults.tally import Tally
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
    """Yield (damage, bytes): truncated at every length, and one bit flipped in every byte, or samples by `flips`."""
    cuts = range(len(data)) if flips is None else picks.sample(range(len(data)), min(len(data), flips // 4))
    for length in cuts:
        yield f"cut to {length} bytes", data[:length]
    places = range(len(data)) if flips is None else (picks.randrange(len(data)) for _ in range(flips))
    for place in places:
        bit = picks.randrange(8)
        yield f"bit {bit} of byte {place} flipped", data[:place] + bytes([data[place] ^ 1 << bit]) + data[place + 1 :]
    yield "one byte added", data + b"\n"


def torn_trees(spec: Spec, seed: int, flips: int | None) -> Tally:
    """Read trees with one torn file with the generator's reader."""
    tally, picks = Tally("F4", "files of a tree cut and flipped, read by the generator"), random.Random(seed)
    files = spec.files()
    read_tree(MemoryTree(files))
    for path, data in files.items():
        for damage, torn in damages(data, picks, flips):
            try:
                read_tree(MemoryTree({**files, path: torn}))
            except DiagnosticError:
                tally("rejected")
            except Exception as error:  # noqa: BLE001 - every other exception is a wrong outcome
                tally.wrong.append(f"{path}, {damage}: {error!r}")
            else:
                tally.wrong.append(f"{path}, {damage}: accepted")
    return tally


def torn_states(folder, spec: Spec, seed: int, flips: int | None) -> Tally:
    """Start a worker with a state whose snapshot or pointer is torn."""
    tally, picks = Tally("F4", "files of the adopted state cut and flipped, read by a worker"), random.Random(seed)
    run(spec.write(folder / "tree"), folder / "state", today=TODAY)
    state = State(folder / "state")
    good = answer(Served(state.folder).catalog(), REQUEST).body
    (snapshot,) = (state.folder / "snapshots").iterdir()
    for path in (snapshot, state.pointer):
        data = path.read_bytes()
        for damage, torn in damages(data, picks, flips):
            path.write_bytes(torn)
            try:
                body = answer(Served(state.folder).catalog(), REQUEST).body
                tally.wrong.append(f"{path.name}, {damage}: " + ("not detected" if body == good else "another answer"))
            except Refusal as refusal:
                tally.check(refusal.status == 503, f"{path.name}, {damage}: {refusal.status}")
                tally("503")
            try:
                state.read()
                tally.wrong.append(f"{path.name}, {damage}: read by the adopter")
            except DamagedError:
                pass
        path.write_bytes(data)
    return tally


def torn_inventories(folder, seed: int, flips: int) -> Tally:
    """Compile a tree whose inventory, facts or journal are torn; the compile must repair every byte."""
    tally, picks = Tally("F4", "inventories and facts cut and flipped, then compiled"), random.Random(seed)
    repo = Repo(folder / "repo")
    repo.compile(jobs=1)
    wanted = repo.tree()
    names = [name for name in wanted if name.endswith(".json")]
    for number in range(flips):
        path = picks.choice(names)
        data = wanted[path]
        damage, torn = picks.choice(list(damages(data, picks, 3)))
        (repo.out / path).write_bytes(torn)
        if number % 10 == 0:
            (repo.out / ".sixfold-journal").write_bytes(picks.randbytes(40))
        where = f"{path}, {damage}"
        tally.check(read_previous(repo.out).torn, f"{where}: the compiler does not detect it")
        ran = repo.compile(jobs=1)
        tally.check(not ran.codes, f"{where}: {ran.codes}")
        if tally.check(repo.tree() == wanted, f"{where}: not repaired"):
            tally("repaired")
    return tally
