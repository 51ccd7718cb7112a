"""The adopter as the service starts it: its exit codes, its line of output, and a reader that has ended."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys

from sixfold_generator.adoption.run import main
from tests.support.generator import ROOT
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
