"""Findings of an invalid fleet: every problem at once, each at the place of its value."""

from __future__ import annotations

import copy
import json
import os
from pathlib import Path

import pytest

from sixfold_compiler.diagnostics import DiagnosticError
from sixfold_compiler.engine import EvaluationError, Library, Pool, library_folder
from sixfold_compiler.engine.pool import Limits
from sixfold_compiler.inputs.fleet_loader import evaluate_fleet, load_fleet
from sixfold_compiler.model.addresses import Cell, Target
from tests.support.repos import ENVIRONMENTS, FLEET, Inline, cluster, team
from tests.support.snapshots import check_snapshot, sentences


@pytest.fixture(scope="module")
def pool():
    with Pool(1) as workers:
        yield workers


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "environments").mkdir()
    return tmp_path / "environments"


def write(folder: Path, data: object) -> list[str]:
    text = data if isinstance(data, str) else json.dumps(data, indent=2)
    (folder / "fleet.jsonnet").write_text(text)
    return text.splitlines()


def problems(folder: Path, pool: Pool):
    with pytest.raises(DiagnosticError) as caught:
        load_fleet(folder, pool)
    reported = caught.value.diagnostics
    assert list(reported) == sorted(reported, key=lambda d: d.sort_key)
    assert all(d.help for d in reported)
    assert all(not d.app for d in reported)  # an invalid fleet is a problem of no single app
    assert all(str(folder) not in f"{d.message}{d.help}{d.span}" for d in reported)
    return reported


def changed(*path_and_value):
    *path, last, value = path_and_value
    data = copy.deepcopy(FLEET)
    place = data
    for part in path:
        place = place[part]
    place[last] = value
    return data


DC1 = ("environments", "prod", "dataCenters", "dc1")
A = (*DC1, "clusters", "dc1-a")


def test_the_fleet_that_the_cases_start_from_is_right(folder, pool) -> None:
    write(folder, FLEET)
    loaded = load_fleet(folder, pool)
    assert [str(t) for t, _ in loaded.targets()] == ["prod/dc1/dc1-a", "prod/dc1/dc1-b", "prod/dc2/dc2-a"]
    assert loaded.team_cells(loaded.model.teams["shop"]) == {Cell("prod", "dc1"), Cell("prod", "dc2")}


