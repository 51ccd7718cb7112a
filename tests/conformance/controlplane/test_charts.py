"""The real helm installs every chart with every set of values of its own tests, and the API server accepts it."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tests.conformance.controlplane.argocd import NAMESPACE
from tests.conformance.controlplane.commands import Commands
from tests.conformance.controlplane.crds import of_systems
from tests.support.binaries import helm_binary, kubectl_binary

pytestmark = pytest.mark.conformance("Control plane")
CHARTS = Path(__file__).resolve().parents[3] / "charts"
CASES = [
    pytest.param(path.parents[1], path, id=f"{path.parents[1].name}-{path.stem}")
    for path in sorted(CHARTS.glob("*/ci/*.yaml"))
]


@pytest.fixture(scope="module")
def cluster(argocd):
    """Return the cluster of Argo CD, which is that of the charts, with the definition of ServiceMonitors."""
    assert {case.values[0] for case in CASES} == {path.parent for path in CHARTS.glob("*/Chart.yaml")}
    argocd.kube.define(of_systems(frozenset({"ServiceMonitor"})))
    return argocd.cluster


@pytest.fixture
def helm(cluster, tmp_path):
    return Commands(helm_binary(), cluster, tmp_path)


@pytest.fixture
def kubectl(cluster, tmp_path):
    return Commands(kubectl_binary(), cluster, tmp_path)


def objects(text):
    """Return the documents of a rendering."""
    return [item for item in yaml.safe_load_all(text) if item]


@pytest.mark.parametrize(("chart", "values"), CASES)
def test_helm_renders_the_same_with_and_without_the_server_and_kubectl_accepts_it_strictly(
    helm, kubectl, chart, values
):
    """`helm template --dry-run=server` was `--validate` before helm 4. Then `kubectl apply --dry-run=server` runs."""
    release = ("template", values.stem, chart, "--namespace", NAMESPACE, "--values", values)
    alone = helm(*release)
    asked = helm(*release, "--dry-run=server")
    assert alone.clean, alone
    assert asked.clean, asked
    assert objects(asked.output) == objects(alone.output)
    strictly = ("apply", "--server-side", "--validate=strict", "--dry-run=server", "-f", "-")
    done = kubectl(*strictly, text=asked.output)
    assert done.clean, done
    assert len(done.lines) == len(objects(asked.output)) >= 4


@pytest.mark.parametrize(("chart", "values"), CASES)
def test_a_chart_is_installed_upgraded_and_uninstalled_without_a_warning(helm, kubectl, cluster, chart, values):
    """A dry run precedes the installation. Only the claim with the state remains, since helm never deletes it."""
    release = (values.stem, chart, "--namespace", NAMESPACE, "--values", values)
    rendered = objects(helm("template", *release).output)
    for verb in (("install", "--dry-run=server"), ("install",), ("upgrade",)):
        done = helm(*verb, *release)
        assert done.clean, (verb, done)
    again = kubectl("diff", "--server-side", "-f", "-", text=yaml.safe_dump_all(rendered))
    assert again.clean, again
    done = helm("uninstall", values.stem, "--namespace", NAMESPACE)
    assert done.status == 0, done
    left = {document["kind"] for document in rendered if present(cluster.kube, document)}
    assert left == {document["kind"] for document in rendered if document["kind"] == "PersistentVolumeClaim"}


def present(kube, document):
    metadata = document["metadata"]
    return kube.get(document["apiVersion"], document["kind"], metadata["name"], metadata["namespace"]) is not None
