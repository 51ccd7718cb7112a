"""A deploy repo whose fleet is the clusters of a control plane, and the generator that serves it."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

import yaml

from tests.support.generator import status

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conformance.argocd.deploy import Deploy
    from tests.conformance.controlplane.argocd import ArgoCD
    from tests.conformance.controlplane.plane import Cluster, ControlPlane
    from tests.support.generator import Generator

BOOTSTRAP = "sixfold-bootstrap"
EKS = "'https://' + this.endpoint + '.gr7.' + this.region + '.eks.amazonaws.com'"
ROLE = "roleArn: 'arn:aws:iam::' + this.account + ':role/argocd-' + this.environment + '-' + this.name,"


def settle(deploy: Deploy, plane: ControlPlane, generator_url: str) -> None:
    """Edits the fleet so that its clusters, its repository and its generators are those of this machine; compiles.

    A cluster of the fleet that the plane has not gets an address that leads nowhere.
    """
    fleet = [f"{key[0]}-{key[2]}" for instance in ("nonprod", "prod") for key in deploy.clusters(instance)]
    del deploy.fleet  # it is another after these edits
    some = plane.clusters[next(iter(plane.clusters))].kube.ca  # a cluster that is not there is never asked for its own
    servers = {name: {"server": f"https://{name}.invalid", "caData": _text(some)} for name in fleet}
    servers |= {
        name: {"server": cluster.server, "caData": _text(cluster.kube.ca)} for name, cluster in plane.clusters.items()
    }
    (deploy.sources / "environments" / "servers.json").write_text(json.dumps(servers, indent=2))
    ours = "(import 'servers.json')[this.environment + '-' + this.name]"
    deploy.edit("environments/cluster.libsonnet", EKS, f"{ours}.server")
    deploy.edit("environments/cluster.libsonnet", ROLE, f"{ROLE} caData: {ours}.caData,")
    deploy.edit("environments/fleet.jsonnet", "https://git.example.com/platform/deploy.git", deploy.git.repo.as_uri())
    compiled = "http://sixfold-generator.argocd.svc.cluster.local:8080"
    deploy.edit("environments/argocd.libsonnet", compiled, generator_url)
    deploy.compile(anew=True)


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


class Site:
    """One Argo CD instance as it is fed: the deploy repo, the generator, and the cluster that Argo CD is in."""

    def __init__(self, deploy: Deploy, generator: Generator, argocd: ArgoCD, instance: str = "prod") -> None:
        self.deploy = deploy
        self.generator = generator
        self.argocd = argocd
        self.instance = instance
        self.url = ""  # of what Argo CD asks, where that is not what the fleet says

    @property
    def cluster(self) -> Cluster:
        """The one that Argo CD is in."""
        return self.argocd.cluster

    def sync(self) -> None:
        """What the bootstrap Application does with the newest commit: it applies argocd/, and never prunes.

        For tests without an application controller. With one, `bootstrap` is all that a person does.
        """
        for path in sorted(self.deploy.argocd(self.instance).glob("*.yaml")):
            for document in yaml.load_all(path.read_text(), yaml.CSafeLoader):
                if self.url and document["kind"] == "ConfigMap":
                    document["data"]["baseUrl"] = self.url
                self.argocd.must_apply(document)

    def bootstrap(self) -> None:
        """What a person applies once, of the tree as it is."""
        path = self.deploy.argocd(self.instance) / "bootstrap.yaml"
        for document in yaml.load_all(path.read_text(), yaml.CSafeLoader):
            self.argocd.must_apply(document)

    def publish(self, *, anew: bool = False) -> str:
        """Compile, commit, wait until that commit is adopted, apply; the commit."""
        self.deploy.compile(anew=anew)
        commit = self.deploy.publish()
        self.generator.until(lambda: status(self.generator)["revision"] == commit, "the adoption of the newest commit")
        self.sync()
        return commit

    def arrived(self) -> None:
        """Waits until the generator has adopted the newest commit, and has Argo CD ask for it, as a webhook would."""
        commit = self.deploy.git.git("rev-parse", "HEAD")
        self.generator.until(lambda: status(self.generator)["revision"] == commit, "the adoption of the newest commit")
        self.argocd.refresh(BOOTSTRAP)
        self.argocd.look()

    def publish_doubtful(self) -> None:
        """Commit what is in the repo, wait until the generator has seen it and does not like it, apply."""
        self.deploy.publish()
        self.generator.until(lambda: self.generator.admin("/readyz").json["status"] == "degraded", "degraded")
        self.sync()

    @property
    def rendered(self) -> set[str]:
        """The names that the generator answers with, all units and teams."""
        return {entry["name"] for entry in self.answered}

    def on(self, plane: ControlPlane) -> set[str]:
        """Those of them whose cluster is there."""
        servers = {cluster.server for cluster in plane.fleet}
        return {entry["name"] for entry in self.answered if entry["server"] in servers}

    @property
    def answered(self) -> list[dict[str, str]]:
        """All sets that the generator answers with."""
        asks = [{"instance": self.instance, "unit": "cluster"}]
        asks += [
            {"instance": self.instance, "unit": team.get("unit", "namespace"), "team": name}
            for name, team in self.deploy.fleet["teams"].items()
        ]
        return [parameters for ask in asks for parameters in self.generator.ask(ask).sets]

    def versions(self) -> dict[str, str]:
        """{Application: resourceVersion}: the same again means that nothing was written, not even the same thing."""
        return {name: application["metadata"]["resourceVersion"] for name, application in self.argocd.applications().items()}


def manifests(folder: Path) -> list[dict]:
    """Every object of a folder's YAML files; namespaces first, as the platform's Application has them there first."""
    documents = [
        document
        for path in sorted(folder.rglob("*.yaml"))
        for document in yaml.load_all(path.read_text(), yaml.CSafeLoader)
    ]
    return sorted(documents, key=lambda item: item["kind"] != "Namespace")


def folders(plane, example):
    """{cluster's name: its folder in the tree}, of those that are there"""
    return {
        f"{environment}-{name}": example.tree / environment / center / name
        for instance in ("nonprod", "prod")
        for environment, center, name in example.clusters(instance)
        if f"{environment}-{name}" in plane.clusters
    }
