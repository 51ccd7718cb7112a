"""A data center of several clusters on loopback: in each an Envoy with the product's files, and apps that can fail.

Tests of roads use `Site` alone and know no configuration, so another mesh can be put behind the same tests.
"""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.conformance.roads.gateway import Answer, Authority, Envoy, ask, envoy, write_config, write_roads
from tests.lib.platform_input import cluster_input, entry, service
from tests.support.ports import free_ports

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

__all__ = [
    "HTTP",
    "PART",
    "Cluster",
    "Server",
    "Site",
    "host",
    "local_name",
    "on",
    "services",
    "site",
    "spiffe",
    "until",
]

PART = "sixfold-gateway"
DOMAIN = "example.internal"
HTTP = {"name": "http", "port": 8080, "targetPort": 8080, "protocol": "TCP", "appProtocol": "http"}


def host(name: str) -> str:
    """Return the name of a service inside the data center."""
    return f"{name}.dc1.svc.cluster.local"


def local_name(name: str, team: str = "playback") -> str:
    """Return the name of a service inside its cluster."""
    return f"{name}.{team}.svc.cluster.local"


def gateway_name(cluster: str) -> str:
    return f"gw.{cluster}.{DOMAIN}"


def on(**weights: int) -> list[dict[str, Any]]:
    """Return the endpoints of a service by the last letter of each cluster: `on(a=60, b=25)`."""
    return [
        {"cluster": f"dc1-{letter}", "weight": weight, "address": gateway_name(f"dc1-{letter}"), "port": 443}
        for letter, weight in weights.items()
    ]


class Server:
    """A small HTTP/1.1 server on a fixed port, which can be closed and opened again.

    It answers with its name and the request as JSON; `answer` replaces that by a function of (method, path, headers)
    that returns raw bytes, or None to answer never; `serve` replaces how a connection is read. `asked` has the paths of
    all requests.
    """

    def __init__(self, name: str, port: int) -> None:
        self.name, self.port = name, port
        self.answer: Callable[[str, str, dict[str, str]], bytes | None] = self.echo
        self.asked: list[str] = []
        self.accepted = 0  # connections so far
        self.serve: Callable[[socket.socket], object] = self._requests
        self._open: set[socket.socket] = set()
        self._listener: socket.socket | None = None

    def echo(self, method: str, path: str, headers: dict[str, str]) -> bytes:
        """Return the usual answer."""
        return self.respond(200, json.dumps({"app": self.name, "method": method, "path": path, "headers": headers}))

    @staticmethod
    def respond(status: int, body: str, *headers: str) -> bytes:
        """Return an answer as bytes."""
        lines = [f"HTTP/1.1 {status} X", f"content-length: {len(body.encode())}", *headers]
        return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()

    def open(self) -> None:
        """Listen."""
        listener = socket.create_server(("127.0.0.1", self.port), backlog=512, reuse_port=False)
        self._listener = listener
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()

    def close(self) -> None:
        """Close the listener and every connection, as a pod that is killed does."""
        if self._listener is not None:
            self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
            self._listener = None
        for connection in [*self._open]:
            self._end(connection)

    def _end(self, connection: socket.socket) -> None:
        self._open.discard(connection)
        with contextlib.suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)
        connection.close()

    @property
    def connected(self) -> int:
        """The number of open connections."""
        return len(self._open)

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.accepted += 1
            self._open.add(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            with contextlib.suppress(OSError):
                self.serve(connection)
        finally:
            self._end(connection)

    def _requests(self, connection: socket.socket) -> None:
        data = b""
        while True:
            while b"\r\n\r\n" not in data:
                if not (received := connection.recv(65536)):
                    return
                data += received
            head, _, data = data.partition(b"\r\n\r\n")
            first, *lines = head.decode("latin-1").split("\r\n")
            method, path, _ = first.split(" ", 2)
            headers = {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in lines)}
            length = int(headers.get("content-length", 0))
            while len(data) < length:
                data += connection.recv(65536)
            data = data[length:]
            self.asked.append(path)
            if (answer := self.answer(method, path, headers)) is not None:
                connection.sendall(answer)


