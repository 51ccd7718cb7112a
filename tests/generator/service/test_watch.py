"""The watch runs the adopter where there is a reason to, and reads the outcome from its last line."""

from __future__ import annotations

import sys
import time
from types import SimpleNamespace

import pytest

from sixfold_generator import Settings
from sixfold_generator.adoption.source import signature
from sixfold_generator.adoption.trust import Trust
from sixfold_generator.service.watch import Watch
from sixfold_generator.state.attempt import Attempt, Problem
from sixfold_generator.state.clock import Instant
from sixfold_generator.state.folder import State
from tests.support.signing import new_key

KEYS = [new_key(number).public.line for number in (1, 2)]
TRUST = {"trusted_keys": KEYS[0], "trusted_fleet": "example", "trusted_repository": "https://git.example.com/x.git"}


@pytest.fixture
def watch(tmp_path):
    outcomes = []
    settings = Settings(token_files=(tmp_path / "token",), tree=tmp_path / "tree", state=tmp_path / "state")
    watch = Watch(settings, outcomes.append)
    watch.outcomes = outcomes
    return watch


def adopt(watch, monkeypatch, program):
    """Adopt with another program instead of the adopter."""
    monkeypatch.setattr(watch, "_command", lambda **_: [sys.executable, "-c", program])
    watch._adopt(force=False)


def test_the_last_line_has_the_outcome_and_is_passed_on(watch, monkeypatch, capfdbinary):
    line = '{"event":"adoption","outcome":"refused","problems":[{"code":"SF803","message":"m","help":"h"}]}'
    adopt(watch, monkeypatch, f"print('a warning'); print({line!r})")
    assert watch.outcomes == ["refused"]
    assert watch.problems == (), "those of a refused tree are in the state folder"
    assert capfdbinary.readouterr().out.decode().splitlines() == ["a warning", line]


def test_the_problems_of_a_failure_are_kept_by_the_watch(watch, monkeypatch):
    line = '{"event":"adoption","outcome":"failed","problems":[{"code":"SF821","message":"m","help":"h"}]}'
    adopt(watch, monkeypatch, f"print({line!r})")
    assert [(problem.code, problem.message) for problem in watch.problems] == [("SF821", "m")]
    adopt(watch, monkeypatch, 'print(\'{"outcome":"adopted"}\')')
    assert watch.problems == ()
    assert watch.outcomes == ["failed", "adopted"]


def test_a_line_of_a_known_tree_is_not_passed_on(watch, monkeypatch, capfdbinary):
    adopt(watch, monkeypatch, 'print(\'{"outcome":"known"}\')')
    assert (watch.outcomes, capfdbinary.readouterr().out) == (["known"], b"")


@pytest.mark.parametrize(
    "program",
    ["", "print('no JSON')", "print('[]')", "print('{\"outcome\":5}')", "raise SystemExit('killed')"],
    ids=["silent", "text", "list", "number", "dead"],
)
def test_an_adopter_without_an_outcome_is_a_failure(watch, monkeypatch, capfd, program):
    adopt(watch, monkeypatch, program)
    assert watch.outcomes == ["failed"]
    assert [problem.code for problem in watch.problems] == ["SF823"]
    assert capfd.readouterr().out == ""


