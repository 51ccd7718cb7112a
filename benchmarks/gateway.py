"""Measure the gateway in front of a small app: Envoy's CPU time for a request, and what a caller waits.

    python -m benchmarks.gateway [--rounds 5] [--seconds 4] [--rate 1000] [--services 2000]

Four paths are called in turn, round by round: the app itself, a bare Envoy in front of it, the gateway of its own
cluster, and the gateways of two clusters. The files are the product's, with the defaults of its settings. The figure
that counts is the CPU time of all Envoys for a request divided by that of the bare one in the same round. A last table
has the time and memory in which an Envoy takes in the files of many services; their names lead to loopback.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.conformance.roads.gateway import Authority, envoy, write_config
from tests.conformance.roads.site import PART, host, on, services, site, spiffe
from tests.lib.platform_input import cluster_input, entry, service
from tests.support.binaries import envoy_binary
from tests.support.ports import free_ports

if TYPE_CHECKING:
    from collections.abc import Iterator

CALLERS = 20
BODY = b"x" * 200
ANSWER = b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%s" % (len(BODY), BODY)
TYPE = "type.googleapis.com/envoy.extensions.filters"


def bare(admin: int, port: int, app: int) -> str:
    """Return the configuration of an Envoy that leads everything to one port."""

    def address(number: int) -> dict[str, object]:
        return {"socket_address": {"address": "127.0.0.1", "port_value": number}}

    router = {"name": "router", "typed_config": {"@type": f"{TYPE}.http.router.v3.Router"}}
    routes = [{"match": {"prefix": "/"}, "route": {"cluster": "app"}}]
    manager = {
        "@type": f"{TYPE}.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "bare",
        "route_config": {"virtual_hosts": [{"name": "all", "domains": ["*"], "routes": routes}]},
        "http_filters": [router],
    }
    ends = [{"lb_endpoints": [{"endpoint": {"address": address(app)}}]}]
    listener = {"address": address(port), "filter_chains": [{"filters": [{"name": "http", "typed_config": manager}]}]}
    cluster = {"name": "app", "load_assignment": {"cluster_name": "app", "endpoints": ends}}
    kept = {"stats_matcher": {"inclusion_list": {"patterns": [{"prefix": "server."}]}}}
    static = {"listeners": [listener], "clusters": [cluster]}
    return json.dumps({"admin": {"address": address(admin)}, "stats_config": kept, "static_resources": static})


APP = """
import asyncio, sys
ANSWER = {answer!r}
class Http(asyncio.Protocol):
    def connection_made(self, transport): self.transport, self.data = transport, b""
    def data_received(self, data):
        self.data += data
        while b"\\r\\n\\r\\n" in self.data:
            _, _, self.data = self.data.partition(b"\\r\\n\\r\\n")
            self.transport.write(ANSWER)
async def main():
    servers = [await asyncio.get_running_loop().create_server(Http, "127.0.0.1", int(p)) for p in sys.argv[1:]]
    await asyncio.gather(*(server.serve_forever() for server in servers))
