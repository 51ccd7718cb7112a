"""The sets of values together render every branch of every template, and change every value."""

from __future__ import annotations

import pytest
import yaml

from tests.support.chart import CHART, SETS, values
from tests.support.chart_branches import instrument, taken


@pytest.mark.conformance("Helm")
def test_every_branch_of_every_template_is_rendered_by_a_set_of_values(tmp_path):
    branches, by_set = taken(SETS, tmp_path)
    assert len(branches) > 60
    assert [branch for branch in branches if not any(branch in rendered for rendered in by_set.values())] == []


def test_a_condition_that_always_holds_has_a_branch_that_no_set_takes():
    text, branches = instrument("{{- if .Values.a }}\nx\n{{- end }}\n", "t")
    assert branches == ["t:1 if .Values.a", "t:1 if .Values.a: else"]
    assert text.count("`t:1 if .Values.a: else`") == 2


def leaves(tree, prefix=()):
    for key, value in tree.items():
        if isinstance(value, dict) and value:
            yield from leaves(value, (*prefix, key))
        else:
            yield (*prefix, key), value


def changes(tree, path, default):
    """Return whether a set of values has another value at a path than the default; null removes a default."""
    for key in path:
        if not isinstance(tree, dict) or key not in tree:
            return False
        tree = tree[key]
    return tree != default


def test_every_value_is_changed_by_a_set():
    defaults = yaml.safe_load((CHART / "values.yaml").read_text())
    sets = [values(name) for name in SETS]
    kept = [path for path, default in leaves(defaults) if not any(changes(own, path, default) for own in sets)]
    assert kept == []
