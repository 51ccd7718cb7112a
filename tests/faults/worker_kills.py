"""F2: after `kill -9` of a worker during an answer, the client gets the complete answer or an error, not fewer sets."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import socket
import time
from pathlib import Path

from tests.faults.client import accepted, head_of, is_complete, question
from tests.faults.tally import Tally
from tests.support.generator import Generator
from tests.support.trees import Spec, placements

STREAMS = 8  # concurrent answers


BUFFER = 4096  # bytes of the client's receive buffer, small for a slow reader


def wide() -> Spec:
    """Return a tree whose complete answer is larger than the kernel's buffers of a connection."""
    spec, picks = Spec(placements(teams={f"team-{n}": ["app"] for n in range(40)})), random.Random(6)
    spec.labels = {f"label-{n}": picks.randbytes(28).hex() for n in range(150)}
    return spec


def worker_kills(folder, kills: int, seed: int = 6) -> Tally:
    """Kill a worker while slow readers receive its large and small answers, plain and gzipped."""
    tally, picks = Tally("F2", f"kill -9 of a worker during {STREAMS} answers"), random.Random(seed)
    with Generator(wide().write(folder / "tree"), folder / "run", environ={"SIXFOLD_POLL_SECONDS": "60"}) as generator:
        generator.ready()
        asks = [({}, False), ({}, True), ({"team": "team-7"}, False), ({"team": "team-7"}, True)]
        sets = {}
        for parameters, gzipped in asks:
            reply = generator.ask(parameters or None, gzip=gzipped)
            sets[str(parameters)] = len(generator.ask(parameters or None).sets)
            assert reply.status == 200
        killed = 0
        while killed < kills:
            with contextlib.ExitStack() as stack:
                streams = [
                    Stream(generator.port, *asks[number % 2 if picks.random() < 0.8 else 2], stack)
                    for number in range(STREAMS)
                ]
                for stream in streams:
                    stream.read(picks.choice([0, picks.randrange(1, 400), picks.randrange(400, 4 << 20)]))
                served = {owner for stream in streams if (owner := stream.owner(generator))}
                if not served:
                    continue
                victim = picks.choice(sorted(served))
                with contextlib.suppress(ProcessLookupError):
                    os.kill(victim, signal.SIGKILL)
                    killed += 1
                    tally("workers killed")
                for stream in streams:
                    raw, wanted = stream.remaining(), sets[str(stream.parameters)]
                    count = accepted(raw)
                    where = f"kill {killed}: {len(raw)} bytes of the answer to {stream.parameters}"
                    if tally.check(count in (None, wanted), f"{where}: read as {count} sets of {wanted}"):
                        tally("complete answers" if count else CUT)
            generator.until(lambda: len(generator.worker_ids()) == 2, "two workers")
        generator.until(lambda: generator.ask().status == 200, "an answer")
        deaths = generator.metric("sixfold_generator_worker_deaths_total")
        tally.check(deaths == killed, f"{deaths} deaths were counted")
        errors = generator.errors.read_text()
        tally.check("Traceback" not in errors, f"a traceback: {errors[:2000]}")
    return tally


CUT = "truncated answers rejected by the client"


class Stream:
    """One answer, read in steps of a given size."""

    def __init__(self, port, parameters, gzipped, stack) -> None:
        self.parameters, self.raw, self._length = parameters, bytearray(), 0
        self._socket = stack.enter_context(socket.socket())
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
        self._socket.settimeout(30)
        with contextlib.suppress(OSError):
            self._socket.connect(("127.0.0.1", port))
            self._socket.sendall(question(parameters, gzipped=gzipped))

    def read(self, count: int) -> None:
        with contextlib.suppress(OSError):
            while count > 0 and not self._is_complete() and (data := self._socket.recv(min(count, 65536))):
                self.raw += data
                count -= len(data)

    def remaining(self) -> bytes:
        """Read the rest of the answer, and return all of its bytes."""
        with contextlib.suppress(OSError):
            while not self._is_complete() and (data := self._socket.recv(1 << 20)):
                self.raw += data
        return bytes(self.raw)

    def _is_complete(self) -> bool:
        """Return whether the answer is complete; the connection is kept, so it does not end with the answer."""
        if not self._length and (head := head_of(bytes(self.raw[:2000]))):
            self._length = len(self.raw[:2000]) - len(head[2]) + int(head[1]["content-length"])
        return 0 < self._length <= len(self.raw)

    def owner(self, generator) -> int:
        """Return the id of the worker at the other end of the connection, or 0 if no worker has it open."""
        try:
            port = self._socket.getsockname()[1]
        except OSError:
            return 0
        for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
            fields = line.split()
            if (
                int(fields[2].rpartition(":")[2], 16) == port
                and int(fields[1].rpartition(":")[2], 16) == generator.port
            ):
                for pid in generator.worker_ids():
                    with contextlib.suppress(OSError):
                        links = {item.readlink().name for item in Path(f"/proc/{pid}/fd").iterdir()}
                        if f"socket:[{fields[9]}]" in links:
                            return pid
        return 0


def every_offset(raw: bytes, sets: int) -> Tally:
    """Truncate a real answer at every offset."""
    tally = Tally("F2", "a real answer truncated at every byte offset")
    for length in range(len(raw)):
        count = accepted(raw[:length])
        if tally.check(count is None, f"{length} of {len(raw)} bytes are read as {count} sets"):
            tally("rejected by the client")
    tally.check(accepted(raw) == sets, "the complete answer is not accepted")
    return tally


def answers(folder):
    """Yield the bytes of two real answers, plain and gzipped, each with its number of sets."""
    with Generator(Spec().write(folder / "tree"), folder / "run") as generator:
        generator.ready()
        sets = len(generator.ask({"team": "playback"}).sets)
        for gzipped in (False, True):
            with socket.create_connection(("127.0.0.1", generator.port)) as connection:
                connection.sendall(question({"team": "playback"}, gzipped=gzipped))
                raw = b""
                while not is_complete(raw):
                    raw += connection.recv(65536)
            yield raw, sets


def stalled_readers(folder, readers: int = 4) -> Tally:
    """Stop reading in the middle of large answers, for longer than the service waits."""
    tally = Tally("F2", "readers that stop in the middle of an answer for 20 s")
    with Generator(wide().write(folder / "tree"), folder / "run") as generator, contextlib.ExitStack() as stack:
        generator.ready()
        streams = [Stream(generator.port, {}, gzipped=False, stack=stack) for _ in range(readers)]
        for stream in streams:
            stream.read(1000)
        time.sleep(20)
        for stream in streams:
            count = accepted(stream.remaining())
            if tally.check(count is None, f"a truncated answer is read as {count} sets"):
                tally("cut off")
        tally.check(generator.errors.read_text() == "", f"on stderr: {generator.errors.read_text()[:300]}")
        tally.check(generator.ask({"team": "team-1"}).status == 200, "no worker answers any more")
    return tally
