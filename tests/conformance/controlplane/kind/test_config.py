"""The real kind accepts our configuration and writes the intended one for kubeadm, up to a step that needs a node."""

from __future__ import annotations

import re
import subprocess

import pytest
import yaml

from tests.conformance.argocd.build import VERSIONS, build, release
from tests.conformance.controlplane.kind.binary import VERSION, kind_binary, node_image
from tests.conformance.controlplane.kind.config import CONTROLLERS, SHARED, WORKLOADS, cluster_config
from tests.conformance.controlplane.kind.plane import PREFIX
from tests.conformance.controlplane.kind.recorder import LAST, Recorder
from tests.support.counterparts import met

pytestmark = pytest.mark.conformance("kind")


def recorded(folder, *, runs_workloads):
    """Create one cluster with kind, and return the recorder."""
    recorder = Recorder(folder / "recorder", kind_binary(), f"v{node_image()[1]}")
    config = folder / "kind.yaml"
    config.write_text(yaml.safe_dump(cluster_config(folder / "shared", runs_workloads=runs_workloads)))
    done = recorder.run("create", "cluster", "--name", f"{PREFIX}prod-dc1-a", "--config", config,
                        "--kubeconfig", folder / "kubeconfig")  # fmt: skip
    assert LAST in done.stderr, done.stderr  # kind stopped at this step
    return recorder


@pytest.fixture(scope="module", params=[True, False], ids=["management", "fleet"])
def cluster(request, tmp_path_factory):
    """Return (whether the cluster runs workloads, the recorder of kind's calls of docker)."""
    return request.param, recorded(tmp_path_factory.mktemp("kind"), runs_workloads=request.param)


def kubeadm(recorder):
    """Return the ClusterConfiguration that kind has written."""
    (configuration,) = [item for item in yaml.safe_load_all(recorder.kubeadm) if item["kind"] == "ClusterConfiguration"]
    return configuration


def flags(component):
    return {argument["name"]: argument["value"] for argument in component["extraArgs"]}


def test_kind_is_the_pinned_release():
    done = subprocess.run([kind_binary(), "version"], check=True, capture_output=True, text=True)
    assert done.stdout.startswith(f"kind {VERSION} ")


def test_the_node_is_the_image_of_this_kind_release_by_its_digest(cluster):
    assert cluster[1].node[-1] == node_image()[0]


def test_its_kubernetes_has_the_minor_version_of_the_newest_argo_cd():
    made_for = release(VERSIONS[-1], "k8s.io/kubernetes")
    assert made_for.removeprefix("v").split(".")[:2] == node_image()[1].split(".")[:2]


def test_the_api_server_listens_on_loopback_only(cluster):
    (published,) = [argument for argument in cluster[1].node if argument.startswith("--publish=")]
    assert re.fullmatch(r"--publish=127\.0\.0\.1:\d+:6443/TCP", published)


def test_the_api_server_writes_an_audit_log_into_the_folder_that_this_machine_reads(cluster):
    (mount,) = [argument for argument in cluster[1].node if argument.startswith("--volume=")]
    assert mount.endswith(f"/shared:{SHARED}:Z")
    server = kubeadm(cluster[1])["apiServer"]
    assert flags(server)["audit-policy-file"] == "/sixfold/audit-policy.json"
    assert flags(server)["audit-log-path"] == "/sixfold/audit.log"
    (volume,) = server["extraVolumes"]
    assert (volume["hostPath"], volume["mountPath"], volume.get("readOnly", False)) == (SHARED, SHARED, False)


def test_settings_of_kind_itself_stay(cluster):
    document = kubeadm(cluster[1])
    assert "runtime-config" in flags(document["apiServer"])
    assert flags(document["controllerManager"])["enable-hostpath-provisioner"] == "true"
    assert "127.0.0.1" in document["apiServer"]["certSANs"]  # Argo CD checks the name that it calls


def test_controllers_of_workloads_are_off_in_clusters_of_the_fleet_and_on_in_clusters_with_pods(cluster):
    runs_workloads, recorder = cluster
    named = flags(kubeadm(recorder)["controllerManager"]).get("controllers")
    assert named == (None if runs_workloads else CONTROLLERS)


def manager(flag):
    """Return the output of the real kube-controller-manager, whose input stays open until the end of its output."""
    line = [build(VERSIONS[-1], "controlplane"), "kube-controller-manager", flag]
    with subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        return process.stdout.read()


def test_kubernetes_has_controllers_of_these_names():
    """The real kube-controller-manager lists the names, and would not start with an unknown one."""
    met("kube-controller-manager", lambda: manager("--version").split()[-1])
    (line,) = re.findall(r"All controllers: (.*)", manager("--help"))
    assert set(WORKLOADS) < set(line.split(", "))
    assert {"bootstrap-signer-controller", "token-cleaner-controller"} < set(line.split(", "))


def test_kind_rejects_an_unknown_field(tmp_path):
    """So kind has read the fields that the other tests accept."""
    config = cluster_config(tmp_path / "shared", runs_workloads=True)
    config["nodes"][0]["extraMount"] = config["nodes"][0].pop("extraMounts")
    (tmp_path / "kind.yaml").write_text(yaml.safe_dump(config))
    recorder = Recorder(tmp_path / "recorder", kind_binary(), "v1.37.0")
    done = recorder.run("create", "cluster", "--config", tmp_path / "kind.yaml")
    assert done.returncode != 0
    assert "extraMount" in done.stderr
    assert not [call for call in recorder.calls if call.line[0] == "run"]
