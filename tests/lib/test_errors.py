"""Inputs that the library rejects: each message names the field and the accepted values."""

from __future__ import annotations

import pytest

from tests.lib.library import app_input, evaluate


def without_image():
    """The input of an app without an image."""
    value = app_input()
    del value["records"][0]["spec"]["image"]
    return value


CLAIM = {"name": "d", "claim": {"size": "1Gi"}}
REFUSED = {
    "an unknown kind lists the known ones": (
        app_input({"kind": "Deploymnt"}),
        "spec.kind: unknown 'Deploymnt'; known: CronJob, DaemonSet, Deployment, Job, StatefulSet",
    ),
    "a rollout type of another kind lists its own": (
        app_input({"rollout": {"type": "OnDelete"}}),
        "spec.rollout.type of a Deployment: unknown 'OnDelete'; known: Recreate, RollingUpdate",
    ),
    "a rollout type of a StatefulSet lists its own": (
        app_input({"kind": "StatefulSet", "rollout": {"type": "Recreate"}}),
        "spec.rollout.type of a StatefulSet: unknown 'Recreate'; known: OnDelete, RollingUpdate",
    ),
    "a rollout type of a DaemonSet lists its own": (
        app_input({"kind": "DaemonSet", "rollout": {"type": "Recreate"}}, scale={}),
        "spec.rollout.type of a DaemonSet: unknown 'Recreate'; known: OnDelete, RollingUpdate",
    ),
    "an unknown tier lists the fleet's": (app_input({"tier": "P9"}), "spec.tier: unknown 'P9'; known: P0, P1, P2"),
    "a cron job needs a schedule": (
        app_input({"kind": "CronJob"}, scale={}),
        "spec.schedule: a CronJob must say when it runs",
    ),
    "the own container needs an image": (without_image(), "spec.image: must be given"),
    "a container needs an image": (
        app_input({"containers": [{"name": "agent"}]}),
        "spec.containers[agent].image: must be given",
    ),
    "a container that ends has no probes": (
        app_input({"initContainers": [{"name": "m", "image": "m:1", "probes": {"liveness": {}}}]}),
        "spec.initContainers[m].probes: a container that ends has no health; remove them, or set restartPolicy: Always",
    ),
    "an init container needs an image": (
        app_input({"initContainers": [{"name": "m"}]}),
        "spec.initContainers[m].image: must be given",
    ),
    "an init container beside the others needs an image": (
        app_input({"initContainers": [{"name": "m", "restartPolicy": "Always"}]}),
        "spec.initContainers[m].image: must be given",
    ),
    "a metric of the pods has an average only": (
        app_input({"autoscaling": {"metrics": [{"name": "rps", "value": 1}]}}, scale={"min": 1, "max": 2}),
        "spec.autoscaling.metrics[rps].averageValue: must be given for a metric of the pods",
    ),
    "a metric from outside the cluster has a value or an average": (
        app_input({"autoscaling": {"metrics": [{"name": "lag", "type": "External"}]}}, scale={"min": 1, "max": 2}),
        "spec.autoscaling.metrics[lag]: must have averageValue or value",
    ),
    "a scraped port belongs to a container": (
        app_input({"scrape": {"port": "metrics"}}),
        "spec.scrape.port: no container has a port 'metrics'",
    ),
    "an unknown type of metric lists the known ones": (
        app_input(
            {"autoscaling": {"metrics": [{"name": "lag", "type": "Object", "value": 1}]}}, scale={"min": 1, "max": 2}
        ),
        "spec.autoscaling.metrics[lag].type: unknown 'Object'; known: External, Pods",
    ),
    "an unknown strength of the spread lists the known ones": (
        app_input({"topologySpread": {"zones": "strict"}}),
        "spec.topologySpread.zones: unknown 'strict'; known: none, preferred, required",
    ),
    "an unknown application protocol lists the known ones": (
        app_input({"ports": [{"name": "p", "port": 1, "appProtocol": "h3"}]}),
        "spec.ports[p].appProtocol: unknown 'h3'; known: grpc, http, http2, tcp, tls",
    ),
    "a volume has one source": (
        app_input({"volumes": [{"name": "v", "emptyDir": {}, "secret": {"secretName": "s"}}]}),
        "spec.volumes[v]: must have exactly one of claim, configMap, emptyDir, persistentVolumeClaim, secret",
    ),
    "a claim cannot exist before the sync": (
        app_input({"kind": "Job", "job": {"hook": "PreSync"}, "volumes": [CLAIM]}, scale={}),
        "spec.job.hook: a Job with a claim cannot run PreSync, when its claim is not there yet; use Sync",
    ),
    "a plain object of another namespace is refused": (
        app_input(objects=[{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c", "namespace": "shop"}}]),
        "ConfigMap/c: metadata.namespace: 'shop' is not the team's namespace 'playback'; leave it out",
    ),
    "an unknown identity of pods lists the known ones": (
        app_input({"serviceAccount": {"iamRole": "arn:aws:iam::1:role/m"}}, platform={"identity": "magic"}),
        "platform.identity: unknown 'magic'; known: irsa, pod-identity",
    ),
    "an unknown way to find metrics lists the known ones": (
        app_input(
            {"scrape": {"port": 1}}, systems={"observability": {"prometheus": {"discovery": "magic", "namespace": "m"}}}
        ),
        "observability.prometheus.discovery: unknown 'magic'; known: annotations, pod-monitor",
    ),
}


@pytest.mark.parametrize("claim", REFUSED)
def test_an_invalid_input_is_rejected_with_its_field(claim):
    value, message = REFUSED[claim]
    with pytest.raises(RuntimeError) as caught:
        evaluate("rjsonnet", {"app": value})
    assert str(caught.value).splitlines()[0] == f"runtime error: {message}"


def test_the_reference_engine_gives_the_same_message():
    value, message = REFUSED["an unknown kind lists the known ones"]
    with pytest.raises(RuntimeError) as caught:
        evaluate("jsonnet", {"app": value})
    assert str(caught.value).startswith(f"RUNTIME ERROR: {message}")
