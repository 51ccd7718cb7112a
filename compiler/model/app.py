"""The application manifest: what one team writes about one service.

`App` is the whole document, `Spec` the part that layers merge. Every field of `Spec` is optional here, because a
layer (fleet defaults, team defaults, an override) states only some of them; `compiler.layers` merges the layers of one
environment and data center and validates the result as a `Spec` again, then checks what must be there.
Shapes that exist in Kubernetes keep their Kubernetes names and form.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from compiler.model.base import AnyName, Duration, IntOrPercent, Model, Name, PortName, PortNumber, Quantity

__all__ = ["App", "Metadata", "Override", "Patch", "Release", "Spec"]

ConfigKey = Annotated[str, Field(pattern=r"^[-._a-zA-Z0-9]+$", max_length=253)]
EnvName = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_.-]*$", max_length=255)]
MountPath = Annotated[str, Field(pattern=r"^/", max_length=4096)]
Caller = Annotated[str, Field(pattern=r"^(\*|[a-z0-9]([-a-z0-9]*[a-z0-9])?(/[a-z0-9]([-a-z0-9]*[a-z0-9])?)?)$")]
PortRef = PortName | PortNumber


class KeyRef(Model):
    """One key of a ConfigMap or Secret."""

    name: AnyName
    key: ConfigKey
    optional: bool | None = None


class FieldRef(Model):
    """A field of the pod, such as `status.podIP`."""

    field_path: str


class ResourceFieldRef(Model):
    """A resource of a container, such as `limits.memory`."""

    resource: str
    container_name: Name | None = None
    divisor: Quantity | None = None


class CallRef(Model):
    """The address of an app that this one calls, by the road that the call takes."""

    app: Name
    data_center: Name | None = Field(None, description="another data center's, for an inter-dc call")
    port: PortName | None = Field(None, description="which of its ports, when it has several")
    format: Literal["address", "host", "port", "url"] = Field(
        "address", description="`host:port`, the host alone, the port alone, or `http://host:port`"
    )


class ValueFrom(Model):
    """Where an environment variable's value comes from; exactly one of these."""

    secret_key_ref: KeyRef | None = None
    config_map_key_ref: KeyRef | None = None
    field_ref: FieldRef | None = None
    resource_field_ref: ResourceFieldRef | None = None
    call_ref: CallRef | None = None


class EnvVar(Model):
    """One environment variable: a `value`, or a `valueFrom`."""

    name: EnvName
    value: str | None = None
    value_from: ValueFrom | None = None


class ObjectName(Model):
    """A reference by name, in the app's namespace."""

    name: AnyName
    optional: bool | None = None


class EnvFrom(Model):
    """All keys of a ConfigMap or Secret as environment variables."""

    config_map_ref: ObjectName | None = None
    secret_ref: ObjectName | None = None
    prefix: str | None = None


class Port(Model):
    """A port of the service; containers listen on `targetPort` (the same number unless given)."""

    name: PortName
    port: PortNumber
    target_port: PortNumber | None = None
    protocol: Literal["TCP", "UDP", "SCTP"] | None = None
    app_protocol: Literal["http", "http2", "grpc", "tcp", "tls"] | None = Field(
        None, description="what is spoken; decides how the gateway treats it. Default: http, or tcp for UDP and SCTP"
    )


class ContainerPort(Model):
    """A port that a further container listens on (not part of the service)."""

    name: PortName | None = None
    container_port: PortNumber
    protocol: Literal["TCP", "UDP", "SCTP"] | None = None


class Header(Model):
    """One HTTP header."""

    name: str
    value: str


class HttpGet(Model):
    """An HTTP request to the container."""

    path: str | None = None
    port: PortRef
    scheme: Literal["HTTP", "HTTPS"] | None = None
    http_headers: list[Header] | None = None


class Grpc(Model):
    """A gRPC health check."""

    port: PortNumber
    service: str | None = None


class TcpSocket(Model):
    """A TCP connection."""

    port: PortRef


class Exec(Model):
    """A command inside the container."""

    command: list[str]


class Sleep(Model):
    """A pause."""

    seconds: int


