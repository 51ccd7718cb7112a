"""Models of a workload: scaling, budgets, spreading, rollouts, volumes, configuration, identity and schedules."""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from sixfold_compiler.model import patterns
from sixfold_compiler.model.base import (
    AnyName,
    Bytes,
    FileMode,
    Interval,
    IntOrPercent,
    Model,
    Name,
    Natural,
    OneOf,
    Positive,
    Quantity,
)
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


class Metric(OneOf):
    """A custom metric: of the app's pods, or external. Exactly one of averageValue and value."""

    choices: ClassVar[tuple[str, ...]] = ("average_value", "value")

    name: str = Field(description="the metric's name, as the cluster's metrics adapter serves it")
    type: Literal["Pods", "External"] = Field("Pods", description="measured on the app's pods, or outside the cluster")
    average_value: Quantity | None = Field(None, description="target for each pod")
    value: Quantity | None = Field(None, description="target in total (External only)")
    selector: dict[str, str] | None = Field(None, description="labels that select the metric")


class Autoscaling(Model):
    """Horizontal autoscaling, in pods for the whole data center."""

    min: Positive | None = Field(
        None,
        description="minimum of pods in the data center, divided over its clusters by weight; at least one on each",
    )
    max: Positive | None = Field(
        None,
        description="maximum of pods in the data center; each cluster's share allows for the loss of the largest other",
    )
    cpu: Annotated[int, Field(ge=1, le=1000)] | None = Field(
        None, description="target utilization in percent of requests"
    )
    memory: Annotated[int, Field(ge=1, le=1000)] | None = Field(
        None, description="target utilization in percent of requests"
    )
    metrics: list[Metric] | None = Field(None, description="custom metrics, beside or in place of CPU and memory")
    # Any: the Kubernetes schema of the autoscaler checks it.
    behavior: dict[str, Any] | None = Field(
        None, description="as autoscaling/v2 spec.behavior; a field that is not given keeps its default"
    )


class Disruption(OneOf):
    """The disruption budget: exactly one of minAvailable and maxUnavailable. It must permit at least one eviction."""

    choices: ClassVar[tuple[str, ...]] = ("min_available", "max_unavailable")

    min_available: IntOrPercent | None = Field(
        None, description="pods that must stay available: a number or a percentage"
    )
    max_unavailable: IntOrPercent | None = Field(
        None, description="pods that may be unavailable at the same time: a number or a percentage"
    )


class TopologySpread(Model):
    """The spreading of pods over zones and nodes: required, preferred or none."""

    zones: Literal["required", "preferred", "none"] | None = Field(None, description="over availability zones")
    hosts: Literal["required", "preferred", "none"] | None = Field(None, description="over nodes")
    max_skew: Positive | None = Field(None, description="the greatest difference in pods; default: 1")


class Rollout(Model):
    """The replacement of an old version by a new one."""

    type: Literal["RollingUpdate", "Recreate", "OnDelete"] | None = Field(None, description="default: RollingUpdate")
    max_surge: IntOrPercent | None = Field(None, description="pods above the wanted number while rolling")
    max_unavailable: IntOrPercent | None = Field(None, description="pods below the wanted number while rolling")
    partition: Natural | None = Field(
        None, description="StatefulSet: only pods of this ordinal and above get the new version"
    )
    pod_management: Literal["OrderedReady", "Parallel"] | None = Field(
        None, description="StatefulSet: start pods one by one, or all together"
    )
    min_ready_seconds: Natural | None = Field(
        None, description="seconds that a pod must be ready before it is available"
    )
    progress_deadline_seconds: Positive | None = Field(
        None, description="seconds without progress after which a rollout has failed"
    )
    revision_history_limit: Natural | None = Field(None, description="old revisions to keep")


class EmptyDir(Model):
    """A folder for temporary files, deleted with the pod."""

    medium: Literal["Memory", ""] | None = Field(
        None, description="Memory: kept in RAM, which counts against the memory limit"
    )
    size_limit: Bytes | None = Field(None, description="the largest size; a pod that exceeds it is evicted")


class KeyToPath(Model):
    """A key and the file that it is mounted as."""

    key: ConfigKey = Field(description="the key")
    path: str = Field(description="the file, relative to the mount")
    mode: FileMode | None = Field(None, description="file mode, decimal (256 is 0400)")


class ConfigMapVolume(Model):
    """The keys of a ConfigMap as files."""

    name: AnyName = Field(description="name of the ConfigMap, in the app's namespace")
    items: list[KeyToPath] | None = Field(None, description="only these keys; default: all")
    default_mode: FileMode | None = Field(None, description="file mode, decimal (420 is 0644)")
    optional: bool | None = Field(None, description="start the pod even when the object does not exist")


class SecretVolume(Model):
    """The keys of a Secret as files."""

    secret_name: AnyName = Field(description="name of the Secret, in the app's namespace")
    items: list[KeyToPath] | None = Field(None, description="only these keys; default: all")
    default_mode: FileMode | None = Field(None, description="file mode, decimal (256 is 0400)")
    optional: bool | None = Field(None, description="start the pod even when the object does not exist")


