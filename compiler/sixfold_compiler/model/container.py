"""What runs inside a pod: containers, their environment, probes, hooks, resources and mounts.

Shapes that exist in Kubernetes keep their Kubernetes names and form.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from sixfold_compiler.model import patterns
from sixfold_compiler.model.base import AnyName, Model, Name, OneOf, PortName, PortNumber, Quantity

__all__ = [
    "CallRef",
    "ConfigKey",
    "Container",
    "ContainerBody",
    "ContainerPort",
    "EnvFrom",
    "EnvVar",
    "InitContainer",
    "MountPath",
    "PodSecurityContext",
    "PortRef",
    "Probe",
    "Probes",
    "Resources",
    "SecurityContext",
    "ValueFrom",
    "VolumeMount",
]

ConfigKey = Annotated[str, Field(pattern=patterns.CONFIG_KEY, max_length=253)]
EnvName = Annotated[str, Field(pattern=patterns.ENV_NAME, max_length=255)]
MountPath = Annotated[str, Field(pattern=patterns.MOUNT_PATH, max_length=4096)]
PortRef = PortName | PortNumber


class KeyRef(Model):
    """One key of a ConfigMap or Secret."""

    name: AnyName = Field(description="name of the ConfigMap or Secret, in the app's namespace")
    key: ConfigKey = Field(description="which of its keys")
    optional: bool | None = Field(None, description="start the pod even when the object or key is not there")


class FieldRef(Model):
    """A field of the pod, such as `status.podIP`."""

    field_path: str = Field(description="`metadata.name`, `metadata.labels['…']`, `status.podIP`, `spec.nodeName`, …")


class ResourceFieldRef(Model):
    """A resource of a container, such as `limits.memory`."""

    resource: str = Field(description="`requests.cpu`, `limits.memory`, …")
    container_name: Name | None = Field(None, description="of another container of the pod; default: this one")
    divisor: Quantity | None = Field(None, description="the unit of the number, such as `1Mi` or `1m`; default: 1")


class CallRef(Model):
    """The address of an app that this one calls, by the road that the call takes."""

    app: Name = Field(description="the callee; `calls` must name it too")
    data_center: Name | None = Field(None, description="another data center's, for an inter-dc call")
    port: PortName | None = Field(None, description="which of its ports, when it has several")
    format: Literal["address", "host", "port", "url"] = Field(
        "address", description="`host:port`, the host alone, the port alone, or `http://host:port`"
    )


class ValueFrom(OneOf):
    """Where an environment variable's value comes from; exactly one of these."""

    choices: ClassVar[tuple[str, ...]] = (
        "secret_key_ref",
        "config_map_key_ref",
        "field_ref",
        "resource_field_ref",
        "call_ref",
    )

    secret_key_ref: KeyRef | None = Field(None, description="a key of a Secret: the way to give a secret to an app")
    config_map_key_ref: KeyRef | None = Field(None, description="a key of a ConfigMap")
    field_ref: FieldRef | None = Field(None, description="a field of the pod")
    resource_field_ref: ResourceFieldRef | None = Field(None, description="a request or limit of a container")
    call_ref: CallRef | None = Field(
        None, description="the address of another app, right for every environment and data center"
    )


class EnvVar(OneOf):
    """One environment variable: a `value`, or a `valueFrom`."""

    choices: ClassVar[tuple[str, ...]] = ("value", "value_from")

    name: EnvName = Field(description="the variable; layers merge `env` by this name")
    value: str | None = Field(None, description="its text; quote numbers, true and false")
    value_from: ValueFrom | None = Field(None, description="where its value comes from")


class ObjectName(Model):
    """A reference by name, in the app's namespace."""

    name: AnyName = Field(description="name of the object")
    optional: bool | None = Field(None, description="start the pod even when it is not there")


class EnvFrom(OneOf):
    """All keys of a ConfigMap or Secret as environment variables."""

    choices: ClassVar[tuple[str, ...]] = ("config_map_ref", "secret_ref")

    config_map_ref: ObjectName | None = Field(None, description="a ConfigMap (for one of `config`, set its `asEnv`)")
    secret_ref: ObjectName | None = Field(None, description="a Secret")
    prefix: str | None = Field(None, description="put before every key")


class ContainerPort(Model):
    """A port that a further container listens on (not part of the service)."""

    name: PortName | None = Field(None, description="its name, for probes")
    container_port: PortNumber = Field(description="the number")
    protocol: Literal["TCP", "UDP", "SCTP"] | None = Field(None, description="default: TCP")


class Header(Model):
    """One HTTP header."""

    name: str = Field(description="its name")
    value: str = Field(description="its value")


class HttpGet(Model):
    """An HTTP request to the container."""

    path: str | None = Field(None, description="default: `/`")
    port: PortRef = Field(description="name or number of a port")
    scheme: Literal["HTTP", "HTTPS"] | None = Field(None, description="default: HTTP")
    http_headers: list[Header] | None = Field(None, description="headers to send")


class Grpc(Model):
    """A gRPC health check (`grpc.health.v1.Health`)."""

    port: PortNumber = Field(description="number of the port")
    service: str | None = Field(None, description="the service to ask about; default: the server as a whole")


class TcpSocket(Model):
    """A TCP connection."""

    port: PortRef = Field(description="name or number of a port")


class Exec(Model):
    """A command inside the container."""

    command: list[str] = Field(description="program and arguments; no shell unless you name one")


