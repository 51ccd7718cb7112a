"""kubectl accepts overlays and the objects for Argo CD strictly and without warnings, and shows no diff afterwards."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.conformance.controlplane.commands import Commands
from tests.conformance.controlplane.documented import FINALIZER, documented, pattern
from tests.conformance.controlplane.kube import MANAGER
from tests.conformance.controlplane.site import folders, manifests
from tests.support.binaries import kubectl_binary

pytestmark = pytest.mark.conformance("Control plane")
# The clusters are shared: these options leave them in the same state as test_apply.py, in any order of the two.
AS_TEST_APPLY = ("--server-side", "--force-conflicts", f"--field-manager={MANAGER}")


@pytest.fixture(scope="module")
def clusters(plane, example, tmp_path_factory):
    """Apply the files of every cluster with kubectl, and return {name of the cluster: (kubectl, its files)}."""
    commands = {
        name: (Commands(kubectl_binary(), plane[name], tmp_path_factory.mktemp("home")), pattern(folder))
        for name, folder in folders(plane, example).items()
    }
    for name, done in everywhere(commands, "apply", *AS_TEST_APPLY, "--validate=strict").items():
        assert done.clean, (name, done)
    return commands


def everywhere(clusters, *arguments):
    """Run a command for every cluster, and return {name of the cluster: result}."""

    def run_one(item):
        name, (kubectl, files) = item
        return name, kubectl(*arguments, "-f", files)

    with ThreadPoolExecutor(2) as pool:
        return dict(pool.map(run_one, clusters.items()))


def test_a_dry_run_of_every_cluster_lists_every_object_without_a_warning(clusters):
    """The command is `kubectl apply --server-side --validate=strict --dry-run=server`; the namespaces exist."""
    for name, done in everywhere(
        clusters, "apply", "--server-side", "--force-conflicts", "--validate=strict", "--dry-run=server"
    ).items():
        assert done.clean, (name, done)
        assert all(line.endswith(" serverside-applied (server dry run)") for line in done.lines), name
        assert len(done.lines) == len(manifests(clusters[name][1].parents[1])), name


def test_an_apply_of_a_complete_cluster_folder_ends_with_an_error_about_its_inventory(clusters):
    """docs/operating.md has this warning. No other object is rejected, and none is omitted."""
    kubectl, files = next(iter(clusters.values()))
    folder = files.parents[1]
    done = kubectl("apply", *documented("apply"), "--dry-run=server", "-R", "-f", folder)
    assert done.status == 1
    assert 'no matches for kind "ClusterInventory"' in done.errors
    assert len(done.errors.splitlines()) == 2, done.errors
    assert len(done.lines) == len(manifests(folder))


def test_after_an_apply_there_is_no_diff(clusters):
    for name, done in everywhere(clusters, "diff", *AS_TEST_APPLY).items():
        assert done.clean, (name, done)
        assert done.lines == [], name


def test_a_diff_shows_one_changed_field(clusters, plane):
    """The test above would fail for a difference."""
    name, (kubectl, files) = next(iter(clusters.items()))
    (hpa, *_) = plane[name].kube.items("autoscaling/v2", "HorizontalPodAutoscaler")
    highest = hpa["spec"]["maxReplicas"]
    change = ("patch", "hpa", hpa["metadata"]["name"], "-n", hpa["metadata"]["namespace"], "-p")
    assert kubectl(*change, f'{{"spec":{{"maxReplicas":{highest + 1}}}}}').clean
    done = kubectl("diff", *AS_TEST_APPLY, "-f", files)
    assert kubectl(*change, f'{{"spec":{{"maxReplicas":{highest}}}}}').clean
    assert (done.status, done.errors) == (1, ""), done
    assert [line for line in done.lines if line[:2] in {"- ", "+ "} and "generation:" not in line] == [
        f"-  maxReplicas: {highest + 1}",
        f"+  maxReplicas: {highest}",
    ]


@pytest.mark.parametrize("mode", ["", "--server-side"], ids=["client-side", "server-side"])
@pytest.mark.parametrize("instance", ["nonprod", "prod"])
def test_objects_of_argo_cd_are_accepted_by_its_own_definitions(argocd, example, instance, mode, tmp_path):
    """A person runs `kubectl apply --dry-run=server` of argocd/<instance> first, with either kind of apply.

    The only warning is about Argo CD's own name of a finalizer.
    """
    kubectl = Commands(kubectl_binary(), argocd.cluster, tmp_path)
    file, folder = example.by_hand(instance), example.argocd(instance)
    done = kubectl("apply", *mode.split(), "--validate=strict", "--dry-run=server", "-f", file, "-f", folder)
    assert (done.status, done.errors) == (0, f"Warning: {FINALIZER}\n"), done
    assert len(done.lines) == 3 + len(manifests(folder))
    assert all(line.endswith("(server dry run)") for line in done.lines)
