"""Manifests of one team that once stopped, misled or robbed others: each fails alone, for its reason, with its line.

Attacks on trees, fleets, histories, release files and the service have tests beside what they attack.
"""

from __future__ import annotations

import pytest

from tests.support.repos import Repo, is_overlay

IMAGE = "registry.example.com/app:1.0"
RESTRICTED = {"runAsNonRoot": True, "runAsUser": 1000, "seccompProfile": {"type": "RuntimeDefault"}}
CONTAINER = {
    "name": "c",
    "image": IMAGE,
    "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
}


def plain(api: str, kind: str, spec: dict, **metadata) -> dict:
    return {"apiVersion": api, "kind": kind, "metadata": {"name": "evil-x", **metadata}, **spec}


def pods(**fields) -> dict:
    template = {
        "metadata": {"labels": {"x": "y"}},
        "spec": {"securityContext": RESTRICTED, "containers": [CONTAINER], **fields},
    }
    return plain("apps/v1", "Deployment", {"spec": {"selector": {"matchLabels": {"x": "y"}}, "template": template}})


def secret(**source) -> dict:
    store = {"kind": "ClusterSecretStore", "name": "aws"}
    return plain("external-secrets.io/v1", "ExternalSecret", {"spec": {"secretStoreRef": store, **source}})


def monitor(**endpoint) -> dict:
    spec = {"selector": {"matchLabels": {"x": "y"}}, "endpoints": [{"port": "http", **endpoint}]}
    return plain("monitoring.coreos.com/v1", "ServiceMonitor", {"spec": spec})


def claim(**fields) -> dict:
    spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}, **fields}
    return plain("v1", "PersistentVolumeClaim", {"spec": spec})


