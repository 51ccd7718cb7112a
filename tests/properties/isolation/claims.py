"""Claims of apps on names, settled without rendering, and an oracle that judges them pair by pair."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import TYPE_CHECKING

from sixfold_compiler.inputs.fleet_loader import load_fleet
from sixfold_compiler.inputs.sources import ManifestFile
from sixfold_compiler.manifest.prepare import prepare
from sixfold_compiler.model.names import application_name
from sixfold_compiler.pipeline.app_state import AppSet, AppState
from sixfold_compiler.pipeline.name_claims import settle
from sixfold_compiler.placement import Lock, Placement, propose
from tests.support.repos import TODAY, Inline, Repo, manifest, team

if TYPE_CHECKING:
    from sixfold_compiler.inputs.fleet import FleetInput
    from sixfold_compiler.model.addresses import Cell

__all__ = ["SCHEMES", "Claims", "collide"]

SCHEMES = {
    "plain": {},
    "by app": {"external": "{app}.{environment}.{domain}"},
    "joined": {"intraDc": "{team}-{app}.{dc}.svc.{domain}", "interDc": "{app}.{domain}", "external": "{team}.{domain}"},
}


class AtFirst(Placement):
    """A placement with a home for any app: on its team's first cluster."""

    def home(self, cell: Cell, team: str, app: str) -> str:
        return self.hosts[cell, team][0].cluster


class Claims:
    """A fleet, and which app has committed which manifest. What a compile decides, without rendering."""

    def __init__(self, folder: Path, scheme: str) -> None:
        repo = Repo(folder, ())
        repo.data["teams"] |= {"a": team(), "a-b": team()}
        repo.data["endpoints"] = SCHEMES[scheme]
        repo.data["environments"]["staging"] = {
            "dataCenters": {"dc1": {"region": "eu-west-1", "clusters": {
                "dc1-s": {**repo.data["environments"]["prod"]["dataCenters"]["dc2"]["clusters"]["dc2-a"], "server": "https://s.example.com"}}}}
        }  # fmt: skip
        repo.write_fleet()
        self.fleet = load_fleet(repo.folder / "environments", Inline())
        rows = propose(self.fleet, {}, Lock(), today=TODAY).lock.hosts
        self.placement = AtFirst({(cell, team): row for cell, found in rows.items() for team, row in found.items()})

    @classmethod
    def of(cls, fleet: FleetInput, placement: Placement) -> Claims:
        """Of a fleet that is at hand."""
        claims = cls.__new__(cls)
        claims.fleet, claims.placement = fleet, placement
        return claims

    def compile(self, records: dict[str, dict], wanted: dict[str, dict]) -> tuple[dict[str, dict], dict[str, str]]:
        """One run over `wanted` (spec by `team/app`): the records that it leaves, and each failure's code."""
        return self.settle(self.states({key: cells for key, cells in records.items() if key in wanted}, wanted))

    def states(self, records: dict[str, dict], wanted: dict[str, dict]) -> dict[str, AppState]:
        """The apps of a run, before they are settled. Whoever has a record and no spec was not looked at."""
        states: dict[str, AppState] = {
            key: AppState(key, records=dict(cells), facts={cell: record["facts"] for cell, record in cells.items()})
            for key, cells in records.items()
            if key not in wanted
        }
        for key, spec in wanted.items():
            file = ManifestFile(Path(f"apps/{key}.yaml"), f"apps/{key}.yaml", Path(), key)
            made = prepare(self.fleet, file, manifest(key, **spec).encode(), {})
            state = states[key] = AppState(key, file, records=dict(records.get(key, {})))
            if made.failed:
                state.failed = True
                state.facts = {cell: record["facts"] for cell, record in state.records.items()}
                continue
            owner = key.partition("/")[0]
            facts = {
                cell: {
                    **s.facts,
                    "clusters": {h.cluster: h.weight for h in self.placement.hosts[cell, owner]},
                }
                for cell, s in made.cells.items()
            }
            if {c: r["facts"] for c, r in state.records.items()} != facts:
                state.prepared = made
            state.facts = facts
        return states

    def settle(self, states: dict[str, AppState]) -> tuple[dict[str, dict], dict[str, str]]:
        """Who keeps what: the records that are left, and each failure's code."""
        apps = AppSet(states, {}, {})
        settle(self.fleet, self.placement, apps)
        left = {
            key: {cell: {"facts": facts} for cell, facts in state.facts.items()}
            for key, state in states.items()
            if state.facts
        }
        return left, {d.app: d.code for d in apps.diagnostics}


# The oracle: what two apps have that they must not both have, said without any index.


def holdings(fleet, key, facts_by_cell):
    domains, schemes = fleet.data["domains"], fleet.data["endpoints"]
    exact, edges = set(), []
    for cell, record in facts_by_cell.items():
        facts = record["facts"]
        values = {"app": facts["name"], "team": facts["team"], "dc": cell.data_center, "environment": cell.environment}
        exact.add(("host", str(cell), f"{facts['name']}.{cell.data_center}.svc.{domains['cluster']}"))
        for cluster in facts["clusters"]:
            exact.add(("application", application_name(cell.environment, cluster, facts["namespace"], facts["name"])))
        roads = facts["roads"]
        if "intra-dc" in roads:
            exact.add(("host", str(cell), schemes["intraDc"].format(domain=domains["cluster"], **values)))
        if "inter-dc" in roads:
            name = schemes["interDc"].format(domain=domains["internal"], **values)
            exact |= {("host", str(cell), name), ("zone", cell.environment, name)}
        if (external := roads.get("external")) is not None:
            default = schemes["external"].format(domain=domains["external"], **values)
            host, whole = external.get("host"), bool(external.get("loadBalancer"))
            if whole and not host:
                continue
            open_ = not whole and external.get("path", "/") == "/" and (host or default) == "example.com" and schemes["external"] == "{domain}"
            path = [part for part in external.get("path", "/").lower().split("/") if part]
            edges.append((cell.environment, host or default, whole, path, ["*"] if open_ else external.get("sharedWith", [])))
    return exact, edges


def collide(fleet, one, other, records):
    """Whether two apps have something that only one may have."""
    (exact, edges), (exact2, edges2) = (holdings(fleet, k, records[k]) for k in (one, other))
    if exact & exact2:
        return True
    return any(
        edge_collides(one, e, other, f) for e, f in itertools.product(edges, edges2)
    )


def admits(shared, key):
    return "*" in shared or key in shared or key.split("/")[0] in shared


def covers(wild, host):
    return wild.startswith("*.") and host != wild and host.endswith(wild[1:])


def edge_collides(one, e, other, f):
    (env, host, whole, path, shared), (env2, host2, whole2, path2, shared2) = e, f
    if env != env2:
        return False
    same_team = one.split("/")[0] == other.split("/")[0]
    if host == host2:
        if whole or whole2 or path == path2:
            return True
        if same_team:
            return False
        if path2[: len(path)] == path:
            return not admits(shared, other)
        return path[: len(path2)] == path2 and not admits(shared2, one)
    if same_team:
        return False
    return (covers(host, host2) and not admits(shared, other)) or (covers(host2, host) and not admits(shared2, one))
