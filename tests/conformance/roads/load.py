"""A constant load on one service, and the errors of its callers."""

from __future__ import annotations

import http.client
import os
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.conformance.roads.site import host

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conformance.roads.site import Site

__all__ = ["CALLERS", "LONG", "Load", "under_load"]

LONG = os.environ.get("SIXFOLD_PROFILE") in {"long", "hour"}
RATE, SECONDS = (500, 20.0) if LONG else (300, 3.0)
CALLERS = 10


@dataclass
class Load:
    """The results of the callers: the number of requests, and the errors of those in flight at the fault and of others."""

    sent: int = 0
    in_flight: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    @property
    def per_10_000(self) -> float:
        """Return the errors per 10,000 requests, without those that were in flight when the fault came."""
        return 10_000 * len(self.errors) / max(self.sent, 1)


def under_load(site: Site, name: str, fault: Callable[[], None], repair: Callable[[], None]) -> Load:
    """Call a service at a constant rate; the fault lasts from a fifth of the time to three fifths."""
    lock = threading.Lock()
    failed: list[tuple[float, float, str]] = []
    begin = time.monotonic() + 0.1
    count = int(RATE * SECONDS / CALLERS)

    def caller(number: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", site.clusters["a"].running.http, timeout=10)
        for turn in range(count):
            due = begin + (turn * CALLERS + number) / RATE
            time.sleep(max(0.0, due - time.monotonic()))
            started = time.monotonic()
            try:
                connection.request("POST", "/", headers={"Host": host(name), "Content-Length": "0"})
                answer = connection.getresponse()
                answer.read()
                error = "" if answer.status == 200 else str(answer.status)
            except (OSError, http.client.HTTPException) as problem:
                connection.close()
                error = type(problem).__name__
            if error:
                with lock:
                    failed.append((started, time.monotonic(), error))
        connection.close()

    threads = [threading.Thread(target=caller, args=(number,)) for number in range(CALLERS)]
    for thread in threads:
        thread.start()
    time.sleep(max(0.0, begin + SECONDS / 5 - time.monotonic()))
    broken = time.monotonic()
    fault()
    done = time.monotonic()
    time.sleep(max(0.0, begin + 3 * SECONDS / 5 - time.monotonic()))
    repair()
    for thread in threads:
        thread.join()
    load = Load(count * CALLERS)
    for started, ended, error in failed:
        (load.in_flight if started <= done and ended >= broken else load.errors).append(error)
    return load
