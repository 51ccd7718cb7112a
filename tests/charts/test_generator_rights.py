"""What the chart opens and grants: roles, tokens of accounts, and ways through the network."""

from __future__ import annotations

import pytest

from sixfold_generator import Settings
from tests.charts.rendering import CHART, MINIMAL, one, template

pytestmark = pytest.mark.conformance("Helm")


def rules(objects, name):
    (role,) = [item for item in objects if item["kind"] == "Role" and item["metadata"]["name"] == name]
    (binding,) = [item for item in objects if item["kind"] == "RoleBinding" and item["metadata"]["name"] == name]
    account = one(objects, "ServiceAccount")["metadata"]
    assert binding["roleRef"] == {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": name}
    assert binding["subjects"] == [
        {"kind": "ServiceAccount", "name": account["name"], "namespace": account["namespace"]}
    ]
    assert binding["metadata"]["namespace"] == role["metadata"]["namespace"]
    return role["metadata"]["namespace"], role["rules"]


def test_the_state_in_configmaps_needs_no_volume_and_only_its_own_rights(asking):
    assert "PersistentVolumeClaim" not in {item["kind"] for item in asking}
    assert not {item["kind"] for item in asking} & {"ClusterRole", "ClusterRoleBinding"}
    pod = one(asking, "Deployment")["spec"]["template"]["spec"]
    (state,) = [volume for volume in pod["volumes"] if volume["name"] == "state"]
    assert state == {"name": "state", "emptyDir": {"sizeLimit": "1Gi"}}
    namespace, found = rules(asking, "sixfold-generator-state")
    environ = {item["name"]: item["value"] for item in pod["containers"][0]["env"]}
    settings = Settings.from_environ(environ)
    assert settings.state_configmap == f"{namespace}/{found[0]['resourceNames'][0]}"
    assert found == [
        {"apiGroups": [""], "resources": ["configmaps"], "resourceNames": ["sixfold-generator-state"], "verbs": ["update"]},
        {"apiGroups": [""], "resources": ["configmaps"], "verbs": ["get", "list", "create", "delete"]},
    ]


def test_the_rights_are_those_that_the_store_uses(asking, tmp_path):
    """Every request of adoptions against the recorded API server is allowed by the Role, and every verb is used."""
    from datetime import date

    from sixfold_generator.adoption.run import run
    from tests.support.apiserver import ApiServer
    from tests.support.trees import Spec

    _, found = rules(asking, "sixfold-generator-state")
    allowed = {(verb, tuple(rule.get("resourceNames", ()))) for rule in found for verb in rule["verbs"]}
    name = "sixfold-generator-state"
    used = set()
    with ApiServer() as server:
        for number in range(5):
            spec = Spec()
            spec.where["prod/dc1/dc1-a"]["playback"][1]["player"] = f"# {number}\n"
            kubeconfig = server.kubeconfig(tmp_path / "config")
            run(spec.write(tmp_path / "tree"), tmp_path / "state", today=date(2026, 11, 24),
                configmap=f"argocd/{name}", kubeconfig=kubeconfig)  # fmt: skip
        for method, path, _ in server.requests:
            single = not path.endswith("/configmaps")
            verb = {"GET": "get" if single else "list", "POST": "create", "PUT": "update", "DELETE": "delete"}[method]
            used.add((verb, (name,) if verb == "update" and path.endswith(f"/{name}") else ()))
    assert used == allowed


def test_the_state_may_have_a_namespace_of_its_own():
    values = {**MINIMAL, "state": {"kind": "configmap", "configMap": {"namespace": "sixfold", "name": "adopted"}}}
    objects = template(values=values)
    namespace, found = rules(objects, "sixfold-generator-state")
    assert (namespace, found[0]["resourceNames"]) == ("sixfold", ["adopted"])
    environ = {item["name"]: item["value"] for item in one(objects, "Deployment")["spec"]["template"]["spec"]["containers"][0]["env"]}
    assert environ["SIXFOLD_STATE_CONFIGMAP"] == "sixfold/adopted"


def test_an_existing_claim_carries_the_state_over_into_configmaps():
    values = {**MINIMAL, "state": {"kind": "configmap"}, "persistence": {"existingClaim": "old"}}
    volumes = one(template(values=values), "Deployment")["spec"]["template"]["spec"]["volumes"]
    assert {"name": "state", "persistentVolumeClaim": {"claimName": "old"}} in volumes


def test_live_clusters_bring_a_login_folder_and_the_right_to_list_argo_cd_s_secrets(asking):
    namespace, found = rules(asking, "sixfold-generator-live")
    assert found == [{"apiGroups": [""], "resources": ["secrets"], "verbs": ["list"]}]
    generator = one(asking, "Deployment")["spec"]["template"]["spec"]["containers"][0]
    settings = Settings.from_environ({item["name"]: item["value"] for item in generator["env"]})
    assert settings.live_argocd == f"{namespace}/ap-south-1"
    assert settings.live_seconds == 120
    (mount,) = [item for item in generator["volumeMounts"] if item["name"] == "clusters"]
    assert mount == {"name": "clusters", "mountPath": str(settings.live_kubeconfig), "readOnly": True}


def test_argo_cd_in_another_namespace_is_where_its_secrets_are_listed():
    values = {**MINIMAL, "live": {"argocdInstance": "x"}, "networkPolicy": {"argocd": {"namespace": "argo"}}}
    objects = template(values=values)
    assert rules(objects, "sixfold-generator-live")[0] == "argo"
    assert not [item for item in objects if item["metadata"]["name"].endswith("-state") and item["kind"] == "Role"]


def test_the_token_reaches_the_generator_alone_and_only_when_it_asks(asking):
    pod = one(asking, "Deployment")["spec"]["template"]["spec"]
    assert pod["automountServiceAccountToken"] is False
    generator, sync = pod["containers"]
    place = "/var/run/secrets/kubernetes.io/serviceaccount"  # where the client looks
    assert place in {mount["mountPath"] for mount in generator["volumeMounts"]}
    assert place not in {mount["mountPath"] for mount in sync["volumeMounts"]}
    only_logins = template(values={**MINIMAL, "live": {"kubeconfigSecret": "logins"}})
    pod = one(only_logins, "Deployment")["spec"]["template"]["spec"]
    assert "login" not in {volume["name"] for volume in pod["volumes"]}
    assert not {item["kind"] for item in only_logins} & {"Role", "RoleBinding"}


def test_the_way_out_to_api_servers_is_open_only_where_they_are_asked(asking):
    assert one(asking, "NetworkPolicy")["spec"]["egress"][2] == {
        "ports": [{"protocol": "TCP", "port": 443}],
        "to": [{"ipBlock": {"cidr": "10.0.0.0/8"}}],
    }
    for more in ({"state": {"kind": "configmap"}}, {"live": {"kubeconfigSecret": "x"}}, {"live": {"argocdInstance": "x"}}):
        spec = one(template(values={**MINIMAL, **more}), "NetworkPolicy")["spec"]
        assert [port["port"] for port in spec["egress"][2]["ports"]] == [443, 6443], more


def test_no_service_account_token_reaches_the_pod(rendered, pod):
    assert pod["automountServiceAccountToken"] is False
    assert one(rendered, "ServiceAccount")["automountServiceAccountToken"] is False
    assert not {item["kind"] for item in rendered} & {"Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding"}


def test_the_service_of_the_api_does_not_show_the_admin_port(rendered):
    services = {item["metadata"]["name"]: item["spec"] for item in rendered if item["kind"] == "Service"}
    assert [port["name"] for port in services["sixfold-generator"]["ports"]] == ["plugin"]
    assert [port["name"] for port in services["sixfold-generator-admin"]["ports"]] == ["admin", "git-metrics"]


def test_only_argo_cd_reaches_the_api_and_only_monitoring_the_admin_ports(rendered):
    spec = one(rendered, "NetworkPolicy")["spec"]
    assert sorted(spec["policyTypes"]) == ["Egress", "Ingress"]
    api, admin = spec["ingress"]
    assert [port["port"] for port in api["ports"]] == [8080]
    assert api["from"] == [
        {
            "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "argocd"}},
            "podSelector": {
                "matchExpressions": [
                    {
                        "key": "app.kubernetes.io/name",
                        "operator": "In",
                        "values": ["argocd-applicationset-controller", "argocd-server"],
                    }
                ]
            },
        }
    ]
    assert [port["port"] for port in admin["ports"]] == [8081, 8082]
    (peer,) = admin["from"]
    assert peer["namespaceSelector"] == {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}
    selector = one(rendered, "Deployment")["spec"]["selector"]
    assert spec["podSelector"] == selector


def test_the_way_out_is_dns_and_git(rendered):
    dns, git = one(rendered, "NetworkPolicy")["spec"]["egress"]
    assert {port["port"] for port in dns["ports"]} == {53}
    assert dns["to"][0]["podSelector"] == {"matchLabels": {"k8s-app": "kube-dns"}}
    assert {port["port"] for port in git["ports"]} == {22, 443}


def test_given_cidrs_close_the_way_to_git():
    spec = one(template("--values", CHART / "ci" / "ssh-values.yaml"), "NetworkPolicy")["spec"]
    assert spec["egress"][1] == {
        "ports": [{"protocol": "TCP", "port": 22}],
        "to": [{"ipBlock": {"cidr": "203.0.113.0/24"}}],
    }
