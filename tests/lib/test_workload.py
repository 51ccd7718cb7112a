"""Workloads: their kinds, their rollouts, and Jobs."""

from __future__ import annotations

from tests.lib.library import MONITORS, given

HOOK = "argocd.argoproj.io/hook"
POLICY = "argocd.argoproj.io/hook-delete-policy"


@given()
def test_a_deployment_never_has_fewer_pods_than_replicas_during_a_rollout(output):
    spec = output.spec("Deployment")
    assert spec["strategy"] == {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": 0}}
    assert spec["replicas"] == 3


@given({"rollout": {"maxSurge": 0}})
def test_a_deployment_without_surge_may_lack_pods_since_kubernetes_rejects_zero_for_both(output):
    assert output.spec("Deployment")["strategy"]["rollingUpdate"] == {"maxSurge": 0, "maxUnavailable": "25%"}


@given(
    {"rollout": {"maxUnavailable": 1, "minReadySeconds": 5, "progressDeadlineSeconds": 90, "revisionHistoryLimit": 2}}
)
def test_rollout_settings_of_the_manifest_win(output):
    spec = output.spec("Deployment")
    assert spec["strategy"]["rollingUpdate"] == {"maxSurge": "25%", "maxUnavailable": 1}
    assert (spec["minReadySeconds"], spec["progressDeadlineSeconds"], spec["revisionHistoryLimit"]) == (5, 90, 2)


@given({"rollout": {"type": "Recreate"}})
def test_recreate_has_no_rolling_settings(output):
    assert output.spec("Deployment")["strategy"] == {"type": "Recreate"}


@given({"volumes": [{"name": "data", "mountPath": "/data", "claim": {"size": "1Gi"}}]})
def test_a_deployment_on_a_volume_of_one_node_is_recreated_since_a_surge_could_never_attach_it(output):
    assert output.spec("Deployment")["strategy"] == {"type": "Recreate"}


@given({"volumes": [{"name": "data", "mountPath": "/d", "claim": {"size": "1Gi", "accessModes": ["ReadWriteMany"]}}]})
def test_a_deployment_on_a_shared_volume_rolls(output):
    assert output.spec("Deployment")["strategy"]["type"] == "RollingUpdate"


@given(scale={"min": 2, "max": 10})
def test_a_deployment_under_an_autoscaler_has_no_replicas_field(output):
    assert "replicas" not in output.spec("Deployment")


@given(scale={"replicas": 0})
def test_zero_replicas_are_written(output):
    assert output.spec("Deployment")["replicas"] == 0


@given(
    {
        "kind": "StatefulSet",
        "ports": [{"name": "redis", "port": 6379, "appProtocol": "tcp"}],
        "rollout": {"partition": 2, "maxUnavailable": 2, "podManagement": "Parallel", "minReadySeconds": 3},
    }
)
def test_a_stateful_set_has_a_name_for_every_pod_and_updates_those_from_the_partition_on(output):
    spec = output.spec("StatefulSet")
    assert spec["serviceName"] == output.single("Service", "match-pods")["metadata"]["name"]
    assert spec["updateStrategy"] == {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 2, "partition": 2}}
    assert (spec["podManagementPolicy"], spec["minReadySeconds"]) == ("Parallel", 3)


@given({"kind": "DaemonSet", "rollout": {"maxSurge": 1}, "topologySpread": {"zones": "preferred"}}, scale={})
def test_a_daemon_set_that_surges_leaves_no_gap_and_has_no_spread(output):
    spec = output.spec("DaemonSet")
    assert spec["updateStrategy"]["rollingUpdate"] == {"maxSurge": 1, "maxUnavailable": 0}
    assert "replicas" not in spec
    assert "topologySpreadConstraints" not in output.pod


@given({"kind": "DaemonSet", "rollout": {"type": "OnDelete"}}, scale={})
def test_a_daemon_set_may_wait_for_its_pods_to_be_deleted(output):
    assert output.spec("DaemonSet")["updateStrategy"] == {"type": "OnDelete"}
    assert "minReadySeconds" not in output.spec("DaemonSet")


