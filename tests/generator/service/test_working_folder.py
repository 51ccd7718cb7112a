"""Child processes import nothing from the working folder, which may be the checkout of an untrusted pull request."""

from __future__ import annotations

import pytest

from sixfold_compiler.cli.commands.guard import export_state
from sixfold_compiler.pipeline.baseline import parse_state
from sixfold_generator import Settings
from sixfold_generator.adoption.run import run
from sixfold_generator.live.file import read
from sixfold_generator.live.watch import LiveWatch
from sixfold_generator.service.watch import Watch
from tests.support.adopting import TODAY
from tests.support.hostile import HostileFolder
from tests.support.trees import Spec


@pytest.fixture
def hostile(tmp_path, monkeypatch):
    folder = HostileFolder(tmp_path / "hostile")
    monkeypatch.chdir(folder.folder)
    monkeypatch.delenv("PYTHONPATH", raising=False)
    return folder


@pytest.fixture
def settings(tmp_path):
    return Settings(
        token_files=(tmp_path / "token",),
        tree=Spec().write(tmp_path / "tree"),
        state=tmp_path / "state",
        live_argocd="argocd/ap-south-1",
        kubeconfig=tmp_path / "none",
    )


def test_the_adopter_imports_nothing_from_the_working_folder(hostile, settings):
    outcomes = []
    Watch(settings, outcomes.append).once()
    assert outcomes == ["adopted"]
    assert hostile.imported == []


def test_the_reader_of_live_clusters_imports_nothing_from_the_working_folder(hostile, settings):
    run(settings.tree, settings.state, today=TODAY)
    assert LiveWatch(settings).once(0)
    assert read(settings.state).registration.failing == 1
    assert hostile.imported == []


def test_the_export_of_the_state_for_the_guard_imports_nothing_from_the_working_folder(hostile, settings):
    run(settings.tree, settings.state, today=TODAY)
    adopted = parse_state(export_state(settings.state), settings.state.name)
    assert adopted.holdings.clusters
    assert hostile.imported == []
