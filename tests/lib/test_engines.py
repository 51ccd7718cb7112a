"""Properties of the library's output for the input of every test in this folder."""

from __future__ import annotations

import json
import re

import _jsonnet
import pytest
import rjsonnet

from tests.lib.kubernetes import validate
from tests.lib.library import INPUTS, MONITORS, everything, given, output_of
from tests.support.counterparts import met


@given({"scrape": {"port": 9090, "interval": "15s"}}, systems=MONITORS)
def test_a_pod_monitor_is_valid_by_the_schema_of_the_prometheus_operator(output):
    validate(output.single("PodMonitor"))


@pytest.mark.conformance("Jsonnet engines")
@given({"ports": [{"name": "http", "port": 80, "targetPort": 8080}], "resources": {"requests": {"cpu": 0.1}}})
def test_both_engines_give_the_same_objects_for_every_input(output):
    assert output.objects
    met("jsonnet (C++)", _jsonnet.version)
    met("rjsonnet", rjsonnet.__version__)
    assert everything("rjsonnet") == everything("jsonnet")


@given({"kind": "StatefulSet", "env": [{"name": "A", "value": "1"}]})
def test_every_object_is_valid_by_the_schema_of_kubernetes(output):
    assert output.objects
    seen = set()
    for name in INPUTS:
        for item in output_of(everything("rjsonnet")[name]).objects:
            text = json.dumps(item, sort_keys=True)
            if text in seen or item["apiVersion"].startswith("monitoring.coreos.com/"):
                continue
            seen.add(text)
            try:
                validate(item)
            except Exception as error:  # noqa: BLE001 - every error becomes a failure that names the input
                pytest.fail(f"{name}: {item['kind']}: {error}")
    assert len(seen) > len(INPUTS)


@given({"kind": "DaemonSet"}, scale={})
def test_every_object_has_its_owner_and_namespace_and_names_no_cluster(output):
    assert output.objects
    for name in INPUTS:
        objects = output_of(everything("rjsonnet")[name]).objects
        for item in objects:
            metadata, labels = item["metadata"], item["metadata"]["labels"]
            assert metadata["namespace"] == "playback", name
            assert labels["app.kubernetes.io/managed-by"] == "sixfold", name
            assert labels["sixfold.dev/team"] == "playback", name
            assert labels["sixfold.dev/tier"] in {"P0", "P1", "P2"}, name
            assert "dc1" not in json.dumps(item), name
        identities = [(o["apiVersion"], o["kind"], o["metadata"]["name"]) for o in objects]
        assert len(identities) == len(set(identities)), name


@given({"kind": "CronJob", "schedule": {"cron": "0 3 * * *"}}, scale={})
def test_no_selector_has_a_version_and_every_label_is_valid(output):
    assert output.objects
    value = re.compile(r"^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$")

    def visit(node, path):
        if isinstance(node, list):
            for item in node:
                visit(item, path)
        elif isinstance(node, dict):
            for key, sub in node.items():
                if key in {"selector", "matchLabels", "podSelector"}:
                    assert "version" not in json.dumps(sub), path
                if key in {"labels", "matchLabels"}:
                    assert all(len(v) <= 63 and value.match(v) for v in sub.values()), path
                visit(sub, f"{path}.{key}")

    for name in INPUTS:
        visit(output_of(everything("rjsonnet")[name]).objects, name)
