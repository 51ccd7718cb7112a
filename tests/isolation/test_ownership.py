"""I2: one owner for every name. Claims are made over teams and time, and judged by an oracle that compares each pair."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from compiler.apps import prepare
from compiler.appset import AppSet, AppState
from compiler.engine import Pool
from compiler.fleet import Cell, load_fleet
from compiler.names import application_name
from compiler.ownership import settle
from compiler.placement import Lock, Placement, propose
from compiler.sources import ManifestFile
from tests.compiler.repos import TODAY, Repo, manifest, team
from tests.isolation import examples

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
        with Pool(1) as pool:
            self.fleet = load_fleet(repo.folder / "environments", pool)
        rows = propose(self.fleet, {}, Lock(), today=TODAY).lock.hosts
        self.placement = AtFirst({(cell, team): row for cell, found in rows.items() for team, row in found.items()})

    def compile(self, records: dict[str, dict], wanted: dict[str, dict]) -> tuple[dict[str, dict], dict[str, str]]:
        """One run over `wanted` (spec by `team/app`): the records that it leaves, and each failure's code."""
        states: dict[str, AppState] = {}
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
        apps = AppSet(states, {}, [])
        settle(self.fleet, self.placement, apps)
        left = {
            key: {cell: {"facts": facts} for cell, facts in state.facts.items()}
            for key, state in states.items()
            if state.facts
        }
        return left, {d.app: d.code for d in apps.diagnostics}


@pytest.fixture(scope="module", params=sorted(SCHEMES))
def claims(request, tmp_path_factory):
    return Claims(tmp_path_factory.mktemp("claims") / "repo", request.param)


HOSTS = ["example.com", "own.example.org", "a.own.example.org", "*.own.example.org", "b.a.own.example.org", "*.a.own.example.org", "pay.example.com"]
PATHS = ["/", "/api", "/API/", "/api/match", "/api/match/x", "/apis"]
KEYS = [f"{t}/{n}" for t in ("shop", "pay", "a", "a-b") for n in ("x", "b-c", "c", "b")]
EXTERNAL = st.fixed_dictionaries(
    {"path": st.sampled_from(PATHS)},
    optional={
        "host": st.sampled_from(HOSTS),
        "loadBalancer": st.sampled_from([False, False, False, True]),
        "sharedWith": st.lists(st.sampled_from(["*", "shop", "pay/x", "a"]), max_size=2),
    },
)
ROADS = st.fixed_dictionaries({"external": EXTERNAL}, optional={"intra-dc": st.just({}), "inter-dc": st.just({})})
SPECS = st.fixed_dictionaries(
    {"roads": ROADS | ROADS | ROADS | st.fixed_dictionaries({}, optional={"intra-dc": st.just({}), "inter-dc": st.just({})})},
    optional={
        "dataCenters": st.sampled_from([{"prod": ["dc1"]}, {"prod": ["dc2"]}, {"staging": ["dc1"]}, {"prod": ["dc1", "dc2"]}]),
    },
)  # fmt: skip
RUNS = st.lists(st.dictionaries(st.sampled_from(KEYS), SPECS, min_size=2, max_size=6), min_size=1, max_size=4)


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
        if external := roads.get("external"):
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


@given(runs=RUNS)
@examples(40)
def test_of_everything_there_is_one_owner_and_who_had_it_keeps_it(claims, runs) -> None:
    """No two apps have the same; who fails keeps what it had; who changes nothing never fails."""
    records: dict[str, dict] = {}
    committed: dict[str, dict] = {}  # the spec that each record is of
    for wanted in runs:
        left, failures = claims.compile(records, wanted)
        for one, other in itertools.combinations(sorted(left), 2):
            assert not collide(claims.fleet, one, other, left), (one, other)
        for key, spec in wanted.items():
            if key in failures:
                assert left.get(key) == records.get(key)
            if committed.get(key) == spec:
                assert key not in failures
                assert left[key] == records[key]
        committed = {k: committed[k] if k in failures else wanted[k] for k in left}
        event("somebody lost" if failures else "all had what they wanted")
        records = left
    assert claims.compile(records, committed) == (records, {})


@given(wanted=st.dictionaries(st.sampled_from(KEYS), SPECS, min_size=2, max_size=6), data=st.data())
@examples(25)
def test_the_order_in_which_apps_are_read_decides_nothing(claims, wanted, data) -> None:
    first = claims.compile({}, wanted)
    shuffled = {key: wanted[key] for key in data.draw(st.permutations(sorted(wanted)))}
    assert claims.compile({}, shuffled) == first


@given(wanted=st.dictionaries(st.sampled_from(KEYS), SPECS, min_size=1, max_size=5), newcomer=st.sampled_from(KEYS), spec=SPECS)
@examples(40)
def test_a_newcomer_is_refused_exactly_when_it_collides(claims, wanted, newcomer, spec) -> None:
    """Neither more nor less than the oracle says, and whoever was there is not told anything."""
    records, failures = claims.compile({}, {k: s for k, s in wanted.items() if k != newcomer})
    settled = {k: wanted[k] for k in records if k not in failures}
    alone, invalid = claims.compile({}, {newcomer: spec})
    left, told = claims.compile(records, {**settled, newcomer: spec})
    if newcomer not in alone:
        return  # refused whoever is there
    together = {**{k: records[k] for k in settled}, newcomer: alone[newcomer]}
    expected = any(collide(claims.fleet, newcomer, key, together) for key in settled) or invalid
    assert told.keys() == ({newcomer} if expected else set())
    assert {k: left[k] for k in settled} == {k: records[k] for k in settled}
    event("refused" if expected else "taken in")
