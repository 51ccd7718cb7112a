"""Runs the Go program: what Argo CD makes of a folder of manifests, as Python values."""

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
SECRET = "sixfold-generator"  # what the ConfigMap's `$sixfold-generator:token` names
PATIENCE = 180  # seconds for one run on a machine that is busy


@dataclass(frozen=True)
class Answer:
    """What one run printed."""

    document: dict = field(repr=False)

    @property
    def sets(self) -> dict:
        """{ApplicationSet: what came of it}."""
        return self.document["applicationSets"]

    @property
    def applications(self) -> list:
        """Rendered by all ApplicationSets, or, after a reconcile, all that are in the cluster."""
        if "applications" in self.document:
            return self.document["applications"]
        return [application for rendering in self.sets.values() for application in rendering.get("applications", [])]

    @property
    def names(self) -> list:
        return [application["metadata"]["name"] for application in self.applications]

    @property
    def writes(self) -> list:
        """What the controller did, as `verb Kind/name`."""
        return self.document.get("writes", [])

    @property
    def deleted(self) -> list:
        """Kind/name of what the controller deleted."""
        return [write.removeprefix("delete ") for write in self.writes if write.startswith("delete ")]

    @property
    def refused(self) -> list:
        """Applications whose project does not allow their source or place, with the reason."""
        return sorted(self.document.get("refused", []))

    @property
    def denied(self) -> list:
        """Objects that a project does not allow."""
        return self.document.get("denied", [])

    @property
    def errors(self) -> dict:
        """{ApplicationSet: message} of those that failed."""
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
        """What each ApplicationSet renders. `options` are flags of the program: base_url, request_timeout."""
        return Answer(json.loads(self.run("generate", *folders, **options)))

    def reconcile(self, *folders: Path, **options) -> Answer:
        """One reconcile of each ApplicationSet; `applications` is a file with those of an earlier one."""
        return Answer(json.loads(self.run("reconcile", *folders, **options)))

    def permit(self, *folders: Path, **options) -> Answer:
        """What the AppProjects do not allow; `objects` is a file with a list of {application, group, kind, …}."""
        return Answer(json.loads(self.run("permit", *folders, **options)))

    def run(self, command: str, *folders: Path, **options) -> bytes:
        met("Argo CD", lambda: version_in(self.path))
        done = subprocess.run(
            self.line(command, *folders, **options), check=False, capture_output=True, timeout=PATIENCE
        )
        assert done.returncode == 0, done.stderr.decode()[-3000:]
        return done.stdout

    def line(self, command: str, *folders: Path, **options) -> list:
        """The command line of one run."""
        flags = [f"-{name.replace('_', '-')}={value}" for name, value in options.items() if value is not None]
        return [self.path, command, *(f"-manifests={folder}" for folder in folders), *flags]


def version_in(program: Path) -> str:
    """The Argo CD release that is built into a program, by the program's own word."""
    return version_of("go", "version", "-m", program, pattern=r"github\.com/argoproj/argo-cd/v3\t(v\S+)")


def write_secret(folder: Path, token: str, key: str = "token", name: str = SECRET) -> Path:
    """The Secret that charts/generator/README.md says to make, in a folder of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    labels = {"app.kubernetes.io/part-of": "argocd"}
    metadata = {"name": name, "namespace": NAMESPACE, "labels": labels}
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": {key: token}}
    (folder / "secret.yaml").write_text(yaml.safe_dump(secret))
    return folder