class Looks:
    """A watch of a tree, with a program that prints a line instead of the adopter; `forced` lists its runs."""

    def __init__(self, folder, monkeypatch, **settings):
        (folder / "tree").mkdir()
        (folder / "state").mkdir()
        (folder / "tree" / "inventory.json").write_text("{}")
        chosen = {"token_files": (folder / "token",), "tree": folder / "tree", "state": folder / "state"}
        self.settings = Settings(**chosen, **settings)
        self.watch = Watch(self.settings, lambda _: None)
        self.state = State(folder / "state")
        self.tree = signature(folder / "tree")
        self.forced = []
        self.late = 10_000.0  # a machine that has just started has no earlier hours
        self.line = '{"outcome":"known"}'
        clock = time.monotonic
        monkeypatch.setattr(time, "monotonic", lambda: clock() + self.late)
        monkeypatch.setattr(self.watch, "_command", self.command)

    def command(self, *, force):
        self.forced.append(force)
        return [sys.executable, "-c", f"print({self.line!r})"]

    def record(self, outcome, tree=None, age=0.0, file="attempt"):
        now = Instant.now()
        attempt = Attempt(self.tree if tree is None else tree, outcome, "", (), Instant(now.boot, now.seconds - age))
        getattr(self.state, file).write_bytes(attempt.encode())

    def point(self):
        self.state.pointer.write_text(f"{1:012}.snapshot {'a' * 64}\n")

    def once(self):
        """Look once, and return whether the adopter was forced; None if it did not run."""
        del self.forced[:]
        self.watch.once()
        return self.forced[0] if self.forced else None


@pytest.fixture
def looks(tmp_path, monkeypatch):
    return Looks(tmp_path, monkeypatch, retry_seconds=60)


@pytest.fixture
def mirrored(tmp_path, monkeypatch):
    return Looks(tmp_path, monkeypatch, retry_seconds=60, state_configmap="argocd/sixfold")


def test_an_adopter_that_records_nothing_runs_again_after_a_pause(looks):
    assert looks.once() is False
    assert looks.once() is None
    looks.late += 61.0
    assert looks.once() is False


def test_a_change_of_the_tree_is_adopted_at_once(looks):
    looks.point()
    looks.record("adopted", "an earlier tree")
    assert looks.once() is False
    looks.record("adopted")
    assert looks.once() is None
    (looks.settings.tree / "inventory.json").write_text("{ }")
    assert looks.once() is False


def test_a_tree_is_judged_again_when_the_trusted_keys_change(tmp_path, monkeypatch):
    looks = Looks(tmp_path, monkeypatch, retry_seconds=60, **TRUST)
    looks.point()
    looks.record("adopted")
    assert looks.once() is False, "it was adopted before there were keys"
    looks.record("adopted", signature(looks.settings.tree, Trust.parse(KEYS[:1], *list(TRUST.values())[1:]).mark))
    assert looks.once() is None


@pytest.mark.parametrize(
    ("outcome", "pointed", "age", "forced"),
    [
        ("adopted", True, 1000.0, None), ("unchanged", True, 1000.0, None),
        ("adopted", False, 0.0, True), ("unchanged", False, 0.0, True),
        ("refused", True, 50.0, None), ("refused", True, 61.0, True), ("failed", True, 50.0, None), ("failed", True, 61.0, True),
        ("refused", False, 50.0, None), ("failed", False, 61.0, True),
    ],
)  # fmt: skip
def test_a_tree_that_was_tried_is_tried_again_where_that_may_help(looks, outcome, pointed, age, forced):
    if pointed:
        looks.point()
    looks.record(outcome, age=age)
    assert looks.once() is forced


def test_a_lost_pointer_is_looked_for_again_after_a_pause(looks):
    looks.record("adopted")
    assert looks.once() is True
    assert looks.once() is None
    looks.late += 61.0
    assert looks.once() is True


@pytest.mark.parametrize(("age", "forced"), [(None, False), (50.0, None), (61.0, False)])
def test_the_configmaps_are_compared_with_the_folder_from_time_to_time(mirrored, age, forced):
    mirrored.point()
    mirrored.record("adopted")
    if age is not None:
        mirrored.record("persisted", "", age, "persisted")
    assert mirrored.once() is forced
    assert mirrored.once() is None


def test_nothing_runs_while_another_adopter_holds_the_lock(looks):
    with State(looks.settings.state).lock(0):
        assert looks.once() is None
    assert looks.once() is False


def test_nothing_runs_while_another_worker_has_the_turn(looks):
    with State(looks.settings.state).turn():
        assert looks.once() is None
    assert looks.once() is False


