"""Findings about jobs whose workers died."""

from __future__ import annotations

import pytest

from sixfold_compiler.diagnostics import Span
from sixfold_compiler.engine import Failure
from sixfold_compiler.engine.failures import failure_diagnostic

PLACE = Span("apps/shop/web.yaml", 3)


@pytest.mark.parametrize(
    ("reason", "code", "help_"),
    [
        ("time", "SF501", "endless recursion"),
        ("memory", "SF502", "large values"),
        ("crash", "SF503", "report the crash"),
        ("error", "SF901", "defect of Sixfold"),
    ],
)
def test_each_reason_is_a_problem_of_the_app_with_its_own_code_and_help(reason, code, help_) -> None:
    problem = failure_diagnostic(Failure(reason, "first line\nsecond line"), "shop/web", PLACE)
    assert (problem.code, problem.app, problem.span) == (code, "shop/web", PLACE)
    assert problem.message == "shop/web could not be compiled: first line"
    assert problem.detail == "first line\nsecond line"
    assert help_ in problem.help


def test_a_failure_without_a_detail_names_its_reason() -> None:
    assert failure_diagnostic(Failure("crash", ""), "shop/web", None).message.endswith("compiled: crash")


def test_a_file_that_could_not_be_written_belongs_to_no_app() -> None:
    problem = failure_diagnostic(Failure("write", "No space left on device"), "shop/web", PLACE)
    assert (problem.code, problem.app, problem.span) == ("SF704", "", None)
    assert problem.message == "cannot write the tree: No space left on device"
