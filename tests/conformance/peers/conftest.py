"""The projects' files, fetched once for all tests; a project that cannot be had is skipped with the reason."""

from __future__ import annotations

import pytest

from tests.conformance.gomodules import Unavailable
from tests.conformance.peers.corpus import File, files, meet
from tests.conformance.peers.projects import PROJECTS


@pytest.fixture(scope="session")
def corpus():
    """Each project's files; where they cannot be had, why."""
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
    """The name and the files of each project in turn."""
    projects = corpus[request.param.name]
    if isinstance(projects, str):
        pytest.skip(projects)
    return request.param.name, projects
