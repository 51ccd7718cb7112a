"""Ports for the real servers that tests start, in any number of test processes at once."""

from __future__ import annotations

import os
import socket

__all__ = ["free_ports"]

# Below the range from which kernels give ports to clients: a client could take such a port before its server listens.
FIRST, LAST = 10000, 32000
handed_out = 0


def free_ports(count: int) -> list[int]:
    """Return adjacent free TCP ports that this process did not get before.

    Processes begin far apart, so that two at once do not get the same ports.
    """
    global handed_out  # noqa: PLW0603 - one cursor for the whole process is the point
    begin = os.getpid() * 7919
    for _ in range(FIRST, LAST, count):
        first = FIRST + (begin + handed_out) % (LAST - FIRST - count)
        handed_out += count
        ports = list(range(first, first + count))
        if all(map(is_free, ports)):
            return ports
    raise OSError("no free ports")


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("0.0.0.0", port))
        except OSError:
            return False
    return True
