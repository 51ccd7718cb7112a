"""What the library is told of an app: each thing once, addresses in place of references, and shares by cluster."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from sixfold_compiler.model.addresses import Cell, Target
from sixfold_compiler.pipeline.render.app_input import AppInput, AppJob, CellJob, clusters_of, resolved_address
from sixfold_compiler.placement import Host
from sixfold_compiler.roads.resolve import Resolved

DC1, DC2 = Cell("prod", "dc1"), Cell("prod", "dc2")
HOSTS = (Host("dc1-a", 50), Host("dc1-b", 50))
HTTP = {"name": "http", "port": 80, "targetPort": 8080, "protocol": "TCP", "appProtocol": "http"}
RAW = {"name": "redis", "port": 6379, "targetPort": 6379, "protocol": "TCP", "appProtocol": "tcp"}


def cell_job(cell: Cell = DC1, hosts=HOSTS, spread="share", resolved=None, roads=None, **spec: Any) -> CellJob:
    facts = {
        "namespace": "shop", "spread": spread, "ports": [HTTP, RAW], "roads": roads or {},
        "clusters": {host.cluster: host.weight for host in hosts},
    }  # fmt: skip
    text = orjson.dumps({"image": "app:1.0", **spec})
    return CellJob(cell, text, b'[{"kind": "ConfigMap"}]', facts, hosts, resolved or Resolved(ingress={"gateway": {}}))


def told(*jobs: CellJob, only=None, **metadata: Any) -> AppInput:
    return AppInput.of(AppJob("shop/web", {"team": "shop", "name": "web", **metadata}, jobs, {}, only, None))


def test_clusters_of_one_share_are_one_variant_and_others_have_their_own() -> None:
    alike = told(cell_job(replicas=4))
    assert alike.value["cells"]["prod/dc1"]["shares"] == {"0": {"scale": {"replicas": 2}}}
    assert [str(target) for target in alike.placed["prod/dc1", "0"]] == ["prod/dc1/dc1-a", "prod/dc1/dc1-b"]
    apart = told(cell_job(replicas=5, disruption={"maxUnavailable": "10%"}))
    assert apart.value["cells"]["prod/dc1"]["shares"] == {
        "0": {"scale": {"replicas": 3}, "disruption": {"maxUnavailable": "10%"}},
        "1": {"scale": {"replicas": 2}, "disruption": {"maxUnavailable": "10%"}},
    }


def test_cells_of_one_spec_are_one_record_and_what_differs_makes_another() -> None:
    there = (Host("dc2-a", 100),)
    same = told(cell_job(replicas=2), cell_job(DC2, there, replicas=2))
    assert [cell["record"] for cell in same.value["cells"].values()] == [0, 0]
    (record,) = same.value["records"]
    assert (record["environment"], record["namespace"], record["divided"]) == ("prod", "shop", True)
    other = told(cell_job(replicas=2), cell_job(DC2, there, replicas=2, image="app:2.0"))
    assert [record["version"] for record in other.value["records"]] == ["1.0", "2.0"]


def test_nothing_is_told_of_targets_that_were_not_asked_for_nor_of_cells_without_any() -> None:
    made = told(cell_job(replicas=5), cell_job(DC2, (Host("dc2-a", 100),)), only=frozenset({Target("prod", "dc1", "dc1-b")}))
    assert {key: [str(t) for t in targets] for key, targets in made.placed.items()} == {
        ("prod/dc1", "0"): ["prod/dc1/dc1-b"]
    }  # fmt: skip
    assert made.value["cells"]["prod/dc1"]["shares"] == {"0": {"scale": {"replicas": 2}}}, "its share of all, not all"
    assert list(made.value["cells"]) == ["prod/dc1"]


def test_labels_and_annotations_are_the_manifest_s_and_none_where_it_has_none() -> None:
    assert told().value["app"] == {"team": "shop", "name": "web", "labels": {}, "annotations": {}}
    assert told(labels={"a": "b"}).value["app"]["labels"] == {"a": "b"}


def test_what_is_decided_already_is_in_no_spec() -> None:
    spec = {
        "autoscaling": {"min": 2, "max": 4, "cpu": 60}, "dataCenters": {"prod": ["dc1"]}, "spread": "share",
        "calls": [], "roads": {}, "disruption": {"maxUnavailable": 1},
    }  # fmt: skip
    (record,) = told(cell_job(**spec)).value["records"]
    assert record["spec"] == {"image": "app:1.0", "kind": "Deployment", "autoscaling": {"cpu": 60}}
    assert record["divided"] is False, "an autoscaler counts"
    (record,) = told(cell_job(kind="DaemonSet", spread="every")).value["records"]
    assert record["spec"]["kind"] == "DaemonSet"


@pytest.mark.parametrize(
    ("image", "version"),
    [
        ("app:1.0", "1.0"),
        ("app:1.0@sha256:" + "a" * 64, "1.0"),
        ("app@sha256:" + "a" * 64, "a" * 63),
        ("app:" + "v" * 100, "v" * 63),
    ],
    ids=["a tag", "both", "a digest", "a long tag"],
)
def test_the_version_is_one_that_a_label_can_hold(image, version) -> None:
    assert told(cell_job(image=image)).value["records"][0]["version"] == version


REACHED = Resolved(addresses={"auth": ("auth.dc1", {"http": 80, "grpc": 9000}), "ads@dc2": ("ads.dc2", {"http": 8080})})


@pytest.mark.parametrize(
    ("ref", "text"),
    [
        ({"app": "auth"}, "auth.dc1:80"),
        ({"app": "auth", "port": "grpc"}, "auth.dc1:9000"),
        ({"app": "auth", "format": "host"}, "auth.dc1"),
        ({"app": "auth", "format": "port", "port": "grpc"}, "9000"),
        ({"app": "auth", "format": "url"}, "http://auth.dc1:80"),
        ({"app": "ads", "dataCenter": "dc2"}, "ads.dc2:8080"),
    ],
    ids=str,
)
def test_a_reference_to_a_call_becomes_its_address(ref, text) -> None:
    assert resolved_address(ref, REACHED) == text


def test_references_are_addressed_in_every_container_and_other_values_stay_as_they_are() -> None:
    plain, secret = {"name": "A", "value": "1"}, {"name": "B", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}
    call = {"name": "AUTH", "valueFrom": {"callRef": {"app": "auth"}}}
    spec = {"env": [plain, call, secret], "containers": [{"name": "side", "env": [call]}, {"name": "bare"}], "initContainers": [{"name": "init", "env": [plain]}]}
    made = told(cell_job(resolved=REACHED, **spec)).value["records"][0]["spec"]
    address = {"name": "AUTH", "value": "auth.dc1:80"}
    assert made["env"] == [plain, address, secret]
    assert made["containers"] == [{"name": "side", "env": [address]}, {"name": "bare"}]
    assert made["initContainers"] == [{"name": "init", "env": [plain]}]


def test_policy_lets_the_scraper_in_at_the_port_that_the_container_listens_on() -> None:
    resolved = Resolved(ingress={"gateway": {}})
    by_name = told(cell_job(resolved=resolved, scrape={"port": "http"})).value["cells"]["prod/dc1"]
    assert by_name["ingress"] == {"gateway": {}, "scrape": {"port": 8080}}
    assert told(cell_job(scrape={"port": 9100})).value["cells"]["prod/dc1"]["ingress"]["scrape"] == {"port": 9100}
    assert resolved.ingress == {"gateway": {}}, "what the roads say is not changed"


@pytest.mark.parametrize(("external", "ports"), [({}, ["http", "redis"]), ({"port": "redis"}, ["redis"])])
def test_a_load_balancer_of_its_own_has_every_port_or_the_one_that_the_road_names(external, ports) -> None:
    cell = told(cell_job(roads={"external": {"loadBalancer": True, **external}})).value["cells"]["prod/dc1"]
    assert [port["name"] for port in cell["loadBalancer"]["ports"]] == ports
    assert "loadBalancer" not in told(cell_job(roads={"external": external})).value["cells"]["prod/dc1"]


def test_what_runs_once_is_on_its_homes_alone_without_the_share_of_a_move() -> None:
    moving = (Host("dc1-a", 100, (100, 0)), Host("dc1-b", 0, (0, 100)))
    assert clusters_of({"spread": "home"}, {"replicas": 1}, moving, ["dc1-b"]) == [(Host("dc1-b", 0), {"replicas": 1})]
    assert clusters_of({"spread": "home"}, {"replicas": 1}, moving, []) == []
    assert [host.cluster for host, _ in clusters_of({"spread": "share"}, {"replicas": 1}, HOSTS, [])] == ["dc1-a"]
