"""The lock file is sorted and strict, and every mistake in it is reported at its place."""

from __future__ import annotations

import contextlib
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sixfold_compiler.diagnostics import DiagnosticError, Span
from sixfold_compiler.inputs.fleet_loader import load_fleet
from sixfold_compiler.model.addresses import Cell
from sixfold_compiler.placement import Host, Lock
from sixfold_compiler.placement.lockfile import lock_problems, read_lock
from sixfold_compiler.placement.locktext import dump_lock, parse_lock
from sixfold_compiler.yaml.json_places import places_of
from tests.support.repos import Inline, Repo, cluster, team

LETTERS = "abcdefghijklmnopqrstuvwxyz"
# [a-z][a-z0-9-]{0,8}[a-z0-9]: draws from it as a regular expression take most of the time.
NAMES = st.builds(
    "{}{}{}".format,
    st.sampled_from(LETTERS),
    st.text(LETTERS + "0123456789-", max_size=8),
    st.sampled_from(LETTERS + "0123456789"),
)
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


MOVING = (Host("dc1-a", 30, (60, 0)), Host("dc1-b", 70, (40, 100)))


def test_a_move_in_progress_is_written_with_both_ends_and_read_again() -> None:
    cell = Cell("prod", "dc1")
    lock = Lock({cell: {"pay": MOVING}}, {cell: {"pay/cards": "dc1-b", "pay/job": ""}}, {cell: {"pay/cards": "dc1-a"}})
    text = dump_lock(lock).decode()
    line = '"pay": {"dc1-a": {"weight": 30, "from": 60, "to": 0}, "dc1-b": {"weight": 70, "from": 40, "to": 100}}'
    assert f"        {line}\n" in text
    assert text.index('"homes"') < text.index('"copies"')
    assert parse_lock(text.encode(), "x") == lock


def test_a_data_center_without_anybody_and_without_homes_is_not_written() -> None:
    empty = Lock({Cell("prod", "dc1"): {}}, {Cell("prod", "dc2"): {}})
    assert dump_lock(empty) == dump_lock(Lock())
    assert parse_lock(dump_lock(empty), "x") == Lock()


@st.composite
def rows(draw):
    names = draw(st.lists(NAMES, min_size=1, max_size=4, unique=True))
    cuts = sorted(draw(st.lists(st.integers(0, 100), min_size=len(names) - 1, max_size=len(names) - 1)))
    weights = [b - a for a, b in zip([0, *cuts], [*cuts, 100], strict=True)]
    return tuple(sorted(Host(n, w) for n, w in zip(names, weights, strict=True)))


@given(st.dictionaries(st.builds(Cell, NAMES, NAMES), st.dictionaries(NAMES, rows(), min_size=1), max_size=3))
def test_what_is_written_is_read_again(hosts) -> None:
    lock = Lock(hosts, {cell: {f"{t}/app": r[0].cluster for t, r in teams.items()} for cell, teams in hosts.items()})
    assert parse_lock(dump_lock(lock), "x") == lock


def test_each_team_and_each_home_is_one_line() -> None:
    assert dump_lock(parse_lock(TEXT.encode(), "x")).decode() == TEXT


