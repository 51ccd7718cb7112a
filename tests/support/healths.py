"""Two healths of a service: without an adoption, and degraded with a value in every field."""

from __future__ import annotations

from sixfold_compiler.guard.judge import BudgetUse
from sixfold_generator.service.health import Health
from sixfold_generator.state.snapshot import Hold

EMPTY = Health(
    "unready", ("nothing is adopted yet",), revision="", sequence=0, fleet="", age=None, looked=None, held={}, spent={},
    pinned=(), sets={}, retired=(), refused=False,
)  # fmt: skip
ROW = BudgetUse("ads", "prod", "applications", removed=3, earlier=1, had=10, budget=2, approved=0)
FULL = Health(
    "degraded", ("SF811: team ads stays as it was adopted",), revision="a" * 40, sequence=7, fleet="example", age=3725.9,
    looked=4.2, held={"ads": Hold(("prod lost 4 applications", "these vanish: x"), drops=4, rows=(ROW,))},
    spent={"playback": 1, "identity": 2}, pinned=("prod/dc1/dc1-a",), sets={"namespace": 21}, retired=("gone", "left"),
    refused=True, trusted=("SHA256:abc", "SHA256:def"), signature="awaited",
    waiting={"cluster prod/dc1/dc1-a": ("ads",), "namespace prod/dc1/dc1-a/match": ("ads", "shop")},
)  # fmt: skip
