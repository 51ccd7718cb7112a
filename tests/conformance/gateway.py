"""Real Envoys with the library's configuration, in front of small HTTP servers.

They are the gateways of two clusters on one machine. Callers use the gateway of dc1-a; its services run in dc1-a,
behind the peer gateway of dc1-b, or in dc1-c, which is down (a closed port). Only addresses are replaced, by loopback.
"""

from __future__ import annotations

import http.client
import json
import subprocess
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from tests.lib.platform_input import config_text, find
from tests.support.binaries import envoy_binary

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["Answer", "App", "Envoy", "app", "ask", "envoy", "write_config"]

ROADS = "/etc/envoy/roads"
START_SECONDS = 20


@dataclass(frozen=True)
class Answer:
    """A response: its status, and its body as a JSON value or as text."""

    status: int
    body: Any


@dataclass
class App:
    """A running upstream that answers with its name and the request's headers, or with 500 on `/fail`."""

    name: str
    port: int
    asked: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Envoy:
    """A running Envoy: its folder of routes and upstreams, and its ports."""

    folder: Path
    http: int
    status: int
    admin: int

    def stat(self, name: str) -> int:
        """Return the value of one statistic of Envoy."""
        text = ask(self.admin, "localhost", f"/stats?format=json&filter=^{name}$").body
        (statistic,) = [entry["value"] for entry in text["stats"] if entry.get("name") == name]
        return int(statistic)


def ask(port: int, host: str, path: str = "/", method: str = "GET", headers: dict[str, str] | None = None) -> Answer:
    """Send one request on a new connection."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request(method, path, headers={"Host": host} | (headers or {}))
        response = connection.getresponse()
        text = response.read()
        return Answer(response.status, json.loads(text) if text[:1] == b"{" else text.decode())
    finally:
        connection.close()


@contextmanager
def app(name: str) -> Iterator[App]:
    """Start an HTTP/1.1 server on loopback."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # one segment per answer: a second one would wait for 40 ms

        def do_GET(self) -> None:
            running.asked.append(self.path)
            body = json.dumps({"app": name, "headers": {k.lower(): v for k, v in self.headers.items()}}).encode()
            self.send_response(500 if self.path == "/fail" else 200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    running = App(name, server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield running
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def write_config(folder: Path, files: dict[str, Any], part: str, addresses: dict[tuple[str, int], int]) -> None:
    """Write the files that the pods of one part mount. `addresses` maps (name, port) to ports of loopback.

    Routes and upstreams are replaced like kubelet does it: a new folder, and the rename of a symlink.
    """
    clusters = json.loads(config_text(files, f"{part}-clusters"))
    for upstream in clusters["resources"]:
        for place in upstream["load_assignment"]["endpoints"]:
            address = place["lb_endpoints"][0]["endpoint"]["address"]["socket_address"]
            address["port_value"] = addresses[address["address"], address["port_value"]]
            address["address"] = "127.0.0.1"
    roads = folder / "roads"
    version = roads / f"..{time.monotonic_ns()}"
    version.mkdir(parents=True)
    (version / "clusters.json").write_text(json.dumps(clusters))
    (version / "routes.json").write_text(config_text(files, f"{part}-routes"))
    (roads / "..new").symlink_to(version.name)
    (roads / "..new").rename(roads / "..data")
    for name in ("clusters.json", "routes.json"):
        if not (roads / name).is_symlink():
            (roads / name).symlink_to(f"..data/{name}")
    bootstrap = config_text(files, "sixfold-gateway-bootstrap").replace(ROADS, str(roads))
    (folder / "envoy.json").write_text(bootstrap)


@contextmanager
def envoy(folder: Path, files: dict[str, Any], part: str, ports: list[int]) -> Iterator[Envoy]:
    """Start Envoy with the arguments of the part's Deployment, and wait for it. `ports`: HTTP, admin, status."""
    running = Envoy(folder / "roads", http=ports[0], admin=ports[1], status=ports[2])
    container = find(files, "Deployment", part)["spec"]["template"]["spec"]["containers"][0]
    arguments = [a.replace("$(POD_NAME)", "pod-0") for a in container["args"]]
    arguments[arguments.index("--config-path") + 1] = str(folder / "envoy.json")
    log = folder / "envoy.log"
    with log.open("wb") as out:
        process = subprocess.Popen([envoy_binary(), *arguments], stdout=out, stderr=subprocess.STDOUT)
        try:
            for _ in range(START_SECONDS * 20):
                assert process.poll() is None, log.read_text()[-2000:]
                try:
                    if ask(running.status, "localhost", "/ready").status == 200:
                        break
                except OSError:
                    pass
                time.sleep(0.05)
            else:
                raise AssertionError(f"not ready in {START_SECONDS} s: {log.read_text()[-2000:]}")
            yield running
        finally:
            process.terminate()
            process.wait(timeout=10)
