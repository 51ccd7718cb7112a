"""Inputs of the library's `cluster` and `argocd` entries, and the engines that evaluate them."""

from __future__ import annotations

import copy
import json
from typing import Any

import yaml

from tests.lib.library import ENGINES, LIBRARY

__all__ = [
    "LOCAL",
    "REMOTE",
    "REMOTE_2",
    "argocd_input",
    "cluster_input",
    "config_file",
    "config_texts",
    "entry",
    "evaluate",
    "find",
    "objects_of",
    "service",
]

LOCAL = {"cluster": "dc1-a", "weight": 50, "local": True}
REMOTE = {"cluster": "dc1-b", "weight": 30, "local": False, "address": "gw.dc1-b.example.internal", "port": 443}
REMOTE_2 = {"cluster": "dc1-c", "weight": 20, "local": False, "address": "gw.dc1-c.example.internal", "port": 443}


def service(name: str, team: str = "playback", **fields: Any) -> dict[str, Any]:
    """Return a service on three clusters with one HTTP port; `fields` replace or add fields."""
    return {
        "name": name,
        "team": team,
        "namespace": team,
        "tier": "P0",
        "ports": [{"name": "http", "port": 8080, "targetPort": 8080, "protocol": "TCP", "appProtocol": "http"}],
        "hosts": [f"{name}.dc1.svc.cluster.local"],
        "endpoints": [LOCAL, REMOTE, REMOTE_2],
    } | fields


def cluster_input(
    services: list[dict[str, Any]] | None = None, envoy: dict[str, Any] | None = None, **platform: Any
) -> dict[str, Any]:
    """Return the input of one production cluster with two teams.

    `envoy` replaces settings of Envoy, and `platform` fields of the platform.
    """
    grpc = {"name": "grpc", "port": 9090, "targetPort": 9090, "protocol": "TCP", "appProtocol": "grpc"}
    http = {"name": "http", "port": 8080, "targetPort": 8080, "protocol": "TCP", "appProtocol": "http"}
    default = [
        service("match-service", timeout="250ms"),
        service("auth", "identity", ports=[http, grpc], endpoints=[LOCAL]),
        service("ads", endpoints=[REMOTE]),
    ]
    return copy.deepcopy(
        {
            "fleet": {
                "name": "example",
                "platform": {
                    "identity": "irsa",
                    "podSecurity": "restricted",
                    "dnsNamespace": "kube-system",
                    "privateNetworks": ["10.0.0.0/8"],
                }
                | platform,
                "tiers": {
                    "P0": {"priority": 1000000, "priorityClass": "tier-p0"},
                    "P1": {"priority": 100000, "priorityClass": "tier-p1"},
                    "P2": {"priority": 10000, "priorityClass": "tier-p2"},
                },
                "domains": {"cluster": "cluster.local", "internal": "example.internal", "external": "example.com"},
            },
            "systems": {
                "mesh": {"envoy": ENVOY | (envoy or {})},
                "observability": {"prometheus": {"discovery": "pod-monitor", "namespace": "monitoring"}},
            },
            "environment": "prod",
            "dataCenter": {"name": "dc1", "region": "ap-south-1"},
            "cluster": CLUSTER,
            "teams": [
                {
                    "name": name,
                    "namespace": name,
                    "owners": [f"oidc:{name}", "oidc:oncall"],
                    "quota": {"cpu": "400", "memory": "800Gi", "pods": 500},
                    "loadBalancers": 2,
                    "weight": 34,
                    "tier": "P0",
                }
                for name in ("identity", "playback")
            ],
            "services": default if services is None else services,
        }
    )


