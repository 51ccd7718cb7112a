"""The folder and the ConfigMaps agree after each read, the served state never goes back, and failures are recorded."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from sixfold_compiler.diagnostics import DiagnosticError
from sixfold_generator.adoption.decide import adopt
from sixfold_generator.state.folder import LostRaceError, State, read_attempt
from sixfold_generator.state.snapshot import DamagedError
from sixfold_generator.state.store import Mirrored, open_store
from tests.support.persisting import persisted, pieces
from tests.support.trees import Spec, read

FIRST = adopt(None, *read(Spec()), date(2026, 11, 24)).snapshot
SECOND = replace(FIRST, sequence=2)
OTHER = replace(FIRST, compiler="another compiler")  # adopted by another pod, as its first as well


def opened(cluster, folder):
    folder.mkdir(exist_ok=True)
    return open_store(folder, cluster.configmap, cluster.kubeconfig)


def persist(cluster, snapshot):
    maps = cluster.maps()
    maps.save(snapshot, maps.pointer())


def record(folder):
    return read_attempt(State(folder).persisted)


def test_the_settings_decide_on_the_store(recorded, tmp_path):
    alone = open_store(tmp_path)
    assert isinstance(alone, State)
    assert alone.folder == tmp_path
    mirrored = opened(recorded, tmp_path)
    assert isinstance(mirrored, Mirrored)
    assert mirrored.attempt == alone.attempt
    mirrored.note(b"attempt")
    assert alone.attempt.read_bytes() == b"attempt"


@pytest.mark.parametrize(
    ("local", "remote", "agreed"),
    [
        (None, None, None), (FIRST, None, FIRST), (None, FIRST, FIRST), (FIRST, FIRST, FIRST),
        (SECOND, FIRST, SECOND), (FIRST, SECOND, SECOND), (FIRST, OTHER, OTHER), (SECOND, OTHER, SECOND),
    ],
)  # fmt: skip
@pytest.mark.parametrize("method", ["read", "recover"])
def test_the_newest_state_wins_and_else_the_configmaps_do(recorded, tmp_path, local, remote, agreed, method):
    store = opened(recorded, tmp_path / "state")
    if local is not None:
        State(tmp_path / "state").write(local)
    if remote is not None:
        persist(recorded, remote)
    assert getattr(store, method)() == agreed
    assert State(tmp_path / "state").read() == agreed
    assert persisted(recorded) == agreed
    assert record(tmp_path / "state").outcome == "persisted"
    assert record(tmp_path / "state").problems == ()


def test_a_read_of_what_agrees_writes_no_configmap(recorded, tmp_path):
    opened(recorded, tmp_path / "state").read()
    persist(recorded, FIRST)
    store = opened(recorded, tmp_path / "state")
    store.read()
    del recorded.server.requests[:]
    assert store.read() == FIRST
    assert {method for method, *_ in recorded.server.requests} == {"GET"}


def test_an_adopter_that_was_killed_before_its_first_swap_leaves_no_state(recorded, tmp_path):
    """It has created the pointer, which names nothing yet."""
    recorded.server.fail(403, method="PUT")
    with pytest.raises(DiagnosticError):
        opened(recorded, tmp_path / "killed").write(FIRST)
    assert recorded.maps().pointer().entries == ()
    assert opened(recorded, tmp_path / "state").read() is None
    State(tmp_path / "state").write(FIRST)
    assert opened(recorded, tmp_path / "state").read() == persisted(recorded) == FIRST


def test_a_lost_piece_is_persisted_again_from_the_folder(recorded, tmp_path):
    store = opened(recorded, tmp_path / "state")
    store.write(FIRST)
    recorded.delete(pieces(recorded)[0])
    assert store.read() == FIRST
    assert persisted(recorded) == FIRST


def test_damage_that_no_folder_repairs_is_recorded(recorded, tmp_path):
    opened(recorded, tmp_path / "other pod").write(FIRST)
    recorded.delete(pieces(recorded)[0])
    with pytest.raises(DamagedError):
        opened(recorded, tmp_path / "state").read()
    seen = record(tmp_path / "state")
    assert (seen.outcome, seen.problems[0].code) == ("failed", "SF820")
    assert "a piece of the snapshot is missing" in seen.problems[0].message
    assert State(tmp_path / "state").digest() == ""


def test_pieces_that_another_adopter_removes_during_a_read_are_a_lost_race(recorded, tmp_path):
    persist(recorded, FIRST)
    piece = pieces(recorded)[0]

    def adopt_meanwhile(method, path):
        if method == "GET" and path.endswith(piece):
            recorded.server.before = None
            for sequence in range(2, 6):
                persist(recorded, replace(FIRST, sequence=sequence))

    recorded.server.before = adopt_meanwhile
    with pytest.raises(LostRaceError):
        opened(recorded, tmp_path / "state").read()
    assert record(tmp_path / "state") is None, "no failure: the adopter tries again"
    assert opened(recorded, tmp_path / "state").read().sequence == 5


@pytest.mark.parametrize(
    ("status", "refused"),
    [
        *((status, True) for status in (401, 403, 413, 422)),
        *((status, False) for status in (400, 402, 404, 405, 412, 414, 421, 423, 429, 500, 503)),
    ],
)
def test_the_help_names_the_role_where_the_server_refuses_and_else_asks_to_wait(recorded, tmp_path, status, refused):
    recorded.server.fail(status, method="GET")
    store = opened(recorded, tmp_path / "state")
    with pytest.raises(DiagnosticError) as failed:
        store.read()
    (problem,) = failed.value.diagnostics
    assert problem.code == "SF845"
    assert f"{recorded.configmap} cannot be read or written: HTTP {status}" in problem.message
    assert ("its Role" in problem.help, "check the API server" in problem.help) == (refused, not refused)
    seen = record(tmp_path / "state")
    assert (seen.outcome, seen.problems[0].help) == ("failed", problem.help)


def test_an_adoption_that_cannot_be_persisted_leaves_the_folder_alone(recorded, tmp_path, monkeypatch):
    store = opened(recorded, tmp_path / "state")
    store.write(FIRST)
    assert State(tmp_path / "state").read() == persisted(recorded) == FIRST
    assert record(tmp_path / "state").outcome == "persisted"
    monkeypatch.setattr("sixfold_generator.state.chunks.PIECE", 10)
    with pytest.raises(DiagnosticError) as failed:
        store.write(SECOND)
    assert "or use a volume" in failed.value.diagnostics[0].help, "no API server makes it smaller"
    assert record(tmp_path / "state").problems[0].code == "SF845"
    assert State(tmp_path / "state").read() == persisted(recorded) == FIRST
