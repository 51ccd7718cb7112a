"""The real kind creates the clusters of the plane, with an API server of this machine as that of the node."""

from __future__ import annotations

import pytest

from tests.conformance.controlplane.kind.binary import kind_binary, node_image
from tests.conformance.controlplane.kind.plane import PREFIX, KindPlane
from tests.conformance.controlplane.kind.recorder import SUFFIX, Recorder
from tests.conformance.controlplane.plane import MANAGEMENT

pytestmark = [pytest.mark.conformance("kind"), pytest.mark.slow]


@pytest.fixture
def recorder(chosen, tmp_path, monkeypatch):
    """Replace `docker` by a recorder."""
    if chosen.maker == "kind":
        pytest.skip("this run has a real plane of kind, and a machine has only one at a time")
    recorder = Recorder(tmp_path / "recorder", kind_binary(), f"v{node_image()[1]}")
    monkeypatch.setenv("PATH", recorder.environ["PATH"])
    return recorder


def commands(recorder, name):
    return [call.line for call in recorder.calls if call.line[0] == name]


def test_a_cluster_is_created_used_and_deleted(recorder, plane, program, tmp_path):
    """kind's own kubeconfig has the API server and a certificate. kind leaves no file in the checkout."""
    server = plane[MANAGEMENT]
    recorder.use_api_server(server.kubeconfig, int(server.server.rpartition(":")[2]))
    node = f"{PREFIX}{MANAGEMENT}{SUFFIX}"
    with KindPlane(program, tmp_path / "plane", [MANAGEMENT], controllers=(MANAGEMENT,)) as running:
        assert running[MANAGEMENT].server == server.server
        assert running[MANAGEMENT].kube.credential == server.kube.credential
        assert running[MANAGEMENT].kube.get("v1", "Namespace", "kube-system") is not None
        assert running[MANAGEMENT].deletions() == []
        assert running.fleet == []
        assert commands(recorder, "rm") == []
    assert commands(recorder, "rm") == [["rm", "-f", "-v", node]]
    assert sorted(path.name for path in (tmp_path / "plane").iterdir()) == [".pytest-kind", MANAGEMENT]


def test_only_nodes_of_a_killed_run_are_removed(recorder, program, tmp_path):
    recorder.add_nodes("kind-control-plane", f"{PREFIX}prod-dc1-a{SUFFIX}", "sixfold-control-plane")
    with KindPlane(program, tmp_path / "plane", []):
        pass
    assert commands(recorder, "rm") == [["rm", "--force", "--volumes", f"{PREFIX}prod-dc1-a{SUFFIX}"]]


def test_a_cluster_that_fails_to_start_deletes_the_earlier_ones(recorder, program, tmp_path):
    """`kubeadm init` fails, the created nodes are deleted, and the error is that of kind."""
    with pytest.raises(Exception, match="create"), KindPlane(program, tmp_path / "plane", [MANAGEMENT]):
        pass
    assert (recorder.folder / "nodes").read_text() == ""
