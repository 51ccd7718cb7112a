"""The pod of the chart: its containers, their settings, git-sync beside the service, and the state that outlives them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sixfold_generator import SETTINGS, Settings
from tests.support.chart import SETS, only_object, rendered, values

pytestmark = pytest.mark.conformance("Helm")


def pod(name):
    return only_object(rendered(name), "Deployment")["spec"]["template"]["spec"]


def environ(name):
    return {item["name"]: item["value"] for item in pod(name)["containers"][0]["env"]}


@pytest.mark.parametrize("name", SETS)
def test_there_is_one_replica_and_never_two_during_an_update(name):
    spec = only_object(rendered(name), "Deployment")["spec"]
    assert spec["replicas"] == 1
    assert spec["strategy"] == {"type": "Recreate"}


@pytest.mark.parametrize("name", SETS)
def test_every_container_is_non_root_read_only_and_without_capabilities(name):
    spec = pod(name)
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert len(spec["containers"]) == 2
    for container in spec["containers"] + spec.get("initContainers", []):
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
    assert not {"hostNetwork", "hostPID", "hostIPC"} & spec.keys()
    assert not [volume for volume in spec["volumes"] if "hostPath" in volume]


@pytest.mark.parametrize("name", SETS)
def test_the_environment_gives_the_service_exactly_its_settings(name):
    """Every variable is a setting, every setting has its variable, and all values parse."""
    assert environ(name).keys() == {setting.variable for setting in SETTINGS}
    settings = Settings.from_environ(environ(name))
    generator, _ = pod(name)["containers"]
    mounts = {mount["mountPath"]: mount for mount in generator["volumeMounts"]}
    assert not mounts[str(settings.state)].get("readOnly")
    assert str(settings.metrics.parent) in mounts
    assert {port["containerPort"] for port in generator["ports"]} == {settings.port, settings.admin_port}


def test_the_default_values_are_the_service_s_own_defaults():
    names = {
        "workers",
        "poll_seconds",
        "retry_seconds",
        "stale_seconds",
        "live_seconds",
        "cache_bytes",
        "max_requests",
        "host",
    }
    defaults = {setting.variable: setting.default for setting in SETTINGS if setting.name in names}
    assert len(defaults) == len(names)
    assert defaults.items() <= environ("minimal").items()


@pytest.mark.parametrize("name", SETS)
def test_every_volume_is_mounted_and_every_mount_has_its_volume(name):
    spec = pod(name)
    mounted = {mount["name"] for container in spec["containers"] for mount in container["volumeMounts"]}
    volumes = [volume["name"] for volume in spec["volumes"]]
    assert sorted(volumes) == sorted(mounted)


@pytest.mark.parametrize("name", SETS)
def test_the_tree_s_folder_is_the_path_in_the_checkout_of_git_sync(name):
    generator, sync = pod(name)["containers"]
    arguments = dict(item.removeprefix("--").partition("=")[::2] for item in sync["args"])
    folder = Path(arguments["root"], arguments["link"], values(name)["git"].get("path", ""))
    assert environ(name)["SIXFOLD_TREE"] == str(folder)
    assert {"name": "git", "mountPath": arguments["root"], "readOnly": True} in generator["volumeMounts"]
    assert {"name": "git", "mountPath": arguments["root"]} in sync["volumeMounts"]


@pytest.mark.parametrize("name", SETS)
def test_every_file_argument_of_git_sync_is_in_a_folder_that_it_mounts(name):
    _, sync = pod(name)["containers"]
    folders = {mount["mountPath"] for mount in sync["volumeMounts"]}
    files = [file for item in sync["args"] for file in re.findall(r"[=:](/etc/\S+)$", item)]
    assert {str(Path(file).parent) for file in files} == {folder for folder in folders if folder.startswith("/etc/")}


def test_git_sync_outlives_every_failure_and_keeps_a_tree_longer_than_an_adoption_may_take():
    from sixfold_generator.service.watch import LONGEST

    _, sync = pod("minimal")["containers"]
    assert "--max-failures=-1" in sync["args"]
    (kept,) = [re.fullmatch(r"--stale-worktree-timeout=(\d+)m", item) for item in sync["args"] if "stale" in item]
    assert int(kept[1]) * 60 > LONGEST


@pytest.mark.parametrize("name", SETS)
def test_a_changed_token_arrives_without_a_restart_and_the_second_one_may_be_absent(name):
    generator, _ = pod(name)["containers"]
    (mount,) = [item for item in generator["volumeMounts"] if item["name"] == "tokens"]
    assert "subPath" not in mount
    (volume,) = [item for item in pod(name)["volumes"] if item["name"] == "tokens"]
    current, following = [source["secret"] for source in volume["projected"]["sources"]]
    files = [Path(mount["mountPath"], item["path"]) for secret in (current, following) for item in secret["items"]]
    assert tuple(files) == Settings.from_environ(environ(name)).token_files
    assert "optional" not in current
    assert following["optional"] is True


@pytest.mark.parametrize("name", SETS)
def test_the_claim_that_the_chart_makes_is_mounted_and_outlives_an_uninstall(name):
    claims = [item for item in rendered(name) if item["kind"] == "PersistentVolumeClaim"]
    (state,) = [volume for volume in pod(name)["volumes"] if volume["name"] == "state"]
    given = values(name).get("persistence", {}).get("existingClaim")
    mounted = state.get("persistentVolumeClaim", {}).get("claimName")
    assert mounted == (claims[0]["metadata"]["name"] if claims else given)
    for claim in claims:
        assert given is None
        assert claim["metadata"]["annotations"]["helm.sh/resource-policy"] == "keep"
