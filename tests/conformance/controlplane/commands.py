"""Runs of kubectl and helm against one cluster, like those of a person."""

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
class Result:
    """The result of a command. Warnings of the server are in `errors`, where a person sees them."""

    status: int
    output: str
    errors: str

    @property
    def clean(self) -> bool:
        """Return whether the command succeeded without errors or warnings."""
        return self.status == 0 and self.errors == ""

    @property
    def lines(self) -> list[str]:
        return self.output.splitlines()


class Commands:
    """One program with a separate home: it uses no cache, plugin or setting of the user who runs the tests."""

    def __init__(self, program: Path, cluster: Cluster, home: Path) -> None:
        self.program = program
        self.cluster = cluster
        self.home = home

    def __call__(self, *arguments: object, text: str | None = None) -> Result:
        """Run the program with `text` as its standard input."""
        environ = {"PATH": os.environ["PATH"], "HOME": str(self.home), "KUBECONFIG": str(self.cluster.kubeconfig)}
        line = [str(self.program), *map(str, arguments)]
        done = subprocess.run(
            line, input=text or "", env=environ, check=False, capture_output=True, text=True, timeout=PATIENCE
        )
        return Result(done.returncode, done.stdout, done.stderr)