@pytest.mark.parametrize(
    ("old", "new", "code", "place", "words"),
    [
        ('"pay": {"dc1-a": 60', '"pay": {"dc1-a": 61', "SF423", (7, 9), "add up to 101"),
        ('"shop": {"dc1-a": 100}', '"pay": {"dc1-a": 100}', "SF424", (8, 9), "'pay' appears twice"),
        ('{"dc1-a": 60, "dc1-b": 40}', '{"dc1-a": 60, "dc1-a": 40}', "SF424", (7, 30), "'dc1-a' appears twice"),
        ('"homes": {', '"house": {}, "homes": {', "SF421", (10, 7), "'house'"),
        ("100", '"100"', "SF421", (8, 9), "weights from 0 to 100"),
        ("100", "true", "SF421", (8, 9), "weights from 0 to 100"),
        ("100", "100.0", "SF421", (8, 9), "weights from 0 to 100"),
        ("100", "NaN", "SF421", (1, 1), "lock"),
        ('"prod/dc1"', '"prod"', "SF421", (5, 5), "'prod'"),
        ('"pay/cards": "dc1-b"', '"cards": "dc1-b"', "SF421", (11, 9), "'cards'"),
        ('"shop"', '<<<<<<< ours\n"shop"', "SF421", (8, 9), "JSON"),
        ('"kind": "Placements"', '"kind": "Fleet"', "SF421", (1, 1), "kind Placements"),
        ('"placements": {', '"extra": 1, "placements": {', "SF421", (4, 3), "'extra'"),
        ('"placements": {', '"placements": 1, "rest": {', "SF421", (4, 3), "placements"),
        ('"prod/dc1": {', '"prod/dc0": [], "prod/dc1": {', "SF421", (5, 5), "prod/dc0"),
        ('"homes": {', '"homes": 1, "copies": {', "SF421", (10, 7), "homes"),
        ("100", "{}", "SF421", (8, 9), "weights from 0 to 100"),
        ("100", '{"weight": 100, "from": 0}', "SF421", (8, 9), "weights from 0 to 100"),
        ("100", '{"weight": 100, "from": 0, "to": 101}', "SF421", (8, 9), "weights from 0 to 100"),
        ("100", '{"weight": 100, "from": 0, "till": 100}', "SF421", (8, 9), "weights from 0 to 100"),
        ("100", '{"weight": 100, "from": 90, "to": 100}', "SF423", (8, 9), "add up to 90"),
        (
            "60",
            '{"weight": 60, "from": 60, "to": 0}',
            "SF421",
            (7, 9),
            "weight, from and to",
        ),
    ],
)
def test_a_mistake_is_reported_at_its_place(old, new, code, place, words) -> None:
    assert old in TEXT
    with pytest.raises(DiagnosticError) as caught:
        parse_lock(TEXT.replace(old, new, 1).encode(), "environments/placements.lock.json")
    problem = next(d for d in caught.value.diagnostics if d.code == code)
    assert words in problem.message
    assert problem.span is not None
    assert (problem.span.line, problem.span.column) == place
    assert problem.help


@pytest.mark.parametrize("data", [b"", b"[]", b"\xff\xfe", b"[" * 100_000, b"1" * 10_000, b'{"a": "\\ud800"}', b"null"])
def test_anything_else_is_a_diagnostic_too(data) -> None:
    with pytest.raises(DiagnosticError) as caught:
        parse_lock(data, "x")
    assert {d.code for d in caught.value.diagnostics} == {"SF421"}


def test_a_text_that_is_no_json_string_is_no_key() -> None:
    """The search for places skips an invalid string, and survives brackets that do not match."""
    assert places_of('{"a": 1, "\\x": 2, "b": {"c": ["d": 1]}}}]').keys() == {
        ("a",),
        ("b",),
        ("b", "c"),
        ("b", "c", "d"),
    }


@given(st.integers(0, len(TEXT) - 1), st.sampled_from('{}[]":,0x\n '))
def test_no_damage_to_a_byte_is_more_than_a_diagnostic(at, byte) -> None:
    with contextlib.suppress(DiagnosticError):
        parse_lock((TEXT[:at] + byte + TEXT[at + 1 :]).encode(), "x")


@pytest.fixture
def repo(tmp_path):
    deploy = Repo(tmp_path, ("shop/web", "pay/cards"))
    deploy.put("shop/web", replicas=4)
    deploy.compile()
    deploy.locked = True
    return deploy


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
        ('"dc1-a": 60', '"dc1-z": 60', "'dc1-z'"),
        ('"shop": {"dc1-a"', '"ship": {"dc1-a"', "'ship'"),
        ('"prod/dc2"', '"prod/dc9"', "prod/dc9"),
        ('"pay/cards": "dc1-', '"pay/cards": "dc9-', "'dc9-"),
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


