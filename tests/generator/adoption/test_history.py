"""A commit that another one has replaced is refused, for the last thousand commits."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from sixfold_compiler.diagnostics import DiagnosticError
from sixfold_generator.adoption.decide import adopt
from sixfold_generator.adoption.history import extended, only_forward
from tests.support.trees import Spec, read

BLANK = adopt(None, *read(Spec()), date(2026, 11, 24)).snapshot
OLD, NOW, NEXT = "0" * 40, "1" * 40, "2" * 40
ADOPTED = replace(BLANK, commit=NOW, superseded=(OLD,))


def test_only_a_replaced_commit_is_refused():
    with pytest.raises(DiagnosticError) as raised:
        only_forward(ADOPTED, OLD)
    (problem,) = raised.value.diagnostics
    assert problem.code == "SF812"
    assert problem.message == f"commit {OLD[:12]} was already replaced by the adopted commit {NOW[:12]}"
    for commit in (NOW, NEXT, ""):
        only_forward(ADOPTED, commit)
    only_forward(None, OLD)
    only_forward(replace(ADOPTED, superseded=("",)), "")


@pytest.mark.parametrize(
    ("adopted", "commit", "replaced"),
    [
        (None, NEXT, ()),
        (ADOPTED, NOW, (OLD,)),
        (ADOPTED, NEXT, (OLD, NOW)),
        (ADOPTED, "", (OLD, NOW)),
        (replace(ADOPTED, commit=""), NEXT, (OLD,)),
        (replace(ADOPTED, commit=""), "", (OLD,)),
    ],
)
def test_the_adopted_commit_is_added_when_another_one_replaces_it(adopted, commit, replaced):
    assert extended(adopted, commit) == replaced


def test_the_last_thousand_commits_are_kept():
    commits = tuple(f"{number:040}" for number in range(1000))
    replaced = extended(replace(ADOPTED, superseded=commits), NEXT)
    assert replaced == (*commits[1:], NOW)
