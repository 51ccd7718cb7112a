"""Files of other versions are read, or rejected with a reason."""

from __future__ import annotations

import shutil
from contextlib import closing

import pytest

from sixfold_compiler import __version__
from sixfold_compiler.diagnostics import DiagnosticError
from sixfold_generator.adoption.read_tree import read_tree
from sixfold_generator.adoption.source import open_source
from sixfold_generator.state.folder import State
from sixfold_generator.state.snapshot import FORMAT, DamagedError
from tests.faults.kills import read
from tests.faults.record import RECORDED
from tests.faults.releases import NEXT, RELEASES, next_format, other_versions, rewrite_root
from tests.faults.tally import verify
from tests.support.repos import Repo


def test_other_versions_are_read_or_rejected_and_never_give_an_empty_answer(tmp_path):
    verify(other_versions(tmp_path))


def test_this_version_is_recorded_and_reads_its_own_recording(tmp_path):
    """If a format changes before the release, record it again: `python -m tests.faults.record`."""
    assert __version__ in RELEASES
    assert State(RECORDED / __version__ / "state").read().clusters
    repo = Repo.existing(tmp_path)
    shutil.copytree(RECORDED / __version__ / "tree", repo.out)  # outside of this checkout
    assert read(repo).clusters


def test_a_newer_snapshot_is_rejected_with_both_formats(tmp_path):
    place = shutil.copytree(RECORDED / RELEASES[-1], tmp_path / "place")
    next_format(place)
    with pytest.raises(DamagedError, match=f"its format is {NEXT.decode()}, and this version reads {FORMAT.decode()}"):
        State(place / "state").read()


def test_this_version_rejects_the_next_version_of_the_inventory(tmp_path):
    place = shutil.copytree(RECORDED / RELEASES[-1], tmp_path / "place")
    rewrite_root(apiVersion="sixfold.dev/v2")(place)
    with pytest.raises(DiagnosticError, match="apiVersion"), closing(open_source(place / "tree")) as source:
        read_tree(source)
