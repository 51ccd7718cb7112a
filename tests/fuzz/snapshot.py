"""The generator's readers: adopted snapshots and trees of inventories are complete, or rejected.

The first byte of an input is the kind of the others: a snapshot, the body of a snapshot, edits of a snapshot, damage of
a file of a tree, a root inventory, or edits of inventories with correct digests. Oracle:

* `decode` returns a snapshot that is encoded and decoded as the same snapshot, or raises `DamagedError`; it rejects
  every change of the bytes of a written snapshot;
* `read_tree` returns a snapshot, or raises `DiagnosticError` with SF801 to SF808; it rejects a tree with any byte that
  differs from its inventories;
* an accepted tree is complete: teams, counts and Applications agree, each Application has one owner, every listed file
  exists, and no other file that Argo CD would deploy;
* an accepted tree can be judged and adopted, with and without an earlier adoption: the result is a snapshot, or SF810.
  It survives the state file, and its answers are text without braces and control characters, since Argo CD uses them
  in templates.
"""

from __future__ import annotations

import copy
import hashlib
import json
import random
import re
from collections import Counter
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any

from sixfold_compiler.diagnostics import DiagnosticError
from sixfold_compiler.model.inventory import digest_of
from sixfold_compiler.tree.seal import BLANK, seal
from sixfold_generator.adoption.decide import adopt
from sixfold_generator.adoption.read_tree import read_tree
from sixfold_generator.plugin.answer import answer
from sixfold_generator.plugin.catalog import Catalog
from sixfold_generator.plugin.query import Refusal, parse
from sixfold_generator.state.snapshot import FORMAT, DamagedError, Snapshot, decode, encode
from tests.fuzz.choices import Choices
from tests.support.memory_tree import MemoryTree
from tests.support.trees import Spec, dump, placements

if TYPE_CHECKING:
    from collections.abc import Iterator

WORDS = """
    sixfold-snapshot/2 sha256: "clusters":{ "namespaces":{ "apps":{ "files":{ "teams":{ "spent":[ "drop":{ "held":{ null [] {} true 0 -1
    1e9 "prod/dc1/dc1-a" "ads" "application" "revision":
""".split()  # noqa: SIM905 - easier to read than a list
RUNS = 1200
FAULTS = {
    "a file's digest is not compared": ("generator/sixfold_generator/adoption/read_tree.py", "if len(body) != size or digest_of(body) != digest:", "if len(body) != size:"),
    "files that no inventory lists are not detected": ("generator/sixfold_generator/adoption/read_tree.py", "        if path not in named:", '        if path not in named and path.endswith(".yml"):'),
    "a body of another shape is not rejected": ("generator/sixfold_generator/state/snapshot.py", "except (ValueError, KeyError, TypeError, AttributeError) as error:", "except (ValueError, KeyError, TypeError) as error:"),
}  # fmt: skip
TODAY = date(2026, 11, 24)
REQUESTS = [
    parse(f'{{"applicationSetName":"test","input":{{"parameters":{{"unit":"{unit}"}}}}}}'.encode())
    for unit in ("cluster", "namespace", "app")
]
TOPOLOGY = {"prod": {"dc1": ["dc1-a", "dc1-b"]}}
TEAMS = {"ads": ["ads"], "auth": ["one", "two"]}
ROOT = "inventory.json"
ODD: list[Any] = [
    None, True, 0, -1, 1, 10**9, 1.5, "", "x", "ads", "auth", "other", "../x", "a/b", "prod/dc1/dc1-a", "prod/dc1/dc1-b", "prod/dc1/..", "prod/dc1",
    "prod-dc1-a-ads", "prod-dc1-b", "{{.x}}", "a\nb", "https://x.example.com/{a}", "https://other.example.com", "app", "namespace", "_platform/x.yaml",
    "_tenancy/../x.yaml", "a" * 64, [], {}, [1], {"a": 1}, "\ud7ff", "2026-11-24", "sha256:" + "0" * 64, "é",
]  # fmt: skip


def check(data: bytes) -> None:
    """Check the property for one input."""
    kind, remaining = (data[0] % 6 if data else 0), data[1:]
    choices = Choices(remaining)
    if kind == 0:
        check_snapshot(remaining)
    elif kind == 1:
        check_snapshot(with_header(remaining))
    elif kind == 2:
        body = json.loads(written().partition(b"\n")[2])
        for _ in range(1 + choices.number(3)):
            edit(choices, body)
        check_snapshot(with_header(json.dumps(body, separators=(",", ":"), sort_keys=True).encode()))
    elif kind == 3:
        check_torn(choices)
    elif kind == 4:
        check_tree({**tree()[0], ROOT: seal(remaining)})
    else:
        check_tree(edited(choices))