@dataclass
class Cluster:
    """A cluster: its gateway, and its apps by the name of their service."""

    name: str
    folder: Path
    settings: dict[str, Any]
    apps: dict[str, Server] = field(default_factory=dict)
    files: dict[str, Any] = field(default_factory=dict)
    addresses: dict[tuple[str, int], int] = field(default_factory=dict)
    gateway: Envoy | None = None

    @property
    def running(self) -> Envoy:
        """The gateway, which runs."""
        assert self.gateway is not None
        return self.gateway


class Site:
    """The clusters by the last letter of their names; callers are pods of cluster a."""

    def __init__(self, clusters: dict[str, Cluster], authority: Authority) -> None:
        self.clusters, self.authority = clusters, authority

    def ask(self, name: str, path: str = "/", method: str = "GET", **headers: str) -> Answer:
        """Call a service from cluster a by its name."""
        given = {k.replace("_", "-"): v for k, v in headers.items()}
        return ask(self.clusters["a"].running.http, host(name), path, method, given)

    def who(self, name: str) -> str:
        """Return the cluster whose app answers."""
        answer = self.ask(name)
        assert answer.status == 200, answer
        return str(answer.body["app"])

    def app(self, name: str, cluster: str) -> Server:
        """Return the app of a service on a cluster."""
        return self.clusters[cluster].apps[name]

    def write(self, services: list[dict[str, Any]], clusters: str = "") -> None:
        """Commit: write the files of routes and upstreams of clusters again, while their gateways run."""
        for cluster in [self.clusters[letter] for letter in clusters or self.clusters]:
            write_roads(cluster.folder, rendered(cluster, services, self.clusters), PART, cluster.addresses)


def rendered(cluster: Cluster, services: list[dict[str, Any]], clusters: Mapping[str, Cluster]) -> dict[str, Any]:
    """Return the product's objects for one cluster."""
    given_services = [
        s | {"endpoints": [e | {"local": e["cluster"] == cluster.name} for e in s["endpoints"]]} for s in services
    ]
    given = cluster_input(given_services, cluster.settings)
    given["cluster"]["name"] = cluster.name
    given["dataCenter"]["clusters"] = [each.name for each in clusters.values()]
    return entry("cluster", given)


@contextmanager
def site(folder: Path, services: list[dict[str, Any]], letters: str = "abc", tables: int = 1) -> Iterator[Site]:
    """Start gateways and apps of `services` on clusters; each service has a server on each cluster where it runs."""
    clusters = {}
    for letter in letters:
        ports = free_ports(tables + 4)
        names = ("peerPort", "ownPort", "statusPort", "adminPort")
        settings = {"tables": tables, "httpPort": ports[0], **dict(zip(names, ports[tables:], strict=True))}
        clusters[letter] = Cluster(f"dc1-{letter}", folder / letter, settings)
    authority = Authority()
    with ExitStack() as stack:
        for letter, cluster in clusters.items():
            for each in services:
                if any(endpoint["cluster"] == cluster.name for endpoint in each["endpoints"]):
                    server = Server(letter, *free_ports(1))
                    server.open()
                    stack.callback(server.close)
                    cluster.apps[each["name"]] = server
                    for port in each["ports"]:
                        cluster.addresses[local_name(each["name"], each["team"]), port["port"]] = server.port
            for other in clusters.values():
                cluster.addresses[gateway_name(other.name), 443] = other.settings["peerPort"]
        for cluster in clusters.values():
            cluster.files = rendered(cluster, services, clusters)
            write_config(cluster.folder, cluster.files, PART, cluster.addresses)
            authority.write(cluster.folder / "certificate", spiffe(cluster.name))
            cluster.gateway = stack.enter_context(envoy(cluster.folder, cluster.files, PART, cluster.settings))
        yield Site(clusters, authority)


def spiffe(cluster: str) -> str:
    """Return the name of the gateway of a cluster."""
    return f"spiffe://{DOMAIN}/gateway/prod/dc1/{cluster}"


def until(condition: Callable[[], bool], seconds: float = 10) -> bool:
    """Wait until a condition holds; return whether it did in time."""
    deadline = time.monotonic() + seconds
    while not (met := condition()) and time.monotonic() < deadline:
        time.sleep(0.02)
    return met


def services(**endpoints: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return services by name with their endpoints."""
    return [service(name, endpoints=places) for name, places in endpoints.items()]
