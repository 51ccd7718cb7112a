"""The pod of the chart: its containers, their settings, git-sync beside the service, and the state that outlives them."""

from __future__ import annotations

import json
import re

import pytest

from sixfold_generator import SETTINGS, Settings
from tests.charts.rendering import CASES, CHART, MINIMAL, helm, one, template

pytestmark = pytest.mark.conformance("Helm")


def test_there_is_one_replica_and_never_two_during_an_update(rendered):
    spec = one(rendered, "Deployment")["spec"]
    assert spec["replicas"] == 1
    assert spec["strategy"] == {"type": "Recreate"}
    assert "replicas" not in json.dumps(json.loads((CHART / "values.schema.json").read_text()))


def test_there_is_no_disruption_budget_since_it_would_only_block_a_drain(rendered):
    assert "PodDisruptionBudget" not in {item["kind"] for item in rendered}


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
    from sixfold_generator.service.watch import LONGEST

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
