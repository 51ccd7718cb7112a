"""`--wait`: what a recorded API server on loopback says of Applications and workloads (not a real one)."""

from __future__ import annotations

import pytest

from sixfold_compiler.live import own_cluster
from sixfold_compiler.migration.health import Wanted, argocd_problems, cluster_problems, unhealthy, wait_for
from tests.support.apiserver import ApiServer

OLD, NEW = "1" * 40, "2" * 40


class Recorded(ApiServer):
    """Answers lists by path."""

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


def application(name, sync="Synced", health="Healthy", revision=NEW, server="https://a", namespace="shop"):
    return {
        "metadata": {"name": name},
        "spec": {"destination": {"server": server, "namespace": namespace}},
        "status": {"sync": {"status": sync, "revision": revision}, "health": {"status": health}},
    }


def argocd(api, server, *found, gone=()):
    server.lists["/apis/argoproj.io/v1alpha1/namespaces/argocd/applications"] = list(found)
    wanted = Wanted({"prod-a-shop": NEW}, gone)
    return argocd_problems(wanted, api, ["argocd"], lambda commit, older: commit >= older)


def test_an_application_must_be_synced_and_healthy_at_a_commit_that_has_the_step(api, server) -> None:
    assert argocd(api, server, application("prod-a-shop")) == []
    assert argocd(api, server) == ["prod-a-shop is not there yet"]
    assert "is before" in argocd(api, server, application("prod-a-shop", revision=OLD))[0]
    assert argocd(api, server, application("prod-a-shop", sync="OutOfSync")) == ["prod-a-shop is OutOfSync"]
    assert argocd(api, server, application("prod-a-shop", health="Progressing")) == ["prod-a-shop is Progressing"]
    assert argocd(api, server, {"metadata": {"name": "prod-a-shop"}}) == ["prod-a-shop has no status yet"]


def test_what_left_must_be_gone(api, server) -> None:
    here = application("prod-a-shop")
    there = application("prod-b-shop-web", server="https://b")
    assert argocd(api, server, here, there, gone=(("https://b", "shop"),)) == ["prod-b-shop-web is still there"]
    assert argocd(api, server, here, there, gone=(("https://b", "pay"),)) == []


@pytest.mark.parametrize(
    ("kind", "item", "told"),
    [
        ("deployments", {"spec": {"replicas": 3}, "status": {"updatedReplicas": 3, "availableReplicas": 2}}, "has 2 of 3"),
        ("deployments", {"spec": {"replicas": 3}, "status": {"updatedReplicas": 1, "availableReplicas": 3}}, "has 1 of 3"),
        ("deployments", {"spec": {"replicas": 0}, "status": {}}, ""),
        ("deployments", {"metadata": {"name": "x", "generation": 2}, "status": {"observedGeneration": 1}}, "not seen"),
        ("statefulsets", {"spec": {}, "status": {"updatedReplicas": 1, "availableReplicas": 1}}, ""),
        ("daemonsets", {"status": {"desiredNumberScheduled": 2, "updatedNumberScheduled": 2, "numberAvailable": 1}}, "1 of 2"),
    ],
)  # fmt: skip
def test_the_workloads_of_a_namespace_must_have_their_pods(api, server, kind, item, told) -> None:
    server.lists[f"/apis/apps/v1/namespaces/shop/{kind}"] = [item]
    found = cluster_problems(Wanted({}, namespaces=(("prod/dc1/a", "shop"),)), {"prod/dc1/a": api})
    assert bool(found) == bool(told)
    assert told in "".join(found)


def test_workloads_of_a_namespace_that_left_must_be_gone(api, server) -> None:
    wanted = Wanted({}, left=(("prod/dc1/a", "shop"),))
    assert cluster_problems(wanted, {"prod/dc1/a": api}) == []
    server.lists["/apis/apps/v1/namespaces/shop/deployments"] = [{"metadata": {"name": "web"}}]
    assert cluster_problems(wanted, {"prod/dc1/a": api}) == ["shop still has deployments on prod/dc1/a"]


def test_waiting_ends_when_it_is_healthy_or_the_time_is_over(api, server) -> None:
    """The clock is the test's. A server that fails for a while is asked again."""
    now = [0.0]
    server.fail(503, times=2)
    looks = []

    def look():
        looks.append(now[0])
        return argocd(api, server, application("prod-a-shop"))

    assert wait_for(look, 60, lambda: now[0], lambda s: now.__setitem__(0, now[0] + s)) == []
    assert looks == [0, 5, 10]
    server.fail(503, times=100)
    assert "503" in wait_for(look, 12, lambda: now[0], lambda s: now.__setitem__(0, now[0] + s))[0]
    assert now[0] == 22


def test_a_step_that_has_not_arrived_is_told_with_the_first_of_what_is_missing() -> None:
    assert unhealthy(["a is not there yet", "b is Missing"], 30).message == (
        "after 30 s the step before is not healthy: a is not there yet; b is Missing"
    )
    told = unhealthy((f"app-{n} is Degraded" for n in range(12)), 0.5)
    assert (told.code, told.message.count("Degraded")) == ("SF449", 10)
    assert told.message.startswith("after 0.5 s")
    assert told.message.endswith("; and 2 more")
