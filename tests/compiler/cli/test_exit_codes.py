"""Exit codes: warnings are no failure, and a disk that fails is no mistake in an input."""

from __future__ import annotations

import pytest

from sixfold_compiler.cli.exit_codes import ABNORMAL, CLEAN, FINDINGS, INTERRUPTED, exit_code
from sixfold_compiler.diagnostics import Diagnostic

ERROR = Diagnostic("SF204", "text")
WARNING = Diagnostic("SF624", "text", severity="warning")
DISK = Diagnostic("SF704", "text")


def test_the_codes_are_those_that_the_docs_promise() -> None:
    assert (CLEAN, FINDINGS, ABNORMAL, INTERRUPTED) == (0, 1, 2, 130)


@pytest.mark.parametrize(
    ("findings", "code"),
    [
        ([], CLEAN),
        ([WARNING], CLEAN),
        ([WARNING, ERROR], FINDINGS),
        ([ERROR, DISK], ABNORMAL),
        ([DISK, WARNING], ABNORMAL),
    ],
)
def test_the_worst_finding_decides(findings, code) -> None:
    assert exit_code(findings) == code