def check_snapshot(data: bytes) -> None:
    """Check that bytes are rejected, or decoded to a snapshot that can be encoded and decoded again."""
    try:
        result = decode(data)
    except DamagedError as error:
        assert data != written(), error
        return
    try:
        again = encode(result)
    except TypeError:  # a number beyond 64 bits is read as a float, and `encode` never writes it
        return
    assert decode(again) == result
    assert encode(decode(again)) == again


def with_header(body: bytes) -> bytes:
    """Return the body with a valid header."""
    return b"%s %s %d\n" % (FORMAT, hashlib.sha256(body).hexdigest().encode(), len(body)) + body


def check_torn(choices: Choices) -> None:
    """Check one file of a tree, or a written snapshot, with some bytes removed, changed or added."""
    files, _ = tree()
    path = choices.pick([*sorted(files), ""])
    body = files.get(path, written())
    start = choices.number(len(body) + 1)
    end = min(len(body), start + choices.pick([0, 1, 2, 8, len(body)]))
    most = end - start if choices.chance(2) else 64  # of the same length, or longer
    damaged = body[:start] + choices.remaining()[:most] + body[end:]
    if not path:
        check_snapshot(damaged)
        try:
            decode(damaged)
        except DamagedError:
            assert damaged != body
        else:
            assert damaged == body, "a changed snapshot is accepted"
        return
    if damaged == body:
        return
    try:
        read_tree(MemoryTree({**files, path: damaged}))
    except DiagnosticError as error:
        check_rejection(error)
    else:
        raise AssertionError(f"{path} is torn, but the tree is accepted: {damaged!r}")


def check_rejection(error: DiagnosticError) -> None:
    """Check that the diagnostics of a rejected tree have codes of trees, and messages."""
    for problem in error.diagnostics:
        assert re.fullmatch(r"SF80[1-8]", problem.code), problem
        assert problem.message, problem
    assert 1 <= len(error.diagnostics) <= 10


def check_tree(files: dict[str, bytes]) -> None:
    """Check that a tree is rejected, or is complete and can be adopted."""
    try:
        result, inventory = read_tree(MemoryTree(files))
    except DiagnosticError as error:
        check_rejection(error)
        return
    check_agreement(result, files)
    for adopted in (None, tree()[1]):
        try:
            adoption = adopt(adopted, result, inventory.tombstones, inventory.deletions, TODAY).snapshot
        except DiagnosticError as error:
            assert {d.code for d in error.diagnostics} == {"SF810"}, error
            continue
        assert decode(encode(adoption)) == adoption
        assert (
            adopt(adoption, result, inventory.tombstones, inventory.deletions, TODAY).snapshot.clusters
            == adoption.clusters
        )
        for ask in REQUESTS:
            check_answer(adoption, ask)


def check_agreement(result: Snapshot, files: dict[str, bytes]) -> None:
    """Check that an accepted tree agrees with itself and with its files."""
    counts: Counter[tuple[str, str]] = Counter()
    live: Counter[str] = Counter(cluster.application for cluster in result.clusters.values())
    named = {ROOT}
    for key, cluster in result.clusters.items():
        assert key == cluster.key
        named |= {f"{key}/inventory.json", f"{cluster.cell}/facts.json", *(f"{key}/{path}" for path in cluster.files)}
        for path, file in cluster.files.items():
            assert digest_of(files[f"{key}/{path}"]) == file.digest
        for name, namespace in cluster.namespaces.items():
            team = result.teams[namespace.team]
            assert team.project == namespace.project
            counts[namespace.team, cluster.cell] += 1
            live[namespace.application] += 1
            for app, overlay in namespace.apps.items():
                path = f"{key}/{name}/{app}.yaml"
                named.add(path)
                assert digest_of(files[path]) == overlay.digest
                assert len(files[path]) == overlay.size
                if team.unit == "app":
                    live[overlay.application] += 1
    assert max(live.values(), default=0) <= 1, live
    for name, entry in result.teams.items():
        for cell, count in entry.applications.items():
            assert counts.pop((name, cell), 0) == count, (name, cell)
    assert not counts
    named |= {f"argocd/{instance}/{name}" for instance, entries in result.argocd.items() for name in entries}
    # Facts of a cell without clusters are named by the root inventory, which the snapshot does not keep.
    assert {path for path in files.keys() - named if not path.endswith("/facts.json")} == set()


