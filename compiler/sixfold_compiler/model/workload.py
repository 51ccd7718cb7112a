"""How a workload runs: scaling, budgets, spreading, rollouts, volumes, configuration, identity and schedules."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from sixfold_compiler.model import patterns
from sixfold_compiler.model.base import AnyName, Duration, IntOrPercent, Model, Name, OneOf, Quantity
from sixfold_compiler.model.container import ConfigKey, MountPath, PortRef

__all__ = [
    "Autoscaling",
    "Claim",
    "Config",
    "Disruption",
    "Job",
    "Metric",
    "Rollout",
    "Schedule",
    "Scrape",
    "ServiceAccount",
    "Toleration",
    "TopologySpread",
    "Volume",
]


class Autoscaling(Model):
    """Horizontal autoscaling, in pods for the whole data center."""

    min: Annotated[int, Field(ge=1)] | None = Field(
        None, description="least pods in the data center, divided over its clusters by weight; at least one on each"
    )
    max: Annotated[int, Field(ge=1)] | None = Field(
        None,
        description="most pods in the data center; each cluster's share leaves room for the loss of the largest other",
    )
    cpu: Annotated[int, Field(ge=1, le=1000)] | None = Field(
        None, description="target utilization in percent of requests"
    )
    memory: Annotated[int, Field(ge=1, le=1000)] | None = Field(
        None, description="target utilization in percent of requests"
    )
    metrics: list[Metric] | None = Field(None, description="custom metrics, beside or in place of CPU and memory")
    behavior: dict[str, Any] | None = Field(None, description="as autoscaling/v2 spec.behavior")


class Metric(OneOf):
    """A custom metric: of the app's pods, or external. Exactly one of averageValue and value."""

    choices: ClassVar[tuple[str, ...]] = ("average_value", "value")

    name: str = Field(description="the metric's name, as the cluster's metrics adapter serves it")
    type: Literal["Pods", "External"] = Field("Pods", description="measured on the app's pods, or outside the cluster")
    average_value: Quantity | None = Field(None, description="target for each pod")
    value: Quantity | None = Field(None, description="target in all (External only)")
    selector: dict[str, str] | None = Field(None, description="labels that single the metric out")


class Disruption(OneOf):
    """The disruption budget; exactly one of the two. One that permits no eviction is refused."""

    choices: ClassVar[tuple[str, ...]] = ("min_available", "max_unavailable")

    min_available: IntOrPercent | None = Field(None, description="pods that stay: a number or a percentage")
    max_unavailable: IntOrPercent | None = Field(
        None, description="pods that may be away at once: a number or a percentage"
    )


class TopologySpread(Model):
    """How hard the pods spread over zones and hosts."""

    zones: Literal["required", "preferred", "none"] | None = Field(None, description="over availability zones")
    hosts: Literal["required", "preferred", "none"] | None = Field(None, description="over nodes")
    max_skew: Annotated[int, Field(ge=1)] | None = Field(
        None, description="by how many pods they may differ; default: 1"
    )


class Rollout(Model):
    """How a new version replaces the old one."""

    type: Literal["RollingUpdate", "Recreate", "OnDelete"] | None = Field(None, description="default: RollingUpdate")
    max_surge: IntOrPercent | None = Field(None, description="pods above the wanted number while rolling")
    max_unavailable: IntOrPercent | None = Field(None, description="pods below the wanted number while rolling")
    partition: int | None = Field(
        None, description="StatefulSet: only pods of this ordinal and above get the new version"
    )
    pod_management: Literal["OrderedReady", "Parallel"] | None = Field(
        None, description="StatefulSet: one by one, or all at once"
    )
    min_ready_seconds: int | None = Field(None, description="how long a pod must be ready before it counts")
    progress_deadline_seconds: int | None = Field(
        None, description="how long a rollout may stand still before it has failed"
    )
    revision_history_limit: int | None = Field(None, description="old revisions to keep")


class EmptyDir(Model):
    """Scratch space that lives as long as the pod."""

    medium: Literal["Memory", ""] | None = Field(
        None, description="Memory: held in RAM, counted against the memory limit"
    )
    size_limit: Quantity | None = Field(None, description="a pod that exceeds it is evicted")


class KeyToPath(Model):
    """One key, and the file it becomes."""

    key: ConfigKey = Field(description="the key")
    path: str = Field(description="the file, relative to the mount")
    mode: int | None = Field(None, description="file mode, decimal (256 is 0400)")


class ConfigMapVolume(Model):
    """The keys of a ConfigMap as files."""

    name: AnyName = Field(description="name of the ConfigMap, in the app's namespace")
    items: list[KeyToPath] | None = Field(None, description="only these keys; default: all")
    default_mode: int | None = Field(None, description="file mode, decimal (420 is 0644)")
    optional: bool | None = Field(None, description="start the pod even when it is not there")


class SecretVolume(Model):
    """The keys of a Secret as files."""

    secret_name: AnyName = Field(description="name of the Secret, in the app's namespace")
    items: list[KeyToPath] | None = Field(None, description="only these keys; default: all")
    default_mode: int | None = Field(None, description="file mode, decimal (256 is 0400)")
    optional: bool | None = Field(None, description="start the pod even when it is not there")


