"""Runs of the Go program: the results of Argo CD's code for a folder of manifests, as Python values."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import yaml

from tests.support.counterparts import met, version_of

if TYPE_CHECKING:
    from pathlib import Path

NAMESPACE = "argocd"
SECRET = "sixfold-generator"  # the Secret in the ConfigMap's `$sixfold-generator:token`
PATIENCE = 180  # seconds for one run on a machine that is busy


@dataclass(frozen=True)
class Answer:
    """The output of one run."""

    document: dict = field(repr=False)

    @property
    def sets(self) -> dict:
        """Return {ApplicationSet: its result}."""
        return self.document["applicationSets"]

    @property
    def applications(self) -> list:
        """Return the Applications that all ApplicationSets have rendered, or, after a reconcile, all in the cluster."""
        if "applications" in self.document:
            return self.document["applications"]
        return [application for rendering in self.sets.values() for application in rendering.get("applications", [])]

    @property
    def names(self) -> list:
        return [application["metadata"]["name"] for application in self.applications]

    @property
    def writes(self) -> list:
        """Return the writes of the controller, as `verb Kind/name`."""
        return self.document.get("writes", [])

    @property
    def deleted(self) -> list:
        """Return Kind/name of the objects that the controller has deleted."""
        return [write.removeprefix("delete ") for write in self.writes if write.startswith("delete ")]

    @property
    def refused(self) -> list:
        """Return the Applications whose project does not allow their source or destination, with the reason."""
        return sorted(self.document.get("refused", []))

    @property
    def denied(self) -> list:
        """Return the objects that a project does not allow."""
        return self.document.get("denied", [])

    @property
    def errors(self) -> dict:
        """Return {ApplicationSet: message} of the failed ones."""
        failures = {name: rendering["error"] for name, rendering in self.sets.items() if "error" in rendering}
        for name, rendering in self.sets.items():
            for condition in rendering.get("conditions", []):
                if condition["type"] == "ErrorOccurred" and condition["status"] == "True":
                    failures[name] = condition["message"]
        return failures


@dataclass(frozen=True)
class Program:
    """The Go program, built against one Argo CD version."""

    version: str
    path: Path

    def generate(self, *folders: Path, **options) -> Answer:
        """Render each ApplicationSet. `options` are flags of the program: base_url, request_timeout."""
        return Answer(json.loads(self.run("generate", *folders, **options)))

    def reconcile(self, *folders: Path, **options) -> Answer:
        """Reconcile each ApplicationSet once; `applications` is a file with those of an earlier reconcile."""
        return Answer(json.loads(self.run("reconcile", *folders, **options)))

    def permit(self, *folders: Path, **options) -> Answer:
        """Check objects against the AppProjects; `objects` is a file with a list of {application, group, kind, …}."""
        return Answer(json.loads(self.run("permit", *folders, **options)))

    def run(self, command: str, *folders: Path, **options) -> bytes:
        met("Argo CD", lambda: version_in(self.path))
        done = subprocess.run(
            self.line(command, *folders, **options), check=False, capture_output=True, timeout=PATIENCE
        )
        assert done.returncode == 0, done.stderr.decode()[-3000:]
        return done.stdout

    def line(self, command: str, *folders: Path, **options) -> list:
        """Return the command line of one run."""
        flags = [f"-{name.replace('_', '-')}={value}" for name, value in options.items() if value is not None]
        return [self.path, command, *(f"-manifests={folder}" for folder in folders), *flags]


def version_in(program: Path) -> str:
    """Return the Argo CD release that is built into a program, from its build information."""
    return version_of("go", "version", "-m", program, pattern=r"github\.com/argoproj/argo-cd/v3\t(v\S+)")


def write_secret(folder: Path, token: str, key: str = "token", name: str = SECRET) -> Path:
    """Write the Secret of charts/generator/README.md into a folder, and return the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    labels = {"app.kubernetes.io/part-of": "argocd"}
    metadata = {"name": name, "namespace": NAMESPACE, "labels": labels}
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": {key: token}}
    (folder / "secret.yaml").write_text(yaml.safe_dump(secret))
    return folder
