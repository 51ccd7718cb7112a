"""F14: files of an older or a newer version are read, or rejected with a reason, and never lead to an empty answer."""

from __future__ import annotations

import hashlib
import json
import shutil
from datetime import date

from sixfold_compiler.tree.seal import BLANK, seal
from sixfold_generator.adoption.run import run
from sixfold_generator.plugin.answer import answer
from sixfold_generator.plugin.query import Refusal, parse
from sixfold_generator.service.served import Served
from sixfold_generator.state.snapshot import FORMAT
from tests.faults.kills import names
from tests.faults.record import RECORDED
from tests.faults.tally import Tally
from tests.support.repos import Repo

TODAY = date(2026, 11, 24)


NEXT = b"sixfold-snapshot/%d" % (int(FORMAT.rpartition(b"/")[2]) + 1)


RELEASES = sorted(place.name for place in RECORDED.iterdir())


REQUEST = parse(b'{"applicationSetName":"test","input":{}}')


def sets(state) -> int | None:
    """Return the number of sets in the answer of a new worker, or None for a 503 with a reason."""
    try:
        return answer(Served(state).catalog(), REQUEST).sets
    except Refusal as refusal:
        return None if refusal.status == 503 and len(refusal.message) > 20 else 0


def other_versions(folder) -> Tally:
    """Use the state and the tree of every recorded release and of simulated newer versions with this version."""
    tally = Tally("F14", f"state and tree of {len(RELEASES)} recorded releases and {len(FUTURES)} simulated newer ones")
    for release in RELEASES:
        one_version(tally, folder, release, RECORDED / release, lambda _place: None)
    for name, change in FUTURES.items():
        one_version(tally, folder, name, RECORDED / RELEASES[-1], change)
    return tally


def one_version(tally: Tally, folder, name: str, recorded, change) -> None:
    place = shutil.copytree(recorded, folder / name.replace(" ", "-"))
    change(place)
    seen = sets(place / "state")
    tally.check(seen != 0, f"{name}: an empty answer")
    tally("states read" if seen else "states rejected with 503")
    kept = {
        path: (place / "state" / path).read_bytes()
        for path in names(place / "state")
        if "." in path or path == "current"
    }
    result = run(place / "tree", place / "state", today=TODAY, force=True)
    if result.outcome in ("adopted", "unchanged"):
        tally.check(sets(place / "state"), f"{name}: an empty answer after an adoption")
        tally("trees adopted")
    else:
        tally.check(len(result.problems[0].message) > 20, f"{name}: {result.problems}")
        tally.check(
            all((place / "state" / path).read_bytes() == data for path, data in kept.items()),
            f"{name}: the state was changed",
        )
        tally.check(sets(place / "state") == seen, f"{name}: another answer")
        tally(f"trees rejected ({result.problems[0].code})")
    repo = Repo(place / "repo")
    shutil.copytree(place / "tree", repo.out)
    ran = repo.compile(jobs=1)
    tally.check(set(ran.codes) <= {"SF418"}, f"{name}: {ran.codes}")  # an older tree comes without a names lock
    clean = Repo(place / "clean")
    clean.compile(jobs=1)
    if tally.check(repo.tree() == clean.tree(), f"{name}: the compiled tree is not this version's"):
        tally("trees compiled over")


def next_format(place) -> None:
    rewrite_snapshot(place, lambda data: data.replace(FORMAT, NEXT, 1))


def next_field(place) -> None:
    """Add a field under the same format, with a valid checksum."""

    def change(data: bytes) -> bytes:
        body = data.partition(b"\n")[2][:-1] + b',"zone":"new"}'
        return b"%s %s %d\n" % (FORMAT, hashlib.sha256(body).hexdigest().encode(), len(body)) + body

    rewrite_snapshot(place, change)


def rewrite_snapshot(place, change) -> None:
    (file,) = (place / "state" / "snapshots").iterdir()
    data = change(file.read_bytes())
    file.write_bytes(data)
    (place / "state" / "current").write_bytes(f"{file.name} {hashlib.sha256(data).hexdigest()}\n".encode())


def rewrite_root(**fields):
    def change(place) -> None:
        path = place / "tree" / "inventory.json"
        document = {**json.loads(path.read_bytes()), **fields, "checksum": BLANK}
        path.write_bytes(seal((json.dumps(document, indent=2, sort_keys=True) + "\n").encode()))

    return change


FUTURES = {
    "snapshot of the next format": next_format,
    "snapshot with a new field": next_field,
    "inventory of the next version": rewrite_root(apiVersion="sixfold.dev/v2"),
    "inventory with a new field": rewrite_root(zones={"one": 1}),
    "tombstone with a new field": rewrite_root(
        tombstones=[{"team": "pay", "approvedBy": "a", "reason": "b", "until": "2999-01-01", "only": "x"}]
    ),
}
