"""The steps of docs/runbooks/decommission-cluster.md, with real compiles and the real adoption."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path

import pytest
import yaml

from sixfold_compiler.cli.group import COMMANDS
from sixfold_compiler.diagnostics import DiagnosticError
from sixfold_compiler.engine import Pool
from sixfold_compiler.inputs.fleet_loader import load_fleet
from sixfold_compiler.inputs.tombstones import Approval
from sixfold_compiler.operations.retire import apply, cluster
from sixfold_generator.adoption.run import run
from sixfold_generator.plugin.answer import answer
from sixfold_generator.plugin.catalog import Catalog
from sixfold_generator.plugin.query import parse
from sixfold_generator.state.folder import State
from tests.support.repos import Repo

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "runbooks" / "decommission-cluster.md").read_text()
TODAY = date(2026, 11, 24)
HOW = Approval("oidc:platform", "replaced by another one", "2026-12-20")
SECRET, KEY = "cluster-prod-dc1-b", "prod/dc1/dc1-b"


class DrainSteps:
    """A deploy repo, and a generator that adopts what is compiled."""

    def __init__(self, folder: Path) -> None:
        self.repo = Repo(folder / "repo")
        for name in ("web", "stock"):
            self.repo.put(f"shop/{name}", spread="every")
        self.state = folder / "state"

    def compile(self) -> list[str]:
        return self.repo.compile(guard=True, today=TODAY).codes

    def adopt(self) -> list[str]:
        result = run(self.repo.out, self.state, today=TODAY, force=True)
        return [problem.code for problem in result.problems]

    def names(self, **parameters: str) -> set[str]:
        """Return the names of the Applications that Argo CD gets from the generator."""
        body = {"applicationSetName": "x", "input": {"parameters": parameters}}
        catalog = Catalog(State(self.state).read())
        sets = json.loads(answer(catalog, parse(json.dumps(body).encode())).body)["output"]["parameters"]
        return {parameters["name"] for parameters in sets}

    def argocd(self, kind: str, name: str) -> dict | None:
        """Return an object of the tree's folder for Argo CD; None if it has no such object."""
        for file in (self.repo.out / "argocd/main").glob("*.yaml"):
            for item in yaml.safe_load_all(file.read_text()):
                if (item["kind"], item["metadata"]["name"]) == (kind, name):
                    return item
        return None

    def admits(self, project: str) -> bool:
        servers = [d["server"] for d in self.argocd("AppProject", project)["spec"]["destinations"]]
        return "https://dc1-b.eks.example.com" in servers

    def retire(self) -> None:
        with Pool(1) as pool:
            fleet = load_fleet(self.repo.folder / "environments", pool)
        retirement = cluster(self.repo.folder, fleet, self.repo.out, "prod/dc1-b", HOW)
        assert not retirement.by_hand
        apply(self.repo.folder, retirement)


def test_no_step_orphans_an_object_and_steps_out_of_order_are_rejected(tmp_path) -> None:
    """Argo CD loses the Applications of teams first, then that of the platform, then the Secret.

    Each step is approved, compiled and adopted.
    """
    steps = DrainSteps(tmp_path)
    assert (steps.compile(), steps.adopt()) == ([], [])
    assert "prod-dc1-b-shop" in steps.names(unit="namespace")
    with pytest.raises(DiagnosticError, match=r"SF721.*still has 3 namespaces") as refused:
        steps.retire()
    (problem,) = refused.value.diagnostics
    assert "set its state to 'draining' in the fleet" in problem.help

    # 1. Drain. Compiler and generator reject it without the approval.
    fleet = steps.repo.data["environments"]["prod"]["dataCenters"]["dc1"]["clusters"]
    fleet["dc1-b"]["state"] = "draining"
    steps.repo.write_fleet()
    assert steps.compile() == ["SF711"] * 3, "one for each team"
    with pytest.raises(DiagnosticError, match="SF721") as refused:
        steps.retire()
    (problem,) = refused.value.diagnostics
    assert f"`sixfold drain {KEY}`" in problem.help
    assert "set its state" not in problem.help, "it is draining already"
    (block,) = [block for block in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL) if "approvedBy" in block]
    tombstones_page = "apiVersion: sixfold.dev/v1\nkind: Tombstones\ntombstones:\n" + block.replace("dc1-a", "dc1-b")
    steps.repo.write("environments/tombstones.yaml", tombstones_page)
    assert (steps.compile(), steps.adopt()) == ([], [])
    assert not any("dc1-b" in name for name in steps.names(unit="namespace"))
    assert "prod-dc1-b" in steps.names(unit="cluster"), "the platform stays while Applications are deleted"
    assert steps.admits("shop"), "else Argo CD would not delete what the team's Application deployed"
    assert steps.admits("sixfold-platform")

    # 2. Retire. The generator no longer lists the cluster; Secret and projects still let Argo CD delete objects there.
    steps.retire()
    with pytest.raises(DiagnosticError, match=r"SF721.*still has its platform objects"):
        steps.retire()
    assert (steps.compile(), steps.adopt()) == ([], [])
    assert "prod-dc1-b" not in steps.names(unit="cluster")
    assert not (steps.repo.out / KEY).exists()
    assert steps.argocd("Secret", SECRET) is not None
    assert steps.admits("sixfold-platform")

    # 3. Remove it from the fleet. The Secret is deleted last, and Argo CD does not prune it.
    assert steps.argocd("Secret", SECRET)["metadata"]["annotations"] == {
        "argocd.argoproj.io/sync-options": "Prune=false"
    }
    steps.retire()
    assert "dc1-b" not in (steps.repo.folder / "environments/fleet.jsonnet").read_text()
    assert (steps.compile(), steps.adopt()) == ([], [])
    assert steps.argocd("Secret", SECRET) is None
    assert not steps.admits("shop")
    assert steps.names(unit="namespace") == {
        f"prod-{c}-{t}" for c in ("dc1-a", "dc2-a") for t in ("shop", "pay", "search")
    }


def test_the_generator_is_the_second_lock_on_every_step(tmp_path) -> None:
    """Even from a tree that was compiled without the guard, the generator serves every Application of the cluster."""
    steps = DrainSteps(tmp_path)
    assert (steps.compile(), steps.adopt()) == ([], [])
    fleet = steps.repo.data["environments"]["prod"]["dataCenters"]["dc1"]["clusters"]
    before = steps.names(unit="namespace") | steps.names(unit="cluster")
    fleet["dc1-b"]["state"] = "draining"
    steps.repo.write_fleet()
    steps.repo.compile()
    assert set(steps.adopt()) == {"SF811"}
    assert steps.names(unit="namespace") | steps.names(unit="cluster") == before
    fleet["dc1-b"]["state"] = "retired"
    steps.repo.write_fleet()
    steps.repo.compile()
    assert steps.adopt() == ["SF810"]
    assert steps.names(unit="namespace") | steps.names(unit="cluster") == before


def test_every_command_of_the_page_exists() -> None:
    names = {name for name, _, _ in COMMANDS}
    used = re.findall(r"^sixfold (\w+)", PAGE, re.MULTILINE)
    assert {"retire", "compile", "guard", "preview", "place", "drain"} == set(used)
    assert set(used) <= names
