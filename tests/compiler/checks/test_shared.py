"""Checks of the files that teams share."""

from __future__ import annotations

import copy
import json

import pytest

from sixfold_compiler.checks import check_shared
from sixfold_compiler.checks.shared import LARGEST

SERVICE = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"name": "web", "namespace": "dc1"},
    "spec": {"ports": [{"name": "http", "port": 80}, {"name": "dns", "port": 53, "protocol": "UDP"}]},
}


def config(**data):
    metadata = {"name": "gateway", "namespace": "dc1"}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}


def routes(*hosts):
    text = json.dumps({"resources": [{"name": "intra-dc", "virtual_hosts": hosts}]})
    return config(**{"routes-0.yaml": text})


def host(name, *domains, timeout="15s", weights=(1, 0)):
    clusters = {"clusters": [{"name": f"{name}{number}", "weight": weight} for number, weight in enumerate(weights)]}
    return {
        "name": name,
        "domains": domains,
        "routes": [{"route": {"weighted_clusters": clusters, "timeout": timeout}}],
    }


def upstreams(*places, name="shop/web/http"):
    upstream = {"name": name, "load_assignment": {"endpoints": places}}
    return config(**{"upstreams.yaml": json.dumps({"resources": [upstream]})})


def place(port=8080):
    address = {"socket_address": {"address": "a.example.com", "port_value": port}}
    return {"lb_endpoints": [{"endpoint": {"address": address}}]}


def changed(path, value):
    service = copy.deepcopy(SERVICE)
    *parts, last = path
    part = service
    for key in parts:
        part = part[key]
    part[last] = value
    return service


def test_what_the_cluster_takes_has_no_problem():
    good = [
        SERVICE,
        {**SERVICE, "metadata": {"name": "web", "namespace": "dc2"}},
        {**changed(("spec", "ports", 0, "port"), 53), "metadata": {"name": "dns", "namespace": "dc1"}},
        routes(host("a", "a.dc1", "a.dc1:80"), host("b", "b.dc1", timeout="0s"), host("c", "c.dc1", timeout="0.250s")),
        {**upstreams(place(1), place(port=65535)), "metadata": {"name": "upstreams"}},
        {**config(structured={"a": 1}, text="x" * (LARGEST - 50)), "metadata": {"name": "large"}},
        {"apiVersion": "argoproj.io/v1alpha1", "kind": "AppProject", "metadata": {"name": "x", "labels": {"a": "b"}}},
    ]
    assert check_shared({"a.yaml": good}) == []


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        (changed(("metadata", "name"), "1web"), "Service/1web: metadata.name is '1web', which is not a valid name"),
        (changed(("spec", "ports", 1), {"name": "h2", "port": 80}), "Service/web: spec.ports has the port 80/TCP 2 times"),
        (changed(("spec", "ports", 1, "name"), "http"), "Service/web: spec.ports has the name http 2 times"),
        (changed(("spec", "ports", 0, "port"), "http"), "Service/web: spec.ports[0].port"),
        (changed(("spec", "prots"), []), "Service/web: spec.prots"),
        (changed(("metadata",), {}), "an object: metadata.name is missing, or is not text"),
        (config(a="x" * LARGEST), f"ConfigMap/gateway has {LARGEST + 1:,} bytes, but an object that teams share may have"),
        (routes(host("a", "a.dc1"), host("b", "a.dc1")), "ConfigMap/gateway has the domain 'a.dc1' more than once"),
        (routes(host("a", "a.dc1"), host("a", "b.dc1")), "ConfigMap/gateway has the virtual host 'a' more than once"),
        *(
            (routes(host("a", "a.dc1", timeout=timeout)), f"has the timeout '{timeout}' for a, which Envoy cannot read")
            for timeout in ("1.0000000001s", "315576000001s", "007s", "2m", "s", "-1s", "9" * 20 + "s")
        ),
        *(
            (routes(host("a", "a.dc1", weights=weights)), "has weights for a that Envoy does not take")
            for weights in ((0, 0), (2**32 - 1, 1), ("1", 0))
        ),
        (routes(host("a", "a.dc1"), host("b", "A.dc1")), "ConfigMap/gateway has the domain 'a.dc1' more than once"),
        (upstreams(place(port=-1)), "ConfigMap/gateway has the port -1 for shop/web/http, which does not exist"),
        (upstreams(place(port=65536)), "ConfigMap/gateway has the port 65536 for shop/web/http, which does not exist"),
        (upstreams(place(port=0)), "ConfigMap/gateway has the port 0 for shop/web/http, which does not exist"),
        ({"apiVersion": "argoproj.io/v1alpha1", "kind": "AppProject", "metadata": {"name": "x", "labels": {"a": 1}}},
         "AppProject/x: metadata.labels.a is not text"),
    ],
)  # fmt: skip
def test_what_the_cluster_rejects_is_a_problem_that_names_the_object(value, problem):
    (problem_text,) = check_shared({"a.yaml": [value]})
    assert problem_text.startswith(f"a.yaml: {problem}") or problem in problem_text, problem_text


def test_the_largest_object_leaves_room_for_what_the_cluster_adds():
    assert LARGEST == 983_040


def test_ten_problems_are_named():
    objects = [{**SERVICE, "metadata": {"name": f"{number}web", "namespace": "dc1"}} for number in range(12)]
    problems = check_shared({"a.yaml": objects})
    assert [problem.partition(":")[2].split(":")[0] for problem in problems] == [f" Service/{n}web" for n in range(10)]


def test_one_object_in_two_files_is_a_problem():
    assert check_shared({"a.yaml": [SERVICE], "b.yaml": [SERVICE]}) == ["Service/web exists 2 times"]


def test_an_upstream_twice_is_a_problem():
    both = [json.loads(upstreams(place())["data"]["upstreams.yaml"])["resources"][0]] * 2
    (problem_text,) = check_shared({"a.yaml": [config(**{"upstreams.yaml": json.dumps({"resources": both})})]})
    assert problem_text == "a.yaml: ConfigMap/gateway has the upstream or route table 'shop/web/http' more than once"


@pytest.mark.parametrize(
    "text",
    [
        (
            '{resources: [\n{"@type": &t "x", name: "s/a/b/http", metadata: *t, load_assignment: {endpoints: [&e {lb_endpoints: '
            "[{endpoint: {address: {socket_address: {port_value: 0}}}}]}, *e]}}\n]}\n"
        ),
        (
            "resources:\n- name: s/a/b/http\n  load_assignment: &l\n    endpoints:\n    - lb_endpoints:\n"
            "      - endpoint: {address: {socket_address: {port_value: 0}}}\n"
        ),
    ],
    ids=["of the library", "of an extension"],
)
def test_files_are_read_as_the_library_writes_them_and_as_any_yaml(text):
    (problem_text,) = check_shared({"a.yaml": [config(**{"upstreams.yaml": text})]})
    assert problem_text == "a.yaml: ConfigMap/gateway has the port 0 for s/a/b/http, which does not exist"


def test_a_file_that_is_too_large_names_whose_services_are_in_it():
    hosts = [host(f"shop/web/p{n}", f"web{n}", "x" * 5000) for n in range(200)] + [host("pay/cards/http", "cards")]
    for number, item in enumerate(hosts):
        item["domains"] = (*item["domains"][:1], f"{number}{'x' * 5000}")
    (problem_text,) = check_shared({"a.yaml": [routes(*hosts)]})
    assert "; the largest parts: web in shop 1," in problem_text
    assert ", cards in pay 5," in problem_text