asyncio.run(main())
"""


@dataclass(frozen=True)
class Target:
    """A path to the app: its name, the port and Host header of requests, and the Envoys that carry them."""

    name: str
    port: int
    host: str
    envoys: tuple[int, ...]


@dataclass(frozen=True)
class Sample:
    """The measurements of one round: CPU microseconds of Envoys for a request, and the seconds of each request."""

    cpu: float
    seconds: list[float]

    def quantile(self, share: float) -> float:
        """Return a quantile of the requests in milliseconds."""
        ordered = sorted(self.seconds)
        return 1000 * ordered[min(int(share * len(ordered)), len(ordered) - 1)]


def cpu_of(pid: int) -> float:
    """Return the CPU seconds that the threads of a process have used."""
    return sum(int(task.read_text().split()[0]) for task in Path(f"/proc/{pid}/task").glob("*/schedstat")) / 1e9


async def call(target: Target, rate: float, seconds: float) -> list[float]:
    """Send requests at a constant rate on connections that stay open; return the seconds of each."""
    taken: list[float] = []
    begin = time.perf_counter()
    request = f"GET /x HTTP/1.1\r\nHost: {target.host}\r\n\r\n".encode()

    async def caller(number: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", target.port)
        for turn in range(int(rate * seconds / CALLERS)):
            await asyncio.sleep(max(0.0, begin + (turn * CALLERS + number) / rate - time.perf_counter()))
            sent = time.perf_counter()
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200"), head
            await reader.readexactly(int(re.search(rb"content-length: (\d+)", head)[1]))
            taken.append(time.perf_counter() - sent)
        writer.close()

    await asyncio.gather(*(caller(number) for number in range(CALLERS)))
    return taken


def measured(target: Target, rate: float, seconds: float) -> Sample:
    """Call one way for a while."""
    asyncio.run(call(target, rate, seconds / 4))
    before = sum(map(cpu_of, target.envoys))
    taken = asyncio.run(call(target, rate, seconds))
    return Sample((sum(map(cpu_of, target.envoys)) - before) / len(taken) * 1e6, taken)


@contextmanager
def targets(folder: Path) -> Iterator[list[Target]]:
    """Start the app in another process, the bare Envoy and two gateways."""
    with ExitStack() as stack:
        roads = stack.enter_context(site(folder / "site", services(here=on(a=60, b=40), there=on(b=100)), "ab"))
        for name, letter in (("here", "a"), ("here", "b"), ("there", "b")):
            roads.app(name, letter).close()
        ports = [roads.app("here", "a").port, roads.app("there", "b").port]
        app = subprocess.Popen([sys.executable, "-c", APP.format(answer=ANSWER), *map(str, ports)])
        stack.callback(app.wait)
        stack.callback(app.terminate)
        roads.write(services(here=on(a=100, b=0), there=on(b=100)))
        admin, port = free_ports(2)
        bare_file = folder / "bare.json"
        bare_file.write_text(bare(admin, port, ports[0]))
        command = [
            envoy_binary(),
            "-c",
            bare_file,
            "--concurrency",
            "2",
            "--log-level",
            "error",
            "--disable-hot-restart",
        ]
        alone = subprocess.Popen(command)
        stack.callback(alone.wait)
        stack.callback(alone.terminate)
        time.sleep(4)  # until the gateways have read the files, and closed connections to the servers that are gone
        near, far = (roads.clusters[letter].running.process.pid for letter in "ab")
        call_port = roads.clusters["a"].running.http
        yield [
            Target("direct", ports[0], "app", ()),
            Target("bare Envoy", port, "app", (alone.pid,)),
            Target("gateway, here", call_port, host("here"), (near, far)),
            Target("gateway, over a peer", call_port, host("there"), (near, far)),
        ]


def loading(count: int) -> tuple[float, float, int]:
    """Return the seconds until an Envoy with this many services is ready, its CPU seconds, and its memory in MiB."""
    ports = free_ports(8)
    names = ("peerPort", "ownPort", "statusPort", "adminPort")
    settings = {"httpPort": ports[0], "tables": 4, "memory": "2Gi", **dict(zip(names, ports[4:], strict=True))}
    files = entry("cluster", cluster_input([service(f"app-{i}", f"team-{i % 40}") for i in range(count)], settings))

    class Loopback(dict):
        def __missing__(self, _key: object) -> int:
            return 1

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_config(folder, files, PART, Loopback())
        Authority().write(folder / "certificate", spiffe("dc1-a"))
        started = time.perf_counter()
        with envoy(folder, files, PART, settings) as running:
            ready = time.perf_counter() - started
            status = Path(f"/proc/{running.process.pid}/status").read_text()
            memory = int(re.search(r"VmRSS:\s+(\d+)", status)[1]) // 1024
            return ready, cpu_of(running.process.pid), memory


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--rate", type=float, default=1000)
    parser.add_argument("--services", type=int, nargs="*", default=[100, 1000])
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, targets(Path(folder)) as each:
        rounds = [
            {target.name: measured(target, options.rate, options.seconds) for target in each}
            for _ in range(options.rounds)
        ]
    print("| path | CPU µs a request | requests a second and core | of bare | p50 ms | p99 ms |")
    print("|---|--:|--:|--:|--:|--:|")
    for target in each:
        samples = [sample_of[target.name] for sample_of in rounds]
        cpu = statistics.median(sample.cpu for sample in samples)
        ratio = statistics.median(sample_of[target.name].cpu / sample_of["bare Envoy"].cpu for sample_of in rounds)
        p50, p99 = (statistics.median(sample.quantile(share) for sample in samples) for share in (0.5, 0.99))
        figures = f"{cpu:.0f} | {1e6 / cpu:,.0f} | {ratio:.2f}" if target.envoys else "| |"
        print(f"| {target.name} | {figures} | {p50:.2f} | {p99:.2f} |")
    print("\n| services | ready after s | CPU s | MiB |\n|--:|--:|--:|--:|")
    for count in options.services:
        ready, cpu, memory = loading(count)
        print(f"| {count:,} | {ready:.1f} | {cpu:.1f} | {memory:,} |")
    print(json.dumps({"rounds": options.rounds, "seconds": options.seconds, "rate": options.rate}))


if __name__ == "__main__":
    main()
