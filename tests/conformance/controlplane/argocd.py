"""Argo CD's controllers as child processes, with the API server of the cluster that they are installed in.

The installation is that of a platform team: Argo CD's own CRDs, its two ConfigMaps and its Secret, and the Secret with
the token that `charts/generator` requires. Everything else comes from the compiled tree.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import time
import urllib.request
from contextlib import ExitStack
from functools import cached_property, partial
from typing import TYPE_CHECKING, Self

from tests.conformance.controlplane.crds import of_argocd, source_of_argocd
from tests.conformance.controlplane.part import Part
from tests.support.generator import TOKEN, free_ports

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from tests.conformance.controlplane.plane import Cluster

NAMESPACE = "argocd"
GROUP = "argoproj.io/v1alpha1"
SETS = "argocd-applicationset-controller"
RECONCILED = re.compile(r'^argocd_appset_reconcile_count\{name="([^"]+)",[^}]*\} (\d+)', re.MULTILINE)
REFRESH = "argocd.argoproj.io/application-set-refresh"
REFRESHED = "argocd.argoproj.io/refresh"  # the controller removes it when it has compared the Application
ATTEMPTS = 5
CONFLICT = "the object has been modified"
PART_OF = {"app.kubernetes.io/part-of": "argocd"}
# A stand-in for AWS: with the compiled cluster Secrets, Argo CD logs in to EKS with this program. It prints the
# credential of a cluster by its EKS name.
LOGIN = """#!/bin/sh
while [ "$1" != --cluster-name ]; do shift; done
exec cat '%s'/"$2".json
"""


class ArgoCD:
    """One Argo CD in one cluster: a context manager that installs it; methods start the controllers."""

    def __init__(self, program: Path, version: str, cluster: Cluster, folder: Path) -> None:
        self.program = program
        self.version = version
        self.cluster = cluster
        self.kube = cluster.kube
        self.folder = folder
        self.parts: dict[str, Part] = {}
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.install()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def install(self) -> None:
        """Apply the objects that exist before a controller starts."""
        self.kube.define(of_argocd(self.version))
        self.must_apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}})
        for name in ("argocd-cm", "argocd-rbac-cm"):
            self.must_apply(self.object("ConfigMap", name, data={}))
        self.must_apply(self.object("Secret", "argocd-secret", stringData={"server.secretkey": "for-the-tests"}))
        self.set_token(TOKEN)

    def object(self, kind: str, name: str, **content: object) -> dict:
        metadata = {"name": name, "namespace": NAMESPACE, "labels": PART_OF}
        return {"apiVersion": "v1", "kind": kind, "metadata": metadata, **content}

    def must_apply(self, document: dict) -> None:
        reply = self.kube.apply(document, force=True)
        assert reply.good, (document["kind"], document["metadata"]["name"], reply.message)

    def set_token(self, token: str) -> None:
        """Write the Secret that the plugin's ConfigMap refers to."""
        self.must_apply(self.object("Secret", "sixfold-generator", stringData={"token": token}))

    def grant_logins(self, clusters: Iterable[Cluster]) -> None:
        """Let Argo CD log in to these clusters by the fleet's EKS names."""
        folder = self.folder / "logins"
        folder.mkdir(exist_ok=True)
        for cluster in clusters:
            credential = {
                "apiVersion": "client.authentication.k8s.io/v1beta1",
                "kind": "ExecCredential",
                "status": cluster.kube.credential,
            }
            (folder / f"{cluster.name}.json").write_text(json.dumps(credential))

    # -- controllers

    def start_sets(self, *flags: str) -> Part:
        """Start the ApplicationSet controller."""
        self.metrics, probe, webhook = free_ports(3)
        return self.start(
            SETS,
            f"--metrics-addr=127.0.0.1:{self.metrics}",
            f"--probe-addr=127.0.0.1:{probe}",
            f"--webhook-addr=127.0.0.1:{webhook}",
            "--argocd-repo-server=127.0.0.1:1",  # none of our generators uses it
            f"--namespace={NAMESPACE}",
            "--loglevel=info",
            *flags,
        )

    def start_sync(self) -> None:
        """Start Redis, the repo server and the application controller."""
        redis, repo, repo_metrics, metrics = free_ports(4)
        self.start("redis", f"--listen=127.0.0.1:{redis}")
        self.start(
            "argocd-repo-server",
            "--address=127.0.0.1",
            f"--port={repo}",
            "--metrics-address=127.0.0.1",
            f"--metrics-port={repo_metrics}",
            f"--redis=127.0.0.1:{redis}",
        )
        self.start(
            "argocd-application-controller",
            f"--namespace={NAMESPACE}",
            f"--metrics-port={metrics}",
            f"--redis=127.0.0.1:{redis}",
            f"--repo-server=127.0.0.1:{repo}",
        )

    def start(self, name: str, *flags: str) -> Part:
        part = Part(self.program, name, self.folder / f"{name}.log", flags, self.environ).start()
        self.parts[name] = part
        self._stack.callback(part.stop)
        return part

    def stop(self, name: str) -> None:
        self.parts.pop(name).stop()

    def finish_deletions(self) -> None:
        """Remove the finalizers of deleted Applications, which is the last step of the application controller."""
        path = self.kube.collection(GROUP, "applications", NAMESPACE)
        for name, item in self._by_name("Application").items():
            if "deletionTimestamp" in item["metadata"]:
                body = {"metadata": {"finalizers": None}}
                self.kube.request("PATCH", f"{path}/{name}", body, kind="application/merge-patch+json")

    def clear(self) -> None:
        """Stop the controllers, and delete every object of Argo CD without its finalizers."""
        for name in list(self.parts):
            self.stop(name)
        for kind, plural in (
            ("ApplicationSet", "applicationsets"),
            ("Application", "applications"),
            ("AppProject", "appprojects"),
        ):
            path = self.kube.collection(GROUP, plural, NAMESPACE)
            for item in self.kube.items(GROUP, kind, NAMESPACE):
                if item["metadata"].get("finalizers"):
                    body = {"metadata": {"finalizers": None}}
                    where = f"{path}/{item['metadata']['name']}"
                    self.kube.request("PATCH", where, body, kind="application/merge-patch+json")
            self.kube.request("DELETE", path)
        clusters = "argocd.argoproj.io/secret-type=cluster"
        self.kube.request("DELETE", f"/api/v1/namespaces/{NAMESPACE}/secrets", labelSelector=clusters)
        ours = "app.kubernetes.io/managed-by=sixfold"
        self.kube.request("DELETE", f"/api/v1/namespaces/{NAMESPACE}/configmaps", labelSelector=ours)

    @cached_property
    def environ(self) -> dict[str, str]:
        """Return the environment of every controller: the kubeconfig, and separate folders for its files."""
        folder = self.folder
        for name in ("bin", "logins", "home", "tmp", "tls", "ssh", "gpg", "plugins"):
            (folder / name).mkdir(exist_ok=True)
        (folder / "ssh" / "ssh_known_hosts").touch()
        login = folder / "bin" / "argocd-k8s-auth"
        login.write_text(LOGIN % (folder / "logins"))
        login.chmod(0o755)
        for wrapper in ("git-verify-wrapper.sh", "gpg-wrapper.sh"):  # the image of Argo CD has them in its PATH
            shutil.copyfile(source_of_argocd(self.version) / "hack" / wrapper, folder / "bin" / wrapper)
            (folder / "bin" / wrapper).chmod(0o755)
        return {
            "PATH": f"{folder / 'bin'}:{os.environ['PATH']}",
            "HOME": str(folder / "home"),
            "TMPDIR": str(folder / "tmp"),
            "KUBECONFIG": str(self.cluster.kubeconfig),
            "ARGOCD_FAKE_IN_CLUSTER": "true",
            "ARGOCD_GPG_ENABLED": "false",
            "ARGOCD_TLS_DATA_PATH": str(folder / "tls"),
            "ARGOCD_SSH_DATA_PATH": str(folder / "ssh"),
            "ARGOCD_GNUPGHOME": str(folder / "gpg"),
            "ARGOCD_GPG_DATA_PATH": str(folder / "gpg"),
            "ARGOCD_PLUGINSOCKFILEPATH": str(folder / "plugins"),
            "ARGOCD_APP_CONF_PATH": str(folder),
        }

    # -- objects and their states

    def serves_kinds(self) -> bool:
        """Return whether the API server serves Argo CD's kinds, a moment after it is ready."""
        kinds = ("applications", "applicationsets", "appprojects")
        return all(self.kube.request("GET", self.kube.collection(GROUP, kind, NAMESPACE)).good for kind in kinds)

    def sets(self) -> dict[str, dict]:
        """Return the ApplicationSets by name."""
        return self._by_name("ApplicationSet")

    def applications(self) -> dict[str, dict]:
        """Return the Applications by name, without those that are being deleted."""
        return {
            name: item
            for name, item in self._by_name("Application").items()
            if "deletionTimestamp" not in item["metadata"]
        }

    def _by_name(self, kind: str) -> dict[str, dict]:
        return {item["metadata"]["name"]: item for item in self.kube.items(GROUP, kind, NAMESPACE)}

    def until_synced(self, names: Iterable[str], seconds: float = 600) -> None:
        """Wait until these Applications exist, synced and healthy."""
        end = time.monotonic() + seconds
        while waiting := set(names) - {
            name for name, application in self.applications().items() if synced(application)
        }:
            if time.monotonic() > end:
                raise AssertionError(
                    {name: self.applications().get(name, {}).get("status") for name in sorted(waiting)[:5]}
                )
            for name, part in self.parts.items():
                assert part.process is not None and part.process.poll() is None, f"{name} ended:\n{part.tail()}"  # noqa: PT018
            time.sleep(1)

    def refresh(self, name: str) -> None:
        """Let Argo CD check for new commits of an Application now, like a webhook."""
        self.annotate(name, REFRESHED, "hard")

    def annotate(self, name: str, key: str, value: str) -> None:
        """Set an annotation of an Application."""
        path = self.kube.collection(GROUP, "applications", NAMESPACE) + f"/{name}"
        body = {"metadata": {"annotations": {key: value}}}
        reply = self.kube.request("PATCH", path, body, kind="application/merge-patch+json")
        assert reply.good, reply.message

    def operation(self, name: str) -> dict:
        """Return the state of the last or current sync of an Application."""
        return self.applications()[name].get("status", {}).get("operationState", {})

    def until(self, condition: Callable[[], object], what: str, seconds: float = 120) -> object:
        """Wait until `condition()` is true while the ApplicationSet controller runs, and return its value."""
        return self.parts[SETS].until(condition, what, seconds)

    def until_operated(self, name: str, seconds: float = 180) -> dict:
        """Wait until the first sync of an Application has succeeded or failed, and return its operationState."""

        def state() -> dict | None:
            operation = self.operation(name)
            return operation if operation.get("phase") in {"Succeeded", "Failed", "Error"} else None

        return self.parts["argocd-application-controller"].until(state, f"the sync of {name}", seconds)

    def until_compared(self, name: str, commit: str) -> list[dict]:
        """Wait until an Application was compared with a commit, and return the status of its resources."""
        self.refresh(name)

        def resources() -> list[dict] | None:
            status = self.applications()[name]["status"]
            return status["resources"] if status["sync"].get("revision") == commit else None

        return self.parts["argocd-application-controller"].until(resources, f"{name} at {commit}")

    def until_refreshed(self, name: str) -> dict:
        """Wait until an Application was compared again with what it reads, and return its status."""
        self.refresh(name)

        def status() -> dict | None:
            item = self.applications()[name]
            return None if REFRESHED in item["metadata"].get("annotations", {}) else item["status"]

        return self.parts["argocd-application-controller"].until(status, f"the refresh of {name}")

    def reconcile_sets(self, seconds: float = 120) -> dict[str, str]:
        """Let the controller reconcile every set once more, and return {set: error} of the failed ones.

        The request writes an annotation of the set. A controller that has read the set just before gets a conflict for
        its own write. It would retry minutes later, so the request is repeated.
        """
        for _ in range(ATTEMPTS):
            before = self.reconcile_counts()
            self.until(partial(self.reconciled_since, before, self.request_reconciles()), "a reconcile", seconds)
            errors = self.errors()
            if not any(CONFLICT in message for message in errors.values()):
                break
        return errors

    def reconciled_since(self, before: dict[str, int], names: Iterable[str]) -> bool:
        """Return whether the controller has reconciled each of these sets since `before`."""
        counts = self.reconcile_counts()
        return all(counts.get(name, 0) > before.get(name, 0) for name in names)

    def request_reconciles(self) -> list[str]:
        """Request a reconcile of every set, and return their names."""
        names = list(self.sets())
        for name in names:
            path = self.kube.collection(GROUP, "applicationsets", NAMESPACE) + f"/{name}"
            body = {"metadata": {"annotations": {REFRESH: str(time.time_ns())}}}
            reply = self.kube.request("PATCH", path, body, kind="application/merge-patch+json")
            assert reply.good, reply.message
        return names

    def reconcile_counts(self) -> dict[str, int]:
        """Return {set: number of reconciles} from the controller's metrics."""
        with contextlib.suppress(OSError):
            with urllib.request.urlopen(f"http://127.0.0.1:{self.metrics}/metrics", timeout=20) as answer:
                text = answer.read().decode()
            return {name: int(count) for name, count in RECONCILED.findall(text)}
        return {}

    def errors(self) -> dict[str, str]:
        """Return {set: message} of the sets whose last reconcile failed."""
        return {
            name: condition["message"]
            for name, parameters in self.sets().items()
            for condition in parameters.get("status", {}).get("conditions", [])
            if condition["type"] == "ErrorOccurred" and condition["status"] == "True"
        }


def synced(application: dict) -> bool:
    """Return whether an Application is synced with git and healthy."""
    status = application.get("status", {})
    return (
        status.get("sync", {}).get("status") == "Synced"
        and status.get("health", {}).get("status") == "Healthy"
        and status.get("operationState", {}).get("phase") == "Succeeded"
    )
