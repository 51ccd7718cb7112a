"""Claims of apps to names, settled without rendering, and an oracle that compares each pair of apps."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import TYPE_CHECKING

from sixfold_compiler.inputs.fleet_loader import load_fleet
from sixfold_compiler.inputs.sources import ManifestFile
from sixfold_compiler.manifest.load import ManifestText
from sixfold_compiler.manifest.prepare import prepare
from sixfold_compiler.model.addresses import AppKey
from sixfold_compiler.model.names import application_name
from sixfold_compiler.pipeline.app_state import Apps, FailedApp, PreparedApp, TreeApp, UnchangedApp
from sixfold_compiler.pipeline.name_claims import lost_names
from sixfold_compiler.placement import Lock, Placement
from sixfold_compiler.placement.propose import propose
from tests.support.facts import record_of
from tests.support.repos import TODAY, Inline, Repo, manifest, team

if TYPE_CHECKING:
    from sixfold_compiler.inputs.fleet import FleetInput
    from sixfold_compiler.model.addresses import Cell
    from sixfold_compiler.model.facts import Facts
    from sixfold_compiler.pipeline.app_state import AppState

    Records = dict[str, dict[Cell, Facts]]  # by `team/app`

__all__ = ["SCHEMES", "Claims", "collide", "tree_of"]

SCHEMES = {
    "plain": {},
    "by app": {"external": "{app}.{environment}.{domain}"},
    "joined": {"intraDc": "{team}-{app}.{dc}.svc.{domain}", "interDc": "{app}.{domain}", "external": "{team}.{domain}"},
}


class AtFirst(Placement):
    """A placement that gives every app a home on its team's first cluster."""

    def home(self, cell: Cell, team: str, app: str) -> str:
        return self.hosts[cell, team][0].cluster


class Claims:
    """A fleet with a placement, and the decisions of a compile about names without rendering."""

    def __init__(self, folder: Path, scheme: dict[str, str]) -> None:
        repo = Repo(folder, ())
        repo.data["teams"] |= {"a": team(), "a-b": team()}
        repo.data["endpoints"] = scheme
        repo.data["environments"]["staging"] = {
            "dataCenters": {"dc1": {"region": "eu-west-1", "clusters": {
                "dc1-s": {**repo.data["environments"]["prod"]["dataCenters"]["dc2"]["clusters"]["dc2-a"], "server": "https://s.example.com",
                          "gateway": {"address": "gw.dc1-s.example.internal"}}}}}
        }  # fmt: skip
        repo.write_fleet()
        self.fleet = load_fleet(repo.folder / "environments", Inline())
        rows = propose(self.fleet, {}, Lock(), today=TODAY).lock.hosts
        self.placement = AtFirst({(cell, team): row for cell, teams in rows.items() for team, row in teams.items()})

    @classmethod
    def of(cls, fleet: FleetInput, placement: Placement) -> Claims:
        """Return the claims for an existing fleet and placement."""
        claims = cls.__new__(cls)
        claims.fleet, claims.placement = fleet, placement
        return claims

    def compile(self, records: Records, wanted: dict[str, dict]) -> tuple[Records, dict[str, str]]:
        """Settle a compile of `wanted` (spec by `team/app`), and return the remaining records and failures' codes."""
        return self.settle(self.states({key: cells for key, cells in records.items() if key in wanted}, wanted))

    def states(self, records: Records, wanted: dict[str, dict]) -> dict[AppKey, AppState]:
        """Return the apps of a compile before their names are settled; an app with only a record is unselected."""
        states = [UnchangedApp(tree_of(key, cells)) for key, cells in records.items() if key not in wanted]
        states += [self._state(tree_of(key, records.get(key, {})), spec) for key, spec in wanted.items()]
        return {state.key: state for state in states}

    def _state(self, tree: TreeApp, spec: dict) -> AppState:
        key = tree.key
        file = ManifestFile(Path(f"apps/{key}.yaml"), f"apps/{key}.yaml", Path(), key)
        prepared = prepare(self.fleet, ManifestText(file, manifest(str(key), **spec).encode()), {})
        if prepared.failed:
            return FailedApp(tree, file)
        facts = {
            cell: part.facts.placed("", {h.cluster: h.weight for h in self.placement.hosts[cell, key.team]})
            for cell, part in prepared.cells.items()
        }
        return UnchangedApp(tree, file) if facts == tree.facts else PreparedApp(tree, file, "", prepared, facts)

    def settle(self, states: dict[AppKey, AppState]) -> tuple[Records, dict[str, str]]:
        """Return the records that remain after the failures of the losers, and each failure's code."""
        apps = Apps(states).failing(lost_names(self.fleet, self.placement, states))
        left = {str(key): dict(app.facts) for key, app in apps.states.items() if app.facts}
        return left, {d.app: d.code for d in apps.diagnostics}


