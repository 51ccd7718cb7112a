"""Models of containers: their environment, probes, hooks, resources and mounts.

Fields that exist in Kubernetes keep their names and form.
"""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from sixfold_compiler.model import patterns
from sixfold_compiler.model.base import (
    Amounts,
    AnyName,
    Model,
    Name,
    Natural,
    OneOf,
    PortName,
    PortNumber,
    Positive,
    Quantity,
)
from sixfold_compiler.model.roads import Callee

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
    key: ConfigKey = Field(description="the key")
    optional: bool | None = Field(None, description="start the pod even when the object or key does not exist")


class FieldRef(Model):
    """A reference to a field of the pod, such as `status.podIP`."""

    field_path: str = Field(description="`metadata.name`, `metadata.labels['…']`, `status.podIP`, `spec.nodeName`, …")


class ResourceFieldRef(Model):
    """A reference to a resource of a container, such as `limits.memory`."""

    resource: str = Field(description="`requests.cpu`, `limits.memory`, …")
    container_name: Name | None = Field(None, description="another container of the pod; default: this one")
    divisor: Quantity | None = Field(None, description="the unit of the number, such as `1Mi` or `1m`; default: 1")


class CallRef(Model):
    """The address of an app that this one calls, by the road that the call takes."""

    app: Callee = Field(description="the app that is called, as `app` or `team/app`; `calls` must name it too")
    data_center: Name | None = Field(None, description="the data center of an inter-dc call")
    port: PortName | None = Field(None, description="the name of its port, when it has several")
    format: Literal["address", "host", "port", "url"] = Field(
        "address", description="`host:port`, the host alone, the port alone, or `http://host:port`"
    )


class ValueFrom(OneOf):
    """The source of an environment variable's value: exactly one kind of reference."""

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

    name: EnvName = Field(description="the variable's name; layers merge `env` by it")
    value: str | None = Field(None, description="its text; quote numbers, true and false")
    value_from: ValueFrom | None = Field(None, description="the source of its value")


class ObjectName(Model):
    """A reference to an object in the app's namespace, by name."""

    name: AnyName = Field(description="name of the object")
    optional: bool | None = Field(None, description="start the pod even when the object does not exist")


class EnvFrom(OneOf):
    """All keys of a ConfigMap or Secret as environment variables."""

    choices: ClassVar[tuple[str, ...]] = ("config_map_ref", "secret_ref")

    config_map_ref: ObjectName | None = Field(None, description="a ConfigMap (for one of `config`, set its `asEnv`)")
    secret_ref: ObjectName | None = Field(None, description="a Secret")
    prefix: str | None = Field(None, description="text put before every key")


class ContainerPort(Model):
    """A port that a sidecar listens on; it is not part of the service."""

    name: PortName | None = Field(None, description="the port's name, for probes")
    container_port: PortNumber = Field(description="the port's number")
    protocol: Literal["TCP", "UDP", "SCTP"] | None = Field(None, description="default: TCP")


class Header(Model):
    """One HTTP header."""

    name: str = Field(description="its name")
    value: str = Field(description="its value")


class HttpGet(Model):
    """An HTTP request to the container, as a probe or hook."""

    path: str | None = Field(None, description="default: `/`")
    port: PortRef = Field(description="name or number of a port")
    scheme: Literal["HTTP", "HTTPS"] | None = Field(None, description="default: HTTP")
    http_headers: list[Header] | None = Field(None, description="headers to send")


class Grpc(Model):
    """A gRPC health check (`grpc.health.v1.Health`)."""

    port: PortNumber = Field(description="number of the port")
    service: str | None = Field(None, description="the service to check; default: the server itself")


class TcpSocket(Model):
    """A TCP connection to the container, as a probe."""

    port: PortRef = Field(description="name or number of a port")


class Exec(Model):
    """A command that runs inside the container, as a probe or hook."""

    command: list[str] = Field(description="program and arguments, run without a shell")


class Sleep(Model):
    """A pause, as a hook."""

    seconds: Natural = Field(description="the length of the pause")


class Probe(OneOf):
    """A Kubernetes probe; exactly one of httpGet, grpc, tcpSocket, exec."""

    choices: ClassVar[tuple[str, ...]] = ("http_get", "grpc", "tcp_socket", "exec")

    http_get: HttpGet | None = Field(None, description="healthy when it answers 200 to 399")
    grpc: Grpc | None = Field(None, description="healthy when the service says SERVING")
    tcp_socket: TcpSocket | None = Field(None, description="healthy when the connection opens")
    exec: Exec | None = Field(None, description="healthy when the command exits with 0")
    initial_delay_seconds: Natural | None = Field(None, description="seconds before the first check; default: 0")
    period_seconds: Natural | None = Field(None, description="seconds between checks; default: 10")
    timeout_seconds: Natural | None = Field(None, description="seconds until a check counts as failed; default: 1")
    success_threshold: Natural | None = Field(None, description="successes in a row until healthy; default: 1")
    failure_threshold: Natural | None = Field(None, description="failures in a row until unhealthy; default: 3")
    termination_grace_period_seconds: Positive | None = Field(
        None, description="seconds that a pod has to stop after a failed probe; default: the pod's own"
    )


