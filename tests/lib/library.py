"""Evaluation of the library's `app` entry for the inputs of all tests at once, by both engines.

A test declares its input with `@given(…)` and gets the objects of one cluster as the fixture `output`. The reference
engine takes a second to read the library, so all inputs of a run share one evaluation of each engine.
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

__all__ = ["INPUTS", "LIBRARY", "MONITORS", "Output", "app_input", "evaluate", "given", "output_of"]

LIBRARY = Path(__file__).resolve().parents[2] / "lib"
ENGINES = {"rjsonnet": rjsonnet, "jsonnet": _jsonnet}
F = TypeVar("F", bound="Callable[..., None]")
INPUTS: dict[str, dict[str, Any]] = {}

PLATFORM = {
    "identity": "irsa",
    "podSecurity": "restricted",
    "dnsNamespace": "kube-system",
    "storageClass": "gp3",
    "privateNetworks": ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"],
}
SYSTEMS = {
    "mesh": {"envoy": {"httpPort": 10080, "tables": 2}},
    "observability": {"prometheus": {"discovery": "annotations", "namespace": "monitoring"}},
}
MONITORS = {"observability": {"prometheus": {"discovery": "pod-monitor", "namespace": "monitoring"}}}
TIERS = {tier: {"priority": 1000, "priorityClass": f"sixfold-{tier.lower()}"} for tier in ("P0", "P1", "P2")}


def app_input(
    spec: dict[str, Any] | None = None,
    *,
    platform: dict[str, Any] | None = None,
    systems: dict[str, Any] | None = None,
    app: dict[str, Any] | None = None,
    version: str | None = "1.4.2",
    scale: dict[str, int] | None = None,
    disruption: dict[str, Any] | None = None,
    **cell: Any,
) -> dict[str, Any]:
    """Return the input of the entry `app` for one app on one cluster; `cell` replaces fields of its cell."""
    scale = {"replicas": 3} if scale is None else scale
    base = {"tier": "P1", "kind": "Deployment", "image": "registry.example/match:1.4.2"}
    record = {
        "environment": "prod",
        "namespace": "playback",
        "divided": "replicas" in scale,
        "spec": {**base, **(spec or {})},
        "choice": 0,
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
            "choices": [SYSTEMS | (systems or {})],
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
    """Give a test the objects that the library creates from `app_input(spec, …)`."""

    def register(test: F) -> F:
        INPUTS[test.__name__] = app_input(spec, **fields)
        return test

    return register


def evaluate(engine: str, inputs: dict[str, Any]) -> dict[str, Any]:
    """Evaluate several inputs with one engine, and return the results by name."""
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
    """Evaluate all inputs of this run with one engine, and return the results by name of the test."""
    return evaluate(engine, INPUTS)


@dataclass(frozen=True)
class Output:
    """The objects on one cluster, in the order of their application."""

    objects: list[dict[str, Any]]

    def kinds(self) -> list[str]:
        """Return the kind of every object, in order."""
        return [o["kind"] for o in self.objects]

    def single(self, kind: str, name: str | None = None) -> dict[str, Any]:
        """Return the only object of a kind (and name)."""
        matches = [o for o in self.objects if o["kind"] == kind and name in (None, o["metadata"]["name"])]
        assert len(matches) == 1, f"{len(matches)} objects {kind} {name or ''} in {self.kinds()}"
        return matches[0]

    def spec(self, kind: str, name: str | None = None) -> dict[str, Any]:
        """Return the spec of the only object of a kind (and name)."""
        spec: dict[str, Any] = self.single(kind, name)["spec"]
        return spec

    @property
    def template(self) -> dict[str, Any]:
        """Return the pod template of the workload."""
        kind = next(k for k in self.kinds() if k in {"Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob"})
        spec = self.spec(kind)["jobTemplate"]["spec"] if kind == "CronJob" else self.spec(kind)
        template: dict[str, Any] = spec["template"]
        return template

    @property
    def pod(self) -> dict[str, Any]:
        """Return the spec of the pod."""
        pod: dict[str, Any] = self.template["spec"]
        return pod

    @property
    def container(self) -> dict[str, Any]:
        """Return the app's own container, which precedes its sidecars."""
        container: dict[str, Any] = self.pod["containers"][0]
        return container


def output_of(parts: dict[str, Any]) -> Output:
    """Join the parts of an app's objects on the only cluster of an input, like the compiler."""
    record, cell = parts["records"][0], parts["cells"]["prod/dc1"]
    return Output([*record["before"], *cell["shares"]["0"], *cell["objects"], *record["after"]])