class Claim(Model):
    """A volume claimed for the app: one for each replica of a StatefulSet, else one shared claim."""

    size: Quantity = Field(description="for example `20Gi`")
    storage_class: AnyName | None = Field(None, description="default: the fleet's `platform.storageClass`")
    access_modes: list[Literal["ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany", "ReadWriteOncePod"]] | None = Field(
        None, description="default: [ReadWriteOnce]"
    )


class ExistingClaim(Model):
    """A claim that the app declares elsewhere, for example as a plain object."""

    claim_name: AnyName = Field(description="name of the PersistentVolumeClaim")
    read_only: bool | None = Field(None, description="default: false")


class Volume(OneOf):
    """A volume; exactly one source. With `mountPath` it is mounted in the app's own container."""

    choices: ClassVar[tuple[str, ...]] = ("empty_dir", "config_map", "secret", "claim", "persistent_volume_claim")

    name: Name = Field(description="its name; layers merge volumes by it")
    mount_path: MountPath | None = Field(None, description="where the app's own container sees it")
    sub_path: str | None = Field(None, description="one file or folder of it only")
    read_only: bool | None = Field(None, description="default: false")
    empty_dir: EmptyDir | None = Field(None, description="scratch space")
    config_map: ConfigMapVolume | None = Field(None, description="files of a ConfigMap")
    secret: SecretVolume | None = Field(None, description="files of a Secret")
    claim: Claim | None = Field(None, description="storage that outlives the pod")
    persistent_volume_claim: ExistingClaim | None = Field(None, description="storage claimed elsewhere")


class Config(Model):
    """A ConfigMap from literals and files; its name carries a digest of its content, so a change rolls the pods."""

    name: Name = Field(description="its name within the app")
    data: dict[ConfigKey, str] | None = Field(None, description="key: text")
    files: dict[ConfigKey, str] | None = Field(None, description="key: path of a file beside the manifest")
    mount_path: MountPath | None = Field(
        None, description="folder where the app's own container sees the keys as files"
    )
    as_env: bool | None = Field(None, description="every key becomes an environment variable")


class ServiceAccount(Model):
    """The identity of the pods."""

    iam_role: Annotated[str, Field(pattern=patterns.ROLE_ARN)] | None = Field(
        None, description="ARN of the AWS role that the pods take on, by the fleet's `platform.identity`"
    )
    automount_token: bool | None = Field(None, description="give the pods a Kubernetes API token; default: false")
    annotations: dict[str, str] | None = Field(None, description="further annotations of the ServiceAccount")


class Scrape(Model):
    """Where Prometheus finds the metrics."""

    port: PortRef = Field(description="name or number of a port")
    path: str = Field("/metrics", description="the HTTP path")
    interval: Duration | None = Field(None, description="default: the Prometheus server's own")


class Schedule(Model):
    """When a CronJob runs."""

    cron: str = Field(description="five fields: minute hour day month weekday")
    time_zone: str | None = Field(None, description="such as `Asia/Kolkata`; default: UTC")
    concurrency_policy: Literal["Allow", "Forbid", "Replace"] | None = Field(None, description="default: Forbid")
    starting_deadline_seconds: int | None = Field(None, description="how late a run may still start")
    suspend: bool | None = Field(None, description="true: no further runs")
    successful_jobs_history_limit: int | None = Field(None, description="finished runs to keep; default: 3")
    failed_jobs_history_limit: int | None = Field(None, description="failed runs to keep; default: 1")


class Job(Model):
    """How the pods of a Job or CronJob run."""

    parallelism: int | None = Field(None, description="pods at once; default: 1")
    completions: int | None = Field(None, description="pods that must succeed; default: 1")
    completion_mode: Literal["NonIndexed", "Indexed"] | None = Field(
        None, description="Indexed: each pod gets a number"
    )
    backoff_limit: int | None = Field(None, description="retries before the Job has failed; default: 6")
    active_deadline_seconds: int | None = Field(None, description="longest time that it may run")
    ttl_seconds_after_finished: int | None = Field(None, description="how long it stays after it is done")
    restart_policy: Literal["Never", "OnFailure"] | None = Field(
        None, description="default: Never, so that logs of failures stay"
    )
    hook: Literal["PreSync", "Sync", "PostSync"] | None = Field(
        None, description="when Argo CD runs a Job; it is deleted and made anew at every sync, since Jobs are immutable"
    )


class Toleration(Model):
    """A taint that the pods put up with."""

    key: str | None = Field(None, description="the taint's key; default: every taint (with operator Exists)")
    operator: Literal["Exists", "Equal"] | None = Field(None, description="default: Equal")
    value: str | None = Field(None, description="the taint's value")
    effect: Literal["NoSchedule", "PreferNoSchedule", "NoExecute"] | None = Field(
        None, description="default: every effect"
    )
    toleration_seconds: int | None = Field(None, description="NoExecute: how long the pods stay")
