"""The limits of the fleet's values: the last that is accepted, and the first that is refused, at its place."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from sixfold_compiler.diagnostics import DiagnosticError
from sixfold_compiler.inputs.fleet_loader import load_fleet
from sixfold_compiler.model.fleet import Fleet
from tests.support.repos import FLEET, Inline

CLUSTER = ("environments", "prod", "dataCenters", "dc1", "clusters", "dc1-a")
INSTANCE = ("argocd", "instances", "main")
LONG = "a" * 600
# {path: (values that are accepted, values that are refused)}
FIELDS: dict[tuple[str, ...], tuple[list[Any], list[Any]]] = {
    ("name",): (["a", "0"], ["", "A", "a.b", "a" * 41]),
    ("repository", "url"): (
        ["https://h/a.git", "http://h:80/a", "ssh://git@h:22/a/b", "git@h:a/b.git", "file:///srv/a.git", "git://[::1]/a"],
        ["", "h/a", "https://h", "https://me:secret@h/a", "https://h/a b", "https://h/{{a}}", "ext::sh -c id", "-u@h:a", "git@-h:a", "ssh://-h/a", f"https://h/{LONG}"],
    ),
    ("repository", "branch"): (
        ["main", "release/1.0", "a_b-c", "v1"],
        ["", "a b", "a..b", "a.", "/a", "a//b", "a/", "-a", "a~1", "@{-1}", "a" * 256],
    ),
    ("repository", "path"): (
        ["", "overlays", "a/b", ".a", "..a", "a..b", "a" * 512],
        ["/a", "a/", "a//b", ".", "..", "a/../b", "a/./b", "a b", "$:", "a" * 513],
    ),
    ("domains", "cluster"): (["cluster.local", "a"], ["", "a..b", "A", "a.", ".a", "a_b", "a" * 64, "*.a"]),
    ("domains", "internal"): (["a-b.c"], ["a..b", "-a", "a-.b", "http://a"]),
    ("domains", "external"): (["a" * 63, ".".join(["a" * 62] * 4)], [".".join(["a" * 63] * 4), "a/b", "a:80"]),
    ("platform", "mesh", "envoy", "replicas"): ([1, 1000], [0, 1001, 2**40, "2"]),
    ("platform", "mesh", "envoy", "image"): (["envoy:v1", f"h:5000/a/b@sha256:{'0' * 64}"], ["", "a b", "{{a}}", "-a", "A/b", "a" * 513]),
    ("platform", "mesh", "envoy", "memory"): (["512Mi", "0.5Gi", 1, "1000m", 1.0], ["500m", "1.1Gi", 0.5, "1500m"]),
    ("teams", "shop", "quota", "memory"): (["80Gi"], ["1m"]),
    (*CLUSTER, "capacity", "memory"): (["4Ti"], ["1m"]),
    ("platform", "mesh", "envoy", "shards"): ([1, 16], [0, 17]),
    ("platform", "observability", "prometheus", "namespace"): (["a"], ["a.b", "A", ""]),
    ("platform", "dnsNamespace"): (["kube-system"], ["a.b", ""]),
    ("platform", "storageClass"): (["gp3", "a.b"], ["", "a..b", "A", "a.-b", "a-.b", "a" * 254]),
    ("platform", "privateNetworks"): (
        [[], ["10.0.0.0/8"], ["fd00::/8"], ["10.1.2.3/32"], ["FD00::/8"]],
        [["10.0.0.0"], ["10.0.0.1/8"], ["10.0.0.0/33"], ["10.0.0.0/255.0.0.0"], ["fe80::%1/64"], ["a"], [""], ["10.0.0.0/"], ["010.0.0.0/8"]],
    ),
    ("tiers", "P0", "priority"): ([10**9, 20000, -(2**31)], [10**9 + 1, -(2**31) - 1, "1"]),
    ("tiers", "P0", "priorityClass"): (["a.b"], ["a..b", "A", ""]),
    ("teams", "shop", "owners"): (
        [["oidc:a"], ["a b"], ["äöü"], ["A"]],
        [[""], [" "], [" a"], ["a "], ["a\nb"], ["a\x00"], ["a" * 254], [1]],
    ),
    ("teams", "shop", "quota", "pods"): ([1, 10**8], [0, 10**8 + 1]),
    ("teams", "shop", "clusterLabels"): ([{"a": ""}, {}], [{"a b": "c"}, {"a": "b c"}]),
    (*CLUSTER, "server"): (
        ["https://h", "https://h:6443", "https://[::1]:6443/a", "https://10.0.0.1/"],
        ["", "http://h", "https://", "https:///a", "https://h h", "https://u@h", "https://h/{{a}}", "https://h?a", f"https://{LONG}"],
    ),
    (*CLUSTER, "eks", "caData"): (["Q0EK", "QQ=="], ["", "Q0 EK", "Q0\nEK", "{{a}}", "Q===", "A" * (2**16 + 1)]),
    (*CLUSTER, "eks", "roleArn"): (
        ["arn:aws:iam::111111111111:role/a"], ["", "a", "arn:aws:iam::1:role/a b", "arn:aws:iam::1:role/{{a}}", "arn:aws:iam::1:role/a\n"],
    ),
    (*CLUSTER, "labels"): (
        [{"a": "b"}, {"example.com/A_1": "B.c"}, {"a" * 63: "b" * 63}],
        [{"": "a"}, {"a/": "b"}, {"a/b/c": "d"}, {"-a": "b"}, {"A.com/a": "b"}, {"a..b/c": "d"}, {"a" * 64: "b"}, {"a": "b" * 64}, {"a": "-"}, {"a": 1}],
    ),
    (*CLUSTER, "capacity", "pods"): ([1, 10**8], [0, 10**8 + 1]),
    (*CLUSTER, "capacity", "nodes"): ([1, 10**8], [0, 10**8 + 1]),
    (*CLUSTER, "gateway", "address"): (["a", "a.b"], ["", "a..b", "a" * 64, "a:80", "[::1]"]),
    (*INSTANCE, "generatorUrl"): (
        ["http://g", "http://g:8080", "https://g/a"], ["", "g:80", "ftp://g", "http://", "http://u:p@g", "http://g/{{a}}", "http://g /"],
    ),
    (*INSTANCE, "server"): (["https://kubernetes.default.svc"], ["", "kubernetes", "http://h", "https://{{a}}"]),
    (*INSTANCE, "requeueAfterSeconds"): ([30, 86400], [29, 86401]),
    (*INSTANCE, "requestTimeout"): ([1, 300], [0, 301]),
}  # fmt: skip
ACCEPTED = [(path, value) for path, (values, _) in FIELDS.items() for value in values]
REFUSED = [(path, value) for path, (_, values) in FIELDS.items() for value in values]


def with_value(path: tuple[str, ...], value: object) -> dict[str, Any]:
    fleet = copy.deepcopy(FLEET)
    inner = fleet
    for key in path[:-1]:
        inner = inner.setdefault(key, {})
    inner[path[-1]] = value
    return fleet


def named(case: tuple[tuple[str, ...], object]) -> str:
    path, value = case
    return f"{path[-1]}={value!r:.20}"


@pytest.mark.parametrize("case", ACCEPTED, ids=named)
def test_a_value_at_the_limit_is_accepted(case) -> None:
    Fleet.model_validate(with_value(*case))


@pytest.mark.parametrize("case", REFUSED, ids=named)
def test_a_value_past_the_limit_is_refused_at_its_place(case, tmp_path) -> None:
    path, value = case
    text = json.dumps(with_value(path, value), indent=2)
    (tmp_path / "fleet.jsonnet").write_text(text)
    with pytest.raises(DiagnosticError) as error:
        load_fleet(tmp_path, Inline())
    (problem,) = error.value.diagnostics
    assert (problem.code, problem.help != "") == ("SF303", True)
    assert ".".join(path) in problem.message
    assert f'"{path[-1]}"' in "\n".join(text.splitlines()[: problem.span.line])
