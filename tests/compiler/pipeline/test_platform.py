"""Units of the platform that share an evaluation, and the failure of one of them."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from sixfold_compiler.engine import Failure
from sixfold_compiler.pipeline.render.overlays import UnitJob
from sixfold_compiler.pipeline.render.platform import _batches, _render, _Unit


def units(*sizes: int) -> list[UnitJob]:
    return [UnitJob("cluster", f"u{number}", b"x" * size, {}) for number, size in enumerate(sizes)]


@pytest.mark.parametrize(
    ("sizes", "workers", "lengths"),
    [
        ([], 2, []),
        ([1] * 3, 1, [3]),
        ([1] * 3, 2, [2, 1]),
        ([1] * 3, 8, [1, 1, 1]),
        ([1] * 9, 1, [4, 4, 1]),
        ([30_000] * 4, 1, [2, 2]),
        ([1, 100_000, 1, 1], 1, [1, 1, 2]),
    ],
)
def test_small_units_share_an_evaluation_and_each_worker_has_some(sizes, workers, lengths) -> None:
    jobs = units(*sizes)
    batches = _batches(jobs, workers)
    assert [len(batch) for batch in batches] == lengths
    assert [job for batch in batches for job in batch] == jobs


def test_the_units_of_a_batch_that_kills_its_worker_are_evaluated_alone() -> None:
    killed = Failure("memory", "too much")

    class Pool:
        size = 1

        def run(self, function, batches):
            for index, batch in enumerate(batches):
                deadly = any(job.unit == "u1" for job in batch)
                yield index, killed if deadly else [{"of": job.unit} for job in batch]

    changed = [(_Unit("cluster", f"u{number}", b"", lambda: b"{}"), {}) for number in range(6)]
    results = dict(_render(SimpleNamespace(pool=Pool()), changed))
    assert results == {f"u{number}": {"of": f"u{number}"} for number in range(6)} | {"u1": killed}


def test_one_unit_of_a_batch_fails_alone(compiled, tmp_path) -> None:
    repo = compiled.copied_to(tmp_path / "repo")
    repo.write(
        "environments/lib/main.libsonnet",
        "{ entries+: { cluster(input):: if input.cluster.name == 'dc1-b' then error 'no' else super.cluster(input) } }",
    )
    run = repo.compile(engine="rjsonnet")
    assert {(d.code, "dc1-b" in d.message) for d in run.diagnostics} == {("SF505", True)}, run