HTTP = {"name": "http", "port": 8080}
# By app: the codes, the plain objects, and the spec.
ATTACKS = {
    "same-port": ({"SF224"}, [], {"ports": [HTTP, {"name": "u", "port": 8080, "protocol": "UDP", "appProtocol": "http"}]}),
    "nanoseconds": ({"SF204"}, [], {"roads": {"intra-dc": {"timeout": "1.0000000001s"}}}),
    "long-timeout": ({"SF204"}, [], {"roads": {"intra-dc": {"timeout": "99999999999999999h"}}}),
    "leading-zero": ({"SF204"}, [], {"roads": {"intra-dc": {"timeout": "007m"}}}),
    "many-ports": ({"SF204"}, [], {"ports": [{"name": f"p{n}", "port": n} for n in range(1, 451)]}),
    "1evil": ({"SF224"}, [], {"kind": "Job"}),
    "priority": ({"SF655"}, [pods(priorityClassName="system-node-critical")], {}),
    "tolerations": ({"SF656"}, [pods(tolerations=[{"operator": "Exists"}])], {}),
    "first-tier": ({"SF225"}, [], {"tier": "P0"}),
    "quota": ({"SF225"}, [], {"replicas": 10**9}),
    "lonely": ({"SF667"}, [pods(affinity={"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [{"topologyKey": "kubernetes.io/hostname", "labelSelector": {}, "namespaceSelector": {}}]}})], {}),
    "asked-of-node": ({"SF630"}, [pods(containers=[CONTAINER | {"livenessProbe": {"httpGet": {"host": "169.254.169.254", "port": 80}}}])], {}),
    "certificate": ({"SF652"}, [pods(volumes=[{"name": "t", "projected": {"sources": [{"podCertificate": {"signerName": "kubernetes.io/kube-apiserver-client-pod", "keyType": "ED25519"}}]}}])], {}),
    "every-device": ({"SF658"}, [], {"resources": {"limits": {"deviceclass.resource.kubernetes.io/gpu.example.com": "8"}}}),
    "never-ends": ({"SF666"}, [], {"terminationGracePeriodSeconds": 2**31 - 1}),
    "routed": ({"SF668"}, [plain("argoproj.io/v1alpha1", "Rollout", {"spec": {"strategy": {"canary": {"trafficRouting": {"plugins": {"argoproj-labs/gatewayAPI": {"httpRoute": "cards", "namespace": "pay"}}}}}}})], {}),
    "assumed-role": ({"SF663"}, [plain("keda.sh/v1alpha1", "TriggerAuthentication", {"spec": {"env": [{"parameter": "awsRoleArn", "name": "ROLE"}]}})], {}),
    "grafana-plugin": ({"SF669"}, [plain("grafana.integreatly.org/v1beta1", "GrafanaDashboard", {"spec": {"json": "{}", "plugins": [{"name": "evil", "version": "1.0.0"}]}})], {}),
    "undrained": ({"SF649"}, [plain("policy/v1", "PodDisruptionBudget", {"spec": {"maxUnavailable": 0, "selector": {"matchLabels": {"app.kubernetes.io/name": "undrained"}}}})], {}),
    "two-budgets": ({"SF649"}, [plain("policy/v1", "PodDisruptionBudget", {"spec": {"maxUnavailable": 1, "selector": {}}})], {"replicas": 4, "disruption": {"maxUnavailable": 1}}),
    "address": ({"SF622"}, [plain("v1", "Service", {"spec": {"clusterIP": "172.20.0.10", "selector": {"app.kubernetes.io/name": "address"}, "ports": [{"port": 53}]}})], {}),
    "secret-key": ({"SF654"}, [secret(dataFrom=[{"extract": {"key": "pay/prod/signing-keys"}}])], {}),
    "secret-find": ({"SF654"}, [secret(dataFrom=[{"find": {"name": {"regexp": ".*"}}}])], {}),
    "role": ({"SF651"}, [], {"serviceAccount": {"iamRole": "arn:aws:iam::333333333333:role/argocd"}}),
    "token-file": ({"SF661"}, [monitor(bearerTokenFile="/var/run/secrets/kubernetes.io/serviceaccount/token")], {}),
    "relabel": ({"SF661"}, [monitor(relabelings=[{"targetLabel": "__address__", "replacement": "169.254.169.254:80"}])], {}),
    "record": (
        {"SF662"},
        [plain("monitoring.coreos.com/v1", "PrometheusRule", {"spec": {"groups": [{"name": "g", "rules": [{"record": "sixfold_generator_ready", "expr": "vector(1)"}]}]}})],
        {},
    ),
    "probe": (
        {"SF661"},
        [plain("monitoring.coreos.com/v1", "Probe", {"spec": {"prober": {"url": "evil.svc:80"}, "targets": {"staticConfig": {"static": ["http://169.254.169.254/"]}}}})],
        {},
    ),
    "volume": ({"SF659"}, [claim(volumeName="pv-of-pay", storageClassName="")], {}),
    "source": ({"SF659"}, [claim(dataSourceRef={"kind": "PersistentVolumeClaim", "name": "a", "namespace": "pay"})], {}),
    "driver": ({"SF658"}, [pods(volumes=[{"name": "t", "csi": {"driver": "smb.csi.k8s.io"}}])], {}),
    "labels": ({"SF660"}, [plain("v1", "ConfigMap", {"data": {"a": "b"}}, labels={"grafana_dashboard": "1"})], {}),
    "copied": ({"SF613"}, [plain("v1", "ConfigMap", {"data": {"a": "b"}}, annotations={"kubed.appscode.com/sync": ""})], {}),
    "hook": ({"SF613"}, [], {"serviceAccount": {"annotations": {"argocd.argoproj.io/hook": "PostDelete", "sixfold.dev/team": "pay"}}}),
    "balancer": ({"SF413"}, [], {"ports": [{"name": "redis", "port": 6379, "appProtocol": "tcp"}], "roads": {"external": {"loadBalancer": True}}}),
    "cluster-host": ({"SF451"}, [], {"roads": {"external": {"host": "kubernetes.default.svc"}}}),
    "kustomization": ({"SF454"}, [], {}),
    "of-git": ({"SF216"}, [], {"config": [{"name": "c", "files": {"a": ".git/config"}, "asEnv": True}]}),
    "outlives": ({"SF613"}, [claim() | {"metadata": {"name": "a", "annotations": {"argocd.argoproj.io/sync-options": "Prune=false"}}}], {}),
}  # fmt: skip


@pytest.fixture(scope="module")
def attacked(tmp_path_factory):
    """Return the codes of each app of the attacking team, and the trees without and with its apps."""
    repo = Repo(tmp_path_factory.mktemp("attacked"), ("shop/web", "pay/cards"))
    repo.data["teams"]["search"]["highestTier"] = "P1"
    repo.data["teams"]["search"]["loadBalancers"] = 0
    for cluster in repo.data["environments"]["prod"]["dataCenters"]["dc1"]["clusters"].values():
        cluster["apis"] = ["external-secrets.io/v1", "monitoring.coreos.com/v1"]
    repo.write_fleet()
    repo.compile()
    before = repo.tree()
    for name, (_, objects, spec) in ATTACKS.items():
        repo.put(f"search/{name}", *objects, **{"dataCenters": {"prod": ["dc1"]}, **spec})
    run = repo.compile()
    assert not run.fatal
    problems = [d for d in run.diagnostics if d.severity == "error"]
    return problems, before, repo.tree()


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_by_a_manifest_fails_alone_at_its_line(attacked, name) -> None:
    problems = [d for d in attacked[0] if d.app == f"search/{name}"]
    assert ATTACKS[name][0] <= {d.code for d in problems}, [(d.code, d.message) for d in problems]
    assert all(d.span.file == f"apps/search/{name}.yaml" and d.span.line > 0 and d.help for d in problems)


def test_all_attacks_together_change_no_file_of_anybody(attacked) -> None:
    problems, before, after = attacked
    assert {d.app for d in problems} == {f"search/{name}" for name in ATTACKS}
    assert after == before
    assert any(is_overlay(path) for path in before)
