"""A team's namespace on one cluster: the rights of its people and its pods, and the limits on its objects."""

from __future__ import annotations

import pytest

from tests.lib.platform_input import cluster_input, entry, find

ESCALATING = {"escalate", "bind", "impersonate", "*"}
WRITES = {"create", "update", "patch", "delete", "deletecollection", *ESCALATING}


@pytest.fixture(scope="module")
def files():
    objects = entry("cluster", cluster_input())
    return {"_tenancy/playback.yaml": objects["_tenancy/playback.yaml"]}


def rules(files):
    return [rule for o in files["_tenancy/playback.yaml"] if o["kind"] == "Role" for rule in o["rules"]]


def test_the_deletion_of_a_namespace_waits_for_a_person(files):
    metadata = find(files, "Namespace", "playback")["metadata"]
    assert metadata["annotations"] == {"argocd.argoproj.io/sync-options": "Delete=confirm,Prune=confirm"}
    assert metadata["labels"]["sixfold.dev/team"] == "playback"


def test_pod_security_is_enforced_at_the_version_of_the_cluster(files):
    labels = find(files, "Namespace", "playback")["metadata"]["labels"]
    for mode in ("enforce", "audit", "warn"):
        assert labels[f"pod-security.kubernetes.io/{mode}"] == "restricted"
        assert labels[f"pod-security.kubernetes.io/{mode}-version"] == "v1.34"


def test_every_object_except_the_namespace_is_in_the_namespace(files):
    for item in files["_tenancy/playback.yaml"]:
        assert item["kind"] == "Namespace" or item["metadata"]["namespace"] == "playback"


def test_people_cannot_read_secrets_and_no_rule_covers_the_complete_core_group(files):
    for rule in rules(files):
        assert "secrets" not in rule["resources"]
        assert "*" not in rule["apiGroups"]
        assert "" not in rule["apiGroups"] or "*" not in rule["resources"]


def test_people_cannot_start_processes_or_grant_rights(files):
    """Rights to create pods, Jobs, tokens or processes in pods would give access to all Secrets and cloud roles."""
    for rule in rules(files):
        writes = WRITES & set(rule["verbs"])
        assert not ESCALATING & writes
        if writes:
            assert rule["apiGroups"] == [""]
            assert set(rule["resources"]) <= {"pods", "pods/eviction", "pods/portforward"}
        if "create" in writes:
            assert "pods" not in rule["resources"]


def test_people_may_restart_a_pod_and_reach_its_ports(files):
    allowed = {(resource, verb) for rule in rules(files) for resource in rule["resources"] for verb in rule["verbs"]}
    assert {
        ("pods", "delete"),
        ("pods/eviction", "create"),
        ("pods/portforward", "create"),
        ("pods/log", "get"),
    } <= allowed


def test_every_role_is_bound_to_all_owner_groups_and_nobody_else(files):
    bindings = [o for o in files["_tenancy/playback.yaml"] if o["kind"] == "RoleBinding"]
    roles = [o["metadata"]["name"] for o in files["_tenancy/playback.yaml"] if o["kind"] == "Role"]
    assert sorted(b["roleRef"]["name"] for b in bindings) == sorted(roles)
    for binding in bindings:
        assert {(s["kind"], s["name"]) for s in binding["subjects"]} == {
            ("Group", "oidc:playback"),
            ("Group", "oidc:oncall"),
        }


def test_a_mixin_may_grant_exec():
    rule = "{ tenancy+: { operateRules+: [{ apiGroups: [''], resources: ['pods/exec'], verbs: ['create'] }] } }"
    role = find({"_": entry("cluster", cluster_input(), rule)["_tenancy/playback.yaml"]}, "Role", "team-operate")
    assert ["pods/exec"] in [r["resources"] for r in role["rules"]]
    assert ["pods"] in [r["resources"] for r in role["rules"]]


def test_the_quota_is_the_teams_share_and_admits_no_node_port(files):
    hard = find(files, "ResourceQuota", "team")["spec"]["hard"]
    assert hard["requests.cpu"] == "400"
    assert hard["requests.memory"] == "800Gi"
    assert hard["pods"] == "500"
    assert hard["services.nodeports"] == "0"


@pytest.mark.parametrize("number", [0, 2])
def test_the_quota_limits_load_balancers(number):
    given = cluster_input()
    given["teams"][1]["loadBalancers"] = number
    objects = entry("cluster", given)["_tenancy/playback.yaml"]
    hard = find({"_": objects}, "ResourceQuota", "team")["spec"]["hard"]
    assert hard["services.loadbalancers"] == str(number)


def test_a_container_without_requests_gets_defaults_and_no_container_is_rejected(files):
    """A default limit or a ratio would reject pods that the compiler has accepted."""
    (limit,) = find(files, "LimitRange", "containers")["spec"]["limits"]
    assert limit == {"type": "Container", "defaultRequest": {"cpu": "100m", "memory": "128Mi"}}


def test_only_dns_queries_pass_the_default_network_policies(files):
    policies = [o for o in files["_tenancy/playback.yaml"] if o["kind"] == "NetworkPolicy"]
    assert [p["metadata"]["name"] for p in policies] == ["default-deny", "allow-dns"]
    assert policies[0]["spec"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    (rule,) = policies[1]["spec"]["egress"]
    assert {(p["port"], p["protocol"]) for p in rule["ports"]} == {(53, "UDP"), (53, "TCP")}
    assert rule["to"][0]["namespaceSelector"]["matchLabels"] == {"kubernetes.io/metadata.name": "kube-system"}
    assert all("ingress" not in p["spec"] for p in policies)


def test_pods_reach_the_identity_agent_where_pods_have_identities():
    objects = entry("cluster", cluster_input(identity="pod-identity"))["_tenancy/playback.yaml"]
    (rule,) = find({"_": objects}, "NetworkPolicy", "allow-pod-identity")["spec"]["egress"]
    assert [to["ipBlock"]["cidr"] for to in rule["to"]] == ["169.254.170.23/32", "fd00:ec2::23/128"]
    assert rule["ports"] == [{"port": 80, "protocol": "TCP"}]


def test_the_default_service_account_has_no_token(files):
    assert find(files, "ServiceAccount", "default")["automountServiceAccountToken"] is False


def test_a_team_does_not_change_the_objects_of_another_team():
    given = cluster_input()
    given["teams"] = given["teams"][:1]
    alone = entry("cluster", given)
    assert alone["_tenancy/identity.yaml"] == entry("cluster", cluster_input())["_tenancy/identity.yaml"]


def test_an_unknown_identity_of_pods_lists_the_known_ones():
    with pytest.raises(RuntimeError, match=r"platform\.identity: unknown 'magic'; known: irsa, pod-identity"):
        entry("cluster", cluster_input(identity="magic"))
