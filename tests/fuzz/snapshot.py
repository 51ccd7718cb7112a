"""The generator's readers: adopted snapshots and trees of inventories are whole, or refused; nothing in between.

The first byte of an input says what the others are: a snapshot as it stands, the body of one, a change of one, a tree
of which a file is torn, a root inventory, or a change of inventories whose digests are right. Oracle:

* `decode` gives a snapshot that is encoded and decoded as the same, or `DamagedError`; of a snapshot that was written,
  every other bytes are refused;
* `read_tree` gives a snapshot, or `DiagnosticError` with SF801 to SF808; a tree of which any byte is not as its
  inventories say is refused;
* a tree that is taken is whole: teams, counts and Applications agree, each Application has one owner, every file is
  there as it is named, and nothing beside them that Argo CD would deploy;
* what is taken can be judged and adopted, on nothing and on what was adopted before: a snapshot, or SF810; it survives
  the state file, and what is answered from it is text without braces or controls, since it ends in templates.
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
""".split()  # noqa: SIM905 - as one would try them
RUNS = 1200
FAULTS = {
    "a file's digest is not compared": ("generator/sixfold_generator/adoption/read_tree.py", "if len(body) != size or digest_of(body) != digest:", "if len(body) != size:"),
    "files that no inventory names are not seen": ("generator/sixfold_generator/adoption/read_tree.py", '(name.endswith(".yaml") and name not in named)', '(name.endswith(".yml") and name not in named)'),
    "a body of another shape is not caught": ("generator/sixfold_generator/state/snapshot.py", "except (ValueError, KeyError, TypeError, AttributeError) as error:", "except (ValueError, KeyError, TypeError) as error:"),
}  # fmt: skip
TODAY = date(2026, 11, 24)
REQUESTS = [parse(f'{{"applicationSetName":"test","input":{{"parameters":{{"unit":"{unit}"}}}}}}'.encode()) for unit in ("cluster", "namespace", "app")]
TOPOLOGY = {"prod": {"dc1": ["dc1-a", "dc1-b"]}}
TEAMS = {"ads": ["ads"], "auth": ["one", "two"]}
ROOT = "inventory.json"
ODD: list[Any] = [
    None, True, 0, -1, 1, 10**9, 1.5, "", "x", "ads", "auth", "other", "../x", "a/b", "prod/dc1/dc1-a", "prod/dc1/dc1-b", "prod/dc1/..", "prod/dc1",
    "prod-dc1-a-ads", "prod-dc1-b", "{{.x}}", "a\nb", "https://x.example.com/{a}", "https://other.example.com", "app", "namespace", "_platform/x.yaml",
    "_tenancy/../x.yaml", "a" * 64, [], {}, [1], {"a": 1}, "\ud7ff", "2026-11-24", "sha256:" + "0" * 64, "é",
]  # fmt: skip


def check(data: bytes) -> None:
    """The oracle."""
    kind, remaining = (data[0] % 6 if data else 0), data[1:]
    choices = Choices(remaining)
    if kind == 0:
        decoded(remaining)
    elif kind == 1:
        decoded(headed(remaining))
    elif kind == 2:
        body = json.loads(written().partition(b"\n")[2])
        for _ in range(1 + choices.number(3)):
            edit(choices, body)
        decoded(headed(json.dumps(body, separators=(",", ":"), sort_keys=True).encode()))
    elif kind == 3:
        torn(choices)
    elif kind == 4:
        taken({**tree()[0], ROOT: seal(remaining)})
    else:
        taken(edited(choices))


def decoded(data: bytes) -> None:
    """A snapshot that lasts, or a refusal."""
    try:
        result = decode(data)
    except DamagedError as error:
        assert data != written(), error
        return
    try:
        again = encode(result)
    except TypeError:  # a number beyond 64 bits, which is read as a float and is nothing that `encode` wrote
        return
    assert decode(again) == result
    assert encode(decode(again)) == again


def headed(body: bytes) -> bytes:
    """The body with the header that goes with it."""
    return b"%s %s %d\n" % (FORMAT, hashlib.sha256(body).hexdigest().encode(), len(body)) + body


