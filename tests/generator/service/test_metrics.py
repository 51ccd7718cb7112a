"""The folder of the metrics, which the service empties when it starts."""

from __future__ import annotations

import os

import pytest

from sixfold_compiler.diagnostics import DiagnosticError
from sixfold_generator.service.metrics import FOLDER, prepare


@pytest.fixture(autouse=True)
def no_folder(monkeypatch):
    """Leave the environment as it was."""
    monkeypatch.setenv(FOLDER, "")


def test_what_an_earlier_service_left_is_deleted(tmp_path):
    left = ("counter_0.db", "gauge_mostrecent_1.db", "histogram_12.db", "slot-3", "left-4711", "deaths")
    for name in left:
        (tmp_path / name).touch()
    prepare(tmp_path)
    assert list(tmp_path.iterdir()) == []
    assert os.environ[FOLDER] == str(tmp_path)


@pytest.mark.parametrize("name", ["snapshot.json", "deaths/x", "counter_0.db.bak"])
def test_a_folder_with_files_of_others_is_refused_and_nothing_is_deleted(name, tmp_path):
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text("precious")
    (tmp_path / "slot-0").touch()
    with pytest.raises(DiagnosticError, match="the service would delete") as raised:
        prepare(tmp_path)
    assert {problem.code for problem in raised.value.diagnostics} == {"SF830"}
    assert (tmp_path / name).read_text() == "precious"
    assert (tmp_path / "slot-0").exists()


def test_a_file_in_place_of_the_folder_is_a_finding(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(DiagnosticError, match="no folder to write to"):
        prepare(tmp_path / "file")
