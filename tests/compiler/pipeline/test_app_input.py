"""The input of the library for an app: equal parts only once, addresses instead of references, shares by cluster."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from sixfold_compiler.model.addresses import AppKey, Cell, Target
from sixfold_compiler.model.facts import CallFacts
from sixfold_compiler.pipeline.render.app_input import AppInput, AppJob, CellJob, clusters_of, resolved_address
from sixfold_compiler.placement import Host
from sixfold_compiler.roads.resolve import Endpoint, Resolved
from sixfold_compiler.systems import Systems
from tests.support.facts import HTTP, RAW, facts_of

DC1, DC2 = Cell("prod", "dc1"), Cell("prod", "dc2")
HOSTS = (Host("dc1-a", 50), Host("dc1-b", 50))


def cell_job(cell: Cell = DC1, hosts=HOSTS, spread="share", resolved=None, roads=None, **spec: Any) -> CellJob:
    clusters = {host.cluster: host.weight for host in hosts}
    facts = facts_of("shop/web", HTTP, RAW, roads=roads, spread=spread, clusters=clusters)
    text = orjson.dumps({"image": "app:1.0", **spec})
    return CellJob(cell, text, b'[{"kind": "ConfigMap"}]', facts, hosts, resolved or Resolved())


def input_of(*jobs: CellJob, only=None, labels=None) -> AppInput:
    return AppInput.of(AppJob(AppKey("shop", "web"), labels or {}, {}, jobs, {}, only, None), Systems())


def value(*jobs: CellJob, **options: Any) -> dict[str, Any]:
    return input_of(*jobs, **options).to_record()


def test_clusters_with_an_equal_scale_share_one_variant() -> None:
    alike = input_of(cell_job(replicas=4))
    assert alike.to_record()["cells"]["prod/dc1"]["shares"] == {"0": {"scale": {"replicas": 2}}}
    assert [str(target) for target in alike.placed[DC1, "0"]] == ["prod/dc1/dc1-a", "prod/dc1/dc1-b"]
    apart = value(cell_job(replicas=5, disruption={"maxUnavailable": "10%"}))
    assert apart["cells"]["prod/dc1"]["shares"] == {
        "0": {"scale": {"replicas": 3}, "disruption": {"maxUnavailable": "10%"}},
        "1": {"scale": {"replicas": 2}, "disruption": {"maxUnavailable": "10%"}},
    }


def test_cells_with_an_equal_spec_share_one_record() -> None:
    hosts = (Host("dc2-a", 100),)
    same = value(cell_job(replicas=2), cell_job(DC2, hosts, replicas=2))
    assert [cell["record"] for cell in same["cells"].values()] == [0, 0]
    (record,) = same["records"]
    assert (record["environment"], record["namespace"], record["divided"]) == ("prod", "shop", True)
    other = value(cell_job(replicas=2), cell_job(DC2, hosts, replicas=2, image="app:2.0"))
    assert [record["version"] for record in other["records"]] == ["1.0", "2.0"]


def test_targets_that_are_not_selected_and_cells_without_targets_are_left_out() -> None:
    result = input_of(
        cell_job(replicas=5), cell_job(DC2, (Host("dc2-a", 100),)), only=frozenset({Target("prod", "dc1", "dc1-b")})
    )
    assert {key: [str(t) for t in targets] for key, targets in result.placed.items()} == {
        (DC1, "0"): ["prod/dc1/dc1-b"]
    }  # fmt: skip
    assert result.to_record()["cells"]["prod/dc1"]["shares"] == {"0": {"scale": {"replicas": 2}}}, (
        "the share of this cluster, not all replicas"
    )
    assert list(result.to_record()["cells"]) == ["prod/dc1"]


def test_labels_and_annotations_are_those_of_the_manifest() -> None:
    assert value()["app"] == {"team": "shop", "name": "web", "labels": {}, "annotations": {}}
    assert value(labels={"a": "b"})["app"]["labels"] == {"a": "b"}


def test_decided_fields_are_removed_from_the_spec() -> None:
    spec = {
        "autoscaling": {"min": 2, "max": 4, "cpu": 60}, "dataCenters": {"prod": ["dc1"]}, "spread": "share",
        "calls": [], "roads": {}, "disruption": {"maxUnavailable": 1},
    }  # fmt: skip
    (record,) = value(cell_job(**spec))["records"]
    assert record["spec"] == {"image": "app:1.0", "kind": "Deployment", "autoscaling": {"cpu": 60}}
    assert record["divided"] is False, "the autoscaler sets the number of pods"
    (record,) = value(cell_job(kind="DaemonSet", spread="every"))["records"]
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
def test_the_version_fits_into_a_label(image, version) -> None:
    assert value(cell_job(image=image))["records"][0]["version"] == version


REACHED = Resolved(
    endpoints={
        CallFacts("auth", ""): Endpoint("auth.dc1", {"http": 80, "grpc": 9000}),
        CallFacts("ads", "dc2"): Endpoint("ads.dc2", {"http": 8080}),
    }
)


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
def test_a_call_reference_becomes_an_address(ref, text) -> None:
    assert resolved_address(ref, REACHED) == text


def test_call_references_are_replaced_in_every_container() -> None:
    plain, secret = {"name": "A", "value": "1"}, {"name": "B", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}
    call = {"name": "AUTH", "valueFrom": {"callRef": {"app": "auth"}}}
    spec = {
        "env": [plain, call, secret],
        "containers": [{"name": "side", "env": [call]}, {"name": "bare"}],
        "initContainers": [{"name": "init", "env": [plain]}],
    }
    resolved = value(cell_job(resolved=REACHED, **spec))["records"][0]["spec"]
    address = {"name": "AUTH", "value": "auth.dc1:80"}
    assert resolved["env"] == [plain, address, secret]
    assert resolved["containers"] == [{"name": "side", "env": [address]}, {"name": "bare"}]
    assert resolved["initContainers"] == [{"name": "init", "env": [plain]}]


def test_scraping_is_allowed_at_the_target_port() -> None:
    by_name = value(cell_job(scrape={"port": "http"}))["cells"]["prod/dc1"]
    assert by_name["ingress"] == {"gateway": [], "direct": [], "scrape": {"port": 8080}}
    assert value(cell_job(scrape={"port": 9100}))["cells"]["prod/dc1"]["ingress"]["scrape"] == {"port": 9100}


@pytest.mark.parametrize(("external", "ports"), [({}, ["http", "redis"]), ({"port": "redis"}, ["redis"])])
def test_a_load_balancer_has_every_port_or_the_named_one(external, ports) -> None:
    cell = value(cell_job(roads={"external": {"loadBalancer": True, **external}}))["cells"]["prod/dc1"]
    assert [port["name"] for port in cell["loadBalancer"]["ports"]] == ports
    assert "loadBalancer" not in value(cell_job(roads={"external": external}))["cells"]["prod/dc1"]


def test_an_app_that_runs_once_is_on_its_homes_only() -> None:
    moving = (Host("dc1-a", 100, (100, 0)), Host("dc1-b", 0, (0, 100)))
    assert clusters_of(facts_of("shop/web", spread="home"), {"replicas": 1}, moving, ["dc1-b"]) == [
        (Host("dc1-b", 0), {"replicas": 1})
    ]
    assert clusters_of(facts_of("shop/web", spread="home"), {"replicas": 1}, moving, []) == []
    assert [
        host.cluster for host, _ in clusters_of(facts_of("shop/web", spread="share"), {"replicas": 1}, HOSTS, [])
    ] == ["dc1-a"]
