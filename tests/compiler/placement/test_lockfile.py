"""The lock file: sorted and strict, and every mistake in it has its place."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compiler.diagnostics import DiagnosticError
from compiler.fleet import Cell
from compiler.placement import Host, Lock, dump_lock
from compiler.placement.locktext import parse_lock
from tests.compiler.repos import Repo, cluster, team

NAMES = st.from_regex(r"[a-z][a-z0-9-]{0,8}[a-z0-9]", fullmatch=True)
TEXT = """{
  "apiVersion": "sixfold.dev/v1",
  "kind": "Placements",
  "placements": {
    "prod/dc1": {
      "teams": {
        "pay": {"dc1-a": 60, "dc1-b": 40},
        "shop": {"dc1-a": 100}
      },
      "homes": {
        "pay/cards": "dc1-b"
      }
    }
  }
}
"""


@st.composite
def rows(draw):
    names = draw(st.lists(NAMES, min_size=1, max_size=4, unique=True))
    cuts = sorted(draw(st.lists(st.integers(0, 100), min_size=len(names) - 1, max_size=len(names) - 1)))
    weights = [b - a for a, b in zip([0, *cuts], [*cuts, 100], strict=True)]
    return tuple(sorted(Host(n, w) for n, w in zip(names, weights, strict=True)))


@given(st.dictionaries(st.builds(Cell, NAMES, NAMES), st.dictionaries(NAMES, rows(), min_size=1), max_size=3))
def test_what_is_written_is_read_again(hosts) -> None:
    lock = Lock(hosts, {cell: {f"{t}/app": r[0].cluster for t, r in found.items()} for cell, found in hosts.items()})
    assert parse_lock(dump_lock(lock), "x") == lock


def test_a_team_stands_on_one_line_and_a_home_on_one() -> None:
    assert dump_lock(parse_lock(TEXT.encode(), "x")).decode() == TEXT


@pytest.mark.parametrize(
    ("old", "new", "code", "place", "words"),
    [
        ('"pay": {"dc1-a": 60', '"pay": {"dc1-a": 61', "SF423", (7, 9), "add up to 101"),
        ('"shop": {"dc1-a": 100}', '"pay": {"dc1-a": 100}', "SF424", (8, 9), "'pay' appears twice"),
        ('{"dc1-a": 60, "dc1-b": 40}', '{"dc1-a": 60, "dc1-a": 40}', "SF424", (7, 30), "'dc1-a' appears twice"),
        ('"homes": {', '"house": {}, "homes": {', "SF421", (10, 7), "unknown field 'house'"),
        ("100", '"100"', "SF421", (8, 9), "weights from 0 to 100"),
        ("100", "true", "SF421", (8, 9), "weights from 0 to 100"),
        ("100", "100.0", "SF421", (8, 9), "weights from 0 to 100"),
        ("100", "NaN", "SF421", (1, 1), "not a lock"),
        ('"prod/dc1"', '"prod"', "SF421", (5, 5), "ENVIRONMENT/DATA-CENTER"),
        ('"pay/cards": "dc1-b"', '"cards": "dc1-b"', "SF421", (11, 9), "TEAM/APP"),
        ('"shop"', '<<<<<<< ours\n"shop"', "SF421", (8, 9), "not JSON"),
        ('"kind": "Placements"', '"kind": "Fleet"', "SF421", (1, 1), "kind Placements"),
        ('"placements": {', '"extra": 1, "placements": {', "SF421", (4, 3), "unknown field 'extra'"),
    ],
)
def test_a_mistake_is_told_with_its_place(old, new, code, place, words) -> None:
    assert old in TEXT
    with pytest.raises(DiagnosticError) as caught:
        parse_lock(TEXT.replace(old, new, 1).encode(), "environments/placements.lock.json")
    found = next(d for d in caught.value.diagnostics if d.code == code)
    assert words in found.message
    assert found.span is not None
    assert (found.span.line, found.span.column) == place
    assert found.help


@pytest.mark.parametrize("data", [b"", b"[]", b"\xff\xfe", b"[" * 100_000, b"1" * 10_000, b'{"a": "\\ud800"}', b"null"])
def test_anything_else_is_a_diagnostic_too(data) -> None:
    with pytest.raises(DiagnosticError) as caught:
        parse_lock(data, "x")
    assert {d.code for d in caught.value.diagnostics} == {"SF421"}


@given(st.integers(0, len(TEXT) - 1), st.sampled_from('{}[]":,0x\n '))
def test_no_damage_to_a_byte_is_more_than_a_diagnostic(at, byte) -> None:
    with contextlib.suppress(DiagnosticError):
        parse_lock((TEXT[:at] + byte + TEXT[at + 1 :]).encode(), "x")


@pytest.fixture
def repo(tmp_path):
    made = Repo(tmp_path, ("shop/web", "pay/cards"))
    made.put("shop/web", replicas=4)
    made.compile()
    made.locked = True
    return made


def edit(repo: Repo, old: str, new: str) -> None:
    path = repo.folder / "environments/placements.lock.json"
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new, 1))


def test_without_a_lock_nothing_is_compiled(repo) -> None:
    before = repo.tree()
    (repo.folder / "environments/placements.lock.json").unlink()
    run = repo.compile()
    assert (run.codes, run.fatal) == (["SF420"], True)
    assert "sixfold place" in run.diagnostics[0].help
    assert repo.tree() == before


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('"dc1-a": 60', '"dc1-z": 60', "no cluster 'dc1-z' in prod/dc1"),
        ('"shop": {"dc1-a"', '"ship": {"dc1-a"', "no team 'ship'"),
        ('"prod/dc2"', '"prod/dc9"', "no data center prod/dc9"),
        ('"pay/cards": "dc1-', '"pay/cards": "dc9-', "no cluster 'dc9-"),
    ],
)
def test_what_the_fleet_does_not_have_stops_everything_with_its_place(repo, old, new, words) -> None:
    before = repo.tree()
    edit(repo, old, new)
    run = repo.compile()
    assert set(run.codes) == {"SF422"}
    assert words in run.diagnostics[0].message
    assert run.diagnostics[0].span.file == "environments/placements.lock.json"
    assert run.diagnostics[0].span.line > 1
    assert repo.tree() == before


def test_a_retired_cluster_in_the_lock_stops_everything(repo) -> None:
    repo.data["environments"]["prod"]["dataCenters"]["dc1"]["clusters"]["dc1-b"]["state"] = "retired"
    repo.write_fleet()
    run = repo.compile()
    assert (run.codes, run.fatal) == (["SF427"], True)
    assert run.diagnostics[0].related[0].file == "environments/fleet.jsonnet"


def test_a_team_that_is_placed_nowhere_is_told_for_all_data_centers_at_once(repo) -> None:
    lock = repo.lock().with_row(Cell("prod", "dc1"), "shop", (), {}).with_row(Cell("prod", "dc2"), "shop", (), {})
    repo.write("environments/placements.lock.json", dump_lock(lock))
    repo.put("shop/web", replicas=5)
    (problem,) = repo.compile().diagnostics
    assert (problem.code, "nowhere to run in prod/dc1 and prod/dc2:" in problem.message) == ("SF410", True), problem


def test_a_team_that_is_not_placed_fails_alone(repo) -> None:
    before = repo.tree()
    lock = repo.lock().with_row(Cell("prod", "dc1"), "shop", (), {})
    repo.write("environments/placements.lock.json", dump_lock(lock))
    repo.put("pay/cards", env=[{"name": "A", "value": "b"}])
    repo.put("shop/web", replicas=5)
    run = repo.compile()
    assert run.codes == ["SF410"]
    assert run.diagnostics[0].app == "shop/web"
    assert run.overlays
    assert not [path for path in run.overlays if "/shop/" in path]
    assert {p: d for p, d in repo.tree().items() if p.endswith("shop/web.yaml")} == {
        p: d for p, d in before.items() if p.endswith("shop/web.yaml")
    }


def test_an_app_that_runs_once_without_a_home_fails_alone(repo) -> None:
    repo.put("shop/nightly", kind="CronJob", schedule={"cron": "0 3 * * *"}, ports=None)
    repo.put("pay/cards", env=[{"name": "A", "value": "b"}])
    run = repo.compile()
    assert [(d.code, d.app) for d in run.diagnostics] == [("SF426", "shop/nightly")]
    assert run.overlays


def test_compiling_never_writes_the_lock(repo) -> None:
    path = repo.folder / "environments/placements.lock.json"
    repo.data["teams"]["late"] = team()
    repo.data["environments"]["prod"]["dataCenters"]["dc1"]["clusters"]["dc1-c"] = cluster("dc1-c")
    repo.write_fleet()
    before = path.read_bytes(), path.stat().st_mtime_ns
    repo.compile()
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before


def test_a_changed_weight_changes_the_overlays_of_that_team_alone(repo) -> None:
    edit(repo, '"shop": {"dc1-a": 60, "dc1-b": 40}', '"shop": {"dc1-a": 100, "dc1-b": 0}')
    run = repo.compile()
    assert run.codes == []
    assert run.overlays
    assert all("/shop/" in path for path in run.overlays)
