"""Complete compiles: the example fleet, and effects of one team's manifests on another team."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sixfold_compiler.inputs.options import Options
from sixfold_compiler.pipeline.plan import plan
from tests.profiles import examples
from tests.support.repos import ENVIRONMENTS, EXAMPLES, is_overlay, owned, tree

# Non-interference

HOSTILE_TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), max_size=40)
HOSTILE_SPEC = st.dictionaries(
    st.sampled_from(["image", "env", "ports", "calls", "roads", "replicas", "config", "volumes", "kind", "spread", "tier", "dataCenters"]),
    st.recursive(
        HOSTILE_TEXT | st.integers(-(10**6), 10**6) | st.booleans() | st.none()
        | st.sampled_from(["index", "*", "shop", "search", "direct", "../search/index.yaml", "{{ .x }}", "dc1", "prod"]),
        lambda inner: st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["name", "app", "host", "path", "port", "callers", "external", "direct", "files", "data"]), inner, max_size=4),
        max_leaves=8,
    ),
    max_size=6,
)  # fmt: skip


@pytest.fixture(scope="module")
def neighbours(compiled, tmp_path_factory):
    repo = compiled.copied_to(tmp_path_factory.mktemp("neighbours") / "repo")
    repo.put("search/index", roads={"intra-dc": {"callers": ["*"]}, "external": {"path": "/search"}})
    repo.compile()
    return repo, {p: d for p, d in repo.tree().items() if is_overlay(p)}


@given(HOSTILE_SPEC)
@examples(25)
def test_a_hostile_team_does_not_change_the_overlays_of_others(neighbours, spec) -> None:
    repo, before = neighbours
    repo.put("pay/evil", **spec)
    with plan(repo.options(stage_in_tree=True)) as result:
        assert not result.fatal, result.diagnostics
        assert {d.app for d in result.diagnostics} <= {"pay/evil"}
        result.write()
    after = {p: d for p, d in repo.tree().items() if is_overlay(p) and not p.endswith("/evil.yaml")}
    assert after == before
    assert owned(repo.out) == set(repo.tree())


def test_a_path_at_the_edge_belongs_to_the_app_that_had_it_first(repo) -> None:
    repo.put("shop/web", roads={"external": {"path": "/api"}})
    repo.compile()
    before = {p: d for p, d in repo.tree().items() if is_overlay(p)}
    repo.put("pay/cards", roads={"external": {"path": "/api"}})
    run = repo.compile()
    assert run.codes == ["SF412"], run
    assert {d.app for d in run.diagnostics} == {"pay/cards"}
    assert {p: d for p, d in repo.tree().items() if is_overlay(p)} == before
    repo.put(
        "pay/cards", roads={"external": {"host": "example.com", "loadBalancer": True}}
    )  # would claim the complete host
    assert repo.compile().codes == ["SF451"]
    repo.put("pay/cards", roads={"external": {"host": "cards.example.com", "loadBalancer": True}})
    repo.put("shop/web", roads={"external": {"path": "/v2"}})
    repo.put(
        "search/index", roads={"external": {"path": "/api/"}}
    )  # the path that web releases is free in the same run
    run = repo.compile()
    assert run.codes == [], run


def test_a_newcomer_loses_a_name_that_its_owner_takes_back(repo) -> None:
    """web leaves /api and index claims it; the move of web fails, so both stay as they were."""
    repo.put("shop/web", roads={"external": {"path": "/api"}})
    repo.put("pay/cards", roads={"external": {"path": "/pay"}})
    repo.compile()
    before = {p: d for p, d in repo.tree().items() if is_overlay(p)}
    repo.put("shop/web", roads={"external": {"path": "/pay"}})
    repo.put("search/index", roads={"external": {"path": "/api"}})
    run = repo.compile()
    assert run.codes == ["SF412", "SF412"], run
    assert {d.app for d in run.diagnostics} == {"shop/web", "search/index"}
    assert {p: d for p, d in repo.tree().items() if is_overlay(p)} == before


# The example fleet


def test_the_examples_compile_and_then_nothing_changes(tmp_path) -> None:
    options = Options(
        fleet=ENVIRONMENTS,
        out=tmp_path / "tree",
        base=EXAMPLES,
        paths=(EXAMPLES / "live", EXAMPLES / "boutique"),
        stage_in_tree=True,
    )
    with plan(options) as result:
        assert result.diagnostics == ()
        assert result.summary.targets == 9
        result.write()
    assert owned(tmp_path / "tree") == set(tree(tmp_path / "tree"))
    with plan(options) as result:
        assert (result.summary.evaluated, result.changes) == (0, ())
