"""A deploy repo whose fleet has the clusters of a control plane, and the generator that serves it."""

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


def adapt_fleet(deploy: Deploy, plane: ControlPlane, generator_url: str) -> None:
    """Edit the fleet so that its clusters, its repository and its generators are those of this machine, and compile.

    A cluster of the fleet that is not in the plane gets an invalid address.
    """
    fleet = [f"{key[0]}-{key[2]}" for instance in ("nonprod", "prod") for key in deploy.clusters(instance)]
    del deploy.fleet  # the edits change the cached fleet
    some = plane.clusters[next(iter(plane.clusters))].kube.ca  # never used by missing clusters
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
    deploy.compile(clean=True)


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


class Site:
    """The inputs of one Argo CD instance: the deploy repo, the generator, and the cluster of Argo CD."""

    def __init__(self, deploy: Deploy, generator: Generator, argocd: ArgoCD, instance: str = "prod") -> None:
        self.deploy = deploy
        self.generator = generator
        self.argocd = argocd
        self.instance = instance
        self.url = ""  # the address that Argo CD uses instead of the fleet's, if any

    @property
    def cluster(self) -> Cluster:
        """Return the cluster of Argo CD."""
        return self.argocd.cluster

    def sync(self) -> None:
        """Apply what a person applies, and argocd/ at the answered commit without pruning, like Argo CD.

        This is for tests without an application controller; with one, use `bootstrap`.
        """
        self.bootstrap()
        for text in self.deploy.argocd_at(self.revision, self.instance):
            for document in yaml.load_all(text, yaml.CSafeLoader):
                self.argocd.must_apply(document)

    def bootstrap(self) -> None:
        """Apply the file of `sixfold bootstrap`, which a person does once."""
        for document in yaml.load_all(self.deploy.by_hand(self.instance).read_text(), yaml.CSafeLoader):
            if self.url and document["kind"] == "ConfigMap":
                document["data"]["baseUrl"] = self.url
            self.argocd.must_apply(document)

    @property
    def revision(self) -> str:
        """Return the commit at which the generator lets Argo CD read argocd/."""
        (own,) = self.generator.ask({"unit": "argocd", "instance": self.instance}).sets
        return own["revision"]

    def publish(self, *, clean: bool = False) -> str:
        """Compile, commit, wait for the adoption, apply, and return the commit."""
        self.deploy.compile(clean=clean)
        commit = self.deploy.publish()
        self.generator.until(lambda: status(self.generator)["revision"] == commit, "the adoption of the newest commit")
        self.sync()
        return commit

    def deliver(self) -> None:
        """Wait until the generator has adopted the newest commit, and let Argo CD fetch it, like a webhook."""
        commit = self.deploy.git.git("rev-parse", "HEAD")
        self.generator.until(lambda: status(self.generator)["revision"] == commit, "the adoption of the newest commit")
        self.argocd.refresh(BOOTSTRAP)
        self.argocd.reconcile_sets()

    def publish_rejected(self) -> None:
        """Commit the repo unchanged, wait until the generator is degraded because of the commit, and apply."""
        self.deploy.publish()
        self.generator.until(lambda: self.generator.admin("/readyz").json["status"] == "degraded", "degraded")
        self.sync()

    @property
    def rendered(self) -> set[str]:
        """Return the names in the generator's answers for all units and teams."""
        return {entry["name"] for entry in self.answers}

    def rendered_on(self, plane: ControlPlane) -> set[str]:
        """Return the names whose cluster is in the plane."""
        servers = {cluster.server for cluster in plane.fleet}
        return {entry["name"] for entry in self.answers if entry["server"] in servers}

    @property
    def answers(self) -> list[dict[str, str]]:
        """Return the parameter sets in the generator's answers for all units and teams."""
        asks = [{"instance": self.instance, "unit": "cluster"}]
        asks += [
            {"instance": self.instance, "unit": team.get("unit", "namespace"), "team": name}
            for name, team in self.deploy.fleet["teams"].items()
        ]
        return [parameters for ask in asks for parameters in self.generator.ask(ask).sets]

    def versions(self) -> dict[str, str]:
        """Return {Application: resourceVersion}, which changes even if a write does not change the object."""
        return {
            name: application["metadata"]["resourceVersion"] for name, application in self.argocd.applications().items()
        }


def manifests(folder: Path) -> list[dict]:
    """Return every object of a folder's YAML files, with namespaces first, like the platform's Application."""
    documents = [
        document
        for path in sorted(folder.rglob("*.yaml"))
        for document in yaml.load_all(path.read_text(), yaml.CSafeLoader)
    ]
    return sorted(documents, key=lambda item: item["kind"] != "Namespace")


def folders(plane, example):
    """Return {name of the cluster: its folder in the tree} of the clusters in the plane."""
    return {
        f"{environment}-{name}": example.tree / environment / center / name
        for instance in ("nonprod", "prod")
        for environment, center, name in example.clusters(instance)
        if f"{environment}-{name}" in plane.clusters
    }
