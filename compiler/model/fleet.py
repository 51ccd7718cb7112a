"""The fleet: environments, data centers, clusters, teams and platform choices, as `environments/fleet.jsonnet` gives them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from compiler.model.base import AnyName, Duration, Model, Name, PortNumber, Quantity

__all__ = [
    "ArgoCD", "ArgoInstance", "Capacity", "Cluster", "DataCenter", "Domains", "Endpoints", "Environment", "Fleet",
    "Gateway", "Platform", "Quota", "Repository", "Team", "Tier", "Tombstone",
]

Arn = Annotated[str, Field(pattern=r"^arn:aws[a-z-]*:[a-z0-9-]+:[a-z0-9-]*:[0-9]{0,12}:.+$")]
Domain = Annotated[str, Field(pattern=r"^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$", max_length=253)]
Date = Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]


class Repository(Model):
    """The deploy repo that holds the overlay tree."""

    url: str
    branch: str = "main"
    path: str = Field("", description="folder of the overlay tree inside the repo; empty for its top")


class Domains(Model):
    """The DNS suffixes that endpoints are made of."""

    cluster: Domain = "cluster.local"
    internal: Domain
    external: Domain


class Endpoints(Model):
    """The naming scheme of roads. Placeholders: {app} {team} {dc} {environment} {domain}."""

    intra_dc: str = "{app}.{dc}.svc.{domain}"
    inter_dc: str = "{app}.{dc}.{domain}"
    external: str = "{domain}"


class Gateway(Model):
    """The Envoy gateway of every cluster."""

    image: str
    replicas: Annotated[int, Field(ge=1)] = 2
    http_port: PortNumber = 10080
    admin_port: PortNumber = 9901
    cpu: Quantity = "500m"
    memory: Quantity = "512Mi"


class Platform(Model):
    """What the platform runs; each choice is one of a closed list."""

    gateway: Gateway
    identity: Literal["irsa", "pod-identity"] = "irsa"
    metrics: Literal["annotations", "pod-monitor"] = "annotations"
    metrics_namespace: Name = Field("monitoring", description="where Prometheus runs, let through to scraped ports")
    pod_security: Literal["restricted", "baseline"] = "restricted"
    dns_namespace: Name = "kube-system"
    storage_class: AnyName | None = None
    private_networks: list[str] = Field(
        ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"],
        description="CIDRs that a call to an outside host never reaches",
    )


class Tier(Model):
    """What a tier means on this platform."""

    priority: int
    priority_class: AnyName


class Quota(Model):
    """What a team may use in one data center; divided over the clusters that host it."""

    cpu: Quantity
    memory: Quantity
    pods: Annotated[int, Field(ge=1)]


class Team(Model):
    """A team: who it is, what it may use, where it may run. Without `dataCenters`: everywhere."""

    owners: list[str] = Field(min_length=1, description="groups of the identity provider")
    quota: Quota
    quotas: dict[Name, Quota] | None = Field(None, description="environment: quota, where it differs")
    repos: list[str] = Field([], description="source repos the team publishes from")
    data_centers: dict[Name, list[Name]] | None = Field(None, description="environment: [data center]")
    unit: Literal["namespace", "app"] = Field("namespace", description="one Application a namespace, or one an app")
    defaults: dict[str, Any] | None = Field(None, description="partial spec under every manifest of the team")


class Eks(Model):
    """The EKS cluster behind a cluster: what Argo CD needs to log in with its own identity."""

    name: Annotated[str, Field(pattern=r"^[0-9A-Za-z][-0-9A-Za-z_]{0,99}$")]
    role_arn: Arn
    ca_data: str | None = None


class Capacity(Model):
    """Allocatable capacity: cores, bytes (as quantities) and pods."""

    cpu: Quantity
    memory: Quantity
    pods: Annotated[int, Field(ge=1)]


class GatewayAddress(Model):
    """Where other clusters reach this cluster's gateway."""

    address: Domain
    port: PortNumber = 443


class Cluster(Model):
    """One Kubernetes cluster."""

    server: Annotated[str, Field(pattern=r"^https://[^\s/]+(/.*)?$")]
    eks: Eks
    version: Annotated[str, Field(pattern=r"^1\.[0-9]{2}$", description="Kubernetes minor version")]
    capacity: Capacity
    state: Literal["active", "draining", "standby", "retired"] = "active"
    labels: dict[str, str] = {}
    apis: list[str] = Field([], description="group/version of the CRDs it serves beside the built-in APIs")
    gateway: GatewayAddress
    instance: Name = Field(description="the Argo CD instance that manages it")


class DataCenter(Model):
    """A group of clusters of one region that acts as one compute unit."""

    region: Annotated[str, Field(pattern=r"^[a-z]{2}(-[a-z]+)+-[0-9]$")]
    clusters: dict[Name, Cluster] = Field(min_length=1)


class Environment(Model):
    """An environment owns its data centers. `defaults` lie between the fleet's and the team's."""

    data_centers: dict[Name, DataCenter] = Field(min_length=1)


class ArgoInstance(Model):
    """One Argo CD: where it runs, and how it reaches the generator."""

    namespace: Name = "argocd"
    generator_url: Annotated[str, Field(pattern=r"^https?://[^\s]+$")]
    token: Annotated[str, Field(pattern=r"^\$[-a-zA-Z0-9._]+(:[-a-zA-Z0-9._]+)?$")] = "$sixfold-generator:token"
    request_timeout: Annotated[int, Field(ge=1, le=300)] = 30
    requeue_after_seconds: Annotated[int, Field(ge=30)] = 60
    server: str = Field("https://kubernetes.default.svc", description="the cluster it runs in, for the bootstrap Application")


class ArgoCD(Model):
    """All Argo CD instances, and how Applications sync."""

    instances: dict[Name, ArgoInstance] = Field(min_length=1)
    automated: bool = Field(True, description="sync without a person, with prune and self-heal")
    progressive_sync: bool = Field(False, description="RollingSync by wave (the controller must have it enabled)")


class Tombstone(Model):
    """An approved removal: what may vanish, who said so, why, and until when."""

    environment: Name | None = None
    data_center: Name | None = None
    cluster: Name | None = None
    team: Name | None = None
    app: Name | None = None
    approved_by: str
    reason: Annotated[str, Field(min_length=5)]
    until: Date


class Fleet(Model):
    """Everything in `environments/`."""

    api_version: Literal["sixfold.dev/v1"]
    kind: Literal["Fleet"]
    name: Name
    repository: Repository
    namespaces: Literal["{team}", "{team}-{environment}"] = "{team}"
    domains: Domains
    endpoints: Endpoints = Endpoints.model_construct()
    platform: Platform
    tiers: dict[Literal["P0", "P1", "P2"], Tier]
    defaults: dict[str, Any] = Field({}, description="partial spec under every manifest")
    argocd: ArgoCD
    teams: dict[Name, Team]
    environments: dict[Name, Environment] = Field(min_length=1)
    tombstones: list[Tombstone] = []