class Sleep(Model):
    """A pause."""

    seconds: int = Field(description="how long")


class Probe(OneOf):
    """A Kubernetes probe; exactly one of httpGet, grpc, tcpSocket, exec."""

    choices: ClassVar[tuple[str, ...]] = ("http_get", "grpc", "tcp_socket", "exec")

    http_get: HttpGet | None = Field(None, description="healthy when it answers 200 to 399")
    grpc: Grpc | None = Field(None, description="healthy when the service says SERVING")
    tcp_socket: TcpSocket | None = Field(None, description="healthy when the connection opens")
    exec: Exec | None = Field(None, description="healthy when the command exits with 0")
    initial_delay_seconds: int | None = Field(None, description="seconds before the first check; default: 0")
    period_seconds: int | None = Field(None, description="seconds between checks; default: 10")
    timeout_seconds: int | None = Field(None, description="seconds until a check counts as failed; default: 1")
    success_threshold: int | None = Field(None, description="successes in a row until healthy; default: 1")
    failure_threshold: int | None = Field(None, description="failures in a row until unhealthy; default: 3")
    termination_grace_period_seconds: int | None = Field(None, description="for pods that a failed probe stops")


class Probes(Model):
    """The health checks of a container."""

    startup: Probe | None = Field(None, description="until it succeeds the others wait; for slow starts")
    readiness: Probe | None = Field(None, description="while it fails the pod gets no traffic")
    liveness: Probe | None = Field(None, description="when it fails the container is restarted")


class Hook(OneOf):
    """A lifecycle hook; exactly one of exec, httpGet, sleep."""

    choices: ClassVar[tuple[str, ...]] = ("exec", "http_get", "sleep")

    exec: Exec | None = Field(None, description="run a command")
    http_get: HttpGet | None = Field(None, description="send a request")
    sleep: Sleep | None = Field(None, description="wait, for example until load balancers have taken the pod out")


class Lifecycle(Model):
    """What runs after the container starts and before it stops."""

    post_start: Hook | None = Field(None, description="right after the container starts")
    pre_stop: Hook | None = Field(None, description="before it is told to stop")


class Resources(Model):
    """CPU, memory and other resources of a container, as in Kubernetes."""

    requests: dict[str, Quantity] | None = Field(None, description="what is set aside: `{cpu: 250m, memory: 256Mi}`")
    limits: dict[str, Quantity] | None = Field(None, description="what it may not exceed")


class VolumeMount(Model):
    """Where a container sees a volume."""

    name: Name = Field(description="a volume of `spec.volumes`, or `config-<name>` for one of `spec.config`")
    mount_path: MountPath = Field(description="the folder, from the root")
    sub_path: str | None = Field(None, description="one file or folder of the volume only")
    read_only: bool | None = Field(None, description="default: false")


class SecurityContext(Model):
    """Departures from the safe defaults (non-root, read-only root, no privilege escalation, no capabilities)."""

    run_as_user: int | None = Field(
        None, description="user id; needed where the image names its user in letters, or none"
    )
    run_as_group: int | None = Field(None, description="group id")
    run_as_non_root: bool | None = Field(None, description="default: true")
    read_only_root_filesystem: bool | None = Field(
        None, description="default: true; better keep it and add an emptyDir volume"
    )
    add_capabilities: list[Literal["NET_BIND_SERVICE"]] | None = Field(
        None, description="to listen on a port below 1024"
    )


class PodSecurityContext(SecurityContext):
    """The same for the pod, with the group that owns its volumes."""

    fs_group: int | None = Field(None, description="group that owns the files of its volumes")
    supplemental_groups: list[int] | None = Field(None, description="further groups of the processes")


class ContainerBody(Model):
    """What the app's own container and further ones have in common."""

    image: str | None = Field(None, max_length=512, description="the image; the release file may set its version")
    command: list[str] | None = Field(None, description="the program, in place of the image's entry point")
    args: list[str] | None = Field(None, description="its arguments, in place of the image's")
    working_dir: str | None = Field(None, description="folder to start in; default: the image's")
    env: list[EnvVar] | None = Field(None, description="environment variables; layers merge them by name")
    env_from: list[EnvFrom] | None = Field(None, description="ConfigMaps and Secrets whose keys all become variables")
    probes: Probes | None = Field(None, description="health checks")
    resources: Resources | None = Field(None, description="CPU and memory")
    lifecycle: Lifecycle | None = Field(None, description="hooks after the start and before the stop")
    volume_mounts: list[VolumeMount] | None = Field(
        None, description="where it sees volumes (the app's own container: or set a volume's `mountPath`)"
    )
    image_pull_policy: Literal["Always", "IfNotPresent", "Never"] | None = Field(
        None, description="default: Kubernetes' own, IfNotPresent for a fixed version"
    )


class Container(ContainerBody):
    """A further container of the pod (a sidecar)."""

    name: Name = Field(description="its name; layers merge containers by it")
    ports: list[ContainerPort] | None = Field(None, description="ports it listens on")
    security_context: SecurityContext | None = Field(None, description="departures from the safe defaults")


class InitContainer(Container):
    """A container that runs before the others; with `restartPolicy: Always` it stays beside them."""

    restart_policy: Literal["Always"] | None = Field(
        None, description="a sidecar that starts before, and stops after, the app"
    )
