"""The inputs of one Argo CD instance: a deploy repo, the generator that serves it, and the applied objects."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import yaml

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conformance.argocd.deploy import Deploy
    from tests.conformance.argocd.program import Answer, Program
    from tests.support.generator import Generator


@dataclass
class Site:
    """A deploy repo, its generator, and the objects that were applied, in a subfolder of `folder` for each instance."""

    deploy: Deploy
    generator: Generator
    secret: Path
    folder: Path
    instance: str = "prod"
    only: set | None = None  # the ApplicationSets to apply; None: all of them
    applied: dict = field(default_factory=dict)

    def __post_init__(self):
        self.sync()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.generator.port}"

    @property
    def manifests(self) -> Path:
        """Return the folder of the objects that are applied to this instance."""
        return self.folder / self.instance

    def sync(self) -> None:
        """Apply what a person applies, and argocd/ at the answered commit without pruning, like Argo CD."""
        for instance in self.deploy.fleet["argocd"]["instances"]:
            objects = self.applied.setdefault(instance, {})
            reply = self.generator.ask({"unit": "argocd", "instance": instance})
            # Without an answer, what was applied stays: here, that of the first commit.
            commit = reply.sets[0]["revision"] if reply.status == 200 else self.deploy.first
            files = self.deploy.argocd_at(commit, instance)
            for file in (self.deploy.by_hand(instance).read_text(), *files):
                for text in file.split("\n---\n"):
                    document = yaml.load(text, yaml.CSafeLoader)
                    objects[document["kind"], document["metadata"]["name"]] = text
            kept = [
                text
                for (kind, name), text in objects.items()
                if self.only is None or kind != "ApplicationSet" or name in self.only
            ]
            (self.folder / instance).mkdir(parents=True, exist_ok=True)
            (self.folder / instance / "objects.yaml").write_text("\n---\n".join(kept))

    def apply_only(self, *names: str) -> None:
        """Apply only these ApplicationSets from now on."""
        self.only = set(names)
        self.sync()

    def generate(self, program: Program, *, secret=None, base_url=None, **options) -> Answer:
        return program.generate(self.manifests, secret or self.secret, base_url=base_url or self.url, **options)

    def publish(self, sequence: int) -> str:
        """Compile, commit, wait for the adoption, apply, and return the commit."""
        self.deploy.compile()
        commit = self.deploy.publish()
        self.generator.adopted(sequence)
        self.sync()
        return commit

    def publish_rejected(self) -> None:
        """Commit the repo unchanged, wait until the generator is degraded because of the commit, and apply."""
        self.deploy.publish()
        self.generator.until(lambda: self.generator.admin("/readyz").json["status"] == "degraded", "degraded")
        self.sync()
