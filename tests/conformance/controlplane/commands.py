"""kubectl and helm as a person runs them against one cluster."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conformance.controlplane.plane import Cluster

PATIENCE = 300  # seconds for one command on a machine that is busy


@dataclass(frozen=True)
class Done:
    """A command that ended. A warning of the server is in `errors`, which is what a person sees of it."""

    status: int
    output: str
    errors: str

    @property
    def clean(self) -> bool:
        """Whether it went well and had nothing to say to a person."""
        return self.status == 0 and self.errors == ""

    @property
    def lines(self) -> list[str]:
        return self.output.splitlines()


class Commands:
    """One program with a home of its own: no cache, plugin or setting of whoever runs the tests."""

    def __init__(self, program: Path, cluster: Cluster, home: Path) -> None:
        self.program = program
        self.cluster = cluster
        self.home = home

    def __call__(self, *arguments: object, text: str | None = None) -> Done:
        """Run it with these arguments, `text` as its standard input."""
        environ = {"PATH": os.environ["PATH"], "HOME": str(self.home), "KUBECONFIG": str(self.cluster.kubeconfig)}
        line = [str(self.program), *map(str, arguments)]
        done = subprocess.run(
            line, input=text or "", env=environ, check=False, capture_output=True, text=True, timeout=PATIENCE
        )
        return Done(done.returncode, done.stdout, done.stderr)
