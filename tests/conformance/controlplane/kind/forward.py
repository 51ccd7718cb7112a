"""A port of a pod on this machine, by kubectl.

pytest-kind has one too. It guesses a port, waits for a second, and starts anew ten times whether or not that went well;
kubectl takes a free port by itself and says which.
"""

from __future__ import annotations

import re
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.support.binaries import kubectl_binary

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LISTENING = re.compile(r"^Forwarding from 127\.0\.0\.1:(\d+) -> ")


@contextmanager
def forwarded(kubeconfig: Path, namespace: str, what: str, port: int) -> Iterator[int]:
    """The port on loopback that leads to `port` of `what`, such as `service/NAME`, until the end of the block."""
    line = [kubectl_binary(), "--kubeconfig", kubeconfig, "--namespace", namespace, "port-forward"]
    line += ["--address=127.0.0.1", what, f":{port}"]
    with subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        try:
            announcement = process.stdout.readline()  # it says this once it listens, or why it cannot
            match = LISTENING.match(announcement)
            assert match, announcement + (process.stdout.read() if process.poll() is not None else "")
            yield int(match[1])
        finally:
            process.terminate()