def torn(choices: Choices) -> None:
    """One file of a tree, or a written snapshot, with some bytes cut, changed or added."""
    files, _ = tree()
    path = choices.pick([*sorted(files), ""])
    body = files.get(path, written())
    start = choices.number(len(body) + 1)
    end = min(len(body), start + choices.pick([0, 1, 2, 8, len(body)]))
    most = end - start if choices.chance(2) else 64  # as long as it was, or not
    damaged = body[:start] + choices.remaining()[:most] + body[end:]
    if not path:
        decoded(damaged)
        try:
            decode(damaged)
        except DamagedError:
            assert damaged != body
        else:
            assert damaged == body, "a snapshot that was not written so"
        return
    if damaged == body:
        return
    try:
        read_tree(MemoryTree({**files, path: damaged}))
    except DiagnosticError as error:
        refused(error)
    else:
        raise AssertionError(f"{path} is torn, and the tree is taken: {damaged!r}")


def refused(error: DiagnosticError) -> None:
    """A refusal of a tree is one of its own codes, and says what is wrong."""
    for problem in error.diagnostics:
        assert re.fullmatch(r"SF80[1-8]", problem.code), problem
        assert problem.message, problem
    assert 1 <= len(error.diagnostics) <= 10


def taken(files: dict[str, bytes]) -> None:
    """A tree is whole, and fit to be adopted; or it is refused."""
    try:
        result, inventory = read_tree(MemoryTree(files))
    except DiagnosticError as error:
        refused(error)
        return
    check_agreement(result, files)
    for adopted in (None, tree()[1]):
        try:
            adoption = adopt(adopted, result, inventory.tombstones, inventory.deletions, TODAY).snapshot
        except DiagnosticError as error:
            assert {d.code for d in error.diagnostics} == {"SF810"}, error
            continue
        assert decode(encode(adoption)) == adoption
        assert adopt(adoption, result, inventory.tombstones, inventory.deletions, TODAY).snapshot.clusters == adoption.clusters
        for ask in REQUESTS:
            answered(adoption, ask)


def check_agreement(result: Snapshot, files: dict[str, bytes]) -> None:
    """What is taken agrees with itself and with the files."""
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
    for path in files.keys() - named:
        folder = path.rpartition("/")[0]
        deployed = any(folder == f"{k}/{n}" for k, c in result.clusters.items() for n in (*c.namespaces, "_platform", "_tenancy"))
        assert not (deployed and path.endswith(".yaml")), path


def answered(adopted: Snapshot, ask: Any) -> None:
    """What Argo CD is told."""
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
    """Every text in a value, keys included."""
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
    """The tree with changed inventories, each digest and the seal as they must be."""
    files = dict(tree()[0])
    root = json.loads(files[ROOT])
    clusters = {key: json.loads(files[f"{key}/inventory.json"]) for key in root["clusters"]}
    if choices.chance(4):
        place = choices.pick(["prod/dc1/dc1-a/ads/", "prod/dc1/dc1-a/_platform/", "prod/dc1/dc1-a/_tenancy/", "argocd/ap-south-1/", "prod/dc1/dc1-a/"])
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
    """One change somewhere in a document: a value from elsewhere or an odd one, a key renamed, doubled or taken away."""
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
    """A tree of two clusters, and what is adopted after it."""
    spec = Spec(placements(TOPOLOGY, TEAMS))
    spec.units = {"auth": "app"}
    spec.bury(team="ads", app="ads")
    files = spec.files()
    result, inventory = read_tree(MemoryTree(files, "1" * 40))
    return files, adopt(None, result, inventory.tombstones, inventory.deletions, TODAY).snapshot


@cache
def written() -> bytes:
    """The state file after an adoption that let something go and held something back."""
    spec = Spec(placements(TOPOLOGY, TEAMS)).allow(minimum=1)
    spec.units = {"auth": "app"}
    del spec.where["prod/dc1/dc1-a"]["auth"][1]["one"]
    spec.where["prod/dc1/dc1-b"].pop("ads")
    spec.where["prod/dc1/dc1-a"].pop("ads")
    result, inventory = read_tree(MemoryTree(spec.files(), "2" * 40))
    return encode(adopt(tree()[1], result, inventory.tombstones, inventory.deletions, TODAY).snapshot)


def seeds() -> Iterator[bytes]:
    """The files of a tree and a state file as they are, and choices by chance, the same at every run."""
    yield b"\0" + written()
    yield b"\1" + written().partition(b"\n")[2]
    yield b"\4" + tree()[0][ROOT].replace(json.loads(tree()[0][ROOT])["checksum"].encode(), BLANK.encode())
    for number in range(60):
        yield bytes([2 + number % 4]) + random.Random(number).randbytes(6 + number)
