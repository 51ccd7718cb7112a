"""Evaluating the library's `app` entry: every test's input at once, by both engines, which must agree.

A test says what it gives the library with `@given(…)` and gets the objects of one cluster as the fixture `output`. The
reference engine takes a second to read the library, so all inputs of a run share one evaluation of each engine.
"""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import _jsonnet
import rjsonnet

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["INPUTS", "LIBRARY", "Output", "app_input", "evaluate", "given", "output_of"]

LIBRARY = Path(__file__).resolve().parents[2] / "lib"
ENGINES = {"rjsonnet": rjsonnet, "jsonnet": _jsonnet}
F = TypeVar("F", bound="Callable[..., None]")
INPUTS: dict[str, dict[str, Any]] = {}

PLATFORM = {
    "gateway": {"image": "envoy:v1", "replicas": 2, "httpPort": 10080, "adminPort": 9901, "cpu": "1", "memory": "1Gi"},
    "identity": "irsa",
    "metrics": "annotations",
    "metricsNamespace": "monitoring",
    "podSecurity": "restricted",
    "dnsNamespace": "kube-system",
    "storageClass": "gp3",
    "privateNetworks": ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"],
}
TIERS = {tier: {"priority": 1000, "priorityClass": f"sixfold-{tier.lower()}"} for tier in ("P0", "P1", "P2")}


def app_input(
    spec: dict[str, Any] | None = None,
    *,
    platform: dict[str, Any] | None = None,
    app: dict[str, Any] | None = None,
    version: str | None = "1.4.2",
    scale: dict[str, int] | None = None,
    disruption: dict[str, Any] | None = None,
    **cell: Any,
) -> dict[str, Any]:
    """The input of the entry `app` for one app on one cluster; `cell` is what its data center adds."""
    scale = {"replicas": 3} if scale is None else scale
    base = {"tier": "P1", "kind": "Deployment", "image": "registry.example/match:1.4.2"}
    record = {
        "environment": "prod",
        "namespace": "playback",
        "divided": "replicas" in scale,
        "spec": {**base, **(spec or {})},
    }
    share: dict[str, Any] = {"scale": scale}
    if version:
        record["version"] = version
    if disruption:
        share["disruption"] = disruption
    return copy.deepcopy(
        {
            "app": {"name": "match", "team": "playback", "labels": {}, "annotations": {}, **(app or {})},
            "fleet": {
                "name": "example",
                "platform": {**PLATFORM, **(platform or {})},
                "tiers": TIERS,
                "domains": {"cluster": "cluster.local", "internal": "example.internal", "external": "example.com"},
            },
            "records": [record],
            "cells": {
                "prod/dc1": {
                    "record": 0,
                    "dataCenter": "dc1",
                    "ingress": {"gateway": [], "direct": []},
                    "egress": {"gateway": False, "direct": [], "outside": []},
                    "objects": [],
                    "shares": {"0": share},
                    **cell,
                }
            },
        }
    )


def given(spec: dict[str, Any] | None = None, **fields: Any) -> Callable[[F], F]:
    """Give a test the objects that the library makes of `app_input(spec, …)`."""

    def register(test: F) -> F:
        INPUTS[test.__name__] = app_input(spec, **fields)
        return test

    return register


def evaluate(engine: str, inputs: dict[str, Any]) -> dict[str, Any]:
    """What one engine makes of several inputs, by name."""
    source = (
        "function(input) local entries = (import 'main.libsonnet').entries; "
        "{ [key]: entries.app(input[key]) for key in std.objectFields(input) }"
    )
    codes = {"input": json.dumps(inputs)}
    result: dict[str, Any] = json.loads(
        ENGINES[engine].evaluate_snippet("<test>", source, tla_codes=codes, jpathdir=str(LIBRARY))
    )
    return result


@cache
def everything(engine: str) -> dict[str, Any]:
    """What one engine makes of all inputs of this run."""
    return evaluate(engine, INPUTS)


@dataclass(frozen=True)
class Output:
    """The objects on one cluster, in the order in which they are applied."""

    objects: list[dict[str, Any]]

    def kinds(self) -> list[str]:
        """Every object's kind, in order."""
        return [o["kind"] for o in self.objects]

    def single(self, kind: str, name: str | None = None) -> dict[str, Any]:
        """The one object of a kind (and name)."""
        matches = [o for o in self.objects if o["kind"] == kind and name in (None, o["metadata"]["name"])]
        assert len(matches) == 1, f"{len(matches)} objects {kind} {name or ''} in {self.kinds()}"
        return matches[0]

    def spec(self, kind: str, name: str | None = None) -> dict[str, Any]:
        """Its spec."""
        spec: dict[str, Any] = self.single(kind, name)["spec"]
        return spec

    @property
    def template(self) -> dict[str, Any]:
        """The pod template of the workload."""
        kind = next(k for k in self.kinds() if k in {"Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob"})
        spec = self.spec(kind)["jobTemplate"]["spec"] if kind == "CronJob" else self.spec(kind)
        template: dict[str, Any] = spec["template"]
        return template

    @property
    def pod(self) -> dict[str, Any]:
        """The pod's spec."""
        pod: dict[str, Any] = self.template["spec"]
        return pod

    @property
    def container(self) -> dict[str, Any]:
        """The app's own container."""
        container: dict[str, Any] = self.pod["containers"][0]
        return container


def output_of(parts: dict[str, Any]) -> Output:
    """The objects of the one cluster of an input, put together as the compiler does."""
    record, cell = parts["records"][0], parts["cells"]["prod/dc1"]
    return Output([*record["before"], *cell["shares"]["0"], *cell["objects"], *record["after"]])
