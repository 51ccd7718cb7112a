"""Models of the fleet (`environments/fleet.jsonnet`): environments, data centers, clusters, teams, platform."""

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, JsonValue

from sixfold_compiler.model import patterns
from sixfold_compiler.model.base import (
    TIERS,
    AnyName,
    LabelKey,
    LabelValue,
    Memory,
    Model,
    Name,
    PortNumber,
    Quantity,
    TierName,
)
from sixfold_compiler.model.forms import (
    Api,
    Arn,
    Branch,
    CaData,
    Cidr,
    Count,
    DnsName,
    GitUrl,
    GitUrls,
    Groups,
    HttpUrl,
    Logins,
    Priority,
    PriorityClassName,
    Region,
    Scheme,
    Server,
    Text,
    TokenReference,
    TreePath,
)
from sixfold_compiler.model.placement import Dedicated, PlacementException, PlacementRules
from sixfold_compiler.model.policy import Allow
from sixfold_compiler.model.quantities import Resources
from sixfold_compiler.model.roads import Host
from sixfold_compiler.model.tombstone import Approvals, Deletions

if TYPE_CHECKING:
    from sixfold_compiler.model.addresses import Cell, Target

__all__ = [
    "ArgoCD",
    "ArgoInstance",
    "Capacity",
    "Choices",
    "Cluster",
    "DataCenter",
    "Domains",
    "Endpoints",
    "Environment",
    "Fleet",
    "Platform",
    "Quota",
    "Repository",
    "Team",
    "Tier",
]


class Repository(Model):
    """The deploy repo, which contains the overlay tree."""

    url: GitUrl = Field(description="the URL that Argo CD clones, without a password")
    branch: Branch = Field("main", description="the branch whose commits the generator adopts")
    path: TreePath = Field("", description="folder of the overlay tree inside the repo; empty for its root")


class Domains(Model):
    """The DNS suffixes of the host names of apps."""

    cluster: DnsName = Field("cluster.local", description="suffix inside clusters, for intra-dc names")
    internal: DnsName = Field(description="the private zone, for inter-dc names")
    external: DnsName = Field(description="the public zone, for external roads")
    reserved: list[Host] = Field([], description="hosts that no app may have; `*.` and a suffix for all hosts below it")


class Endpoints(Model):
    """Templates of the host names at which callers reach an app, one for each kind of road.

    Placeholders: {app} {team} {dc} {environment} {domain}.
    """

    intra_dc: Scheme = Field(
        "{app}.{dc}.svc.{domain}", description="inside a data center; {domain} is `domains.cluster`"
    )
    inter_dc: Scheme = Field("{app}.{dc}.{domain}", description="between data centers; {domain} is `domains.internal`")
    external: Scheme = Field("{domain}", description="from outside; {domain} is `domains.external`")


# Choices of a place for each slot: settings by the name of a system, null to remove one. Slots and settings are data of
# the library, by which `sixfold_compiler.systems` checks them.
Choices = dict[str, JsonValue]


class Platform(Model, extra="allow"):
    """The platform's settings, and the systems that it runs: `{slot: {system: settings}}` in further fields."""

    identity: Literal["irsa", "pod-identity"] = Field("irsa", description="how pods assume an AWS role")
    pod_security: Literal["restricted", "baseline"] = Field(
        "restricted", description="the Pod Security Standard that team namespaces enforce"
    )
    dns_namespace: Name = Field("kube-system", description="the namespace of cluster DNS, which every pod may reach")
    reserved_namespaces: list[Name] = Field(
        [], description="namespaces of other systems, which no team may have, beside the well-known ones"
    )
    storage_class: AnyName | None = Field(
        None, description="storage class of claims that name none; default: the cluster's own"
    )
    private_networks: list[Cidr] = Field(
        ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"],
        description="CIDRs that calls to hosts outside the fleet cannot reach",
    )

    @property
    def choices(self) -> Choices:
        """The systems, as the fleet has them."""
        return dict(self.model_extra or {})


class Tier(Model):
    """The scheduling priority of a tier."""

    priority: Priority = Field(
        description="pods of a higher priority preempt pods of a lower one when capacity is short"
    )
    priority_class: PriorityClassName = Field(description="name of the PriorityClass")


