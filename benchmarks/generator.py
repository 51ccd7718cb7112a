"""Measure the generator with 60,000 parameter sets: the time of an adoption, and the cost of an answer.

    python -m benchmarks.generator [--sets 60000] [--rounds 5] [--workers 2]

Two services run side by side with the same gunicorn settings: the generator, and a WSGI application of three lines that
sends the same bytes. A client with keep-alive connections asks both in turn, round by round, so that a machine whose
speed changes favors neither. The main result is the workers' CPU time for one answer divided by that of the static
service, which other work on the machine changes little.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import resource
import socket
import statistics
import subprocess
import sys
import tempfile
import textwrap
import threading
import time
from pathlib import Path

from tests.support.generator import PATH, TOKEN, Generator
from tests.support.ports import free_ports
from tests.support.trees import Spec

ROOT = Path(__file__).resolve().parent.parent
CLUSTERS_OF_A_DC = 5
TEAMS = 300
ROUND_SECONDS = 2.0
CLIENTS = 4

STATIC = """
    import os
    BODY = open(os.environ["BODY"], "rb").read()
    HEADERS = [("Content-Type", "application/json"), ("Content-Length", str(len(BODY)))]
    def app(environ, start_response):
        start_response("200 OK", HEADERS)
        return [BODY]
"""
STATIC_CONFIG = """
    import os
    from sixfold_generator.server.options import options
    from sixfold_generator.settings import Settings
    ours = options(Settings.from_environ(os.environ))
    globals().update({name: ours[name] for name in ours if name not in (
        "on_starting", "post_worker_init", "worker_exit", "child_exit")})
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sets", type=int, default=60_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--workers", type=int, default=2)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        sets = build(folder / "tree", chosen.sets)
        adoption(folder)
        with Generator(folder / "tree", folder / "run", {"SIXFOLD_MAX_REQUESTS": "0"}, chosen.workers) as ours:
            ours.until(lambda: ours.admin("/readyz").status == 200, "readiness", seconds=300)
            questions = {
                f"all {sets:,} sets": {},
                f"all {sets:,} sets, gzip": {},
                "one team": {"team": "team-7"},
                "one team, gzip": {"team": "team-7"},
                "one cluster's namespace": {"team": "team-7", "cluster": "dc1-2"},
            }
            columns = ("bytes", "first ms", "ours/s", "static/s", "ours ms", "static ms", "ours/static")
            print(f"{'answer':28}" + "".join(f"{column:>12}" for column in columns))
            for title, parameters in questions.items():
                compare(title, parameters, ours, folder, chosen)


