"""Port forwarding from this machine to a pod, by kubectl.

pytest-kind has this too, but it guesses a port, waits for a second, and retries ten times even after success. kubectl
selects a free port and prints it.
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
    """Forward a port on loopback to `port` of `what`, such as `service/NAME`, in the block, and yield it."""
    line = [kubectl_binary(), "--kubeconfig", kubeconfig, "--namespace", namespace, "port-forward"]
    line += ["--address=127.0.0.1", what, f":{port}"]
    with subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        try:
            announcement = process.stdout.readline()  # kubectl prints this once it listens, or prints an error
            match = LISTENING.match(announcement)
            assert match, announcement + (process.stdout.read() if process.poll() is not None else "")
            yield int(match[1])
        finally:
            process.terminate()
