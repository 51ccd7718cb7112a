"""The adopter as the service starts it: its exit codes, its line of output, and a reader that has ended."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys

import pytest

from sixfold_generator.adoption.run import main, run
from sixfold_generator.state.folder import State, read_attempt
from tests.support.adopting import TODAY, codes
from tests.support.generator import ROOT
from tests.support.persisting import persisted
from tests.support.trees import GitTree, Spec


def test_an_adopter_without_a_reader_adopts_and_prints_no_error(tmp_path):
    """If a worker is killed while its adopter runs, the state is still written, and the log has no traceback."""
    git = GitTree(tmp_path / "git")
    git.commit(Spec())
    reading, writing = os.pipe()
    os.close(reading)
    command = [
        sys.executable,
        "-m",
        "sixfold_generator.adoption.run",
        "--tree",
        git.link,
        "--state",
        tmp_path / "state",
    ]
    done = subprocess.run(command, cwd=ROOT, stdout=writing, stderr=subprocess.PIPE, check=False)
    os.close(writing)
    assert done.stderr == b""
    assert done.returncode == 0
    assert any((tmp_path / "state").iterdir())


def line(capfd, *arguments):
    """Run the command, and return its exit code and its line of output."""
    code = main([str(argument) for argument in arguments])
    return code, json.loads(capfd.readouterr().out)


def test_the_line_names_the_commit_of_an_attempt(tmp_path, capfd):
    git = GitTree(tmp_path / "git")
    commit = git.commit(Spec())
    arguments = ("--tree", git.link, "--state", tmp_path / "state")
    adopted = {"event": "adoption", "outcome": "adopted", "problems": [], "commit": commit}
    assert line(capfd, *arguments) == (0, adopted)
    assert line(capfd, *arguments) == (0, adopted | {"outcome": "known"})


def test_a_state_folder_that_cannot_be_written_is_reported_by_its_reason(tmp_path, capfd):
    tree = Spec().write(tmp_path / "tree")
    (tmp_path / "state").write_text("a file")
    code, printed = line(capfd, "--tree", tree, "--state", tmp_path / "state")
    assert (code, printed["outcome"], printed["problems"][0]["code"]) == (2, "failed", "SF821")
    assert printed["problems"][0]["message"].endswith(os.strerror(errno.EEXIST).lower())
    assert "commit" not in printed


def test_the_exit_code_of_a_known_tree_is_that_of_its_first_run(tmp_path, capfd):
    tree = Spec().write(tmp_path / "tree")
    good = (tree / "inventory.json").read_bytes()
    arguments = ("--tree", tree, "--state", tmp_path / "state")
    assert line(capfd, *arguments)[0] == 0
    (tree / "inventory.json").write_bytes(b"{}")
    for options, outcome in (((), "refused"), ((), "known"), (("--force",), "refused")):
        code, printed = line(capfd, *arguments, *options)
        assert (code, printed["outcome"], printed["commit"]) == (1, outcome, "")
    (tree / "inventory.json").write_bytes(good)
    for options, outcome in (((), "unchanged"), ((), "known"), (("--force",), "unchanged")):
        code, printed = line(capfd, *arguments, *options)
        assert (code, printed["outcome"]) == (0, outcome)


@pytest.mark.parametrize("arguments", [["--tree", "tree"], ["--state", "state"]])
def test_the_command_needs_a_tree_and_a_state(arguments):
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2


def test_the_command_persists_in_the_configmap_that_it_gets(recorded, tmp_path, capfd):
    tree = Spec().write(tmp_path / "tree")
    arguments = ("--tree", tree, "--state", tmp_path / "state", "--configmap", recorded.configmap)
    assert line(capfd, *arguments, "--kubeconfig", recorded.kubeconfig)[0] == 0
    assert persisted(recorded) == State(tmp_path / "state").read()
    assert persisted(recorded).sequence == 1
    code, printed = line(capfd, *arguments, "--kubeconfig", tmp_path / "none")
    assert (code, printed["problems"][0]["code"]) == (2, "SF841")


def test_an_error_without_a_reason_is_named_by_its_kind(tmp_path):
    def fail(_point):
        raise TimeoutError

    result = run(Spec().write(tmp_path / "tree"), tmp_path / "state", today=TODAY, checkpoint=fail)
    assert (result.outcome, codes(result), result.attempt) == ("failed", ["SF821"], None)
    assert result.problems[0].message == "the state folder cannot be written: timeouterror"


def test_a_second_adopter_waits_and_then_fails(case):
    case.git.commit(case.spec)
    with State(case.state).lock(0):
        result = case.adopt(wait=0.0)
    assert (result.outcome, codes(result), result.attempt) == ("failed", ["SF822"], None)
    assert case.adopt().outcome == "adopted"


def test_an_adopter_that_loses_three_races_gives_up(recorded, tmp_path):
    tree = Spec().write(tmp_path / "tree")
    recorded.server.fail(409, method="PUT", times=99)
    result = run(tree, tmp_path / "state", today=TODAY, configmap=recorded.configmap, kubeconfig=recorded.kubeconfig)
    assert (result.outcome, codes(result)) == ("failed", ["SF846"])
    assert "changed the adopted state 3 times" in result.problems[0].message
    assert sum(method == "PUT" for method, *_ in recorded.server.requests) == 3


def test_a_lost_pointer_is_written_again_for_a_known_tree(case):
    commit, _ = case.commit()
    State(case.state).pointer.unlink()
    assert case.adopt().outcome == "adopted"
    assert (case.snapshot.commit, case.snapshot.sequence) == (commit, 2)
    assert case.adopt().outcome == "known"


def test_a_damaged_state_is_recorded_as_a_failure(case):
    case.commit()
    (path,) = (case.state / "snapshots").iterdir()
    path.write_bytes(b"torn")
    result = case.adopt()
    assert (result.outcome, codes(result)) == ("failed", ["SF820"])
    assert "is damaged: the snapshot that the pointer names is damaged" in result.problems[0].message
    assert read_attempt(State(case.state).attempt) == result.attempt
    assert (result.attempt.outcome, result.attempt.commit, result.attempt.problems) == ("failed", "", result.problems)


def test_files_of_a_killed_adopter_are_removed_even_where_nothing_is_adopted(case):
    case.commit()
    left = case.state / "snapshots" / ".000000000002.snapshot.1.tmp"
    left.write_text("half")
    assert case.adopt().outcome == "known"
    assert not left.exists()