class Probe(Model):
    """A Kubernetes probe; exactly one of httpGet, grpc, tcpSocket, exec."""

    http_get: HttpGet | None = None
    grpc: Grpc | None = None
    tcp_socket: TcpSocket | None = None
    exec: Exec | None = None
    initial_delay_seconds: int | None = None
    period_seconds: int | None = None
    timeout_seconds: int | None = None
    success_threshold: int | None = None
    failure_threshold: int | None = None
    termination_grace_period_seconds: int | None = None


class Probes(Model):
    """The health checks of a container."""

    startup: Probe | None = None
    readiness: Probe | None = None
    liveness: Probe | None = None


class Hook(Model):
    """A lifecycle hook; exactly one of exec, httpGet, sleep."""

    exec: Exec | None = None
    http_get: HttpGet | None = None
    sleep: Sleep | None = None


class Lifecycle(Model):
    """What runs after the container starts and before it stops."""

    post_start: Hook | None = None
    pre_stop: Hook | None = None


class Resources(Model):
    """CPU, memory and other resources of a container, as in Kubernetes."""

    requests: dict[str, Quantity] | None = None
    limits: dict[str, Quantity] | None = None


class VolumeMount(Model):
    """Where a container sees a volume."""

    name: Name
    mount_path: MountPath
    sub_path: str | None = None
    read_only: bool | None = None


class SecurityContext(Model):
    """Departures from the safe defaults (non-root, read-only root, no privilege escalation, no capabilities)."""

    run_as_user: int | None = None
    run_as_group: int | None = None
    run_as_non_root: bool | None = None
    read_only_root_filesystem: bool | None = None
    add_capabilities: list[Literal["NET_BIND_SERVICE"]] | None = None


class PodSecurityContext(SecurityContext):
    """The same for the pod, with the group that owns its volumes."""

    fs_group: int | None = None
    supplemental_groups: list[int] | None = None


class ContainerBody(Model):
    """What the app's own container and further ones have in common."""

    image: str | None = Field(None, max_length=512, description="the image; the release file may set its version")
    command: list[str] | None = None
    args: list[str] | None = None
    working_dir: str | None = None
    env: list[EnvVar] | None = None
    env_from: list[EnvFrom] | None = None
    probes: Probes | None = None
    resources: Resources | None = None
    lifecycle: Lifecycle | None = None
    volume_mounts: list[VolumeMount] | None = None
    image_pull_policy: Literal["Always", "IfNotPresent", "Never"] | None = None


class Container(ContainerBody):
    """A further container of the pod (a sidecar)."""

    name: Name
    ports: list[ContainerPort] | None = None
    security_context: SecurityContext | None = None


class InitContainer(Container):
    """A container that runs before the others; with `restartPolicy: Always` it stays beside them."""

    restart_policy: Literal["Always"] | None = None


class Autoscaling(Model):
    """Horizontal autoscaling, in pods for the whole data center."""

    min: Annotated[int, Field(ge=1)] | None = None
    max: Annotated[int, Field(ge=1)] | None = None
    cpu: Annotated[int, Field(ge=1, le=1000)] | None = Field(None, description="target utilization in percent of requests")
    memory: Annotated[int, Field(ge=1, le=1000)] | None = Field(None, description="target utilization in percent of requests")
    metrics: list[Metric] | None = None
    behavior: dict[str, Any] | None = Field(None, description="as autoscaling/v2 spec.behavior")


class Metric(Model):
    """A custom metric: of the app's pods, or external. Exactly one of averageValue and value."""

    name: str
    type: Literal["Pods", "External"] = "Pods"
    average_value: Quantity | None = None
    value: Quantity | None = None
    selector: dict[str, str] | None = None


class Disruption(Model):
    """The disruption budget; exactly one of the two."""

    min_available: IntOrPercent | None = None
    max_unavailable: IntOrPercent | None = None


class TopologySpread(Model):
    """How hard the pods spread over zones and hosts."""

    zones: Literal["required", "preferred", "none"] | None = None
    hosts: Literal["required", "preferred", "none"] | None = None
    max_skew: Annotated[int, Field(ge=1)] | None = None


