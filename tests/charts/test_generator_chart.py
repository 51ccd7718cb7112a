"""The generator's chart, rendered by the real helm; its objects checked against the schemas of Kubernetes."""

from __future__ import annotations

import copy
import json
import re
import subprocess
from pathlib import Path

import jsonschema
import kubernetes_validate
import pytest
import yaml

from generator import SETTINGS, Settings
from tests.binaries import helm_binary
from tests.counterparts import met

ROOT = Path(__file__).resolve().parents[2]
CHART = ROOT / "charts" / "generator"
CASES = sorted(path.name for path in (CHART / "ci").glob("*.yaml"))
VERSIONS = ("1.30", "1.37")
MINIMAL = {"image": {"repository": "example/sixfold"}, "git": {"repo": "https://git.example.com/deploy.git"}}
pytestmark = pytest.mark.conformance("Helm")


def helm(*arguments, values=None):
    return subprocess.run(
        [helm_binary(), *arguments],
        input=None if values is None else json.dumps(values),
        capture_output=True,
        text=True,
        check=False,
    )


def template(*arguments, values=None):
    """The rendered objects."""
    options = ["--values", "-"] if values is not None else []
    done = helm("template", "sixfold-generator", CHART, "--namespace", "argocd", *options, *arguments, values=values)
    assert done.returncode == 0, done.stderr
    return [one for one in yaml.safe_load_all(done.stdout) if one]


def refusal(**values):
    """Why helm refuses the minimal values with these on top."""
    merged = copy.deepcopy(MINIMAL)
    for key, value in values.items():
        merged[key] = {**merged.get(key, {}), **value} if isinstance(value, dict) else value
    done = helm("template", "x", CHART, "--values", "-", values=merged)
    assert done.returncode != 0, done.stdout[:500]
    return done.stderr


def one(objects, kind):
    (found,) = [item for item in objects if item["kind"] == kind]
    return found


@pytest.fixture(scope="module")
def rendered():
    return template(values=MINIMAL)


@pytest.fixture(scope="module")
def pod(rendered):
    return one(rendered, "Deployment")["spec"]["template"]["spec"]


@pytest.mark.parametrize("case", CASES)
def test_helm_lints_it_without_a_warning(case):
    done = helm("lint", "--strict", CHART, "--values", CHART / "ci" / case)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("case", CASES)
def test_every_object_is_strictly_valid_on_the_oldest_and_the_newest_kubernetes(case):
    objects = template("--values", CHART / "ci" / case)
    assert len(objects) >= 4
    for item in objects:
        if item["apiVersion"].startswith("monitoring.coreos.com/"):
            continue
        for version in VERSIONS:
            met("Kubernetes' published schemas", version)
            kubernetes_validate.validate(item, version, strict=True)


@pytest.mark.parametrize("case", CASES)
def test_every_object_is_in_the_release_s_namespace_and_labelled(case):
    for item in template("--values", CHART / "ci" / case):
        assert item["metadata"]["namespace"] == "argocd"
        assert item["metadata"]["labels"]["app.kubernetes.io/name"] == "sixfold-generator"
        assert item["metadata"]["labels"]["app.kubernetes.io/instance"] == "sixfold-generator"


def test_without_an_image_and_a_repo_nothing_is_rendered():
    done = helm("template", "x", CHART)
    assert done.returncode != 0
    assert "/image/repository" in done.stderr
    assert "/git/repo" in done.stderr


@pytest.fixture(scope="module")
def asking():
    """With the state in ConfigMaps, and live clusters read."""
    return template("--values", CHART / "ci" / "configmap-values.yaml")


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

    from generator.adopt import run
    from tests.generator.trees import Spec
    from tests.live.apiserver import ApiServer

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


def test_there_is_one_replica_and_never_two_during_an_update(rendered):
    spec = one(rendered, "Deployment")["spec"]
    assert spec["replicas"] == 1
    assert spec["strategy"] == {"type": "Recreate"}
    assert "replicas" not in json.dumps(json.loads((CHART / "values.schema.json").read_text()))


