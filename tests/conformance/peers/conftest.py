"""The projects' files, fetched once for all tests; the tests of an unavailable project are skipped with the reason."""

from __future__ import annotations

import pytest

from tests.conformance.gomodules import Unavailable
from tests.conformance.peers.corpus import File, files, meet
from tests.conformance.peers.projects import PROJECTS


@pytest.fixture(scope="session")
def corpus():
    """Return each project's files, or the reason why they are not available."""
    projects: dict[str, list[File] | str] = {}
    for project in PROJECTS:
        try:
            projects[project.name] = files(project)
            meet(project)
        except Unavailable as error:
            projects[project.name] = str(error)
    return projects


@pytest.fixture(params=PROJECTS, ids=str)
def peer(request, corpus):
    """Return the name and the files of each project in turn."""
    projects = corpus[request.param.name]
    if isinstance(projects, str):
        pytest.skip(projects)
    return request.param.name, projects
