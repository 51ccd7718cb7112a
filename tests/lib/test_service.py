"""Services, identity, metrics, scaling and disruption."""

from __future__ import annotations

from tests.lib.library import MONITORS, app_input, evaluate, given, output_of

ROLE = "arn:aws:iam::123456789012:role/match"
SELECTOR = {"app.kubernetes.io/name": "match", "app.kubernetes.io/instance": "match"}


@given(
    {
        "ports": [
            {"name": "http", "port": 80, "targetPort": 8080},
            {"name": "alt", "port": 8080, "appProtocol": "http2"},
            {"name": "grpc", "port": 9000, "appProtocol": "grpc"},
            {"name": "dns", "port": 53, "protocol": "UDP"},
        ]
    }
)
def test_a_service_is_a_cluster_ip_that_targets_container_ports_by_name(output):
    spec = output.spec("Service")
    assert (spec["type"], spec["selector"]) == ("ClusterIP", SELECTOR)
    assert [(p["name"], p["port"], p["targetPort"], p.get("appProtocol")) for p in spec["ports"]] == [
        ("http", 80, "http", "http"),
        ("alt", 8080, "http", "kubernetes.io/h2c"),
        ("grpc", 9000, "grpc", "grpc"),
        ("dns", 53, "dns", None),
    ]
    assert [(p["name"], p["containerPort"], p["protocol"]) for p in output.container["ports"]] == [
        ("http", 8080, "TCP"), ("grpc", 9000, "TCP"), ("dns", 53, "UDP"),
    ]  # fmt: skip


@given({"ports": [{"name": "http", "port": 80, "targetPort": 8080}, {"name": "alt", "port": 8080}]})
def test_two_ports_of_a_service_share_a_container_port(output):
    assert [p["name"] for p in output.container["ports"]] == ["http"]


@given()
def test_an_app_without_ports_has_no_service_and_no_policy(output):
    assert output.kinds() == ["ServiceAccount", "Deployment"]


@given({"kind": "StatefulSet", "ports": [{"name": "tcp", "port": 6379, "appProtocol": "tcp"}]})
def test_peers_of_a_stateful_set_find_each_other_before_they_are_ready(output):
    spec = output.spec("Service", "match-pods")
    assert (spec["clusterIP"], spec["publishNotReadyAddresses"]) == ("None", True)
    assert spec["ports"] == output.spec("Service", "match")["ports"]


@given(
    {"ports": [{"name": "rtmp", "port": 1935, "appProtocol": "tcp"}, {"name": "http", "port": 80, "targetPort": 8080}]},
    loadBalancer={"ports": [{"name": "rtmp", "port": 1935, "targetPort": 1935, "protocol": "TCP"}]},
)
def test_a_load_balancer_sends_to_pods_instead_of_nodes_on_the_ports_of_its_road(output):
    service = output.single("Service", "match-external")
    assert service["spec"]["allocateLoadBalancerNodePorts"] is False
    assert service["spec"]["loadBalancerClass"] == "service.k8s.aws/nlb"
    assert [p["port"] for p in service["spec"]["ports"]] == [1935]
    assert service["metadata"]["annotations"]["service.beta.kubernetes.io/aws-load-balancer-nlb-target-type"] == "ip"
    (rule,) = output.spec("NetworkPolicy")["ingress"]
    assert rule == {"from": [{"ipBlock": {"cidr": "0.0.0.0/0"}}], "ports": [{"port": 1935, "protocol": "TCP"}]}


@given({"serviceAccount": {"iamRole": ROLE, "annotations": {"a": "b"}, "automountToken": True}})
def test_irsa_annotates_the_service_account_with_the_role(output):
    account = output.single("ServiceAccount")
    assert account["metadata"]["annotations"] == {"a": "b", "eks.amazonaws.com/role-arn": ROLE}
    assert account["automountServiceAccountToken"] is True
    assert output.pod["automountServiceAccountToken"] is True


@given({"serviceAccount": {"iamRole": ROLE}}, platform={"identity": "pod-identity"})
def test_pod_identity_does_not_annotate_the_service_account(output):
    account = output.single("ServiceAccount")
    assert "annotations" not in account["metadata"]
    assert account["automountServiceAccountToken"] is False


@given({"ports": [{"name": "http", "port": 80, "targetPort": 8080}], "scrape": {"port": "http", "path": "/m"}})
def test_scrape_annotations_name_the_container_port(output):
    assert output.template["metadata"]["annotations"] == {
        "prometheus.io/scrape": "true",
        "prometheus.io/port": "8080",
        "prometheus.io/path": "/m",
    }
    assert "PodMonitor" not in output.kinds()


@given(
    {"ports": [{"name": "metrics", "port": 80}], "scrape": {"port": 9090, "path": "/m", "interval": "15s"}},
    systems=MONITORS,
)
def test_a_scraped_port_that_no_container_declares_is_added_under_an_unused_name(output):
    assert output.container["ports"][1] == {"name": "scrape", "containerPort": 9090, "protocol": "TCP"}
    monitor = output.spec("PodMonitor")
    assert monitor["podMetricsEndpoints"] == [{"port": "scrape", "path": "/m", "interval": "15s"}]
    assert monitor["selector"] == {"matchLabels": SELECTOR}
    assert "annotations" not in output.template["metadata"]