# An invalid fleet, its code, a part of the message, and the text at its place.
INVALID = [
        (changed("teems", {}), "SF303", "teems is an unknown field", '"teems"'),
        (changed(*A, "capacity", "cpu", "12 cores"), "SF303", "capacity.cpu", '"cpu": "12 cores"'),
        (changed(*A, "state", "resting"), "SF303", "'resting'", '"state": "resting"'),
        (changed(*A, "server", "http://x"), "SF303", "server is 'http://x'", '"server": "http://x"'),
        (changed("teams", "shop", team(owners=[])), "SF303", "teams.shop.owners", '"owners": []'),
        (changed("teams", "Shop!", team()), "SF303", "'Shop!'", '"Shop!"'),
        (changed("defaults", {"replcas": 2}), "SF303", "defaults.replcas is an unknown field", '"replcas"'),
        (changed("teams", "shop", "defaults", {"tier": "P9"}), "SF303", "teams.shop.defaults.tier", '"tier": "P9"'),
        (changed("teams", "kube-system", team()), "SF304", "reserved", '"kube-system"'),
        (changed("teams", "kube-evil", team()), "SF304", "reserved", '"kube-evil"'),
        (changed("teams", "sixfold-platform", team()), "SF304", "reserved", '"sixfold-platform"'),
        (changed("teams", "dc2", team()), "SF304", "data center", '"dc2": {\n      "owners'),
        (changed("teams", "monitoring", team()), "SF304", "system", '"monitoring"'),
        (changed("teams", "com", team()), "SF304", "the end of host names", '"com"'),
        (changed("teams", "rook-ceph", team()), "SF304", "belongs to the system", '"rook-ceph"'),
        (changed("environments", "prod", "dataCenters", "kube-system", {"region": "eu-west-1", "clusters": {"x": cluster("x")}}),
         "SF304", "'kube-system' of the gateways of prod/kube-system", '"kube-system"'),
        (changed("environments", "prod", "dataCenters", "net", {"region": "eu-west-1", "clusters": {"x": cluster("x")}}),
         "SF304", "the end of host names", '"net"'),
        (changed(*A, "gateway", "address", "gw.dc2-a.example.internal"), "SF309", "gateways of prod/dc1/dc1-a and prod/dc2/dc2-a",
         '"address": "gw.dc2-a'),
        (changed(*A, "server", "https://DC2-a.eks.example.com:443/"), "SF309", "https://dc2-a.eks.example.com", '"server": "https://dc2-a'),
        (changed("environments", "argocd", {"dataCenters": {"x": {"region": "eu-west-1", "clusters": {"x": cluster("x")}}}}),
         "SF304", "folder", '"argocd": {\n      "dataCenters'),
        (changed("environments", "prod", "dataCenters", "dc2", "clusters", "dc1-a", cluster("other")), "SF305",
         "prod/dc1 and in prod/dc2", '"dc1-a": {\n              "server": "https://other'),
        (changed("endpoints", {"intraDc": "{apps}.{dc}"}), "SF306", "{apps}", '"intraDc"'),
        (changed("endpoints", {"intraDc": "{app.__class__}"}), "SF306", "__class__", '"intraDc"'),
        (changed("endpoints", {"interDc": "{app"}), "SF306", "interDc", '"interDc"'),
        (changed("teams", "shop", "dataCenters", {"prd": ["dc1"]}), "SF307", "environment 'prd'", '"prd"'),
        (changed("teams", "shop", "dataCenters", {"prod": ["dc1", "dc9"]}), "SF307", "prod/dc9", '"prod": [\n          "dc1",\n          "dc9"'),
        (changed(*A, "instance", "mian"), "SF308", "'mian'", '"instance": "mian"'),
        (changed(*A, "server", "https://dc2-a.eks.example.com"), "SF309", "https://dc2-a.eks.example.com", '"server": "https://dc2-a'),
        (changed("tombstones", []), "SF303", "tombstones is an unknown field", '"tombstones"'),
        (changed("deletions", {"objects": "110%"}), "SF303", "deletions.objects", '"objects"'),
        (changed("deletions", {"pounds": 1}), "SF303", "deletions.pounds is an unknown field", '"pounds"'),
]  # fmt: skip


@pytest.mark.parametrize(("data", "code", "words", "key"), INVALID)
def test_an_invalid_fleet_is_reported_at_the_wrong_value(folder, pool, data, code, words, key) -> None:
    text = "\n".join(write(folder, data))
    reported = [d for d in problems(folder, pool) if d.code == code]
    assert reported, problems(folder, pool)
    problem = reported[0]
    assert words in problem.message
    offset = text.index(key) if code != "SF309" else text.rindex(key)
    expected = (text.count("\n", 0, offset) + 1, offset - (text.rfind("\n", 0, offset) + 1) + 1)
    if key.startswith('"owners') or code == "SF309":
        assert problem.span.line > 1  # several clusters have such a field, and any of them may be shown
    else:
        assert (problem.span.line, problem.span.column) == expected
    assert problem.span.file == "environments/fleet.jsonnet"


def test_the_sentences_of_invalid_fleets(folder, pool) -> None:
    texts = []
    for data, *_ in INVALID:
        write(folder, data)
        texts.append(sentences(problems(folder, pool)))
    check_snapshot("\n".join(texts), Path(__file__).parent / "snapshots" / "fleets.txt")


