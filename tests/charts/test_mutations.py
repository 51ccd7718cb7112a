"""Mutations of the chart depend on their seed alone, and are undone completely."""

from __future__ import annotations

from dev.mutate.mutation import applied
from tests.support.chart import ROOT
from tests.support.chart_mutations import mutations


def test_a_seed_draws_the_same_mutations_again_and_none_twice_from_every_kind_of_file():
    drawn = mutations(seed=1, count=300)
    assert drawn == mutations(seed=1, count=300)
    assert len(set(drawn)) == 300
    assert {mutation.path.rpartition(".")[2] for mutation in drawn} == {"yaml", "json", "tpl", "txt"}


def test_a_mutation_changes_one_line_and_is_undone(tmp_path):
    for mutation in mutations(seed=3, count=50):
        original = (ROOT / mutation.path).read_text()
        file = tmp_path / mutation.path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(original)
        with applied(mutation, tmp_path):
            lines = original.splitlines()
            lines[mutation.line - 1 : mutation.line] = [mutation.after] * bool(mutation.after)
            assert file.read_text().splitlines() == lines != original.splitlines()
        assert file.read_text() == original