def test_there_is_no_disruption_budget_since_it_would_only_block_a_drain(rendered):
    assert "PodDisruptionBudget" not in {item["kind"] for item in rendered}


def test_no_service_account_token_reaches_the_pod(rendered, pod):
    assert pod["automountServiceAccountToken"] is False
    assert one(rendered, "ServiceAccount")["automountServiceAccountToken"] is False
    assert not {item["kind"] for item in rendered} & {"Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding"}


@pytest.mark.parametrize("case", CASES)
def test_every_container_is_non_root_read_only_and_without_capabilities(case):
    pod = one(template("--values", CHART / "ci" / case), "Deployment")["spec"]["template"]["spec"]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert len(pod["containers"]) == 2
    for container in pod["containers"] + pod.get("initContainers", []):
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert container["resources"]["limits"]["memory"]
    assert not {"hostNetwork", "hostPID", "hostIPC"} & pod.keys()
    assert not [volume for volume in pod["volumes"] if "hostPath" in volume]


def test_the_environment_gives_the_service_exactly_its_settings(pod):
    """Every variable is a known setting, every known setting is given, and all of them parse."""
    (generator, _) = pod["containers"]
    environ = {item["name"]: item["value"] for item in generator["env"]}
    assert environ.keys() == {setting.variable for setting in SETTINGS}
    settings = Settings.from_environ(environ)
    for name in ("workers", "poll_seconds", "retry_seconds", "stale_seconds", "cache_bytes", "max_requests", "host"):
        default = next(setting for setting in SETTINGS if setting.name == name)
        assert environ[default.variable] == default.default, name
    mounts = {mount["mountPath"]: mount for mount in generator["volumeMounts"]}
    assert str(settings.state) in mounts
    assert not mounts[str(settings.state)].get("readOnly")
    assert {str(path.parent) for path in settings.token_files} == {"/etc/sixfold/tokens"}
    assert str(settings.metrics.parent) in mounts
    assert {port["containerPort"] for port in generator["ports"]} == {settings.port, settings.admin_port}


def test_the_tree_s_folder_is_the_path_in_the_checkout_of_git_sync():
    values = {**MINIMAL, "git": {**MINIMAL["git"], "path": "deploy/tree"}}
    (generator, sync) = one(template(values=values), "Deployment")["spec"]["template"]["spec"]["containers"]
    environ = {item["name"]: item["value"] for item in generator["env"]}
    arguments = dict(item.removeprefix("--").partition("=")[::2] for item in sync["args"])
    assert environ["SIXFOLD_TREE"] == f"{arguments['root']}/{arguments['link']}/deploy/tree"
    assert {"name": "git", "mountPath": arguments["root"], "readOnly": True} in generator["volumeMounts"]
    assert {"name": "git", "mountPath": arguments["root"]} in sync["volumeMounts"]


def test_git_sync_outlives_every_failure_and_keeps_a_tree_longer_than_an_adoption_may_take(pod):
    from generator.watch import LONGEST

    (_, sync) = pod["containers"]
    assert "--max-failures=-1" in sync["args"]
    (kept,) = [re.fullmatch(r"--stale-worktree-timeout=(\d+)m", item) for item in sync["args"] if "stale" in item]
    assert int(kept[1]) * 60 > LONGEST


def test_a_restart_while_git_is_away_still_serves_because_nothing_waits_for_git(pod):
    assert "initContainers" not in pod
    (_, sync) = pod["containers"]
    assert "readinessProbe" not in sync


def test_probes_ask_the_admin_port(pod):
    (generator, _) = pod["containers"]
    assert generator["livenessProbe"]["httpGet"] == {"path": "/livez", "port": "admin"}
    assert generator["readinessProbe"]["httpGet"] == {"path": "/readyz", "port": "admin"}


