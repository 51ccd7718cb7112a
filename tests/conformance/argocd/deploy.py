"""A deploy repo with the example fleet and its tree, compiled by the real compiler and committed by the real git."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

import orjson
import rjsonnet
import yaml

from tests.support.generator import ROOT
from tests.support.trees import GitTree

if TYPE_CHECKING:
    from pathlib import Path


class Deploy:
    """A git repo with the sources (manifests and fleet) and the compiled tree, like a deploy repo with CI."""

    def __init__(self, folder: Path, copy_of: Deploy | None = None):
        self.folder = folder
        self.git = GitTree(folder / "git")
        self.sources = self.git.repo / "sources"
        if copy_of is None:
            for name in ("examples", "environments"):
                shutil.copytree(ROOT / name, self.sources / name)
            self.compile()
        else:
            shutil.copytree(copy_of.sources, self.sources)
            shutil.copytree(copy_of.out, self.out)
        self.first = self.publish()

    @property
    def out(self) -> Path:
        """Return the folder that the compiler writes."""
        return self.git.repo / "overlays"

    @property
    def tree(self) -> Path:
        """Return the folder that the generator reads: the newest commit's checkout, behind a link that is replaced."""
        return self.git.link / "overlays"

    def argocd(self, instance: str) -> Path:
        """Return the folder with the committed manifests for one Argo CD instance."""
        return self.tree / "argocd" / instance

    def argocd_at(self, commit: str, instance: str) -> list[str]:
        """Return the text of each file of one Argo CD instance in a commit."""
        folder = f"{commit}:overlays/argocd/{instance}"
        names = self.git.git("ls-tree", "--name-only", folder).split()
        return [self.git.git("show", f"{folder}/{name}") for name in names]

    def by_hand(self, instance: str) -> Path:
        """Return the file that a person applies once to an Argo CD instance."""
        return self.sources / "environments" / "bootstrap" / f"{instance}.yaml"

    def compile(self, *, clean: bool = False) -> None:
        """Compile the sources, and write what a person applies; `clean` deletes the previous tree first."""
        if clean:
            shutil.rmtree(self.out)
        self.sixfold("compile", self.sources / "examples", "--out", self.out)
        self.sixfold("bootstrap", "--write")

    def place(self) -> None:
        """Bring the placement lock up to date with the fleet."""
        self.sixfold("place", self.sources / "examples")

    def sixfold(self, command: str, *arguments) -> None:
        """Run one command of the real command line on the sources."""
        line = [sys.executable, "-m", "sixfold_compiler", command, *arguments, "--fleet", self.sources / "environments"]
        environ = {**os.environ, "NO_COLOR": "1"}
        done = subprocess.run(line, cwd=ROOT, env=environ, check=False, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(done.stdout + done.stderr)

    def publish(self) -> str:
        """Commit the tree, replace the link to its checkout, and return the commit."""
        return self.git.publish()

    def edit(self, path: str, old: str, new: str) -> None:
        """Replace a text in one of the sources."""
        file = self.sources / path
        text = file.read_text()
        if old not in text:
            raise LookupError(f"{old!r} is not in {path}")
        file.write_text(text.replace(old, new))

    def withdraw_storefront(self) -> None:
        """Remove the team from staging/dc1, which has one cluster, so that one Application is deleted."""
        places = "{ dev: ['dc1'], staging: ['dc2'], prod: ['dc1', 'dc2'] }"
        teams = self.sources / "environments" / "teams.libsonnet"
        teams.write_text(teams.read_text() + f"+ {{ storefront+: {{ dataCenters: {places} }} }}\n")

    def approve(self, **scope: str) -> None:
        """Add a tombstone."""
        fields = {
            **scope,
            "approvedBy": "asha",
            "reason": "moved to dc2 alone",
            "until": str(datetime.now(UTC).date() + timedelta(days=30)),
        }
        entry = yaml.safe_dump({"tombstones": [fields]})
        self.edit("environments/tombstones.yaml", "tombstones: []\n", entry)

    @cached_property
    def fleet(self) -> dict:
        """Return the fleet, evaluated by an engine without the compiler."""
        return orjson.loads(rjsonnet.evaluate_file(str(self.sources / "environments" / "fleet.jsonnet")))

    def clusters(self, instance: str) -> dict:
        """Return {(environment, data center, cluster): server} of the clusters of an Argo CD instance."""
        return {
            (environment, data_center, name): cluster["server"]
            for environment, content in self.fleet["environments"].items()
            for data_center, cell in content["dataCenters"].items()
            for name, cluster in cell["clusters"].items()
            if cluster["instance"] == instance
        }

    def team_folders(self, instance: str) -> dict:
        """Return {(environment, data center, cluster, namespace): [app]} of the folders of the tree."""
        return {
            (*cluster, folder.name): sorted(path.stem for path in folder.glob("*.yaml"))
            for cluster in self.clusters(instance)
            for folder in sorted(self.tree.joinpath(*cluster).iterdir())
            if folder.is_dir() and not folder.name.startswith("_")
        }

    def team_of(self, app: str) -> str:
        """Return the team in an app's manifest."""
        (path,) = self.sources.glob(f"examples/*/apps/*/{app}.yaml")
        return next(yaml.safe_load_all(path.read_text()))["metadata"]["team"]

    def last_change(self, path: str) -> str:
        """Return the commit in which a path of the repo last changed, from git's log."""
        return self.git.git("log", "-1", "--format=%H", "--", path)