class Probes(Model):
    """The health checks of a container."""

    startup: Probe | None = Field(None, description="the other probes wait until it succeeds; for slow starts")
    readiness: Probe | None = Field(None, description="while it fails the pod gets no traffic")
    liveness: Probe | None = Field(None, description="when it fails the container is restarted")


class Hook(OneOf):
    """A lifecycle hook; exactly one of exec, httpGet, sleep."""

    choices: ClassVar[tuple[str, ...]] = ("exec", "http_get", "sleep")

    exec: Exec | None = Field(None, description="run a command")
    http_get: HttpGet | None = Field(None, description="send a request")
    sleep: Sleep | None = Field(None, description="wait, for example until load balancers have removed the pod")


class Lifecycle(Model):
    """Hooks that run after the container starts and before it stops."""

    post_start: Hook | None = Field(None, description="right after the container starts")
    pre_stop: Hook | None = Field(None, description="before the container gets the signal to stop")


class Resources(Model):
    """CPU, memory and other resources of a container, as in Kubernetes."""

    requests: Amounts | None = Field(None, description="reserved amounts: `{cpu: 250m, memory: 256Mi}`")
    limits: Amounts | None = Field(None, description="upper limits")


class VolumeMount(Model):
    """A volume in the file system of a container."""

    name: Name = Field(description="a volume of `spec.volumes`, or `config-<name>` for one of `spec.config`")
    mount_path: MountPath = Field(description="the absolute path of the folder")
    sub_path: str | None = Field(None, description="mount only this file or folder of the volume")
    read_only: bool | None = Field(None, description="default: false")


class SecurityContext(Model):
    """Settings that differ from the secure defaults: non-root, read-only root, no escalation, no capabilities."""

    run_as_user: Natural | None = Field(None, description="user id; required when the image has no numeric user")
    run_as_group: Natural | None = Field(None, description="group id")
    run_as_non_root: bool | None = Field(None, description="default: true")
    read_only_root_filesystem: bool | None = Field(
        None, description="default: true; for writable files, add an emptyDir volume instead of setting false"
    )
    add_capabilities: list[Literal["NET_BIND_SERVICE"]] | None = Field(
        None, description="capabilities to add; NET_BIND_SERVICE allows ports below 1024"
    )


class PodSecurityContext(SecurityContext):
    """Security settings of the pod: those of a container, and the groups of its files and processes."""

    fs_group: Natural | None = Field(None, description="group that owns the files of its volumes")
    supplemental_groups: list[Natural] | None = Field(None, description="more groups of the processes")


class ContainerBody(Model):
    """Fields that the app's own container and its sidecars share."""

    image: str | None = Field(None, max_length=512, description="the image; the release file may set its version")
    command: list[str] | None = Field(None, description="the program, in place of the image's entry point")
    args: list[str] | None = Field(None, description="its arguments, in place of the image's")
    working_dir: str | None = Field(None, description="working directory; default: the image's")
    env: list[EnvVar] | None = Field(None, description="environment variables; layers merge them by name")
    env_from: list[EnvFrom] | None = Field(None, description="ConfigMaps and Secrets whose keys all become variables")
    probes: Probes | None = Field(None, description="health checks")
    resources: Resources | None = Field(None, description="CPU and memory")
    lifecycle: Lifecycle | None = Field(None, description="hooks after the start and before the stop")
    volume_mounts: list[VolumeMount] | None = Field(
        None,
        description="volumes in its file system; for the app's own container, a volume's `mountPath` does the same",
    )
    image_pull_policy: Literal["Always", "IfNotPresent", "Never"] | None = Field(
        None, description="default: Kubernetes' own, IfNotPresent for a fixed version"
    )


class Container(ContainerBody):
    """A sidecar: another container of the pod."""

    name: Name = Field(description="its name; layers merge containers by it")
    ports: list[ContainerPort] | None = Field(None, description="ports that it listens on")
    security_context: SecurityContext | None = Field(None, description="settings that differ from the secure defaults")


class InitContainer(Container):
    """A container that runs before the others; with `restartPolicy: Always` it keeps running beside them."""

    restart_policy: Literal["Always"] | None = Field(
        None, description="Always: a sidecar that starts before the app and stops after it"
    )