def test_what_another_worker_adopted_meanwhile_is_not_adopted_again(looks, monkeypatch):
    """Both have seen the change; the first has had its turn before the second gets it."""
    turn = State.turn

    def late(state):
        looks.point()
        looks.record("adopted")
        return turn(state)

    monkeypatch.setattr(State, "turn", late)
    assert looks.once() is None


def test_a_state_folder_that_cannot_be_locked_is_left_to_the_adopter(looks):
    looks.settings.state.rmdir()
    looks.settings.state.write_text("a file")
    assert looks.once() is False


def test_the_tree_is_checked_again_after_each_pause(looks, monkeypatch):
    pauses = []

    def sleep(seconds):
        pauses.append(seconds)
        (looks.settings.tree / "inventory.json").write_text("x" * len(pauses))
        if len(pauses) == 3:
            raise KeyboardInterrupt

    # Not `time.sleep` itself, which the threads of other tests call as well.
    clock = SimpleNamespace(sleep=sleep, monotonic=time.monotonic)
    monkeypatch.setattr("sixfold_generator.service.watch.time", clock)
    with pytest.raises(KeyboardInterrupt):
        looks.watch.forever()
    assert pauses == [5, 5, 5]
    assert looks.forced == [False] * 3


def test_a_tree_out_of_reach_does_not_count_as_checked(looks):
    """Its adoption is tried nevertheless: the adopter records the reason."""
    (looks.settings.tree / "inventory.json").unlink()
    assert looks.once() is False
    assert looks.watch.looked is None
    (looks.settings.tree / "inventory.json").write_text("{}")
    looks.once()
    assert 0 <= looks.watch.looked.age() < 60


def test_a_repository_that_cannot_be_read_is_a_problem_of_the_watch(looks):
    (looks.settings.tree / ".git").mkdir()
    assert looks.once() is None
    assert [problem.code for problem in looks.watch.problems] == ["SF801"]
    assert looks.watch.looked is None
    (looks.settings.tree / ".git").rmdir()
    assert looks.once() is False
    assert looks.watch.problems == ()


@pytest.mark.parametrize(
    ("file", "outcome", "age", "kept"),
    [
        ("attempt", "adopted", -1.0, False), ("attempt", "refused", -1.0, False), ("attempt", "failed", -1.0, True),
        ("attempt", "adopted", 1000.0, True), ("persisted", "persisted", -1.0, False), ("persisted", "failed", -1.0, True),
    ],
)  # fmt: skip
def test_a_failure_is_forgotten_when_another_worker_has_run_the_adopter_since(mirrored, file, outcome, age, kept):
    mirrored.line = '{"outcome":"failed","problems":[{"code":"SF821","message":"m","help":"h"}]}'
    mirrored.once()
    assert mirrored.watch.problems == (Problem("SF821", "m", "h"),)
    mirrored.record(outcome, "an earlier tree", age, file)
    assert mirrored.once() is None
    assert bool(mirrored.watch.problems) is kept


@pytest.mark.parametrize(
    ("settings", "arguments"),
    [
        ({}, []),
        ({"kubeconfig": "/k"}, []),
        ({"state_configmap": "argocd/x"}, ["--configmap", "argocd/x"]),
        (
            {"trusted_keys": f"{KEYS[0]},{KEYS[1]}", "trusted_fleet": "f", "trusted_repository": "u"},
            ["--trusted-key", KEYS[0], "--trusted-key", KEYS[1], "--trusted-fleet", "f", "--trusted-repository", "u"],
        ),
        ({"state_configmap": "argocd/x", "kubeconfig": "/k"}, ["--configmap", "argocd/x", "--kubeconfig", "/k"]),
    ],
)
@pytest.mark.parametrize("force", [False, True])
def test_the_adopter_gets_the_settings(settings, arguments, force):
    chosen = Settings.model_validate({"token_files": "/t", "tree": "/tree", "state": "/state", **settings})
    command = Watch(chosen, lambda _: None)._command(force=force)
    forced = ["--force"] if force else []
    assert command[command.index("--tree") :] == ["--tree", "/tree", "--state", "/state", *forced, *arguments]