def test_a_changed_token_arrives_without_a_restart_and_the_second_one_may_be_absent(pod):
    (generator, _) = pod["containers"]
    (mount,) = [item for item in generator["volumeMounts"] if item["name"] == "tokens"]
    assert "subPath" not in mount
    (volume,) = [item for item in pod["volumes"] if item["name"] == "tokens"]
    current, following = [source["secret"] for source in volume["projected"]["sources"]]
    assert "optional" not in current
    assert following["optional"] is True


def test_no_token_and_no_secret_comes_with_the_chart(rendered):
    assert "Secret" not in {item["kind"] for item in rendered}
    values = yaml.safe_load((CHART / "values.yaml").read_text())
    assert values["token"].keys() == {"secretName", "key", "nextKey"}


def test_the_default_name_and_port_are_those_of_the_example_fleet(rendered):
    fleet = (ROOT / "environments" / "argocd.libsonnet").read_text()
    (api,) = [item for item in rendered if item["kind"] == "Service" and "admin" not in item["metadata"]["name"]]
    name, port = api["metadata"]["name"], api["spec"]["ports"][0]["port"]
    assert f"http://{name}.argocd.svc.cluster.local:{port}" in fleet


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


def test_an_uninstall_keeps_the_adopted_state(rendered):
    claim = one(rendered, "PersistentVolumeClaim")
    assert claim["metadata"]["annotations"]["helm.sh/resource-policy"] == "keep"
    volumes = one(rendered, "Deployment")["spec"]["template"]["spec"]["volumes"]
    assert {"name": "state", "persistentVolumeClaim": {"claimName": claim["metadata"]["name"]}} in volumes


def test_an_existing_claim_is_used_and_none_is_made():
    objects = template(values={**MINIMAL, "persistence": {"existingClaim": "mine"}})
    assert "PersistentVolumeClaim" not in {item["kind"] for item in objects}
    volumes = one(objects, "Deployment")["spec"]["template"]["spec"]["volumes"]
    assert {"name": "state", "persistentVolumeClaim": {"claimName": "mine"}} in volumes


def test_notes_warn_when_the_state_is_not_kept():
    arguments = ["install", "x", CHART, "--dry-run=client", "--values", "-"]
    kept = helm(*arguments, values=MINIMAL)
    lost = helm(*arguments, values={**MINIMAL, "persistence": {"enabled": False}})
    assert "WARNING: persistence is off" in lost.stdout, lost.stderr
    assert "WARNING" not in kept.stdout
    assert "app.kubernetes.io/part-of=argocd" in kept.stdout


def test_ssh_checks_the_host_s_key(pod):
    spec = one(template("--values", CHART / "ci" / "ssh-values.yaml"), "Deployment")["spec"]["template"]["spec"]
    (_, sync) = spec["containers"]
    assert {"--ssh", "--ssh-known-hosts-file=/etc/git-secret/known_hosts"} <= set(sync["args"])
    assert not [item for item in sync["args"] if "known-hosts=false" in item]
    assert "--ssh" not in pod["containers"][1]["args"]


def test_a_password_for_git_is_in_no_argument_and_no_variable():
    spec = one(template("--values", CHART / "ci" / "https-values.yaml"), "Deployment")["spec"]["template"]["spec"]
    (_, sync) = spec["containers"]
    assert "--password-file=/etc/git-secret/password" in sync["args"]
    assert [item["name"] for item in sync["env"]] == ["GITSYNC_USERNAME"]


def test_an_image_by_digest_has_no_tag_that_could_move():
    spec = one(template("--values", CHART / "ci" / "ssh-values.yaml"), "Deployment")["spec"]["template"]["spec"]
    image = spec["containers"][0]["image"]
    assert re.fullmatch(r"registry\.example\.com:5000/platform/sixfold@sha256:[0-9a-f]{64}", image)