def build(tree: Path, sets: int) -> int:
    """Write a tree with about `sets` namespaces, each with one app."""
    centers = max(1, sets // (TEAMS * CLUSTERS_OF_A_DC))
    teams = max(1, min(TEAMS, sets // (centers * CLUSTERS_OF_A_DC)))
    where = {
        f"prod/dc{dc}/dc{dc}-{number}": {f"team-{t}": (f"team-{t}", {"app": f"# app of {t}\n"}) for t in range(teams)}
        for dc in range(centers)
        for number in range(CLUSTERS_OF_A_DC)
    }
    Spec(where).write(tree)
    return len(where) * teams


def adoption(folder: Path) -> None:
    module = "sixfold_generator.adoption.run"
    command = [sys.executable, "-m", module, "--tree", folder / "tree", "--state", folder / "run/state"]
    for title in ("first adoption", "adoption, unchanged"):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        start = time.perf_counter()
        extra = ["--force"] if "unchanged" in title else []
        subprocess.run([*command, *extra], env={**os.environ, "PYTHONPATH": str(ROOT)}, check=True, capture_output=True)
        wall = time.perf_counter() - start
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        print(f"{title}: {wall:.1f} s, {cpu:.1f} s CPU, {after.ru_maxrss >> 10} MiB at most")
    size = max((folder / "run/state/snapshots").iterdir()).stat().st_size
    print(f"snapshot: {size / 1e6:.1f} MB\n")


def compare(title: str, parameters: dict, ours: Generator, folder: Path, chosen: argparse.Namespace) -> None:
    body = json.dumps({"applicationSetName": "benchmark", "input": {"parameters": parameters}}).encode()
    request = (
        f"POST {PATH} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\nContent-Type: application/json\r\n"
        + ("Accept-Encoding: gzip\r\n" if "gzip" in title else "")
        + f"Content-Length: {len(body)}\r\n\r\n"
    ).encode() + body
    start = time.perf_counter()
    answer = once(ours.port, request)
    first = (time.perf_counter() - start) * 1000
    (folder / "body").write_bytes(answer)
    with static(folder, chosen.workers) as (port, process):
        assert once(port, request) == answer
        samples: dict[int, list[tuple[float, float]]] = {ours.process.pid: [], process.pid: []}
        ports = {ours.process.pid: ours.port, process.pid: port}
        for pid in samples:
            measure(ports[pid], pid, request, 0.5)  # warm up, without measuring
        for _ in range(chosen.rounds):
            for pid, figures in samples.items():
                figures.append(measure(ports[pid], pid, request, ROUND_SECONDS))
    rates = [statistics.median(rate for rate, _ in figures) for figures in samples.values()]
    costs = [statistics.median(cost for _, cost in figures) for figures in samples.values()]
    print(
        f"{title:28}{len(answer):12,}{first:12.1f}{rates[0]:12.1f}{rates[1]:12.1f}"
        f"{costs[0]:12.3f}{costs[1]:12.3f}{costs[0] / costs[1]:12.2f}",
        flush=True,
    )


def cpu(pid: int) -> float:
    """Return the CPU seconds that the workers of a gunicorn process have used."""
    total = 0
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        fields = Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()
        total += int(fields[11]) + int(fields[12])
    return total / os.sysconf("SC_CLK_TCK")


@contextlib.contextmanager
def static(folder: Path, workers: int):
    """Start gunicorn with the same settings and an application that only sends a file; return its process and port."""
    (folder / "static_app.py").write_text(textwrap.dedent(STATIC))
    (folder / "static_config.py").write_text(textwrap.dedent(STATIC_CONFIG))
    port, other = free_ports(2)
    environ = {
        **os.environ,
        "PYTHONPATH": f"{ROOT}:{folder}",
        "BODY": str(folder / "body"),
        "SIXFOLD_TOKEN_FILES": "unused",
        "SIXFOLD_HOST": "127.0.0.1",
        "SIXFOLD_PORT": str(port),
        "SIXFOLD_ADMIN_PORT": str(other),
        "SIXFOLD_WORKERS": str(workers),
        "SIXFOLD_MAX_REQUESTS": "0",
    }
    command = [sys.executable, "-m", "gunicorn", "-c", str(folder / "static_config.py"), "static_app:app"]
    process = subprocess.Popen(command, env=environ, cwd=folder)
    try:
        end = time.monotonic() + 30
        while time.monotonic() < end:
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            time.sleep(0.05)
        time.sleep(1.5)  # until every worker has started
        yield port, process
    finally:
        process.terminate()
        process.wait()


class Client:
    """A client with one persistent connection. It reads answers by their Content-Length into one buffer."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.buffer = bytearray(1 << 20)

    def ask(self, request: bytes, *, keep: bool = False) -> bytes:
        self.socket.sendall(request)
        head = b""
        while b"\r\n\r\n" not in head:
            head += self.socket.recv(65536)
        top, _, body = head.partition(b"\r\n\r\n")
        assert top.startswith(b"HTTP/1.1 200"), head[:300]
        length = next(int(line[15:]) for line in top.split(b"\r\n") if line.lower().startswith(b"content-length:"))
        parts, have = [body], len(body)
        while have < length:
            got = self.socket.recv_into(self.buffer)
            assert got
            have += got
            if keep:
                parts.append(bytes(self.buffer[:got]))
        return b"".join(parts)


def once(port: int, request: bytes) -> bytes:
    client = Client(port)
    with contextlib.closing(client.socket):
        return client.ask(request, keep=True)


def measure(port: int, pid: int, request: bytes, seconds: float) -> tuple[float, float]:
    """Return the answers per second over a few persistent connections, and the workers' CPU milliseconds per answer."""
    counts = [0] * CLIENTS
    start, before = time.perf_counter(), cpu(pid)
    end = start + seconds

    def run(number: int) -> None:
        client = Client(port)
        with contextlib.closing(client.socket):
            while time.perf_counter() < end:
                client.ask(request)
                counts[number] += 1

    threads = [threading.Thread(target=run, args=(number,)) for number in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / (time.perf_counter() - start), (cpu(pid) - before) * 1000 / sum(counts)


if __name__ == "__main__":
    main()
