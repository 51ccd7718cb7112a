"""F2: `kill -9` of a worker while it sends: the client takes the whole answer or an error, never fewer sets."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import socket
import time
from pathlib import Path

from tests.faults.client import accepted, head_of, is_complete, question
from tests.faults.tally import Tally, holds
from tests.support.generator import Generator
from tests.support.trees import Spec, placements

STREAMS = 8  # answers on their way at once
BEHIND = 4096  # bytes that the client's kernel takes ahead of it: a slow reader on a small buffer


def wide() -> Spec:
    """A tree whose whole answer is larger than what kernels buffer between the two ends."""
    spec, picks = Spec(placements(teams={f"team-{n}": ["app"] for n in range(40)})), random.Random(6)
    spec.labels = {f"label-{n}": picks.randbytes(28).hex() for n in range(150)}
    return spec


def worker_kills(folder, kills: int, seed: int = 6) -> Tally:
    """Slow readers of big and small answers, plain and gzipped; the worker that serves them is killed in the middle."""
    tally, picks = Tally("F2", f"kill -9 of a worker while {STREAMS} answers are on their way"), random.Random(seed)
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
                streams = [Stream(generator.port, *asks[number % 2 if picks.random() < 0.8 else 2], stack) for number in range(STREAMS)]
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
                    took = accepted(raw)
                    where = f"kill {killed}: {len(raw)} bytes of the answer to {stream.parameters}"
                    if tally.check(took in (None, wanted), f"{where}: taken for {took} sets of {wanted}"):
                        tally("whole answers" if took else "cut answers refused by the client")
            generator.until(lambda: len(generator.worker_ids()) == 2, "two workers")
        generator.until(lambda: generator.ask().status == 200, "an answer")
        deaths = generator.metric("sixfold_generator_worker_deaths_total")
        tally.check(deaths == killed, f"{deaths} deaths were counted")
        errors = generator.errors.read_text()
        tally.check("Traceback" not in errors, f"a traceback: {errors[:2000]}")
    return tally


class Stream:
    """One answer, read no faster than it is told to."""

    def __init__(self, port, parameters, gzipped, stack) -> None:
        self.parameters, self.raw, self._length = parameters, bytearray(), 0
        self._socket = stack.enter_context(socket.socket())
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BEHIND)
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
        """Everything that still comes."""
        with contextlib.suppress(OSError):
            while not self._is_complete() and (data := self._socket.recv(1 << 20)):
                self.raw += data
        return bytes(self.raw)

    def _is_complete(self) -> bool:
        """Whether nothing more comes on a connection that is kept."""
        if not self._length and (head := head_of(bytes(self.raw[:2000]))):
            self._length = len(self.raw[:2000]) - len(head[2]) + int(head[1]["content-length"])
        return 0 < self._length <= len(self.raw)

    def owner(self, generator) -> int:
        """The worker that holds the other end; 0 when it has let go."""
        try:
            port = self._socket.getsockname()[1]
        except OSError:
            return 0
        for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
            fields = line.split()
            if int(fields[2].rpartition(":")[2], 16) == port and int(fields[1].rpartition(":")[2], 16) == generator.port:
                for pid in generator.worker_ids():
                    with contextlib.suppress(OSError):
                        links = {item.readlink().name for item in Path(f"/proc/{pid}/fd").iterdir()}
                        if f"socket:[{fields[9]}]" in links:
                            return pid
        return 0


def every_offset(raw: bytes, sets: int) -> Tally:
    """The bytes of a real answer, ended at every offset."""
    tally = Tally("F2", "a real answer ended at every byte offset")
    for length in range(len(raw)):
        took = accepted(raw[:length])
        if tally.check(took is None, f"{length} of {len(raw)} bytes are taken for {took} sets"):
            tally("refused by the client")
    tally.check(accepted(raw) == sets, "the whole answer is not taken")
    return tally


def answers(folder):
    """The bytes of two real answers, plain and gzipped."""
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
    """Clients that stop reading in the middle of a big answer, for longer than the service waits."""
    tally = Tally("F2", "readers that stop in the middle of an answer for 20 s")
    with Generator(wide().write(folder / "tree"), folder / "run") as generator, contextlib.ExitStack() as stack:
        generator.ready()
        streams = [Stream(generator.port, {}, gzipped=False, stack=stack) for _ in range(readers)]
        for stream in streams:
            stream.read(1000)
        time.sleep(20)
        for stream in streams:
            took = accepted(stream.remaining())
            if tally.check(took is None, f"a cut answer is taken for {took} sets"):
                tally("cut off")
        tally.check(generator.errors.read_text() == "", f"on stderr: {generator.errors.read_text()[:300]}")
        tally.check(generator.ask({"team": "team-1"}).status == 200, "nobody answers any more")
    return tally


def test_a_client_never_takes_a_cut_answer_for_a_whole_one(tmp_path):
    holds(*(every_offset(raw, sets) for raw, sets in answers(tmp_path)))


def test_a_killed_worker_gives_the_whole_answer_or_an_error(tmp_path):
    tally = worker_kills(tmp_path, 3)
    holds(tally)
    assert tally.outcomes["cut answers refused by the client"], "no kill fell inside an answer"
