"""Many concurrent clients that act like Argo CD: each sends a request, waits for the answer, and sends the next one."""

from __future__ import annotations

import threading
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Self

from tests.faults.client import UnansweredError, Wire, accepted, head_of, question

if TYPE_CHECKING:
    from tests.faults.tally import Tally

UNACCEPTED = "connections that were not accepted"


class Load:
    """`clients` threads that send `requests` in turn until the context ends; `sets` are the numbers of sets expected."""

    def __init__(self, port: int, clients: int, requests: list, sets: list, pause: float = 0.0) -> None:
        self.outcomes, self.wrong, self.errors = Counter(), [], []
        self._port, self._requests, self._sets, self._pause = port, requests, sets, pause
        self._stop = threading.Event()
        self._turns = [0] * clients  # requests that each client has begun
        self._threads = [threading.Thread(target=self._client, args=(n,), daemon=True) for n in range(clients)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(60)

    def answered(self) -> int:
        return self.outcomes["complete answers"]

    def wait(self, answers: int, seconds: float = 300.0) -> None:
        """Wait for a total number of complete answers."""
        end = time.monotonic() + seconds
        while self.answered() < answers:
            assert time.monotonic() < end, (
                f"{self.answered()} answers in {seconds} s: {self.outcomes} {self.errors[:3]}"
            )
            time.sleep(0.02)

    def renew(self, seconds: float = 300.0) -> None:
        """Wait until every client has begun another request, so that no request from before this call is in flight."""
        end, begun = time.monotonic() + seconds, [*self._turns]
        while any(turns == before for turns, before in zip(self._turns, begun, strict=True)):
            assert time.monotonic() < end, f"a client waits for more than {seconds} s: {self.errors[:3]}"
            time.sleep(0.02)

    def _client(self, client: int) -> None:
        wire, number = Wire(self._port), client
        while not self._stop.is_set():
            self._turns[client] += 1
            turn = number % len(self._requests)
            number += 1
            request = self._requests[turn]
            try:
                raw = wire.ask(request() if callable(request) else request)
            except UnansweredError:
                self.outcomes[UNACCEPTED] += 1
                time.sleep(0.01)
                continue
            except OSError as error:
                self.outcomes["failed requests"] += 1
                self.errors.append(repr(error))
                continue
            status, headers, _ = head_of(raw)
            count = accepted(raw)
            if status == 503 and "retry-after" in headers:
                self.outcomes["503 with Retry-After"] += 1
            elif status != 200:
                self.outcomes[f"status {status}"] += 1
            elif count == self._sets[turn]:
                self.outcomes["complete answers"] += 1
            else:
                self.wrong.append(f"read as {count} sets of {self._sets[turn]}")
            if self._pause:
                time.sleep(self._pause)
        wire.close()


def memory(pids) -> int:
    """Return the resident bytes of the processes together."""
    pages = 0
    for pid in pids:
        pages += int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * 4096


def descriptors(pids) -> int:
    """Return the number of open files and connections of the processes together."""
    return sum(len(list(Path(f"/proc/{pid}/fd").iterdir())) for pid in pids)


def asks(generator):
    """Return requests for small and large answers, and the number of sets in the answer to each."""
    wanted = [None, {"team": "ads"}, {"team": "playback", "environment": "prod"}]
    return [question(parameters) for parameters in wanted], [
        len(generator.ask(parameters).sets) for parameters in wanted
    ]


def finish(tally: Tally, load: Load, allowed=frozenset()) -> None:
    """Add the outcomes of the clients to a tally; all but complete answers and the `allowed` outcomes are wrong."""
    for outcome, count in load.outcomes.items():
        tally(outcome, count)
        if outcome != "complete answers" and outcome not in allowed:
            tally.wrong.append(f"{count} {outcome}: {load.errors[:2]}")
    tally.wrong += load.wrong