def check_answer(adopted: Snapshot, ask: Any) -> None:
    """Check the answer to Argo CD."""
    try:
        reply = answer(Catalog(adopted), ask)
    except Refusal as refusal:
        assert refusal.status in {400, 404, 409}, refusal
        return
    sets = json.loads(reply.body)["output"]["parameters"]
    assert len(sets) == reply.sets
    for parameters in sets:
        if parameters["unit"] == "cluster":
            assert parameters.pop("include") == "{_platform/*.yaml,_tenancy/*.yaml}"  # a pattern of Argo CD's
        assert all(text.isprintable() and not {"{", "}"} & set(text) for text in texts(parameters)), parameters


def texts(value: Any) -> Iterator[str]:
    """Yield every text in a value, keys included."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield key
            yield from texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from texts(item)
    else:
        yield str(value)


def edited(choices: Choices) -> dict[str, bytes]:
    """Return the tree with edits of its inventories, with correct digests and a correct seal."""
    files = dict(tree()[0])
    root = json.loads(files[ROOT])
    clusters = {key: json.loads(files[f"{key}/inventory.json"]) for key in root["clusters"]}
    if choices.chance(4):
        place = choices.pick(
            [
                "prod/dc1/dc1-a/ads/",
                "prod/dc1/dc1-a/_platform/",
                "prod/dc1/dc1-a/_tenancy/",
                "argocd/ap-south-1/",
                "prod/dc1/dc1-a/",
            ]
        )
        files[place + choices.pick(["x.yaml", "x.yml", "x/y.yaml", ".x.yaml"])] = b"# foreign\n"
    for _ in range(1 + choices.number(4)):
        edit(choices, choices.pick([root, *clusters.values()]))
    for key, cluster in clusters.items():
        body = files[f"{key}/inventory.json"] = dump(cluster)
        entry = root["clusters"].get(key) if isinstance(root.get("clusters"), dict) else None
        if isinstance(entry, dict):
            entry |= {"digest": digest_of(body), "size": len(body)}
    if isinstance(root.get("checksum"), str):
        root["checksum"] = BLANK
    files[ROOT] = seal(dump(root))
    return files


def edit(choices: Choices, document: Any) -> None:
    """Make one change in a document: another value, or a key that is renamed, duplicated or deleted."""
    place = document
    while isinstance(place, (dict, list)) and place:
        keys = sorted(place) if isinstance(place, dict) else list(range(len(place)))
        key = choices.pick(keys)
        if isinstance(place[key], (dict, list)) and place[key] and not choices.chance(5):
            place = place[key]
            continue
        match choices.number(5):
            case 0:
                place[key] = copy.deepcopy(choices.pick(ODD))
            case 1:
                del place[key]
            case 2:
                place[key] = copy.deepcopy(place[choices.pick(keys)])
            case 3 if isinstance(place, dict):
                new = choices.pick([item for item in ODD if isinstance(item, str)])
                place[new] = place.pop(key) if choices.chance(2) else copy.deepcopy(place[key])
            case 4 if type(place[key]) is int:
                place[key] += choices.pick([1, -1])
            case _:
                place[key] = choices.remaining()[:20].decode("utf-8", "replace")
        return


@cache
def tree() -> tuple[dict[str, bytes], Snapshot]:
    """Return the files of a tree of two clusters, and the snapshot of its adoption."""
    spec = Spec(placements(TOPOLOGY, TEAMS))
    spec.units = {"auth": "app"}
    spec.bury(team="ads", app="ads")
    files = spec.files()
    result, inventory = read_tree(MemoryTree(files, "1" * 40))
    return files, adopt(None, result, inventory.tombstones, inventory.deletions, TODAY).snapshot


@cache
def written() -> bytes:
    """Return the state file after an adoption with accepted deletions and a held team."""
    spec = Spec(placements(TOPOLOGY, TEAMS)).allow(minimum=1)
    spec.units = {"auth": "app"}
    del spec.where["prod/dc1/dc1-a"]["auth"][1]["one"]
    spec.where["prod/dc1/dc1-b"].pop("ads")
    spec.where["prod/dc1/dc1-a"].pop("ads")
    result, inventory = read_tree(MemoryTree(spec.files(), "2" * 40))
    return encode(adopt(tree()[1], result, inventory.tombstones, inventory.deletions, TODAY).snapshot)


def seeds() -> Iterator[bytes]:
    """Yield unchanged files of a tree and of a state, and random choices, the same in every run."""
    yield b"\0" + written()
    yield b"\1" + written().partition(b"\n")[2]
    yield b"\4" + tree()[0][ROOT].replace(json.loads(tree()[0][ROOT])["checksum"].encode(), BLANK.encode())
    for number in range(60):
        yield bytes([2 + number % 4]) + random.Random(number).randbytes(6 + number)
