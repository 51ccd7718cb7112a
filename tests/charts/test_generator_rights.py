"""Rights of the chart: roles, tokens of accounts, and network policies."""

from __future__ import annotations

import pytest

from sixfold_generator import Settings
from tests.support.chart import SETS, only_object, rendered

pytestmark = pytest.mark.conformance("Helm")

STATE = ("configmap", "migration")  # sets with the state in ConfigMaps
LISTED = ("configmap", "registered")  # sets that list Argo CD's cluster Secrets
LOGINS = ("configmap", "capacity")  # sets that read clusters by kubeconfigs


def rules(objects, name):
    """Return the namespace and the rules of the Role that the chart's account is bound to."""
    (role,) = [item for item in objects if item["kind"] == "Role" and item["metadata"]["name"] == name]
    (binding,) = [item for item in objects if item["kind"] == "RoleBinding" and item["metadata"]["name"] == name]
    account = only_object(objects, "ServiceAccount")["metadata"]
    assert binding["roleRef"] == {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": name}
    assert binding["subjects"] == [
        {"kind": "ServiceAccount", "name": account["name"], "namespace": account["namespace"]}
    ]
    assert binding["metadata"]["namespace"] == role["metadata"]["namespace"]
    return role["metadata"]["namespace"], role["rules"]


def containers(name):
    return only_object(rendered(name), "Deployment")["spec"]["template"]["spec"]["containers"]


def settings(name):
    return Settings.from_environ({item["name"]: item["value"] for item in containers(name)[0]["env"]})


@pytest.mark.parametrize("name", STATE)
def test_the_state_in_configmaps_has_rights_on_its_own_configmaps_alone(name):
    namespace, granted = rules(rendered(name), "sixfold-generator-state")
    pointer = granted[0]["resourceNames"][0]
    assert settings(name).state_configmap == f"{namespace}/{pointer}"
    assert granted == [
        {"apiGroups": [""], "resources": ["configmaps"], "resourceNames": [pointer], "verbs": ["update"]},
        {"apiGroups": [""], "resources": ["configmaps"], "verbs": ["get", "list", "create", "delete"]},
    ]


def test_the_rights_are_those_that_the_store_uses(tmp_path):
    """The Role allows every request that adoptions send to the recorded API server, and they use every verb."""
    from datetime import date

    from sixfold_generator.adoption.run import run
    from tests.support.apiserver import ApiServer
    from tests.support.trees import Spec

    _, granted = rules(rendered("configmap"), "sixfold-generator-state")
    allowed = {(verb, tuple(rule.get("resourceNames", ()))) for rule in granted for verb in rule["verbs"]}
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


@pytest.mark.parametrize("name", LISTED)
def test_registered_clusters_bring_the_right_to_list_argo_cd_s_secrets_and_no_other(name):
    namespace, granted = rules(rendered(name), "sixfold-generator-live")
    assert granted == [{"apiGroups": [""], "resources": ["secrets"], "verbs": ["list"]}]
    assert settings(name).live_argocd == f"{namespace}/ap-south-1"


@pytest.mark.parametrize("name", LOGINS)
def test_kubeconfigs_of_live_clusters_are_mounted_where_the_service_reads_them(name):
    (mount,) = [item for item in containers(name)[0]["volumeMounts"] if item["name"] == "clusters"]
    assert mount == {"name": "clusters", "mountPath": str(settings(name).live_kubeconfig), "readOnly": True}


@pytest.mark.parametrize("name", SETS)
def test_there_are_roles_for_the_state_and_for_argo_cd_s_secrets_only_where_they_are_asked_for(name):
    kinds = {item["kind"] for item in rendered(name)}
    assert not kinds & {"ClusterRole", "ClusterRoleBinding"}
    roles = {item["metadata"]["name"] for item in rendered(name) if item["kind"] == "Role"}
    expected = {"sixfold-generator-state": name in STATE, "sixfold-generator-live": name in LISTED}
    assert roles == {role for role, asked in expected.items() if asked}


@pytest.mark.parametrize("name", SETS)
def test_the_account_s_token_reaches_the_generator_alone_and_only_when_it_asks(name):
    assert only_object(rendered(name), "ServiceAccount")["automountServiceAccountToken"] is False
    assert (
        only_object(rendered(name), "Deployment")["spec"]["template"]["spec"]["automountServiceAccountToken"] is False
    )
    generator, sync = containers(name)
    place = "/var/run/secrets/kubernetes.io/serviceaccount"  # where the client reads it
    assert (place in {mount["mountPath"] for mount in generator["volumeMounts"]}) is (name in STATE + LISTED)
    assert place not in {mount["mountPath"] for mount in sync["volumeMounts"]}


@pytest.mark.parametrize("name", sorted(SETS.keys() - {"https"}))
def test_api_servers_may_be_reached_only_where_they_are_asked(name):
    rule = only_object(rendered(name), "NetworkPolicy")["spec"]["egress"][2:]
    assert len(rule) == (name in STATE + LISTED + LOGINS)


@pytest.mark.parametrize("name", SETS)
def test_the_service_of_the_api_does_not_show_the_admin_ports(name):
    services = {item["metadata"]["name"]: item["spec"] for item in rendered(name) if item["kind"] == "Service"}
    api, admin = sorted(services)
    assert admin == f"{api}-admin"
    assert [port["name"] for port in services[api]["ports"]] == ["plugin"]
    assert [port["name"] for port in services[admin]["ports"]] == ["admin", "git-metrics"]


@pytest.mark.parametrize("name", SETS)
def test_services_policies_and_monitors_select_the_pod_and_ports_that_exist(name):
    objects = rendered(name)
    pod = only_object(objects, "Deployment")["spec"]["template"]
    ports = {port["name"]: port["containerPort"] for item in containers(name) for port in item["ports"]}
    services = [item for item in objects if item["kind"] == "Service"]
    for service in services:
        assert service["spec"]["selector"].items() <= pod["metadata"]["labels"].items()
        for port in service["spec"]["ports"]:
            assert port["targetPort"] == port["name"]
            assert port["port"] == ports[port["targetPort"]]
    for policy in [item for item in objects if item["kind"] == "NetworkPolicy"]:
        assert policy["spec"]["podSelector"]["matchLabels"].items() <= pod["metadata"]["labels"].items()
        api, admin = [[port["port"] for port in rule["ports"]] for rule in policy["spec"]["ingress"]]
        assert (api, admin) == ([ports["plugin"]], [ports["admin"], ports["git-metrics"]])
    for monitor in [item for item in objects if item["kind"] == "ServiceMonitor"]:
        wanted = monitor["spec"]["selector"]["matchLabels"].items()
        (service,) = [item for item in services if wanted <= item["metadata"]["labels"].items()]
        assert {endpoint["port"] for endpoint in monitor["spec"]["endpoints"]} == {
            port["name"] for port in service["spec"]["ports"]
        }
