"""A deploy repo made by `sixfold init` and compiled once; every test gets a copy of its own."""

from __future__ import annotations

import shutil

import pytest

from tests.cli.running import git, sixfold


@pytest.fixture(scope="session")
def compiled(tmp_path_factory):
    """What `sixfold init deploy` makes, compiled, with what the runs said."""
    top = tmp_path_factory.mktemp("compiled")
    made = sixfold("init", "deploy", "deploy", cwd=top)
    assert made.code == 0, made.err
    done = sixfold("compile", cwd=top / "deploy")
    assert done.code == 0, done.out + done.err
    return top / "deploy"


@pytest.fixture
def deploy(compiled, tmp_path):
    """A copy of the compiled deploy repo."""
    return shutil.copytree(compiled, tmp_path / "deploy")


@pytest.fixture
def checkout(deploy):
    """The same as a git checkout with everything committed."""
    git(deploy, "init", "--quiet", "--initial-branch=main")
    git(deploy, "add", ".")
    git(deploy, "commit", "--quiet", "-m", "A fleet")
    return deploy