def test_places_name_the_file_that_contains_the_value(folder, pool) -> None:
    """A fleet is a folder of imports; the message names the file to open."""
    data = copy.deepcopy(FLEET)
    prod = data["environments"].pop("prod")
    prod["dataCenters"]["dc2"]["clusters"]["dc2-a"]["instance"] = "nowhere"
    (folder / "prod.libsonnet").write_text(json.dumps(prod, indent=2))
    text = json.dumps(data, indent=2).replace(
        '"environments": {}', "\"environments\": { prod: import 'prod.libsonnet' }"
    )
    write(folder, text)
    (problem,) = problems(folder, pool)
    assert problem.code == "SF308"
    assert problem.span.file == "environments/prod.libsonnet"
    line = (folder / "prod.libsonnet").read_text().splitlines()[problem.span.line - 1]
    assert '"instance": "nowhere"' in line


def test_every_problem_is_reported_at_once(folder, pool) -> None:
    data = changed("teams", "dc1", team())
    entry = "{approvedBy: me, reason: because, until: 2030-01-01}"
    (folder / "tombstones.yaml").write_text(f"apiVersion: sixfold.dev/v1\nkind: Tombstones\ntombstones: [{entry}]\n")
    data["teams"]["shop"]["dataCenters"] = {"nowhere": []}
    write(folder, data)
    assert sorted(d.code for d in problems(folder, pool)) == ["SF304", "SF307", "SF310"]


def test_a_folder_without_a_fleet_is_rejected(folder, pool) -> None:
    (problem,) = problems(folder, pool)
    assert (problem.code, str(problem.span)) == ("SF301", "environments/fleet.jsonnet")


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("{\n  a: 1,\n  b: error 'must provide b',\n}", 3, "must provide b"),
        ("{\n  a: nothing,\n}", 2, "nothing"),
        ("{\n  a: 1\n  b: 2\n}", 3, "b"),
        ("{\n  a: import 'missing.libsonnet',\n}", 2, "missing.libsonnet"),
        ("{\n  a: importstr '/etc/hostname',\n}", 2, "absolute"),
        ("{\n  a: importstr '../../../../../../etc/hostname',\n}", 2, "hostname"),
        ("local f(x) = f(x + 1) + 1;\nf(0)", 1, "without end"),
    ],
)
def test_an_evaluation_error_is_reported_at_its_line(folder, pool, text, line, words) -> None:
    write(folder, text)
    (problem,) = problems(folder, pool)
    assert problem.code == "SF302"
    assert problem.span.file == "environments/fleet.jsonnet"
    assert problem.span.line == line
    assert words in problem.message
    assert problem.detail  # the engine's trace, for --verbose


def test_a_fleet_that_is_not_an_object_is_rejected(folder, pool) -> None:
    write(folder, "[1, 2]")
    (problem,) = problems(folder, pool)
    assert problem.code == "SF303"


def test_a_fleet_file_that_links_out_of_its_folder_is_rejected(folder, pool, tmp_path) -> None:
    (tmp_path / "secret.jsonnet").write_text(json.dumps(FLEET))
    (folder / "fleet.jsonnet").symlink_to(tmp_path / "secret.jsonnet")
    (problem,) = problems(folder, pool)
    assert problem.code == "SF302"


def test_environments_share_a_cluster_only_if_namespaces_name_the_environment(folder, pool) -> None:
    data = copy.deepcopy(FLEET)
    data["environments"]["test"] = {
        "dataCenters": {"t1": {"region": "eu-west-1", "clusters": {"t1-a": {**cluster("t1-a"), "server": "https://dc2-a.eks.example.com"}}}}
    }  # fmt: skip
    write(folder, data)
    assert [d.code for d in problems(folder, pool)] == ["SF309"]
    data["namespaces"] = "{team}-{environment}"
    write(folder, data)
    assert load_fleet(folder, pool).namespace("shop", "test") == "shop-test"