class Quota(Model):
    """The resources that a team may use in a data center, divided over the clusters that host it."""

    cpu: Quantity = Field(description="sum of CPU requests")
    memory: Memory = Field(description="sum of memory requests")
    pods: Count = Field(description="number of pods")

    @property
    def resources(self) -> Resources:
        """The quota as an amount that adds up."""
        return Resources.of(self.cpu, self.memory, self.pods)


class Team(Model):
    """A team: its owners, its quota, and the data centers where it may run (default: all)."""

    owners: Groups = Field(description="groups of the identity provider")
    quota: Quota = Field(description="the resources that it may use in each data center")
    quotas: dict[Name, Quota] | None = Field(None, description="quotas by environment, for those that differ")
    highest_tier: TierName = Field(
        TIERS[-1], description="the highest tier that its apps may have, by which their pods preempt others"
    )
    load_balancers: Annotated[int, Field(ge=0, le=100)] = Field(
        0,
        description="apps with load balancers of their own in each data center: one on each cluster, which costs money",
    )
    allow: Allow | None = Field(
        None, description="references out of its namespace, beside those of all teams; default: none"
    )
    repos: GitUrls = Field([], description="source repositories that the team publishes from")
    publishers: Logins = Field(
        [],
        description="logins at the forge that may ask the deploy repo's CI to publish for the team; default: nobody",
    )
    data_centers: dict[Name, list[Name]] | None = Field(
        None, description="data centers by environment: `{prod: [dc1]}`; default: all"
    )
    unit: Literal["namespace", "app"] = Field(
        "namespace", description="one Application for each namespace, or for each app"
    )
    # Any: defaults are checked as a part of a spec.
    defaults: dict[str, Any] | None = Field(None, description="a partial spec that every manifest of the team inherits")
    stack: Name | None = Field(
        None, description="group of teams that fail and move together, for a tier's `stacks`; default: the team alone"
    )
    cluster_labels: dict[LabelKey, LabelValue] = Field(
        {}, description="labels that a cluster must have to host the team"
    )
    tolerates: list[Text] = Field([], description="taints of clusters that the team tolerates")
    pins: list[PlacementException] = Field([], description="clusters that must host the team")
    bans: list[PlacementException] = Field([], description="clusters that must not host the team")

    def quota_in(self, environment: str) -> Quota:
        """Return the quota that the team has in each data center of an environment."""
        return (self.quotas or {}).get(environment, self.quota)


class Eks(Model):
    """The EKS cluster: its name, and the role that Argo CD assumes to log in."""

    name: Annotated[str, Field(pattern=patterns.EKS_NAME)] = Field(description="its name in AWS")
    role_arn: Arn = Field(description="the role that Argo CD assumes to reach it")
    ca_data: CaData | None = Field(None, description="its certificate authority, base64; not a secret")


class Capacity(Model):
    """Allocatable capacity: cores, bytes (as quantities) and pods."""

    cpu: Quantity = Field(description="cores; a cluster's placement weight is proportional to them")
    memory: Memory = Field(description="bytes")
    pods: Count = Field(description="pods that its nodes and pod addresses allow")
    nodes: Count | None = Field(
        None,
        description="number of nodes, each of which runs a pod of every DaemonSet; default: one for every 110 pods",
    )

    @property
    def resources(self) -> Resources:
        """The capacity as an amount that adds up."""
        return Resources.of(self.cpu, self.memory, self.pods)


class GatewayAddress(Model):
    """The address at which other clusters reach this cluster's gateway."""

    address: DnsName = Field(description="a name in the private zone")
    port: PortNumber = Field(443, description="the port at that address")


class Cluster(Model):
    """One Kubernetes cluster."""

    server: Server = Field(description="URL of its API server; unique")
    eks: Eks = Field(description="the EKS cluster")
    version: Annotated[str, Field(pattern=patterns.KUBERNETES_VERSION, description="Kubernetes minor version")]
    capacity: Capacity = Field(description="the allocatable capacity")
    state: Literal["active", "draining", "standby", "retired"] = Field(
        "active",
        description=(
            "active: hosts teams; draining: keeps its teams and gets no others; standby: hosts teams that no active "
            "cluster has capacity for; retired: hosts no team, and only its Secret in Argo CD is left"
        ),
    )
    labels: dict[LabelKey, LabelValue] = Field(
        {}, description="labels, for `clusterLabels` of teams and, on its cluster Secret, for selectors in Argo CD"
    )
    dedicated: Dedicated | None = Field(None, description="the only teams that it hosts; default: all")
    taints: list[Text] = Field([], description="a team is hosted only if it tolerates all of them")
    apis: list[Api] = Field(
        [], description="group/version of the custom resources that it serves beside the built-in APIs"
    )
    gateway: GatewayAddress = Field(description="where other clusters reach its gateway")
    instance: Name = Field(description="the Argo CD instance that manages it")