@given({"kind": "DaemonSet", "rollout": {"minReadySeconds": 30, "maxUnavailable": "10%"}}, scale={})
def test_a_daemon_set_updates_the_next_node_after_a_pod_was_ready_for_a_while(output):
    spec = output.spec("DaemonSet")
    assert spec["minReadySeconds"] == 30
    assert spec["updateStrategy"] == {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": "10%"}}


@given({"kind": "CronJob", "schedule": {"cron": "*/5 * * * *"}, "job": {"backoffLimit": 1}}, scale={})
def test_a_cron_job_runs_in_utc_and_never_overlaps_by_default(output):
    spec = output.spec("CronJob")
    assert (spec["schedule"], spec["timeZone"], spec["concurrencyPolicy"]) == ("*/5 * * * *", "Etc/UTC", "Forbid")
    assert spec["jobTemplate"]["spec"]["backoffLimit"] == 1
    assert output.pod["restartPolicy"] == "Never"
    assert "annotations" not in output.single("CronJob")["metadata"]


@given(
    {
        "kind": "CronJob",
        "ports": [{"name": "http", "port": 8080}],
        "schedule": {
            "cron": "0 3 * * *",
            "timeZone": "Asia/Kolkata",
            "concurrencyPolicy": "Replace",
            "startingDeadlineSeconds": 60,
            "suspend": True,
            "successfulJobsHistoryLimit": 1,
            "failedJobsHistoryLimit": 2,
        },
        "job": {"restartPolicy": "OnFailure"},
    },
    scale={},
)
def test_a_cron_job_has_the_schedule_of_the_manifest_and_no_service(output):
    spec = output.spec("CronJob")
    assert spec["timeZone"] == "Asia/Kolkata"
    assert (spec["concurrencyPolicy"], spec["startingDeadlineSeconds"], spec["suspend"]) == ("Replace", 60, True)
    assert (spec["successfulJobsHistoryLimit"], spec["failedJobsHistoryLimit"]) == (1, 2)
    assert output.pod["restartPolicy"] == "OnFailure"
    assert "Service" not in output.kinds()


@given(
    {
        "kind": "Job",
        "job": {"parallelism": 2, "completions": 4, "completionMode": "Indexed", "activeDeadlineSeconds": 60},
    },
    scale={},
)
def test_a_job_is_a_hook_that_argo_cd_deletes_and_creates_again(output):
    job = output.single("Job")
    assert job["metadata"]["annotations"] == {HOOK: "Sync", POLICY: "BeforeHookCreation"}
    assert (job["spec"]["parallelism"], job["spec"]["completions"]) == (2, 4)
    assert (job["spec"]["completionMode"], job["spec"]["activeDeadlineSeconds"]) == ("Indexed", 60)
    assert HOOK not in output.single("ServiceAccount")["metadata"].get("annotations", {})


@given(
    {
        "kind": "Job",
        "job": {"hook": "PreSync"},
        "config": [{"name": "sql", "objectName": "match-sql-1a2b", "data": {"up.sql": "-"}, "mountPath": "/sql"}],
    },
    scale={},
    egress={"gateway": True},
)
def test_objects_that_a_job_before_the_sync_needs_are_applied_before_the_sync(output):
    for kind in ("Job", "ServiceAccount", "ConfigMap", "NetworkPolicy"):
        annotations = output.single(kind)["metadata"]["annotations"]
        assert (annotations[HOOK], annotations[POLICY]) == ("PreSync", "BeforeHookCreation"), kind


@given(
    {
        "kind": "StatefulSet",
        "ports": [{"name": "tcp", "port": 5432, "appProtocol": "tcp"}],
        "volumes": [{"name": "data", "mountPath": "/data", "claim": {"size": "10Gi"}}],
        "config": [{"name": "c", "objectName": "match-c-1", "data": {"a": "b"}, "asEnv": True}],
        "scrape": {"port": "tcp"},
    },
    systems=MONITORS,
    disruption={"minAvailable": 1},
    ingress={"gateway": [], "direct": [{"namespace": "shop", "app": "cart", "ports": [{"port": 5432}]}]},
    objects=[{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "plain"}, "data": {}}],
)
def test_objects_come_in_the_order_in_which_they_are_needed(output):
    assert output.kinds() == [
        "ServiceAccount", "ConfigMap", "Service", "Service", "StatefulSet", "PodDisruptionBudget", "NetworkPolicy",
        "ConfigMap", "PodMonitor",
    ]  # fmt: skip


@given({"kind": "StatefulSet", "rollout": {"type": "OnDelete", "partition": 1}})
def test_a_stateful_set_may_wait_for_its_pods_to_be_deleted(output):
    assert output.spec("StatefulSet")["updateStrategy"] == {"type": "OnDelete"}


@given({"kind": "StatefulSet", "rollout": {"revisionHistoryLimit": 2}})
def test_a_stateful_set_keeps_as_many_old_versions_as_the_manifest_says(output):
    assert output.spec("StatefulSet")["revisionHistoryLimit"] == 2


@given({"kind": "DaemonSet", "rollout": {"revisionHistoryLimit": 2}}, scale={})
def test_a_daemon_set_keeps_as_many_old_versions_as_the_manifest_says(output):
    assert output.spec("DaemonSet")["revisionHistoryLimit"] == 2


@given({"rollout": {"maxSurge": "0%"}})
def test_a_deployment_without_surge_in_percent_replaces_pods_in_place(output):
    rolling = output.spec("Deployment")["strategy"]["rollingUpdate"]
    assert rolling == {"maxSurge": "0%", "maxUnavailable": "25%"}