def test_two_teams_with_equal_namespaces_are_rejected(folder, pool) -> None:
    data = changed("teams", {"a-prod": team(), "dc1-x": team()})
    data["namespaces"] = "{team}-{environment}"
    write(folder, data)
    load_fleet(folder, pool)
    data["teams"]["dc1"] = team()  # no other team has the name dc1-prod
    data["environments"]["prod"]["dataCenters"]["dc1-prod"] = data["environments"]["prod"]["dataCenters"].pop("dc2")
    write(folder, data)
    (problem,) = problems(folder, pool)
    assert problem.code == "SF304"
    assert "dc1-prod" in problem.message


def test_equal_namespaces_by_the_naming_scheme_name_both_teams(folder, pool) -> None:
    """Team `a` in environment `b-c` and team `a-b` in environment `c` have equal joined names on one cluster."""
    data = changed("teams", {"a": team(), "a-b": team()})
    data["namespaces"] = "{team}-{environment}"
    shared = data["environments"].pop("prod")["dataCenters"]["dc2"]
    data["environments"] = {name: {"dataCenters": {"dc2": shared}} for name in ("b-c", "c")}
    write(folder, data)
    (problem,) = problems(folder, pool)
    assert (problem.code, problem.message) == (
        "SF304",
        "the namespace 'a-b-c' of team 'a-b' is also the namespace of team 'a'",
    )
    data["environments"]["b"] = data["environments"].pop("b-c")
    write(folder, data)
    load_fleet(folder, pool)


def test_device_names_of_windows_are_rejected_at_their_place(folder, pool) -> None:
    data = changed(*DC1, "clusters", {"nul": cluster("nul")})
    data["environments"]["prod"]["dataCenters"]["com1"] = data["environments"]["prod"]["dataCenters"].pop("dc2")
    lines = write(folder, data)
    reported = problems(folder, pool)
    assert [d.code for d in reported] == ["SF304", "SF304"]
    assert [d.message.split()[2] for d in reported] == ["'nul'", "'com1'"]
    assert ['"nul"' in lines[reported[0].span.line - 1], '"com1"' in lines[reported[1].span.line - 1]] == [True, True]


def test_endless_recursion_in_the_fleet_is_reported(folder) -> None:
    """One CPU second is the hard limit of the worker, not a timeout of the test."""
    write(folder, "local f(x) = if x < 0 then x else f(x + 1) tailstrict; { name: f(0) }")
    with Pool(1, Limits(cpu=1)) as pool:
        (problem,) = problems(folder, pool)
    assert problem.code == "SF302"
    assert "calls itself" in problem.help


def test_places_ignore_links_and_library_extensions(folder, tmp_path) -> None:
    write(folder, FLEET)
    (folder / "lib").mkdir()
    (folder / "lib" / "main.libsonnet").write_text("{ onlyThere:: { a: 1 } }")
    (tmp_path / "else.libsonnet").write_text("{ onlyHere: 1 }")
    (folder / "link.libsonnet").symlink_to(tmp_path / "else.libsonnet")
    sources = load_fleet(folder, Inline()).sources
    assert [sources.span((name,)).line for name in ("onlyThere", "onlyHere")] == [0, 0]
    assert sources.span(("teams", "shop")).line > 0


def test_an_evaluation_error_does_not_fail_the_worker(folder) -> None:
    write(folder, "{ teams: error 'no teams yet' }")
    reported = evaluate_fleet(None, Library(library_folder(), folder))
    assert isinstance(reported, EvaluationError)
    assert (reported.message, reported.line) == ("no teams yet", 1)


def test_a_namespace_over_63_characters_is_rejected(folder, pool) -> None:
    data = changed("teams", {"t" * 40: team()})
    data["namespaces"] = "{team}-{environment}"
    data["environments"] = {"e" * 30: data["environments"]["prod"]}
    write(folder, data)
    (problem,) = problems(folder, pool)
    assert problem.code == "SF304"
    assert "63" in problem.message
    data["environments"] = {"e" * 22: data["environments"].popitem()[1]}
    write(folder, data)
    assert len(load_fleet(folder, pool).namespace("t" * 40, "e" * 22)) == 63


