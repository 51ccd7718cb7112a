"""Models of the application manifest, which a team writes for one service.

`App` is the complete document, and `Spec` the part that layers merge. Every field of `Spec` is optional, because a
layer (fleet defaults, team defaults, an override) states only some of them. `sixfold_compiler.manifest` merges the
layers of a cell, validates the result as a `Spec` again, and checks that the required fields are set. Fields that exist
in Kubernetes keep their names and structure.
"""

from typing import Any, Literal

from pydantic import Field

from sixfold_compiler.model.addresses import AppKey
from sixfold_compiler.model.base import AnyName, Model, Name, Natural, TierName
from sixfold_compiler.model.container import Container, ContainerBody, InitContainer, PodSecurityContext
from sixfold_compiler.model.roads import Call, Port, Roads
from sixfold_compiler.model.workload import (
    Autoscaling,
    Config,
    Disruption,
    Job,
    Rollout,
    Schedule,
    Scrape,
    ServiceAccount,
    Toleration,
    TopologySpread,
    Volume,
)

__all__ = ["App", "Metadata", "Override", "Patch", "Spec"]


class Spec(ContainerBody):
    """The needs of a service. Numbers of pods are for a data center; Sixfold divides them over its clusters."""

    tier: TierName | None = Field(
        None, description="how important the app is to the business: P0 is the most important"
    )
    kind: Literal["Deployment", "StatefulSet", "DaemonSet", "CronJob", "Job"] | None = Field(
        None, description="the Kubernetes workload; default: Deployment"
    )
    data_centers: dict[Name, list[Name]] | None = Field(
        None, description="data centers by environment: `{prod: [dc1]}`; default: all data centers of the team"
    )
    ports: list[Port] | None = Field(None, max_length=100, description="ports of the service")
    containers: list[Container] | None = Field(None, description="more containers of the pod (sidecars)")
    init_containers: list[InitContainer] | None = Field(None, description="containers that run before the app's own")
    replicas: Natural | None = Field(
        None, description="pods in the data center, divided over its clusters by weight; default: 1"
    )
    autoscaling: Autoscaling | None = Field(
        None, description="let the number of pods follow the load; in place of `replicas`"
    )
    disruption: Disruption | None = Field(None, description="how many pods may be evicted at the same time")
    spread: Literal["share", "home", "every"] | None = Field(
        None,
        description=(
            "share: divided over the data center's clusters by weight; home: on one cluster; every: a full copy on "
            "each. "
            "Default: share for a Deployment of several pods, every for a DaemonSet, else home"
        ),
    )
    topology_spread: TopologySpread | None = Field(
        None, description="how the pods on a cluster are spread over zones and nodes"
    )
    rollout: Rollout | None = Field(None, description="how a new version replaces the old one")
    volumes: list[Volume] | None = Field(
        None, description="temporary files, storage, and files from ConfigMaps and Secrets"
    )
    config: list[Config] | None = Field(
        None, description="ConfigMaps from text in the manifest and from files beside it"
    )
    service_account: ServiceAccount | None = Field(None, description="the pods' identity for AWS and Kubernetes")
    security_context: PodSecurityContext | None = Field(
        None, description="settings that differ from the secure defaults"
    )
    scrape: Scrape | None = Field(None, description="where Prometheus finds the metrics")
    schedule: Schedule | None = Field(None, description="when a CronJob runs")
    job: Job | None = Field(None, description="how the pods of a Job or CronJob run")
    termination_grace_period_seconds: int | None = Field(
        None, description="seconds that the pod has to stop before it is killed; default: 30"
    )
    node_selector: dict[str, str] | None = Field(None, description="labels that a node must have")
    tolerations: list[Toleration] | None = Field(None, description="taints that the pods tolerate")
    calls: list[Call] | None = Field(
        None, description="the apps and hosts that this app calls; other egress is blocked"
    )
    roads: Roads | None = Field(None, description="how callers reach this app, and which callers may")


class Match(Model):
    """The environments and data centers of an override; a team never names a cluster."""

    environment: Name | None = Field(None, description="only in this environment")
    data_center: Name | None = Field(None, description="only in data centers of this name")


class PatchTarget(Model):
    """The plain object of the manifest that a patch changes."""

    kind: str = Field(description="the object's kind")
    name: AnyName = Field(description="the object's metadata.name")


class Patch(Model):
    """A merge patch (RFC 7386) of one plain object."""

    target: PatchTarget = Field(description="which object")
    # Any: the object is checked by its Kubernetes schema after the patch.
    patch: dict[str, Any] = Field(
        description="the fields to change; null removes a field, and a list replaces the complete list"
    )


class Override(Model):
    """A partial spec, and patches of plain objects, where `match` holds."""

    match: Match = Field(description="where the override applies; with both fields, only where both match")
    spec: Spec | None = Field(None, description="the fields that differ there")
    patches: list[Patch] | None = Field(None, description="changes of the plain objects of the same file")


class ManifestSpec(Spec):
    """The needs of the app. Overrides and the fleet's defaults have a part of it, without `overrides`."""

    overrides: list[Override] | None = Field(
        None, description="differences by environment and data center, merged from the least to the most specific"
    )


class Metadata(Model):
    """The app's name and team. All of its objects get its labels and annotations."""

    name: Name = Field(
        description="the app's name, and the name of its service and of the manifest's file; unique in an environment"
    )
    team: Name = Field(
        description="the team that owns the app: a team of the fleet, and the name of the manifest's folder"
    )
    labels: dict[str, str] | None = Field(None, description="more labels of all its objects")
    annotations: dict[str, str] | None = Field(None, description="more annotations of all its objects")

    @property
    def key(self) -> AppKey:
        """The key of the app."""
        return AppKey(self.team, self.name)


class App(Model):
    """An application manifest. The other YAML documents in its file are plain Kubernetes objects of the app."""

    api_version: Literal["sixfold.dev/v1"] = Field(description="the version of this format")
    kind: Literal["App"] = Field(description="the kind of this document")
    metadata: Metadata = Field(description="the app's name and team")
    spec: ManifestSpec = Field(description="the needs of the app")