class Rollout(Model):
    """How a new version replaces the old one."""

    type: Literal["RollingUpdate", "Recreate", "OnDelete"] | None = None
    max_surge: IntOrPercent | None = None
    max_unavailable: IntOrPercent | None = None
    partition: int | None = None
    pod_management: Literal["OrderedReady", "Parallel"] | None = None
    min_ready_seconds: int | None = None
    progress_deadline_seconds: int | None = None
    revision_history_limit: int | None = None


class EmptyDir(Model):
    """Scratch space that lives as long as the pod."""

    medium: Literal["Memory", ""] | None = None
    size_limit: Quantity | None = None


class KeyToPath(Model):
    """One key, and the file it becomes."""

    key: ConfigKey
    path: str
    mode: int | None = None


class ConfigMapVolume(Model):
    """The keys of a ConfigMap as files."""

    name: AnyName
    items: list[KeyToPath] | None = None
    default_mode: int | None = None
    optional: bool | None = None


class SecretVolume(Model):
    """The keys of a Secret as files."""

    secret_name: AnyName
    items: list[KeyToPath] | None = None
    default_mode: int | None = None
    optional: bool | None = None


class Claim(Model):
    """A volume claimed for the app: one for each replica of a StatefulSet, else one shared claim."""

    size: Quantity
    storage_class: AnyName | None = None
    access_modes: list[Literal["ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany", "ReadWriteOncePod"]] | None = None


class ExistingClaim(Model):
    """A claim that the app declares elsewhere, for example as a plain object."""

    claim_name: AnyName
    read_only: bool | None = None


class Volume(Model):
    """A volume; exactly one source. With `mountPath` it is mounted in the app's own container."""

    name: Name
    mount_path: MountPath | None = None
    sub_path: str | None = None
    read_only: bool | None = None
    empty_dir: EmptyDir | None = None
    config_map: ConfigMapVolume | None = None
    secret: SecretVolume | None = None
    claim: Claim | None = None
    persistent_volume_claim: ExistingClaim | None = None


class Config(Model):
    """A ConfigMap from literals and files; its name carries a digest of its content, so a change rolls the pods."""

    name: Name
    data: dict[ConfigKey, str] | None = None
    files: dict[ConfigKey, str] | None = Field(None, description="key: path of a file beside the manifest")
    mount_path: MountPath | None = None
    as_env: bool | None = Field(None, description="every key becomes an environment variable")


class ServiceAccount(Model):
    """The identity of the pods."""

    iam_role: Annotated[str, Field(pattern=r"^arn:aws[a-z-]*:iam::[0-9]{12}:role/.+$")] | None = None
    automount_token: bool | None = None
    annotations: dict[str, str] | None = None


class Scrape(Model):
    """Where Prometheus finds the metrics."""

    port: PortRef
    path: str = "/metrics"
    interval: Duration | None = None


class Schedule(Model):
    """When a CronJob runs."""

    cron: str
    time_zone: str | None = None
    concurrency_policy: Literal["Allow", "Forbid", "Replace"] | None = None
    starting_deadline_seconds: int | None = None
    suspend: bool | None = None
    successful_jobs_history_limit: int | None = None
    failed_jobs_history_limit: int | None = None


class Job(Model):
    """How the pods of a Job or CronJob run."""

    parallelism: int | None = None
    completions: int | None = None
    completion_mode: Literal["NonIndexed", "Indexed"] | None = None
    backoff_limit: int | None = None
    active_deadline_seconds: int | None = None
    ttl_seconds_after_finished: int | None = None
    restart_policy: Literal["Never", "OnFailure"] | None = None
    hook: Literal["PreSync", "Sync", "PostSync"] | None = Field(
        None, description="when Argo CD runs a Job; it is deleted and made anew at every sync, since Jobs are immutable"
    )


class Toleration(Model):
    """A taint that the pods put up with."""

    key: str | None = None
    operator: Literal["Exists", "Equal"] | None = None
    value: str | None = None
    effect: Literal["NoSchedule", "PreferNoSchedule", "NoExecute"] | None = None
    toleration_seconds: int | None = None


class Call(Model):
    """Something this app calls: another app over a road, or `host` and `port` outside."""

    app: Name | None = None
    road: Literal["intra-dc", "inter-dc", "direct"] | None = Field(None, description="default: intra-dc")
    data_center: Name | None = Field(None, description="the other data center of an inter-dc call")
    host: str | None = None
    port: PortNumber | None = None


