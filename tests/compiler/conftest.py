"""A small deploy repo, compiled once; every test gets its own copy."""

from __future__ import annotations

import pytest

from tests.support.repos import Repo


@pytest.fixture(scope="session")
def compiled(tmp_path_factory):
    repo = Repo(tmp_path_factory.mktemp("compiled") / "repo")
    repo.compile()
    return repo


@pytest.fixture
def repo(compiled, tmp_path):
    """Copy a repo of three apps that was compiled some time ago."""
    return compiled.copied_to(tmp_path / "repo")


@pytest.fixture
def fresh(tmp_path):
    """Create a repo of three apps without a compile."""
    return Repo(tmp_path / "repo")
