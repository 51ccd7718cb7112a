"""Ownership: apps claim names, hosts and paths over several commits, with the verdicts of a pairwise comparison.

An input is a list of choices: a naming scheme, then commits of some apps with roads. Oracle
(`tests.properties.isolation.claims` compares every pair of apps without an index):

* after a commit no two apps have a name that only one of them may have;
* an app that fails keeps exactly its recorded names, and an unchanged app never fails;
* settling the result again changes nothing;
* the order in which apps are read does not matter;
* a newcomer in a settled tree fails exactly if it collides, and no other app gets a diagnostic.
"""

from __future__ import annotations

import atexit
import itertools
import random
import shutil
import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sixfold_compiler.inputs.sources import ManifestFile
from sixfold_compiler.manifest.prepare import Prepared
from sixfold_compiler.model.addresses import AppKey, Cell
from sixfold_compiler.model.facts import Facts
from sixfold_compiler.pipeline.app_state import AppState, PreparedApp, UnchangedApp
from tests.fuzz.choices import Choices
from tests.properties.isolation.claims import SCHEMES, Claims, collide, tree_of
from tests.support.facts import facts_of

if TYPE_CHECKING:
    from collections.abc import Iterator

WORDS: list[str] = []  # bytes are choices
RUNS = 800
FAULTS = {
    "a wildcard does not cover the hosts below it": ("compiler/sixfold_compiler/ownership/registry.py", 'if claim.host.startswith("*."):', 'if claim.host.startswith("*?"):'),
    "a longer path of another team is accepted": ("compiler/sixfold_compiler/ownership/registry.py", "if owner.team != key.team and not outer.admits(key):\n                    yield owner\n        for", "if False:\n                    yield owner\n        for"),
    "an app that fails does not regain its names": ("compiler/sixfold_compiler/pipeline/name_claims.py", "if isinstance(rival, AppKey) and self._may_lose(rival):", "if False:"),
}  # fmt: skip
TEAMS = ["shop", "pay", "a", "a-b"]
APPS = ["x", "b-c", "c", "b"]
LABELS = ["a", "b", "own", "example"]
SEGMENTS = ["api", "API", "apis", "match"]
CELLS = [Cell("prod", "dc1"), Cell("prod", "dc2"), Cell("staging", "dc1")]
SHARED = ["*", "shop", "pay/x", "a", "a-b/c"]

Published = dict[Cell, Facts]


def check(data: bytes) -> None:
    """Check the property for one input."""
    choices = Choices(data)
    claims = site(choices.pick(sorted(SCHEMES)))
    records: dict[str, Any] = {}
    committed: dict[str, Published] = {}
    for _ in range(1 + choices.number(4)):
        wanted = {key: facts(claims, key, choices) for key in keys(choices)}
        for key, was in committed.items():  # most existing apps stay unchanged
            if key not in wanted and not choices.chance(8):
                wanted[key] = was
        left, failures = commit(claims, records, wanted)
        reordered = dict(reversed(wanted.items()))
        assert commit(claims, records, reordered) == (left, failures), "the order matters"
        for first, other in itertools.combinations(sorted(left), 2):
            assert not collide(claims.fleet, first, other, left), (first, other, left)
        for key, published in wanted.items():
            if key in failures:
                assert left.get(key) == records.get(key), (key, failures)
            if committed.get(key) == published:
                assert key not in failures, (key, failures)
                assert left[key] == records[key], key
        committed = {key: committed[key] if key in failures else wanted[key] for key in left}
        assert commit(claims, left, committed) == (left, {}), "settling again changes something"
        records = left
    newcomer(claims, records, committed, choices)


def newcomer(claims: Claims, records: dict[str, Any], committed: dict[str, Published], choices: Choices) -> None:
    """Check one more app in a settled tree."""
    key = f"{choices.pick(TEAMS)}/{choices.pick(APPS)}"
    if key in committed:
        return
    published = facts(claims, key, choices)
    alone, invalid = commit(claims, {}, {key: published})
    if key not in alone and not invalid:
        return
    together = {**records, **alone}
    expected = invalid or any(collide(claims.fleet, key, other, together) for other in committed)
    left, reported = commit(claims, records, {**committed, key: published})
    assert reported.keys() == ({key} if expected else set()), (key, published, reported, expected)
    assert {k: left[k] for k in records} == records


def commit(
    claims: Claims, records: dict[str, Any], wanted: dict[str, Published]
) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the records after a compile of these apps, and the codes of the failures."""
    states: dict[AppKey, AppState] = {}
    for text, published in wanted.items():
        tree = tree_of(text, records.get(text, {}))
        file = ManifestFile(Path(f"apps/{text}.yaml"), f"apps/{text}.yaml", Path(), tree.key)
        if tree.facts == published:
            states[tree.key] = UnchangedApp(tree, file)
        else:
            states[tree.key] = PreparedApp(tree, file, "", Prepared(tree.key), published)
    return claims.settle(states)


def keys(choices: Choices) -> list[str]:
    """Return one to five apps."""
    return list(dict.fromkeys(f"{choices.pick(TEAMS)}/{choices.pick(APPS)}" for _ in range(1 + choices.number(5))))


def facts(claims: Claims, key: str, choices: Choices) -> Published:
    """Return the facts of an app in each cell."""
    team = key.partition("/")[0]
    cells = choices.some(CELLS, 3) or CELLS[:1]
    roads: dict[str, Any] = {road: {} for road in ("intra-dc", "inter-dc") if choices.chance(3)}
    if not choices.chance(4):
        roads["external"] = external(choices)
    return {
        cell: facts_of(
            key,
            roads=roads,
            namespace=claims.fleet.namespace(team, cell.environment),
            clusters={host.cluster: host.weight for host in claims.placement.hosts[cell, team]},
        )
        for cell in sorted(cells)
        if (cell, team) in claims.placement.hosts
    }


def external(choices: Choices) -> dict[str, Any]:
    """Return an external road."""
    road: dict[str, Any] = {}
    if choices.chance(2):
        wild = "*." if choices.chance(3) else ""
        road["host"] = wild + ".".join([choices.pick(LABELS) for _ in range(choices.number(3))] + ["example.org"])
    if not choices.chance(4):
        road["path"] = (
            "/" + "/".join(choices.pick(SEGMENTS) for _ in range(choices.number(4))) + choices.pick(["", "", "/"])
        )
        road["path"] = road["path"].replace("//", "/")
    if choices.chance(6):
        road["loadBalancer"] = True
    if choices.chance(3):
        road["sharedWith"] = choices.some(SHARED, 2)
    return road


@cache
def site(scheme: str) -> Claims:
    """Return claims for a fleet with this naming scheme."""
    folder = Path(tempfile.mkdtemp(prefix="sixfold-fuzz-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Claims(folder / "repo", SCHEMES[scheme])


def seeds() -> Iterator[bytes]:
    """Yield random choices of several lengths, the same in every run."""
    yield b""
    for number in range(40):
        yield random.Random(number).randbytes(20 + 8 * number)