class Road(Model):
    """How callers reach this app, and which of them may."""

    port: PortName | None = Field(None, description="default: every port that the road can carry")
    callers: list[Caller] | None = Field(None, description="`team`, `team/app` or `*`; default: the app's own team")
    timeout: Duration | None = None


class External(Road):
    """The way in from outside: a host and path at the edge."""

    host: str | None = Field(None, description="default: the fleet's external domain")
    path: Annotated[str, Field(pattern=r"^/")] = "/"
    load_balancer: bool | None = Field(None, description="a network load balancer of its own, for what is not HTTP")


class Roads(Model):
    """How this app is reached. Without any, an app with ports has an intra-dc road for its own team."""

    intra_dc: Road | None = Field(None, alias="intra-dc")
    inter_dc: Road | None = Field(None, alias="inter-dc")
    external: External | None = None
    direct: Road | None = Field(None, description="TCP, headless or stateful: inside one cluster only")


class Spec(ContainerBody):
    """What a service needs. Numbers of pods are for a whole data center; Sixfold divides them over its clusters."""

    tier: Literal["P0", "P1", "P2"] | None = Field(None, description="how much the business depends on it: P0 most")
    kind: Literal["Deployment", "StatefulSet", "DaemonSet", "CronJob", "Job"] | None = None
    data_centers: dict[Name, list[Name]] | None = Field(
        None, description="environment: [data center]; default: everywhere the team is"
    )
    ports: list[Port] | None = None
    containers: list[Container] | None = None
    init_containers: list[InitContainer] | None = None
    replicas: Annotated[int, Field(ge=0)] | None = None
    autoscaling: Autoscaling | None = None
    disruption: Disruption | None = None
    spread: Literal["share", "home", "every"] | None = Field(
        None,
        description="share: divide over the DC's clusters by weight; home: one cluster of the DC; every: a full copy on each",
    )
    topology_spread: TopologySpread | None = None
    rollout: Rollout | None = None
    volumes: list[Volume] | None = None
    config: list[Config] | None = None
    service_account: ServiceAccount | None = None
    security_context: PodSecurityContext | None = None
    scrape: Scrape | None = None
    schedule: Schedule | None = None
    job: Job | None = None
    termination_grace_period_seconds: int | None = None
    node_selector: dict[str, str] | None = None
    tolerations: list[Toleration] | None = None
    calls: list[Call] | None = None
    roads: Roads | None = None


class Match(Model):
    """Where an override applies; a team never names a cluster."""

    environment: Name | None = None
    data_center: Name | None = None


class PatchTarget(Model):
    """Which plain object of the manifest a patch changes."""

    kind: str
    name: AnyName


class Patch(Model):
    """A merge patch (RFC 7386) of one plain object."""

    target: PatchTarget
    patch: dict[str, Any]


class Override(Model):
    """A partial spec, and patches of plain objects, where `match` holds."""

    match: Match
    spec: Spec | None = None
    patches: list[Patch] | None = None


class ManifestSpec(Spec):
    """The manifest's own spec: a `Spec` and its overrides."""

    overrides: list[Override] | None = None


class Metadata(Model):
    """Who the app is. Labels and annotations go on all of its objects."""

    name: Name
    team: Name
    labels: dict[str, str] | None = None
    annotations: dict[str, str] | None = None


class App(Model):
    """An application manifest."""

    api_version: Literal["sixfold.dev/v1"]
    kind: Literal["App"]
    metadata: Metadata
    spec: ManifestSpec


class Release(Model):
    """A release file: the image version of every app in one environment, `team/app: version`."""

    api_version: Literal["sixfold.dev/v1"]
    kind: Literal["Release"]
    environment: Name
    apps: dict[
        Annotated[str, Field(pattern=r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?/[a-z0-9]([-a-z0-9]*[a-z0-9])?$")],
        Annotated[str, Field(pattern=r"^([A-Za-z0-9_][A-Za-z0-9._-]{0,127})?(@?sha256:[0-9a-f]{64})?$", min_length=1)],
    ] = {}
