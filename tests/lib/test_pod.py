"""The pod: containers, environment, probes, security, spread, scheduling."""

from __future__ import annotations

from tests.lib.library import given

SELECTOR = {"app.kubernetes.io/name": "match", "app.kubernetes.io/instance": "match"}
LOCKED = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}, "readOnlyRootFilesystem": True}


@given()
def test_a_pod_is_locked_down_by_default(output):
    assert output.pod["securityContext"] == {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}
    assert output.container["securityContext"] == LOCKED
    assert output.pod["automountServiceAccountToken"] is False
    assert output.pod["enableServiceLinks"] is False
    assert output.pod["priorityClassName"] == "sixfold-p1"
    assert output.pod["serviceAccountName"] == output.single("ServiceAccount")["metadata"]["name"] == "match"
    assert output.container["name"] == "match"


@given(
    {
        "securityContext": {
            "runAsUser": 1000,
            "runAsGroup": 2000,
            "runAsNonRoot": False,
            "readOnlyRootFilesystem": False,
            "addCapabilities": ["NET_BIND_SERVICE"],
            "fsGroup": 3000,
            "supplementalGroups": [7],
        },
        "containers": [{"name": "proxy", "image": "p:1", "securityContext": {"runAsUser": 5}}],
    }
)
def test_security_settings_apply_to_the_pod_and_its_own_container_but_not_to_sidecars(output):
    pod = output.pod["securityContext"]
    assert (pod["runAsUser"], pod["runAsGroup"], pod["runAsNonRoot"]) == (1000, 2000, False)
    assert (pod["fsGroup"], pod["fsGroupChangePolicy"], pod["supplementalGroups"]) == (3000, "OnRootMismatch", [7])
    own, proxy = (c["securityContext"] for c in output.pod["containers"])
    assert own["readOnlyRootFilesystem"] is False
    assert own["capabilities"] == {"drop": ["ALL"], "add": ["NET_BIND_SERVICE"]}
    assert proxy == LOCKED | {"runAsUser": 5}


@given({"securityContext": {"runAsUser": 1000}, "volumes": [{"name": "d", "mountPath": "/d", "claim": {"size": 1024}}]})
def test_a_claim_belongs_to_the_user_that_the_app_runs_as(output):
    assert output.pod["securityContext"]["fsGroup"] == 1000


@given(
    {
        "command": ["/bin/match"],
        "args": ["--verbose"],
        "workingDir": "/srv",
        "imagePullPolicy": "Always",
        "env": [
            {"name": "PLAIN", "value": "1e3"},
            {"name": "KEY", "valueFrom": {"secretKeyRef": {"name": "db", "key": "password", "optional": True}}},
            {"name": "IP", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}},
            {"name": "MEM", "valueFrom": {"resourceFieldRef": {"resource": "limits.memory", "divisor": 1}}},
            {"name": "LEVEL", "valueFrom": {"configMapKeyRef": {"name": "settings", "key": "LEVEL", "optional": True}}},
            {"name": "OTHER", "valueFrom": {"configMapKeyRef": {"name": "plain", "key": "A"}}},
        ],
        "envFrom": [{"configMapRef": {"name": "settings"}, "prefix": "S_"}, {"secretRef": {"name": "db"}}],
        "config": [
            {"name": "settings", "objectName": "match-settings-1a2b", "data": {"LEVEL": "info"}},
            {"name": "flags", "objectName": "match-flags-3c4d", "data": {"A": "b"}, "asEnv": True},
        ],
    }
)
def test_environment_variables_come_from_every_source_and_from_configs_by_digest(output):
    env = {e["name"]: e.get("valueFrom", e.get("value")) for e in output.container["env"]}
    assert env["PLAIN"] == "1e3"
    assert env["KEY"] == {"secretKeyRef": {"name": "db", "key": "password", "optional": True}}
    assert env["MEM"] == {"resourceFieldRef": {"resource": "limits.memory", "divisor": "1"}}
    assert env["LEVEL"] == {"configMapKeyRef": {"name": "match-settings-1a2b", "key": "LEVEL", "optional": True}}
    assert env["OTHER"] == {"configMapKeyRef": {"name": "plain", "key": "A"}}
    assert output.container["envFrom"] == [
        {"configMapRef": {"name": "match-flags-3c4d"}},
        {"configMapRef": {"name": "match-settings-1a2b"}, "prefix": "S_"},
        {"secretRef": {"name": "db"}},
    ]
    assert (output.container["command"], output.container["args"]) == (["/bin/match"], ["--verbose"])
    assert (output.container["workingDir"], output.container["imagePullPolicy"]) == ("/srv", "Always")


