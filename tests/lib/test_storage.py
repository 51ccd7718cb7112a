"""Volumes, claims and configuration."""

from __future__ import annotations

from tests.lib.library import given

CONFIG = {"name": "settings", "objectName": "match-settings-1a2b", "data": {"app.yaml": "a: 1\n"}}


@given(
    {
        "volumes": [
            {"name": "tmp", "mountPath": "/tmp", "emptyDir": {"medium": "Memory", "sizeLimit": 1048576}},
            {"name": "cm", "mountPath": "/cm", "configMap": {"name": "settings", "items": [{"key": "a", "path": "b"}]}},
            {"name": "sec", "mountPath": "/s", "readOnly": True, "secret": {"secretName": "tls", "defaultMode": 256}},
            {"name": "old", "mountPath": "/o", "subPath": "x", "persistentVolumeClaim": {"claimName": "legacy"}},
            {"name": "unmounted", "emptyDir": {}},
        ],
        "volumeMounts": [{"name": "unmounted", "mountPath": "/u"}],
        "config": [CONFIG],
    }
)
def test_volumes_of_every_source_are_mounted_at_their_paths(output):
    volumes = {v["name"]: {k: x for k, x in v.items() if k != "name"} for v in output.pod["volumes"]}
    assert volumes == {
        "tmp": {"emptyDir": {"medium": "Memory", "sizeLimit": "1048576"}},
        "cm": {"configMap": {"name": "match-settings-1a2b", "items": [{"key": "a", "path": "b"}]}},
        "sec": {"secret": {"secretName": "tls", "defaultMode": 256}},
        "old": {"persistentVolumeClaim": {"claimName": "legacy"}},
        "unmounted": {"emptyDir": {}},
    }
    assert output.container["volumeMounts"] == [
        {"name": "tmp", "mountPath": "/tmp"},
        {"name": "cm", "mountPath": "/cm"},
        {"name": "sec", "mountPath": "/s", "readOnly": True},
        {"name": "old", "mountPath": "/o", "subPath": "x"},
        {"name": "unmounted", "mountPath": "/u"},
    ]


@given({"volumes": [{"name": "data", "mountPath": "/data", "claim": {"size": "20Gi"}}]})
def test_a_shared_claim_is_deleted_only_when_a_person_confirms(output):
    claim = output.single("PersistentVolumeClaim", "match-data")
    assert claim["metadata"]["annotations"] == {"argocd.argoproj.io/sync-options": "Delete=confirm,Prune=confirm"}
    assert claim["spec"]["resources"]["requests"]["storage"] == "20Gi"
    assert (claim["spec"]["storageClassName"], claim["spec"]["accessModes"]) == ("gp3", ["ReadWriteOnce"])
    assert output.pod["volumes"] == [{"name": "data", "persistentVolumeClaim": {"claimName": "match-data"}}]


@given(
    {
        "kind": "StatefulSet",
        "volumes": [{"name": "data", "mountPath": "/data", "claim": {"size": "20Gi", "storageClass": "io2"}}],
    },
    app={"labels": {"cost": "a"}},
)
def test_every_replica_of_a_stateful_set_has_a_claim_that_outlives_it_with_labels_that_never_change(output):
    spec = output.spec("StatefulSet")
    (claim,) = spec["volumeClaimTemplates"]
    assert claim["metadata"] == {
        "name": "data",
        "labels": {"app.kubernetes.io/name": "match", "app.kubernetes.io/instance": "match"},
    }
    assert claim["spec"]["storageClassName"] == "io2"
    assert spec["persistentVolumeClaimRetentionPolicy"] == {"whenDeleted": "Retain", "whenScaled": "Retain"}
    assert "PersistentVolumeClaim" not in output.kinds()
    assert "volumes" not in output.pod
    assert output.container["volumeMounts"] == [{"name": "data", "mountPath": "/data"}]


@given({"volumes": [{"name": "d", "claim": {"size": "1Gi"}}]}, platform={"storageClass": None})
def test_without_a_storage_class_the_clusters_default_decides(output):
    assert "storageClassName" not in output.spec("PersistentVolumeClaim")


@given({"config": [{**CONFIG, "mountPath": "/etc/match"}]})
def test_a_config_map_is_immutable_named_by_its_digest_and_pruned_after_its_pods(output):
    config = output.single("ConfigMap")
    assert config["metadata"]["name"] == "match-settings-1a2b"
    assert config["metadata"]["annotations"] == {"argocd.argoproj.io/sync-options": "PruneLast=true"}
    assert (config["immutable"], config["data"]) == (True, {"app.yaml": "a: 1\n"})
    assert output.pod["volumes"] == [{"name": "config-settings", "configMap": {"name": "match-settings-1a2b"}}]
    assert output.container["volumeMounts"] == [
        {"name": "config-settings", "mountPath": "/etc/match", "readOnly": True}
    ]


@given(
    {
        "config": [CONFIG, {**CONFIG, "name": "unused", "objectName": "match-unused-1"}],
        "containers": [
            {"name": "agent", "image": "a:1", "volumeMounts": [{"name": "config-settings", "mountPath": "/c"}]}
        ],
    }
)
def test_a_config_that_only_a_sidecar_mounts_becomes_a_volume(output):
    assert output.pod["volumes"] == [{"name": "config-settings", "configMap": {"name": "match-settings-1a2b"}}]
    assert "volumeMounts" not in output.container


OPTIONS = "argocd.argoproj.io/sync-options"


def claim(name, **annotations):
    spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
    metadata = {"name": name, **({"annotations": annotations} if annotations else {})}
    return {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": metadata, "spec": spec}


def stateful_set(name, when_deleted):
    labels = {"own": name}
    pod = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "main", "image": "cache:1"}]}}
    spec = {
        "serviceName": name,
        "selector": {"matchLabels": labels},
        "template": pod,
        "persistentVolumeClaimRetentionPolicy": {"whenDeleted": when_deleted},
    }
    return {"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": name}, "spec": spec}


@given(
    objects=[
        claim("own"),
        claim("stricter", **{OPTIONS: "Delete=false, ServerSideApply=true ,Custom=x"}),
        stateful_set("cache", "Delete"),
        stateful_set("kept", "Retain"),
    ]
)
def test_a_plain_object_that_holds_data_is_deleted_only_when_a_person_confirms(output):
    options = {
        item["metadata"]["name"]: item["metadata"].get("annotations", {}).get(OPTIONS) for item in output.objects
    }
    assert {name: options[name] for name in ("own", "stricter", "cache", "kept")} == {
        "own": "Delete=confirm,Prune=confirm",
        "stricter": "Delete=false,ServerSideApply=true,Custom=x,Prune=confirm",
        "cache": "Delete=confirm,Prune=confirm",
        "kept": None,
    }
