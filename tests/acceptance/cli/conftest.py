"""A deploy repo from `sixfold init`, compiled once; every test gets its own copy."""

from __future__ import annotations

import shutil

import pytest

from tests.support.cli import sixfold
from tests.support.git import commit_all, new_repo

IMAGE = f"registry.example.com/sixfold@sha256:{'0' * 64}"


@pytest.fixture(scope="session")
def compiled(tmp_path_factory):
    """Compile the deploy repo of `sixfold init deploy`. Do not change it: copy it."""
    top = tmp_path_factory.mktemp("compiled")
    created = sixfold("init", "deploy", "deploy", "--image", IMAGE, cwd=top)
    assert created.code == 0, created.err
    done = sixfold("compile", cwd=top / "deploy")
    assert done.code == 0, done.out + done.err
    return top / "deploy"


@pytest.fixture
def deploy(compiled, tmp_path):
    """Copy the compiled deploy repo."""
    return shutil.copytree(compiled, tmp_path / "deploy")


@pytest.fixture(scope="session")
def committed(compiled, tmp_path_factory):
    """Commit the compiled deploy repo. Do not change it: copy it."""
    repo = shutil.copytree(compiled, tmp_path_factory.mktemp("committed") / "deploy")
    new_repo(repo)
    commit_all(repo, "A fleet")
    return repo


@pytest.fixture
def checkout(committed, tmp_path):
    """Copy the checkout of the compiled deploy repo."""
    return shutil.copytree(committed, tmp_path / "deploy")