def test_an_app_that_is_stopped_while_it_moves_is_on_no_cluster_that_could_be_unknown(repo) -> None:
    cell = Cell("prod", "dc1")
    fleet = load_fleet(repo.folder / "environments", Inline())
    moving = Lock({cell: {"pay": MOVING}}, {cell: {"pay/job": ""}}, {cell: {"pay/cards": "dc1-z"}})
    assert ["'dc1-z'" in d.message for d in lock_problems(fleet, moving)] == [True]


def test_a_lock_that_is_not_from_the_file_is_held_against_the_fleet_as_well(repo) -> None:
    fleet = load_fleet(repo.folder / "environments", Inline())
    (repo.folder / "environments/placements.lock.json").unlink()
    (problem,) = lock_problems(fleet, Lock({Cell("prod", "dc1"): {"ship": (Host("dc1-a", 100),)}}))
    assert problem.span == Span("environments/placements.lock.json")
    assert "'ship'" in problem.message


def test_an_unreadable_lock_is_reported_and_a_missing_one_is_none(tmp_path) -> None:
    assert read_lock(tmp_path) is None
    (tmp_path / "placements.lock.json").mkdir()
    with pytest.raises(DiagnosticError) as caught:
        read_lock(tmp_path, "fleet")
    (problem,) = caught.value.diagnostics
    assert (problem.code, problem.span) == ("SF421", Span("fleet/placements.lock.json"))
    assert problem.message.startswith("cannot read placements.lock.json: ")


def test_a_retired_cluster_in_the_lock_stops_everything(repo) -> None:
    repo.data["environments"]["prod"]["dataCenters"]["dc1"]["clusters"]["dc1-b"]["state"] = "retired"
    repo.write_fleet()
    run = repo.compile()
    assert (run.codes, run.fatal) == (["SF427"], True)
    assert run.diagnostics[0].related[0].file == "environments/fleet.jsonnet"


def test_a_team_that_is_placed_nowhere_is_reported_for_all_data_centers_at_once(repo) -> None:
    lock = repo.lock().with_row(Cell("prod", "dc1"), "shop", (), {}).with_row(Cell("prod", "dc2"), "shop", (), {})
    repo.write("environments/placements.lock.json", dump_lock(lock))
    repo.put("shop/web", replicas=5)
    (problem,) = repo.compile().diagnostics
    assert (problem.code, "prod/dc1 and prod/dc2" in problem.message) == ("SF410", True), problem


def test_a_team_that_is_not_placed_fails_alone(repo) -> None:
    before = repo.tree()
    lock = repo.lock().with_row(Cell("prod", "dc1"), "shop", (), {})
    repo.write("environments/placements.lock.json", dump_lock(lock))
    repo.put("pay/cards", env=[{"name": "A", "value": "b"}])
    repo.put("shop/web", replicas=5)
    run = repo.compile()
    assert run.codes == ["SF410"], run
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


def test_the_lock_is_a_regular_file_in_the_folder_of_the_fleet(tmp_path) -> None:
    outside, folder = tmp_path / "outside.json", tmp_path / "fleet"
    folder.mkdir()
    outside.write_text(TEXT)
    lock = folder / "placements.lock.json"
    lock.symlink_to(outside)
    with pytest.raises(DiagnosticError, match="it is outside the folder that may be read"):
        read_lock(folder)
    lock.unlink()
    os.mkfifo(lock)
    with pytest.raises(DiagnosticError, match="it is not a regular file") as raised:
        read_lock(folder)
    assert raised.value.diagnostics[0].code == "SF421"
    lock.unlink()
    (folder / "other.json").write_text(TEXT)
    lock.symlink_to("other.json")
    assert read_lock(folder) == parse_lock(TEXT.encode(), "x")