def tree_of(key: str, facts: dict[Cell, Facts]) -> TreeApp:
    """Return an app of a tree that records these facts."""
    return TreeApp(AppKey.parse(key), {cell: record_of(value) for cell, value in facts.items()})


# The oracle finds names that two apps must not both have; it uses no index.


def holdings(fleet, key, facts_by_cell):
    domains, schemes = fleet.data["domains"], fleet.data["endpoints"]
    exact, edges = set(), []
    for cell, facts in facts_by_cell.items():
        values = {"app": facts.name, "team": facts.team, "dc": cell.data_center, "environment": cell.environment}
        exact.add(("name", cell.environment, facts.name))
        exact.add(("host", str(cell), f"{facts.name}.{cell.data_center}.svc.{domains['cluster']}"))
        for cluster in facts.clusters:
            exact.add(("application", application_name(cell.environment, cluster, facts.namespace, facts.name)))
        if "intra-dc" in facts.roads:
            exact.add(("host", str(cell), schemes["intraDc"].format(domain=domains["cluster"], **values)))
        if "inter-dc" in facts.roads:
            name = schemes["interDc"].format(domain=domains["internal"], **values)
            exact |= {("host", str(cell), name), ("zone", cell.environment, name)}
        if (external := facts.roads.get("external")) is not None:
            default = schemes["external"].format(domain=domains["external"], **values)
            host, is_passthrough, path = external.host, bool(external.load_balancer), external.path or "/"
            if is_passthrough and not host:
                continue
            open_ = (
                not is_passthrough
                and path == "/"
                and (host or default) == "example.com"
                and schemes["external"] == "{domain}"
            )
            parts = [part for part in path.lower().split("/") if part]
            edges.append(
                (
                    cell.environment,
                    host or default,
                    is_passthrough,
                    parts,
                    ["*"] if open_ else external.shared_with or (),
                )
            )
    return exact, edges


def collide(fleet, first, other, records):
    """Return whether two apps have a name that only one of them may have."""
    (exact, edges), (exact2, edges2) = (holdings(fleet, k, records[k]) for k in (first, other))
    if exact & exact2:
        return True
    return any(edge_collides(first, e, other, f) for e, f in itertools.product(edges, edges2))


def admits(shared, key):
    return "*" in shared or key in shared or key.split("/")[0] in shared


def covers(wild, host):
    return wild.startswith("*.") and host != wild and host.endswith(wild[1:])


def edge_collides(first, e, other, f):
    (env, host, is_passthrough, path, shared), (env2, host2, is_passthrough2, path2, shared2) = e, f
    if env != env2:
        return False
    same_team = first.split("/")[0] == other.split("/")[0]
    if host == host2:
        if is_passthrough or is_passthrough2 or path == path2:
            return True
        if same_team:
            return False
        if path2[: len(path)] == path:
            return not admits(shared, other)
        return path[: len(path2)] == path2 and not admits(shared2, first)
    if same_team:
        return False
    return (covers(host, host2) and not admits(shared, other)) or (covers(host2, host) and not admits(shared2, first))
