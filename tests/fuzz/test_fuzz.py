"""Every target holds of every input that it starts from, finds a short run's worth of nothing, and can fail."""

from __future__ import annotations

import importlib

import pytest

from tests.fuzz.broken import copied
from tests.fuzz.process import REGRESSIONS, ROOT, fuzz, inputs, seeded, unavailable
from tests.fuzz.run import TARGETS, main

needs_atheris = pytest.mark.skipif(bool(unavailable()), reason=unavailable() or "it is")


@pytest.mark.parametrize("name", TARGETS)
def test_every_seed_and_everything_once_found_holds(name) -> None:
    """Without atheris too: this is what keeps a finding from coming back."""
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
    done = fuzz(name, [tmp_path / "corpus", seeded(name, tmp_path / "seeds")], tmp_path / "findings", runs=runs)
    again = f"{[p.read_bytes() for p in (tmp_path / 'findings').iterdir()]}"
    assert not done.failed, f"{done.failure}\n{again}\n{done.output[-4000:]}"
    assert done.executions >= runs
    assert done.branches >= done.branches_at_first > 100


@needs_atheris
def test_a_break_is_found_kept_and_repeated(tmp_path, capfd) -> None:
    """The whole way once, with a break that the seeds alone show; `dev.py fuzz --broken` breaks every target."""
    change = ("compiler/sixfold_compiler/yaml/loader.py", "return _safe(int(text, 0), event, file)", "return _safe(int(text[2:], 10), event, file)")
    copied(tmp_path / "checkout", *change)
    (tmp_path / "corpus").mkdir()
    done = fuzz(
        "loader", [tmp_path / "corpus", seeded("loader", tmp_path / "seeds")], tmp_path / "findings" / "loader",
        runs=1, at=tmp_path / "checkout",
    )  # fmt: skip
    assert done.failed
    assert "Error" in done.failure
    (finding,) = (tmp_path / "findings" / "loader").iterdir()
    assert main(["loader", str(finding)]) == 0  # here it holds
    capfd.readouterr()


@pytest.mark.parametrize("name", TARGETS)
def test_the_breaks_that_a_target_names_can_still_be_made(name) -> None:
    """Each names a place that is there once, so that `dev.py fuzz --broken` breaks what it says."""
    faults = importlib.import_module(f"tests.fuzz.{name}").FAULTS
    assert faults
    for file, old, new in faults.values():
        assert (ROOT / file).read_text().count(old) == 1, (file, old)
        assert old != new


def test_every_kept_finding_belongs_to_a_target() -> None:
    assert {folder.name for folder in REGRESSIONS.iterdir() if folder.is_dir()} <= set(TARGETS)