@given(
    {
        "probes": {
            "startup": {"grpc": {"port": 9000}, "failureThreshold": 30},
            "readiness": {"httpGet": {"path": "/ready", "port": "http"}},
            "liveness": {"tcpSocket": {"port": 8080}, "periodSeconds": 5},
        },
        "lifecycle": {"preStop": {"sleep": {"seconds": 5}}},
        "terminationGracePeriodSeconds": 45,
        "resources": {"requests": {"cpu": 0.25, "memory": "1Gi"}, "limits": {"cpu": 2, "nvidia.com/gpu": 1}},
    }
)
def test_probes_hooks_and_resources_have_the_form_of_kubernetes_and_quantities_are_text(output):
    assert output.container["startupProbe"]["grpc"] == {"port": 9000}
    assert output.container["readinessProbe"]["httpGet"]["path"] == "/ready"
    assert output.container["livenessProbe"]["periodSeconds"] == 5
    assert output.container["lifecycle"] == {"preStop": {"sleep": {"seconds": 5}}}
    assert output.pod["terminationGracePeriodSeconds"] == 45
    assert output.container["resources"] == {
        "requests": {"cpu": "250m", "memory": "1Gi"},
        "limits": {"cpu": "2", "nvidia.com/gpu": "1"},
    }


@given({"resources": {"limits": {"memory": "512Mi"}}})
def test_limits_need_no_requests_since_kubernetes_requests_as_much(output):
    assert output.container["resources"] == {"limits": {"memory": "512Mi"}}


@given(
    {
        "containers": [{"name": "agent", "image": "a:1", "ports": [{"name": "stats", "containerPort": 8125}]}],
        "initContainers": [
            {"name": "migrate", "image": "m:1", "env": [{"name": "A", "value": "b"}]},
            {
                "name": "proxy",
                "image": "p:1",
                "restartPolicy": "Always",
                "probes": {"startup": {"tcpSocket": {"port": 15000}}},
                "ports": [{"containerPort": 15000}],
            },
        ],
    }
)
def test_a_native_sidecar_runs_beside_the_app_with_its_own_probes_and_ports(output):
    migrate, proxy = output.pod["initContainers"]
    assert "restartPolicy" not in migrate
    assert proxy["restartPolicy"] == "Always"
    assert proxy["startupProbe"] == {"tcpSocket": {"port": 15000}}
    assert proxy["ports"] == [{"containerPort": 15000, "protocol": "TCP"}]
    assert [c["securityContext"] for c in (migrate, proxy)] == [LOCKED, LOCKED]
    assert [c["name"] for c in output.pod["containers"]] == ["match", "agent"]
    assert output.template["metadata"]["annotations"] == {"kubectl.kubernetes.io/default-container": "match"}


@given()
def test_a_deployment_prefers_to_spread_each_version_over_zones_and_hosts(output):
    zones, hosts = output.pod["topologySpreadConstraints"]
    assert zones == {
        "topologyKey": "topology.kubernetes.io/zone",
        "whenUnsatisfiable": "ScheduleAnyway",
        "maxSkew": 1,
        "labelSelector": {"matchLabels": SELECTOR},
        "matchLabelKeys": ["pod-template-hash"],
    }
    assert hosts["topologyKey"] == "kubernetes.io/hostname"


@given({"kind": "StatefulSet", "topologySpread": {"zones": "required", "hosts": "none", "maxSkew": 2}})
def test_a_required_spread_blocks_pods_and_ignores_nodes_with_taints(output):
    (zones,) = output.pod["topologySpreadConstraints"]
    assert (zones["whenUnsatisfiable"], zones["nodeTaintsPolicy"], zones["maxSkew"]) == ("DoNotSchedule", "Honor", 2)
    assert "matchLabelKeys" not in zones


@given({"nodeSelector": {"pool": "gpu"}, "tolerations": [{"key": "gpu", "operator": "Exists", "effect": "NoSchedule"}]})
def test_node_selector_and_tolerations_reach_the_pod(output):
    assert output.pod["nodeSelector"] == {"pool": "gpu"}
    assert output.pod["tolerations"] == [{"key": "gpu", "operator": "Exists", "effect": "NoSchedule"}]
