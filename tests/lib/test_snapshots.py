"""Complete objects of the library, as YAML files in `snapshots/`; `SIXFOLD_REWRITE=1` rewrites them.

Each file has the objects of one input, from `platform_input` or below; its diff shows the effect of a change of the
library on clusters. JSON in texts of ConfigMaps and Secrets is shown as data.
"""

from __future__ import annotations

import copy
import json
import os
from pathlib import Path
from typing import Any

import pytest
import rjsonnet
import yaml

from tests.lib.library import LIBRARY, MONITORS, app_input, evaluate, output_of
from tests.lib.platform_input import LOCAL, REMOTE, argocd_input, cluster_input, entry, service

DEFAULTS = """
local library = import 'main.libsonnet';
{
  [name]: std.objectFields(library[name].defaults)
  for name in std.objectFieldsAll(library)
  if std.objectHasAll(library[name], 'defaults')
}
"""
FOLDER = Path(__file__).parent / "snapshots"
REWRITE = "SIXFOLD_REWRITE"
GRPC = {"name": "grpc", "port": 9090, "targetPort": 9090, "protocol": "TCP", "appProtocol": "grpc"}
PORTS = [{"name": "http", "port": 80, "targetPort": 8080}, {"name": "grpc", "port": 9090, "appProtocol": "grpc"}]
CONFIG = {
    "name": "settings",
    "objectName": "match-settings-1a2b",
    "data": {"app.yaml": "a: 1\n"},
    "mountPath": "/etc/m",
}


def sharded() -> dict[str, Any]:
    """Return a cluster of Kubernetes 1.36 with two shards, pod identity and one team with load balancers."""
    services = [
        service("match-service", timeout="2s"),
        service("auth", "identity", ports=[service("x")["ports"][0], GRPC], endpoints=[LOCAL]),
        service("idle", endpoints=[LOCAL | {"weight": 0}, REMOTE | {"weight": 0}]),
    ]
    value = cluster_input(services, identity="pod-identity")
    value["systems"]["mesh"]["envoy"] |= {"shards": 2, "cpu": 4, "memory": "2Gi"}
    value["cluster"] |= {"version": "1.36"}
    value["teams"] = [value["teams"][0] | {"loadBalancers": 2}]
    return value


def small() -> dict[str, Any]:
    """Return the only cluster of a data center, with an old version of Kubernetes."""
    value = cluster_input([service("match-service", endpoints=[LOCAL])])
    value["cluster"] |= {"version": "1.29"}
    value["dataCenter"]["clusters"] = ["dc1-a"]
    value["teams"] = []
    return value