@pytest.mark.parametrize(
    ("values", "place"),
    [
        ({"replicas": 2}, "replicas"),
        ({"token": {"value": "secret"}}, "token"),
        ({"git": {"repo": "https://user:password@git.example.com/deploy.git"}}, "/git/repo"),
        ({"git": {"repo": "http://git.example.com/deploy.git"}}, "/git/repo"),
        ({"git": {"ref": "--upload-pack=x"}}, "/git/ref"),
        ({"git": {"path": "../other"}}, "/git/path"),
        ({"git": {"path": "/tree"}}, "/git/path"),
        ({"git": {"period": 30}}, "/git/period"),
        ({"git": {"image": {"tag": "v3.6.9"}}}, "/git/image/tag"),
        ({"image": {"digest": "sha256:abc"}}, "/image/digest"),
        ({"image": {"pullPolicy": "Sometimes"}}, "/image/pullPolicy"),
        ({"service": {"port": 80}}, "/service/port"),
        ({"service": {"port": 8081}}, "must differ"),
        ({"service": {"type": "LoadBalancer"}}, "/service"),
        ({"settings": {"workers": 0}}, "/settings/workers"),
        ({"settings": {"keepalive": 5}}, "/settings"),
        ({"persistence": {"size": "lots"}}, "/persistence/size"),
        ({"state": {"kind": "memory"}}, "/state/kind"),
        ({"state": {"configMap": {"name": "A_b"}}}, "/state/configMap/name"),
        ({"live": {"seconds": 1}}, "/live/seconds"),
        ({"live": {"kubeconfig": "inline"}}, "/live"),
        ({"networkPolicy": {"apiServer": {"cidrs": ["everywhere"]}}}, "/networkPolicy/apiServer/cidrs"),
        ({"networkPolicy": {"argocd": {"names": []}}}, "/networkPolicy/argocd/names"),
        ({"networkPolicy": {"git": {"cidrs": ["everywhere"]}}}, "/networkPolicy/git/cidrs"),
        ({"podLabels": {"app.kubernetes.io/name": "other"}}, "/podLabels"),
        ({"git": {"ssh": {"existingSecret": "a"}}}, "git.repo is an https:// address"),
        ({"git": {"repo": "git@git.example.com:deploy.git"}}, "git.ssh.existingSecret"),
        ({"git": {"ssh": {"existingSecret": "a"}, "https": {"existingSecret": "b"}}}, "both set"),
        ({"token": {"nextKey": "token"}}, "token.key and token.nextKey must differ"),
    ],
)  # fmt: skip
def test_bad_values_are_refused_by_place(values, place):
    assert place in refusal(**values)


def test_the_service_monitor_is_valid_where_its_schema_is_at_hand():
    schemas = ROOT.parent / "shared" / "schemas"
    if not schemas.is_dir():
        pytest.skip("the folder ../shared with the schemas of other projects is not here")
    monitor = one(template("--values", CHART / "ci" / "ssh-values.yaml"), "ServiceMonitor")
    (entry,) = [item for item in json.loads((schemas / "index.json").read_text()) if item["kind"] == "ServiceMonitor"]
    schema = json.loads((schemas / entry["file"]).read_text())
    jsonschema.validate(monitor, schema)
    assert monitor["apiVersion"] == f"{entry['group']}/{entry['version']}"
    known = schema["properties"]["spec"]["properties"]
    assert monitor["spec"].keys() <= known.keys()
    for endpoint in monitor["spec"]["endpoints"]:
        assert endpoint.keys() <= known["endpoints"]["items"]["properties"].keys()


def test_the_image_installs_the_lock_with_hashes_and_runs_as_the_chart_s_user(pod):
    lines = (ROOT / "Dockerfile").read_text()
    assert "--require-hashes -r requirements-live.txt" in lines
    user = pod["securityContext"]["runAsUser"]
    assert f"USER {user}:{pod['securityContext']['runAsGroup']}" in lines
    assert json.dumps(pod["containers"][0]["command"]) in lines