class DataCenter(Model):
    """A data center: several clusters of one region that act as one unit."""

    region: Region = Field(description="the AWS region")
    clusters: dict[Name, Cluster] = Field(min_length=1, description="its clusters, by name; unique in the environment")
    platform: Choices | None = Field(
        None, description="systems that differ from those of the environment; null removes one"
    )


class Environment(Model):
    """An environment with its data centers and its rules of placement."""

    data_centers: dict[Name, DataCenter] = Field(min_length=1, description="its data centers, by name")
    platform: Choices | None = Field(None, description="systems that differ from those of the fleet; null removes one")
    placement: PlacementRules = Field(
        PlacementRules.model_construct(), description="rules by which `sixfold place` chooses clusters"
    )


class ArgoInstance(Model):
    """One Argo CD: its namespace, and how it reaches the generator."""

    namespace: Name = Field("argocd", description="the namespace of Argo CD")
    generator_url: HttpUrl = Field(description="the generator's base URL")
    token: TokenReference = Field(
        "$sixfold-generator:token", description="reference to the generator's token, `$secret:key`; never the token"
    )
    request_timeout: Annotated[int, Field(ge=1, le=300)] = Field(30, description="seconds to wait for the generator")
    requeue_after_seconds: Annotated[int, Field(ge=30, le=86_400)] = Field(
        60, description="seconds between two requests to it"
    )
    server: Server = Field(
        "https://kubernetes.default.svc",
        description="the URL of the cluster that it runs in, for the Application of its own objects",
    )


class ArgoCD(Model):
    """All Argo CD instances, and how Applications sync."""

    instances: dict[Name, ArgoInstance] = Field(min_length=1, description="the instances, by name")
    automated: bool = Field(default=True, description="sync automatically, with prune and self-heal")
    progressive_sync: bool = Field(
        default=False, description="RollingSync by wave (the controller must have it enabled)"
    )


class Fleet(Model):
    """The fleet: environments, teams and the platform, in `environments/`."""

    api_version: Literal["sixfold.dev/v1"] = Field(description="the version of this format")
    kind: Literal["Fleet"] = Field(description="the kind of this document")
    name: Name = Field(description="the fleet's name")
    repository: Repository = Field(description="the deploy repo")
    namespaces: Literal["{team}", "{team}-{environment}"] = Field(
        "{team}", description="a team's namespace; with the environment when environments share clusters"
    )
    domains: Domains = Field(description="the DNS suffixes of endpoints")
    endpoints: Endpoints = Field(Endpoints.model_construct(), description="the naming scheme of roads")
    platform: Platform = Field(description="the platform's components and settings")
    tiers: dict[TierName, Tier] = Field(description="the scheduling priority of each tier")
    defaults: dict[str, JsonValue] = Field({}, description="a partial spec that every manifest inherits")
    argocd: ArgoCD = Field(description="the Argo CD instances")
    allow: Allow | None = Field(
        None, description="references out of the namespace that every team may use; default: none"
    )
    teams: dict[Name, Team] = Field(description="the teams, by name")
    environments: dict[Name, Environment] = Field(min_length=1, description="the environments, by name")
    deletions: Deletions = Field(Deletions.model_construct(), description="what may be deleted without a tombstone")
    approvals: Approvals = Field(Approvals.model_construct(), description="who may approve deletions, and for how long")

    def data_center(self, cell: "Cell") -> DataCenter:
        """Return the data center of a cell. Raises KeyError for a cell that is not in the fleet."""
        return self.environments[cell.environment].data_centers[cell.data_center]

    def cluster(self, target: "Target") -> Cluster:
        """Return the cluster at an address. Raises KeyError for a cluster that is not in the fleet."""
        return self.data_center(target.cell).clusters[target.cluster]
