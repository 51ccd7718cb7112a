"""A round keeps the last good values with their time, and compares clusters with Argo CD by their server URLs."""

from __future__ import annotations

from sixfold_compiler.live import Capacity, Registered
from sixfold_compiler.model.quantities import Resources
from sixfold_generator.live.record import Amounts, Registration
from sixfold_generator.live.rounds import managed_by, next_live, registration
from sixfold_generator.state.clock import Instant
from tests.support.trees import Spec
from tests.support.trees import read as read_tree

KEY = "prod/dc1/dc1-a"
CAPACITY = Capacity(Resources(4000, 1 << 30, 110), Resources(1500, 1 << 20, 7))


def instant(seconds):
    return Instant("boot", float(seconds))


def test_a_failed_reading_keeps_the_last_good_values_and_their_time():
    first = next_live(None, [KEY], {KEY: CAPACITY}, {}, Registration(), instant(1))
    second = next_live(first, [KEY], {}, {KEY: "it does not answer"}, Registration(), instant(2))
    third = next_live(second, [KEY], {}, {KEY: "it does not answer"}, Registration(), instant(3))
    assert third.clusters[KEY].allocatable == first.clusters[KEY].allocatable == Amounts(4, 1 << 30, 110)
    assert third.clusters[KEY].at == instant(1)
    assert (third.clusters[KEY].failures, third.clusters[KEY].failing) == (2, 2)
    again = next_live(third, [KEY], {KEY: CAPACITY}, {}, Registration(), instant(4)).clusters[KEY]
    assert (again.at, again.failures, again.failing) == (instant(4), 2, 0)


def test_a_cluster_that_is_no_longer_adopted_leaves_the_record():
    first = next_live(None, [KEY], {KEY: CAPACITY}, {}, Registration(), instant(1))
    assert next_live(first, [], {}, {}, Registration(), instant(2)).clusters == {}


def test_registration_compares_servers_of_the_clusters_of_one_instance():
    snapshot = read_tree(Spec())[0]
    ours = managed_by("ap-south-1", snapshot.clusters)
    assert {cluster.data_center for cluster in ours} == {"dc1"}
    known = [
        Registered("prod-dc1-a", "https://prod-dc1-a.example.com/"),
        Registered("prod-dc1-b", "https://moved.example.com"),
        Registered("any", "https://staging-dc1-s.example.com", frozen=True),
    ]
    assert dict(registration(ours, known, instant(1)).clusters) == {
        "prod/dc1/dc1-a": "yes",
        "prod/dc1/dc1-b": "elsewhere",
        "prod/dc1/dc1-c": "no",
        "staging/dc1/dc1-s": "frozen",
    }


def test_the_cluster_that_argo_cd_runs_in_is_registered_without_a_secret():
    spec = Spec()
    spec.servers[KEY] = "https://kubernetes.default.svc"
    ours = managed_by("ap-south-1", read_tree(spec)[0].clusters)
    assert registration(ours, [], instant(1)).clusters[KEY] == "yes"


def test_a_cluster_that_a_round_does_not_read_keeps_its_reading():
    first = next_live(None, [KEY], {KEY: CAPACITY}, {}, Registration(), instant(1))
    second = next_live(first, [KEY, "a/b/new"], {}, {}, Registration(), instant(2))
    assert second.clusters == first.clusters
    assert second.at == instant(2)