def test_namespaces_of_the_platform_belong_to_no_team(folder, pool) -> None:
    data = changed("platform", "observability", {"prometheus": {"namespace": "metrics"}})
    data["platform"]["dnsNamespace"] = "names"
    data["argocd"]["instances"]["main"]["namespace"] = "delivery"
    data["teams"] |= {name: team() for name in ("metrics", "names", "delivery")}
    write(folder, data)
    assert [d.message for d in problems(folder, pool)] == [
        "the namespace 'metrics' of team 'metrics' belongs to Prometheus",
        "the namespace 'names' of team 'names' belongs to the DNS of the cluster",
        "the namespace 'delivery' of team 'delivery' belongs to Argo CD",
    ]


@pytest.mark.parametrize(
    ("states", "nobody"),
    [
        (("draining", "retired"), True),
        (("draining", "active"), False),
        (("standby", "retired"), False),
        (("active", "active"), False),
    ],
)
def test_no_team_needs_a_host_where_all_clusters_are_draining_or_retired(folder, pool, states, nobody) -> None:
    clusters = {name: cluster(name, state=state) for name, state in zip(("dc1-a", "dc1-b"), states, strict=True)}
    write(folder, changed(*DC1, "clusters", clusters))
    assert load_fleet(folder, pool).takes_nobody(Cell("prod", "dc1")) == nobody


def test_a_fleet_in_the_working_folder_has_a_name(folder, monkeypatch) -> None:
    write(folder, FLEET)
    monkeypatch.chdir(folder)
    loaded = load_fleet(Path(), Inline())
    assert (loaded.name, loaded.span(("name",)).file) == ("fleet", "fleet/fleet.jsonnet")


def test_a_misspelled_name_in_the_extension_is_a_problem_of_the_fleet(folder, pool) -> None:
    write(folder, FLEET)
    (folder / "lib").mkdir()
    (folder / "lib" / "main.libsonnet").write_text("{\n  entriess+:: { x: 1 },\n}")
    (problem,) = problems(folder, pool)
    assert (problem.code, str(problem.span)) == ("SF506", "environments/lib/main.libsonnet:2:3")


def test_an_evaluation_error_in_an_imported_file_is_reported_there(folder, pool) -> None:
    write(folder, "{ a: import 'parts/x.libsonnet' }")
    (folder / "parts").mkdir()
    (folder / "parts" / "x.libsonnet").write_text("{\n  b: error 'no b',\n}")
    (problem,) = problems(folder, pool)
    assert (problem.code, str(problem.span)) == ("SF302", "environments/parts/x.libsonnet:2:6")


def test_defaults_may_be_incomplete(folder, pool) -> None:
    write(folder, changed("defaults", {"env": [{"name": "A"}], "volumes": [{"name": "v"}]}))
    load_fleet(folder, pool)


def test_the_digest_depends_on_the_data_and_the_library_only(folder, pool) -> None:
    write(folder, FLEET)
    first = load_fleet(folder, pool).digest
    write(folder, "// a comment\n" + json.dumps(FLEET))
    os.utime(folder / "fleet.jsonnet", (0, 0))
    assert load_fleet(folder, pool).digest == first
    write(folder, changed("name", "other"))
    assert load_fleet(folder, pool).digest != first
    write(folder, FLEET)
    (folder / "lib").mkdir()
    (folder / "lib" / "main.libsonnet").write_text("{}")
    assert load_fleet(folder, pool).digest != first


def test_the_example_fleet_has_nine_clusters_in_three_environments(pool) -> None:
    loaded = load_fleet(ENVIRONMENTS, pool)
    targets = [t for t, _ in loaded.targets()]
    assert len(targets) == 9
    assert {t.environment for t in targets} == {"dev", "staging", "prod"}
    assert Target("prod", "dc2", "dc2-c") in targets