@given(
    {
        "containers": [{"name": "exporter", "image": "e:1", "ports": [{"containerPort": 9121}]}],
        "scrape": {"port": 9121},
    },
    systems=MONITORS,
)
def test_a_sidecars_port_without_a_name_is_scraped_by_number(output):
    assert output.spec("PodMonitor")["podMetricsEndpoints"] == [{"portNumber": 9121, "path": "/metrics"}]
    assert "ports" not in output.container


@given(
    {
        "autoscaling": {
            "cpu": 55,
            "memory": 80,
            "metrics": [
                {"name": "rps", "type": "Pods", "averageValue": 100},
                {"name": "lag", "type": "External", "value": "30", "selector": {"queue": "a"}},
                {"name": "jobs", "type": "External", "averageValue": 1.5},
            ],
            "behavior": {"scaleDown": {"stabilizationWindowSeconds": 60}},
        }
    },
    scale={"min": 2, "max": 9},
)
def test_an_autoscaler_follows_cpu_memory_pods_and_external_metrics(output):
    spec = output.spec("HorizontalPodAutoscaler")
    assert (spec["minReplicas"], spec["maxReplicas"]) == (2, 9)
    assert spec["scaleTargetRef"] == {"apiVersion": "apps/v1", "kind": "Deployment", "name": "match"}
    cpu, memory, rps, lag, jobs = spec["metrics"]
    assert cpu["resource"] == {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 55}}
    assert memory["resource"]["target"]["averageUtilization"] == 80
    assert rps["pods"]["target"] == {"type": "AverageValue", "averageValue": "100"}
    assert lag["external"] == {
        "metric": {"name": "lag", "selector": {"matchLabels": {"queue": "a"}}},
        "target": {"type": "Value", "value": "30"},
    }
    assert jobs["external"]["target"] == {"type": "AverageValue", "averageValue": "1500m"}
    down = spec["behavior"]["scaleDown"]
    assert (down["stabilizationWindowSeconds"], down["policies"][0]["value"]) == (60, 10)
    assert spec["behavior"]["scaleUp"]["stabilizationWindowSeconds"] == 0


def test_a_direction_that_the_schema_rejects_is_not_merged():
    """The input is none of `INPUTS`, whose objects are all valid."""
    wrong = {"scaleDown": [], "sideways": {"policies": []}}
    value = app_input({"autoscaling": {"behavior": wrong}}, scale={"min": 1, "max": 3})
    output = output_of(evaluate("rjsonnet", {"app": value})["app"])
    behavior = output.spec("HorizontalPodAutoscaler")["behavior"]
    assert (behavior["scaleDown"], behavior["sideways"]) == ([], {"policies": []})
    assert behavior["scaleUp"]["stabilizationWindowSeconds"] == 0


@given({"kind": "StatefulSet"}, scale={"min": 1, "max": 3})
def test_an_autoscaler_without_a_metric_uses_the_cpu_and_scales_up_faster_than_down(output):
    spec = output.spec("HorizontalPodAutoscaler")
    assert spec["scaleTargetRef"]["kind"] == "StatefulSet"
    assert [m["resource"]["name"] for m in spec["metrics"]] == ["cpu"]
    up, down = spec["behavior"]["scaleUp"], spec["behavior"]["scaleDown"]
    assert up["stabilizationWindowSeconds"] < down["stabilizationWindowSeconds"]
    assert "replicas" not in output.spec("StatefulSet")


@given(disruption={"maxUnavailable": "10%"})
def test_a_disruption_budget_never_blocks_a_drain_because_of_unhealthy_pods(output):
    assert output.spec("PodDisruptionBudget") == {
        "maxUnavailable": "10%",
        "selector": {"matchLabels": SELECTOR},
        "unhealthyPodEvictionPolicy": "AlwaysAllow",
    }


@given(
    {
        "ports": [{"name": "metrics", "port": 80, "targetPort": 8080}, {"name": "scrape", "port": 81}],
        "scrape": {"port": 9100},
    },
    systems=MONITORS,
)
def test_a_port_for_metrics_has_a_name_that_no_other_port_has(output):
    assert output.container["ports"][-1] == {"name": "sixfold-metrics", "containerPort": 9100, "protocol": "TCP"}


@given(
    {
        "initContainers": [
            {"name": "proxy", "image": "p:1", "restartPolicy": "Always", "ports": [{"name": "m", "containerPort": 9}]}
        ],
        "scrape": {"port": "m"},
    }
)
def test_the_port_of_a_container_that_starts_before_the_others_is_scraped(output):
    annotations = output.template["metadata"]["annotations"]
    assert annotations["prometheus.io/port"] == "9"