# By name: the entry, its input, and the files to compare, or None for all of them.
PLATFORM = {
    "cluster": ("cluster", cluster_input(), None),
    "cluster-with-shards": ("cluster", sharded(), ["_platform/gateway.yaml", "_tenancy/identity.yaml"]),
    "cluster-alone": ("cluster", small(), ["_platform/gateway.yaml", "_platform/roads.yaml"]),
    "argocd": ("argocd", argocd_input(), None),
    "argocd-progressive": ("argocd", argocd_input(automated=False, progressiveSync=True), ["team-playback.yaml"]),
}
BOOTSTRAP = "sixfold-gateway-bootstrap-"  # differs between inputs in sizes only, so one snapshot shows it
APPS = {
    "deployment": app_input(
        {
            "ports": PORTS,
            "config": [CONFIG | {"asEnv": True}],
            "env": [{"name": "A", "value": "1"}],
            "probes": {"readiness": {"httpGet": {"path": "/ready", "port": "http"}}},
            "resources": {"requests": {"cpu": 0.1, "memory": "64Mi"}, "limits": {"memory": "64Mi"}},
            "scrape": {"port": 9100},
            "autoscaling": {"memory": 80, "metrics": [{"name": "rps", "averageValue": 50}]},
            "serviceAccount": {"iamRole": "arn:aws:iam::1:role/match", "automountToken": True},
            "containers": [
                {
                    "name": "agent",
                    "image": "agent:1",
                    "ports": [{"name": "a", "containerPort": 1}],
                    "securityContext": {
                        "runAsUser": 0,
                        "runAsGroup": 0,
                        "runAsNonRoot": False,
                        "readOnlyRootFilesystem": False,
                        "addCapabilities": ["NET_BIND_SERVICE"],
                    },
                }
            ],
        },
        app={"annotations": {"note": "n"}, "labels": {"app.kubernetes.io/component": "web"}},
        scale={"min": 2, "max": 9},
        disruption={"maxUnavailable": 1},
        ingress={
            "gateway": [{"port": 8080}],
            "direct": [{"namespace": "shop", "app": "cart", "ports": [{"port": 9090}]}],
            "scrape": {"port": 9100},
        },
        egress={"gateway": True, "direct": [{"ports": [{"port": 5432}]}], "outside": [{"port": 443}]},
        loadBalancer={"ports": [PORTS[1]]},
        objects=[{"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "own"}, "spec": {}}],
    ),
    "statefulset": app_input(
        {
            "kind": "StatefulSet",
            "ports": PORTS[:1],
            "volumes": [{"name": "data", "mountPath": "/data", "claim": {"size": "20Gi"}}],
            "securityContext": {"runAsUser": 1000},
            "topologySpread": {"zones": "required", "hosts": "none"},
            "scrape": {"port": "http", "interval": "15s"},
        },
        systems=MONITORS,
    ),
    "daemonset": app_input({"kind": "DaemonSet", "rollout": {"maxSurge": 1}}, scale={}),
    "cronjob": app_input({"kind": "CronJob", "schedule": {"cron": "0 3 * * *"}}, scale={}),
    "job": app_input({"kind": "Job", "job": {"hook": "PreSync", "backoffLimit": 2}, "config": [CONFIG]}, scale={}),
}


@pytest.mark.parametrize("name", PLATFORM)
def test_the_files_of_a_platform_input_match_their_snapshot(name):
    kind, value, shown = PLATFORM[name]
    files = entry(kind, value)
    if shown:
        files = {file: [o for o in files[file] if not o["metadata"]["name"].startswith(BOOTSTRAP)] for file in shown}
    compare(name, files)


def test_the_objects_of_apps_match_their_snapshots():
    overlays = evaluate("rjsonnet", APPS)
    for name, parts in overlays.items():
        compare(f"app-{name}", output_of(parts).objects)


def test_the_defaults_of_every_namespace_and_the_errors_of_required_ones_match_the_snapshot():
    spaces = json.loads(rjsonnet.evaluate_snippet("defaults", DEFAULTS, jpathdir=[str(LIBRARY)]))
    shown = {
        space: {name: default(f"(import 'main.libsonnet').{space}.defaults.{name}") for name in names}
        for space, names in spaces.items()
    }
    assert len(shown) > 10
    compare("defaults", shown)


def default(source: str) -> Any:
    """Return the value of a default, or its error."""
    try:
        return json.loads(rjsonnet.evaluate_snippet("default", source, jpathdir=[str(LIBRARY)]))
    except RuntimeError as error:
        return str(error).splitlines()[0]


def test_every_snapshot_has_an_input():
    names = {*PLATFORM, *(f"app-{name}" for name in APPS), "defaults"}
    assert {path.stem for path in FOLDER.iterdir()} == names


def compare(name: str, value: Any) -> None:
    """Compare a value with its snapshot, or rewrite the snapshot."""
    path = FOLDER / f"{name}.yaml"
    text = yaml.dump(readable(value), Dumper=Plain, width=120)
    if os.environ.get(REWRITE):
        path.write_text(text)
    assert text == path.read_text(), f"review the difference, then {REWRITE}=1"


class Plain(yaml.SafeDumper):
    """A YAML dumper without anchors: repeated objects are written in full."""

    def ignore_aliases(self, data: Any) -> bool:
        del data
        return True


def readable(value: Any) -> Any:
    """Return a value with the JSON in its texts as data."""
    if isinstance(value, dict):
        return {key: readable(item) for key, item in value.items()}
    if isinstance(value, list):
        return [readable(item) for item in value]
    if isinstance(value, str) and value.startswith("{") and value.rstrip().endswith("}"):
        try:
            return {"JSON": json.loads(value)}
        except ValueError:  # a template of Argo CD's
            return value
    return copy.copy(value)
