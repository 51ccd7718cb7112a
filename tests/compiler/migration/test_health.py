"""`--wait`: Applications and workloads from a recorded API server on loopback (not a real one)."""

from __future__ import annotations

from pathlib import Path

import pytest

from sixfold_compiler.live import own_cluster
from sixfold_compiler.migration.health import Expectations, argocd_problems, cluster_problems, unhealthy, wait_for
from sixfold_compiler.model.addresses import Target
from tests.support.apiserver import ApiServer
from tests.support.snapshots import check_snapshot

SNAPSHOTS = Path(__file__).parent / "snapshots"

OLD, NEW = "1" * 40, "2" * 40
A = Target("prod", "dc1", "a")


class Recorded(ApiServer):
    """An API server with lists by path."""

    def __init__(self):
        super().__init__()
        self.lists = {}

    def serve(self, method, path, query, body, accept):
        if path.startswith(("/apis/argoproj.io/", "/apis/apps/")):
            return self._list("List", self.lists.get(path, []), query)
        return super().serve(method, path, query, body, accept)


@pytest.fixture
def server():
    with Recorded() as server:
        yield server


@pytest.fixture
def api(server, tmp_path):
    return own_cluster(server.kubeconfig(tmp_path / "kubeconfig"))


def application(name, sync="Synced", health="Healthy", revision=NEW, server="https://a"):
    return {
        "metadata": {"name": name},
        "spec": {"destination": {"server": server, "namespace": "shop"}},
        "status": {"sync": {"status": sync, "revision": revision}, "health": {"status": health}},
    }


def argocd(api, server, *items, gone=()):
    server.lists["/apis/argoproj.io/v1alpha1/namespaces/argocd/applications"] = list(items)
    expected = Expectations({"prod-a-shop": NEW}, gone)
    return argocd_problems(expected, api, ["argocd"], lambda commit, older: commit >= older)


def test_an_application_must_be_synced_and_healthy_at_a_commit_with_the_step(api, server) -> None:
    assert argocd(api, server, application("prod-a-shop")) == []
    assert argocd(api, server) == ["prod-a-shop does not exist yet"]
    assert "is before" in argocd(api, server, application("prod-a-shop", revision=OLD))[0]
    assert argocd(api, server, application("prod-a-shop", sync="OutOfSync")) == ["prod-a-shop is OutOfSync"]
    assert argocd(api, server, application("prod-a-shop", health="Progressing")) == ["prod-a-shop is Progressing"]
    assert argocd(api, server, {"metadata": {"name": "prod-a-shop"}}) == ["prod-a-shop has no status yet"]


def test_no_application_may_deploy_to_a_namespace_that_has_left(api, server) -> None:
    ours = application("prod-a-shop")
    old = application("prod-b-shop-web", server="https://b")
    assert argocd(api, server, ours, old, gone=(("https://b", "shop"),)) == ["prod-b-shop-web still exists"]
    assert argocd(api, server, ours, old, gone=(("https://b", "pay"),)) == []
    assert argocd(api, server, ours, {"metadata": {"name": "no-spec"}}, {}, gone=(("https://b", "shop"),)) == []


@pytest.mark.parametrize(
    ("kind", "item", "lack"),
    [
        ("deployments", {"spec": {"replicas": 3}, "status": {"updatedReplicas": 3, "availableReplicas": 2}}, "has 2 of 3"),
        ("deployments", {"spec": {"replicas": 3}, "status": {"updatedReplicas": 1, "availableReplicas": 3}}, "has 1 of 3"),
        ("deployments", {"spec": {"replicas": 0}, "status": {}}, ""),
        ("deployments", {"metadata": {"name": "x", "generation": 2}, "status": {"observedGeneration": 1}}, "is not read"),
        ("statefulsets", {"spec": {}, "status": {"updatedReplicas": 1, "availableReplicas": 1}}, ""),
        ("daemonsets", {"status": {"desiredNumberScheduled": 2, "updatedNumberScheduled": 2, "numberAvailable": 1}}, "1 of 2"),
    ],
)  # fmt: skip
def test_the_workloads_of_a_namespace_must_have_their_pods(api, server, kind, item, lack) -> None:
    server.lists[f"/apis/apps/v1/namespaces/shop/{kind}"] = [item]
    problems = cluster_problems(Expectations({}, namespaces=((A, "shop"),)), {A: api})
    assert bool(problems) == bool(lack)
    assert lack in "".join(problems)


def test_a_namespace_that_has_left_must_have_no_workloads(api, server) -> None:
    expected = Expectations({}, left=((A, "shop"),))
    assert cluster_problems(expected, {A: api}) == []
    server.lists["/apis/apps/v1/namespaces/shop/deployments"] = [{"metadata": {"name": "web"}}]
    assert cluster_problems(expected, {A: api}) == ["shop still has deployments on prod/dc1/a"]


def test_waiting_ends_when_the_check_passes_or_the_time_is_over(api, server) -> None:
    """The test sets the clock. A server that fails is asked again."""
    now = [0.0]
    server.fail(503, times=2)
    checks = []

    def check():
        checks.append(now[0])
        return argocd(api, server, application("prod-a-shop"))

    assert wait_for(check, 60, lambda: now[0], lambda s: now.__setitem__(0, now[0] + s)) == []
    assert checks == [0, 5, 10]
    server.fail(503, times=100)
    assert "503" in wait_for(check, 12, lambda: now[0], lambda s: now.__setitem__(0, now[0] + s))[0]
    assert now[0] == 22


def test_the_finding_names_the_first_ten_problems_and_counts_the_others() -> None:
    message = unhealthy(["a does not exist yet", "b is Missing"], 30).message
    check_snapshot(f"{message}\n", SNAPSHOTS / "unhealthy.txt")
    problem = unhealthy((f"app-{n} is Degraded" for n in range(12)), 0.5)
    assert (problem.code, problem.message.count("Degraded")) == ("SF449", 10)
    assert problem.message.startswith("the previous step is not healthy after 0.5 s")
    assert problem.message.endswith("; and 2 more")
