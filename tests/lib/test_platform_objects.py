"""Properties of every object that the library creates for a cluster or an Argo CD instance."""

from __future__ import annotations

import pytest
import yaml

from tests.lib.kubernetes import validate
from tests.lib.platform_input import LOCAL, argocd_input, cluster_input, entry, evaluate, objects_of, service

SHARDED = {"shards": 2, "cpu": 2, "memory": "1.5Gi"}
INPUTS = {
    "cluster": {
        "as it is": cluster_input(),
        "pod identity": cluster_input(identity="pod-identity", podSecurity="baseline"),
        "nothing yet": cluster_input([]) | {"teams": []},
        "one cluster": cluster_input([service("a", endpoints=[LOCAL], timeout="1.5m")]),
        "sharded": cluster_input(envoy=SHARDED),
        "old": cluster_input() | {"cluster": cluster_input()["cluster"] | {"version": "1.29"}},
    },
    "argocd": {
        "as it is": argocd_input(),
        "by hand": argocd_input(automated=False),
        "in waves": argocd_input(progressiveSync=True),
        "nothing yet": argocd_input() | {"clusters": [], "teams": []},
    },
}
CASES = [(name, case) for name, cases in INPUTS.items() for case in cases]


def test_both_engines_give_the_same_files_for_every_input():
    source = """
      function(input)
        local entries = (import 'main.libsonnet').entries;
        {
          cluster: { [case]: entries.cluster(input.cluster[case]) for case in std.objectFields(input.cluster) },
          argocd: { [case]: entries.argocd(input.argocd[case]) for case in std.objectFields(input.argocd) },
        }
    """
    assert evaluate(source, INPUTS, "rjsonnet") == evaluate(source, INPUTS, "jsonnet")


@pytest.mark.parametrize(("name", "case"), CASES)
def test_every_object_is_valid_by_the_strict_schema_of_its_kind(name, case):
    objects = objects_of(entry(name, INPUTS[name][case]))
    assert objects
    for item in objects:
        validate(item)


@pytest.mark.parametrize(("name", "case"), CASES)
def test_every_object_is_unique_and_labeled_as_managed_by_sixfold(name, case):
    objects = objects_of(entry(name, INPUTS[name][case]))
    identities = [(o["apiVersion"], o["kind"], o["metadata"].get("namespace"), o["metadata"]["name"]) for o in objects]
    assert len(identities) == len(set(identities))
    for item in objects:
        labels = item["metadata"]["labels"]
        assert labels["app.kubernetes.io/managed-by"] == "sixfold"
        assert all(len(value) <= 63 for value in labels.values())


@pytest.mark.parametrize(("name", "case"), CASES)
def test_a_platform_object_has_no_null_and_no_number_instead_of_text(name, case):
    def visit(node):
        assert node is not None
        for value in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
            visit(value)

    for item in objects_of(entry(name, INPUTS[name][case])):
        visit(item)
        for field in ("data", "stringData"):
            assert all(isinstance(value, str) for value in item.get(field, {}).values())


@pytest.mark.parametrize("case", INPUTS["cluster"])
def test_the_texts_of_the_gateways_config_maps_are_json_or_yaml(case):
    for item in entry("cluster", INPUTS["cluster"][case])["_platform/gateway.yaml"]:
        if item["kind"] == "ConfigMap":
            for text in item["data"].values():
                assert yaml.load(text, yaml.CSafeLoader)


def test_a_change_of_the_gateway_changes_no_tenancy_file():
    """The file of a namespace depends on the inputs of that namespace only."""
    given = cluster_input([service("another")])
    given["dataCenter"]["region"] = "eu-west-1"
    before, after = entry("cluster", cluster_input()), entry("cluster", given)
    assert before["_tenancy/playback.yaml"] == after["_tenancy/playback.yaml"]
    assert before["_platform/gateway.yaml"] != after["_platform/gateway.yaml"]