class Claim(Model):
    """Storage of the app: a claim for each replica of a StatefulSet, or one shared claim."""

    size: Bytes = Field(description="for example `20Gi`")
    storage_class: AnyName | None = Field(None, description="default: the fleet's `platform.storageClass`")
    access_modes: list[Literal["ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany", "ReadWriteOncePod"]] | None = Field(
        None, description="default: [ReadWriteOnce]"
    )


class ExistingClaim(Model):
    """A claim that exists already, for example as a plain object of the app."""

    claim_name: AnyName = Field(description="name of the PersistentVolumeClaim")
    read_only: bool | None = Field(None, description="default: false")


class Volume(OneOf):
    """A volume; exactly one source. With `mountPath` it is mounted in the app's own container."""

    choices: ClassVar[tuple[str, ...]] = ("empty_dir", "config_map", "secret", "claim", "persistent_volume_claim")

    name: Name = Field(description="its name; layers merge volumes by it")
    mount_path: MountPath | None = Field(None, description="the folder in the app's own container")
    sub_path: str | None = Field(None, description="mount only this file or folder of the volume")
    read_only: bool | None = Field(None, description="default: false")
    empty_dir: EmptyDir | None = Field(None, description="temporary files")
    config_map: ConfigMapVolume | None = Field(None, description="files of a ConfigMap")
    secret: SecretVolume | None = Field(None, description="files of a Secret")
    claim: Claim | None = Field(None, description="storage that persists beyond the pod")
    persistent_volume_claim: ExistingClaim | None = Field(None, description="an existing claim")


class Config(Model):
    """A ConfigMap from text and files. Its name has a digest of its content, so that a change restarts the pods."""

    name: Name = Field(description="its name within the app")
    data: dict[ConfigKey, str] | None = Field(None, description="text by key")
    files: dict[ConfigKey, str] | None = Field(None, description="paths of files beside the manifest, by key")
    mount_path: MountPath | None = Field(
        None, description="the folder of the app's own container that has the keys as files"
    )
    as_env: bool | None = Field(None, description="every key becomes an environment variable")


class ServiceAccount(Model):
    """The Kubernetes service account that the pods run as."""

    iam_role: Annotated[str, Field(pattern=patterns.ROLE_ARN)] | None = Field(
        None, description="ARN of the AWS role that the pods assume, by the fleet's `platform.identity`"
    )
    automount_token: bool | None = Field(None, description="give the pods a Kubernetes API token; default: false")
    annotations: dict[str, str] | None = Field(None, description="more annotations of the ServiceAccount")


class Scrape(Model):
    """The endpoint of the app's Prometheus metrics."""

    port: PortRef = Field(description="name or number of a port")
    path: str = Field("/metrics", description="the HTTP path")
    interval: Interval | None = Field(None, description="default: the Prometheus server's own")


class Schedule(Model):
    """The schedule of a CronJob."""

    cron: str = Field(description="five fields: minute hour day month weekday")
    time_zone: str | None = Field(None, description="such as `Asia/Kolkata`; default: UTC")
    concurrency_policy: Literal["Allow", "Forbid", "Replace"] | None = Field(None, description="default: Forbid")
    starting_deadline_seconds: Natural | None = Field(None, description="seconds that a run may start late")
    suspend: bool | None = Field(None, description="true: start no runs")
    successful_jobs_history_limit: Natural | None = Field(None, description="finished runs to keep; default: 3")
    failed_jobs_history_limit: Natural | None = Field(None, description="failed runs to keep; default: 1")


class Job(Model):
    """The execution of a Job, or of a CronJob's Jobs."""

    parallelism: Natural | None = Field(None, description="pods at once; default: 1")
    completions: Natural | None = Field(None, description="pods that must succeed; default: 1")
    completion_mode: Literal["NonIndexed", "Indexed"] | None = Field(
        None, description="Indexed: each pod gets a number"
    )
    backoff_limit: Natural | None = Field(None, description="retries before the Job has failed; default: 6")
    active_deadline_seconds: Natural | None = Field(None, description="seconds that it may run")
    ttl_seconds_after_finished: Natural | None = Field(None, description="seconds until a finished Job is deleted")
    restart_policy: Literal["Never", "OnFailure"] | None = Field(
        None, description="default: Never, which keeps the logs of failures"
    )
    hook: Literal["PreSync", "Sync", "PostSync"] | None = Field(
        None,
        description="when Argo CD runs a Job; it is deleted and created again at every sync, since Jobs are immutable",
    )


class Toleration(Model):
    """A taint that the pods tolerate."""

    key: str | None = Field(None, description="the taint's key; default: every taint (with operator Exists)")
    operator: Literal["Exists", "Equal"] | None = Field(None, description="default: Equal")
    value: str | None = Field(None, description="the taint's value")
    effect: Literal["NoSchedule", "PreferNoSchedule", "NoExecute"] | None = Field(
        None, description="default: every effect"
    )
    toleration_seconds: int | None = Field(None, description="NoExecute: seconds until the pods are evicted")
