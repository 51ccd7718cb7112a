"""Every target passes its initial inputs and a short run, and fails if the code is broken."""

from __future__ import annotations

import importlib

import pytest

from tests.fuzz.broken import copy_with_fault
from tests.fuzz.process import REGRESSIONS, ROOT, fuzz, inputs, seeded, unavailable
from tests.fuzz.run import TARGETS, main

needs_atheris = pytest.mark.skipif(bool(unavailable()), reason=unavailable() or "it is")


@pytest.mark.parametrize("name", TARGETS)
def test_every_seed_and_every_earlier_finding_passes(name) -> None:
    """Earlier findings are checked without atheris too, so a bug that returns fails this test."""
    target = importlib.import_module(f"tests.fuzz.{name}")
    for what, data in inputs(name):
        try:
            target.check(data)
        except Exception as error:
            raise AssertionError(f"{name}: {what}") from error


@needs_atheris
@pytest.mark.parametrize("name", TARGETS)
def test_a_short_run_finds_nothing(name, tmp_path) -> None:
    (tmp_path / "corpus").mkdir()
    runs = importlib.import_module(f"tests.fuzz.{name}").RUNS
    result = fuzz(name, [tmp_path / "corpus", seeded(name, tmp_path / "seeds")], tmp_path / "findings", runs=runs)
    again = f"{[p.read_bytes() for p in (tmp_path / 'findings').iterdir()]}"
    assert not result.failed, f"{result.failure}\n{again}\n{result.output[-4000:]}"
    assert result.executions >= runs
    assert result.branches >= result.initial_branches > 100


@needs_atheris
def test_a_fault_is_found_and_its_input_is_kept_and_repeated(tmp_path, capfd) -> None:
    """One complete run with a fault that the seeds reveal; `dev.py fuzz --broken` tries the faults of every target."""
    change = (
        "compiler/sixfold_compiler/yaml/loader.py",
        "return _safe(int(text, 0), event, file)",
        "return _safe(int(text[2:], 10), event, file)",
    )
    copy_with_fault(tmp_path / "checkout", *change)
    (tmp_path / "corpus").mkdir()
    result = fuzz(
        "loader", [tmp_path / "corpus", seeded("loader", tmp_path / "seeds")], tmp_path / "findings" / "loader",
        runs=1, checkout=tmp_path / "checkout",
    )  # fmt: skip
    assert result.failed
    assert "Error" in result.failure
    (finding,) = (tmp_path / "findings" / "loader").iterdir()
    assert main(["loader", str(finding)]) == 0  # the code of this checkout has no fault
    capfd.readouterr()


@pytest.mark.parametrize("name", TARGETS)
def test_the_faults_of_a_target_still_match_the_code(name) -> None:
    """Each replaced text occurs once, so `dev.py fuzz --broken` changes the right place."""
    faults = importlib.import_module(f"tests.fuzz.{name}").FAULTS
    assert faults
    for file, old, new in faults.values():
        assert (ROOT / file).read_text().count(old) == 1, (file, old)
        assert old != new


def test_every_kept_finding_belongs_to_a_target() -> None:
    assert {folder.name for folder in REGRESSIONS.iterdir() if folder.is_dir()} <= set(TARGETS)
