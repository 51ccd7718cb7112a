"""The application manifest: what one team writes about one service.

`App` is the whole document, `Spec` the part that layers merge. Every field of `Spec` is optional here, because a
layer (fleet defaults, team defaults, an override) states only some of them; `sixfold_compiler.manifest.layers`
merges the layers of one
environment and data center and validates the result as a `Spec` again, then checks what must be there.
Shapes that exist in Kubernetes keep their Kubernetes names and form.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from sixfold_compiler.model.addresses import AppKey
from sixfold_compiler.model.base import AnyName, Model, Name, TierName
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

__all__ = ["App", "Metadata", "Override", "Patch", "Release", "Spec"]


class Spec(ContainerBody):
    """What a service needs. Numbers of pods are for a whole data center; Sixfold divides them over its clusters."""

    tier: TierName | None = Field(None, description="how much the business depends on it: P0 most")
    kind: Literal["Deployment", "StatefulSet", "DaemonSet", "CronJob", "Job"] | None = Field(
        None, description="the Kubernetes workload; default: Deployment"
    )
    data_centers: dict[Name, list[Name]] | None = Field(
        None, description="environment: [data center]; default: everywhere the team is"
    )
    ports: list[Port] | None = Field(None, description="ports of the service")
    containers: list[Container] | None = Field(None, description="further containers of the pod (sidecars)")
    init_containers: list[InitContainer] | None = Field(None, description="containers that run before the app's own")
    replicas: Annotated[int, Field(ge=0)] | None = Field(
        None, description="pods for the whole data center, divided over its clusters by weight; default: 1"
    )
    autoscaling: Autoscaling | None = Field(
        None, description="let the number of pods follow the load; in place of `replicas`"
    )
    disruption: Disruption | None = Field(None, description="how many pods may be evicted at once")
    spread: Literal["share", "home", "every"] | None = Field(
        None,
        description=(
            "share: divided over the DC's clusters by weight; home: one of its clusters; every: a full copy on each. "
            "Default: share for a Deployment of several pods, every for a DaemonSet, else home"
        ),
    )
    topology_spread: TopologySpread | None = Field(
        None, description="how the pods of a cluster spread over zones and nodes"
    )
    rollout: Rollout | None = Field(None, description="how a new version replaces the old one")
    volumes: list[Volume] | None = Field(None, description="scratch space, storage, files of ConfigMaps and Secrets")
    config: list[Config] | None = Field(
        None, description="ConfigMaps made from text here and files beside the manifest"
    )
    service_account: ServiceAccount | None = Field(None, description="the pods' identity towards AWS and Kubernetes")
    security_context: PodSecurityContext | None = Field(None, description="departures from the safe defaults")
    scrape: Scrape | None = Field(None, description="where Prometheus finds the metrics")
    schedule: Schedule | None = Field(None, description="when a CronJob runs")
    job: Job | None = Field(None, description="how the pods of a Job or CronJob run")
    termination_grace_period_seconds: int | None = Field(
        None, description="time to stop in, before the pod is killed; default: 30"
    )
    node_selector: dict[str, str] | None = Field(None, description="labels that a node must have")
    tolerations: list[Toleration] | None = Field(None, description="taints that the pods put up with")
    calls: list[Call] | None = Field(None, description="what this app calls; nothing else is let out")
    roads: Roads | None = Field(None, description="how this app is reached, and by whom")


class Match(Model):
    """Where an override applies; a team never names a cluster."""

    environment: Name | None = Field(None, description="only in this environment")
    data_center: Name | None = Field(None, description="only in data centers of this name")


class PatchTarget(Model):
    """Which plain object of the manifest a patch changes."""

    kind: str = Field(description="the object's kind")
    name: AnyName = Field(description="the object's metadata.name")


class Patch(Model):
    """A merge patch (RFC 7386) of one plain object."""

    target: PatchTarget = Field(description="which object")
    patch: dict[str, Any] = Field(description="what to change; null takes a field away, a list replaces the whole list")


class Override(Model):
    """A partial spec, and patches of plain objects, where `match` holds."""

    match: Match = Field(description="where; with both fields, where both hold")
    spec: Spec | None = Field(None, description="what is different there")
    patches: list[Patch] | None = Field(None, description="changes of the plain objects of the same file")


class ManifestSpec(Spec):
    """What the app needs. A partial one, without `overrides`, stands in overrides and in the fleet's defaults."""

    overrides: list[Override] | None = Field(
        None, description="differences by environment and data center, merged from the least to the most specific"
    )


class Metadata(Model):
    """Who the app is. Labels and annotations go on all of its objects."""

    name: Name = Field(
        description="the app's name, also its service name; unique in a data center, and the file's stem"
    )
    team: Name = Field(description="the team that owns it: a team of the fleet, and the name of the file's folder")
    labels: dict[str, str] | None = Field(None, description="further labels of all its objects")
    annotations: dict[str, str] | None = Field(None, description="further annotations of all its objects")

    @property
    def key(self) -> AppKey:
        """The key of the app."""
        return AppKey(self.team, self.name)


class App(Model):
    """An application manifest. Further YAML documents in its file are plain Kubernetes objects of the app."""

    api_version: Literal["sixfold.dev/v1"] = Field(description="the version of this format")
    kind: Literal["App"] = Field(description="what this document is")
    metadata: Metadata = Field(description="who the app is")
    spec: ManifestSpec = Field(description="what it needs")


class Release(Model):
    """A release file: the image version of every app in one environment, `team/app: version`."""

    api_version: Literal["sixfold.dev/v1"] = Field(description="the version of this format")
    kind: Literal["Release"] = Field(description="what this document is")
    environment: Name = Field(description="the environment, which is also the file's stem")
    apps: dict[
        Annotated[str, Field(pattern=r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?/[a-z0-9]([-a-z0-9]*[a-z0-9])?$")],
        Annotated[str, Field(pattern=r"^([A-Za-z0-9_][A-Za-z0-9._-]{0,127})?(@?sha256:[0-9a-f]{64})?$", min_length=1)],
    ] = Field({}, description="`team/app`: a tag, a digest, or `tag@sha256:…`")
