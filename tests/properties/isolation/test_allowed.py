"""I3: only listed kinds, namespaces, clusters and teams are allowed; everything else is rejected."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sixfold_compiler.checks import check_plain
from sixfold_compiler.checks.kinds import ALLOWED
from sixfold_compiler.diagnostics import Span
from tests.profiles import examples
from tests.properties.isolation.attacks import FORBIDDEN
from tests.support.policy import lists
from tests.support.repos import Repo, is_overlay

NAMES = st.text("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-/ \u0430\u200b", min_size=1, max_size=20)
GROUPS = st.sampled_from(sorted({group for group, _ in ALLOWED})) | NAMES
KINDS = st.sampled_from(sorted({kind for _, kind in ALLOWED})) | NAMES


def messages_of(value: Any) -> list[str]:
    place = Span("apps/pay/evil.yaml", 1, 1)
    return [d.code for d in check_plain(value, lambda path: place, "pay/evil", ["pay"], lists("pay"))]


@given(group=GROUPS, kind=KINDS, version=st.sampled_from(["v1", "v1beta1", "v2", ""]))
@examples(200)
def test_forbidden_kinds_are_rejected_in_every_spelling(group, kind, version) -> None:
    api = f"{group}/{version}" if group else version
    if (group, kind) not in ALLOWED:
        assert messages_of({"apiVersion": api, "kind": kind, "metadata": {"name": "x"}})


@pytest.mark.parametrize(("api", "kind"), FORBIDDEN)
def test_hostile_kinds_are_rejected(api, kind) -> None:
    """Cluster-scoped kinds, rights, limits, routes, kinds of Argo CD, lists that hide objects, and other policies."""
    assert {"SF603", "SF604", "SF605", "SF606", "SF607", "SF608", "SF623", "SF624"} & set(
        messages_of({"apiVersion": api, "kind": kind, "metadata": {"name": "x"}})
    )


@given(
    namespace=st.text(min_size=1, max_size=20)
    | st.sampled_from(["search", "kube-system", "dc1", "PAY", "pay ", "pay-x"])
)
@examples(50)
def test_another_namespace_is_rejected_in_every_spelling(namespace) -> None:
    value = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x", "namespace": namespace}}
    assert ("SF602" in messages_of(value)) == (namespace != "pay")


@pytest.fixture
def repo(tmp_path):
    repo = Repo(tmp_path / "repo", ("shop/web",))
    repo.data["teams"]["pay"]["dataCenters"] = {"prod": ["dc2"]}
    repo.write_fleet()
    return repo


@pytest.mark.parametrize(
    "spec", [{}, {"spread": "every"}, {"replicas": 9}, {"dataCenters": {"prod": ["dc1", "dc2"]}}, {"kind": "DaemonSet"}]
)
def test_a_team_runs_on_its_clusters_only(repo, spec) -> None:
    repo.put("pay/cards", **spec)
    repo.compile()
    namespaces = {p.rpartition("/pay/")[0] for p in repo.tree() if is_overlay(p) and "/pay/" in p}
    assert namespaces == {"prod/dc2/dc2-a"}


def test_a_team_without_data_centers_runs_on_no_cluster(repo) -> None:
    repo.data["teams"]["pay"]["dataCenters"] = {}
    repo.write_fleet()
    repo.put("pay/cards")
    assert repo.compile().codes == ["SF410"]
    assert not any("/pay" in p for p in repo.tree() if is_overlay(p) or "_tenancy" in p)


@pytest.mark.parametrize(
    "team", ["nobody", "sixfold-platform", "argocd", "kube-system", "dc1", "Shop", "shop.", "\u0455hop"]
)
def test_an_unknown_team_fails_alone(repo, team) -> None:
    repo.compile()
    before = repo.tree()
    repo.put(f"{team}/web2")
    run = repo.compile()
    assert set(run.codes) <= {"SF204", "SF205"}
    assert run.codes
    assert {d.app for d in run.diagnostics} == {f"{team}/web2"}
    assert repo.tree() == before
