"""Output of `promote`."""

from __future__ import annotations

from sixfold_compiler.cli.output.promote import versions_text
from sixfold_compiler.model.addresses import AppKey
from sixfold_compiler.operations.promote import Promotion, VersionChange


def test_each_app_has_a_line_with_its_versions_before_and_after() -> None:
    changes = (
        VersionChange(AppKey("shop", "web"), "1.0", "1.1"),
        VersionChange(AppKey("playback", "match"), "", "2.0"),
    )
    assert versions_text(Promotion({}, changes), "staging", "prod") == (
        "From staging to prod, 2 apps:\n"
        "  shop/web        1.0 -> 1.1\n"
        "  playback/match  (none) -> 2.0\n"
    )  # fmt: skip
