"""I1, I4 and I5: no content of a team's folder changes the trees and answers of other teams, or reveals their files."""

from __future__ import annotations

import json
import unicodedata

import pytest
from hypothesis import event, example, given

from tests.profiles import examples
from tests.properties.isolation.attacks import attacks
from tests.properties.isolation.neighbours import ATTACKER, OTHERS, PRIVATE, World, answers, document

NAMESPACED = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default"}}


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    return World(tmp_path_factory.mktemp("world") / "repo")


def others(tree):
    """Return the files of the other teams in a tree, and the files of Argo CD."""
    return {
        path: content
        for path, content in tree.items()
        if path.startswith("argocd/")
        or any(f"/{team}/" in path or path.endswith(f"/_tenancy/{team}.yaml") for team in OTHERS)
    }


@given(attack=attacks())
@example(attack={b"x.yml": b"a manifest with the wrong ending"})
@example(attack={b"evil.yaml": document("pay/evil", NAMESPACED)})
@example(attack={b"sixfold-gateway-peer.yaml": document("pay/sixfold-gateway-peer")})
@example(attack={b"evil.yaml": document("pay/evil", roads={"external": {"path": "/zqpath/a/b"}})})
@example(attack={b"evil.yaml": document("pay/evil", roads={"external": {"host": "*.example.com", "path": "/zqpath"}})})
@example(attack={b"evil.yaml": document("pay/evil", roads={"external": {"host": "example.com", "loadBalancer": True}})})
@example(attack={b"\xff.yaml": document("pay/evil")})
@examples(50)
def test_one_team_never_changes_the_overlays_of_another(world, attack) -> None:
    """The bytes of their overlays, tenancy and Argo CD objects stay the same, and so do the generator's answers."""
    outcome = world.after(attack)
    assert not outcome.fatal, outcome.diagnostics
    assert all(d.app.startswith(f"{ATTACKER}/") for d in outcome.diagnostics), outcome.diagnostics
    assert others(outcome.tree) == others(world.before)
    served = answers(outcome.snapshot)
    assert outcome.snapshot.held.keys() <= {ATTACKER}
    for team in OTHERS:
        for unit in ("namespace", "app"):
            assert served[team, unit] == world.answers[team, unit]
    event("refused" if outcome.diagnostics else "compiled")

    _check_destinations(outcome, served)
    _check_output(outcome, attack)


def _check_destinations(outcome, served) -> None:
    """Check I3 and I4: the attacker has objects only in its namespace, on its clusters and in its project."""
    for path in outcome.tree:
        if path.endswith((".yaml",)) and f"/{ATTACKER}/" in path:
            assert path.startswith(("prod/dc1/dc1-a/pay/", "prod/dc1/dc1-b/pay/")), path
    for unit in ("namespace", "app"):
        for entry in json.loads(served[ATTACKER, unit])["output"]["parameters"]:
            assert (entry["project"], entry["team"], entry["namespace"]) == (ATTACKER,) * 3
            assert entry["cluster"] in {"dc1-a", "dc1-b"}
            assert entry["server"] == f"https://{entry['cluster']}.eks.example.com"
            assert entry["repoURL"] == "https://git.example.com/deploy.git"
            assert entry["path"] == f"overlays/prod/dc1/{entry['cluster']}/pay"


def _check_output(outcome, attack) -> None:
    """Check I5: the output has no private text of others unless the attacker wrote it, and no control characters."""
    known = (b"\n".join((*attack, *attack.values()))).decode(errors="replace").casefold()
    shown = outcome.shown.casefold()
    for word in PRIVATE:
        if word not in known:
            assert word not in shown, outcome.shown
    odd = [c for c in outcome.shown if unicodedata.category(c)[0] == "C" or c in "\u2028\u2029\u3164"]
    assert set(odd) <= {"\n"}, outcome.shown