ENVOY = {
    "image": "docker.io/envoyproxy/envoy:distroless-v1.40.0",
    "replicas": 3,
    "secret": "sixfold-gateway-certificate",
    "httpPort": 10080,
    "tables": 2,
    "peerPort": 10443,
    "ownPort": 9903,
    "trustedHops": 0,
    "drainSeconds": 310,
    "adminPort": 9901,
    "statusPort": 9902,
    "cpu": "500m",
    "memory": "512Mi",
    "shards": 1,
}
CLUSTER = {
    "name": "dc1-a",
    "server": "https://a.eks.example",
    "eks": {"name": "prod-dc1-a", "roleArn": "arn:aws:iam::333333333333:role/argocd"},
    "version": "1.34",
    "capacity": {"cpu": 1000, "memory": "4Ti", "pods": 5000},
    "state": "active",
    "labels": {"generation": "blue"},
    "apis": [],
    "gateway": {"address": "gw.dc1-a.example.internal", "port": 443},
    "instance": "ap-south-1",
}


def argocd_input(**argocd: bool) -> dict[str, Any]:
    """Return the input of an instance with two clusters and two teams, one of them with an Application for each app.

    `argocd` replaces options of syncs.
    """
    eks = {"name": "prod-dc1-b", "roleArn": "arn:aws:iam::333333333333:role/argocd", "caData": "Q0EK"}
    other = CLUSTER | {"name": "dc1-b", "server": "https://b.eks.example", "eks": eks}
    servers = [CLUSTER["server"], other["server"]]
    return copy.deepcopy(
        {
            "fleet": {
                "name": "example",
                "repository": {"url": "https://git.example/deploy.git", "branch": "main", "path": "tree"},
            },
            "argocd": {"automated": True, "progressiveSync": False} | argocd,
            "instance": {
                "name": "ap-south-1",
                "namespace": "argocd",
                "generatorUrl": "http://sixfold-generator.argocd.svc:8080",
                "token": "$sixfold-generator:token",
                "requestTimeout": 30,
                "requeueAfterSeconds": 60,
                "server": "https://kubernetes.default.svc",
            },
            "clusters": [
                {"environment": "prod", "dataCenter": "dc1", "region": "ap-south-1"} | cluster
                for cluster in (CLUSTER, other)
            ],
            "teams": [
                {
                    "name": name,
                    "owners": [f"oidc:{name}"],
                    "unit": unit,
                    "destinations": [{"server": server, "namespace": name} for server in servers],
                }
                for name, unit in (("identity", "app"), ("playback", "namespace"))
            ],
            "waves": ["1", "2", "3"],
        }
    )


def entry(name: str, value: dict[str, Any], mixin: str = "{}") -> dict[str, Any]:
    """Evaluate an entry of the library, extended by `mixin`, and return the objects by file name."""
    output: dict[str, Any] = evaluate(
        f"function(input) ((import 'main.libsonnet') + {mixin}).entries.{name}(input)", value
    )
    return output


def evaluate(source: str, value: Any, engine: str = "rjsonnet") -> Any:
    """Evaluate `source`, a function of `input`, with the library on the import path."""
    codes = {"input": json.dumps(value)}
    return json.loads(ENGINES[engine].evaluate_snippet("<test>", source, tla_codes=codes, jpathdir=str(LIBRARY)))


def objects_of(files: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the objects of all files."""
    return [item for file in sorted(files) for item in files[file]]


def find(files: dict[str, Any], kind: str, name: str) -> dict[str, Any]:
    """Return the only object of a kind and name."""
    matches = [o for o in objects_of(files) if (o["kind"], o["metadata"]["name"]) == (kind, name)]
    assert len(matches) == 1, f"{len(matches)} objects {kind}/{name}"
    return matches[0]


def config_texts(files: dict[str, Any], name: str) -> dict[str, str]:
    """Return the files in the gateway's ConfigMap of this name, with or without a digest."""
    matches = [
        o
        for o in files["_platform/gateway.yaml"]
        if o["kind"] == "ConfigMap" and o["metadata"]["name"] in (name, f"{name}-{o['metadata']['name'][-10:]}")
    ]
    assert len(matches) == 1, f"{len(matches)} ConfigMaps {name}"
    data: dict[str, str] = matches[0]["data"]
    return data


def config_file(files: dict[str, Any], name: str, file: str = "") -> Any:
    """Return the value of a file in the gateway's ConfigMap of this name: of the only one, or of `file`."""
    texts = config_texts(files, name)
    return yaml.load(texts[file] if file else next(iter(texts.values())), yaml.CSafeLoader)
