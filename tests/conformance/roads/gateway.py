"""Real Envoys with the library's configuration, in front of small HTTP servers.

They are the gateways of several clusters on one machine. Only addresses are replaced, by loopback, and the folders of
files; certificates are of an authority of the tests.
"""

from __future__ import annotations

import http.client
import json
import re
import subprocess
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.lib.platform_input import config_texts, find
from tests.support.binaries import envoy_binary

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["Answer", "App", "Authority", "Envoy", "app", "ask", "envoy", "swap", "write_config", "write_roads"]

# An address in the product's files, with its port; keys are quoted or not.
ADDRESS = re.compile(r'("?address"?): "([^"]+)", ("?port_value"?): ([0-9]+)')
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
    """A running Envoy: its folder, its ports, and its process."""

    folder: Path
    settings: dict[str, Any]
    process: subprocess.Popen[bytes]

    @property
    def http(self) -> int:
        """The port for calls by the first table."""
        return int(self.settings["httpPort"])

    @property
    def status(self) -> int:
        """The port for readiness and metrics."""
        return int(self.settings["statusPort"])

    @property
    def ready(self) -> int:
        """The status of readiness now."""
        return ask(self.status, "localhost", "/ready").status

    def stat(self, name: str) -> int:
        """Return the value of one statistic of Envoy."""
        text = ask(self.settings["adminPort"], "localhost", f"/stats?format=json&filter=^{name}$").body
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


class Authority:
    """An authority for the certificates of gateways, which are files as in a mounted Secret."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "tests")])
        self._certificate = self._sign(
            name, name, self._key, timedelta(days=2), x509.BasicConstraints(ca=True, path_length=0)
        )

    def write(self, folder: Path, name: str, lasts: timedelta = timedelta(days=1)) -> None:
        """Write certificate, key and authority for a SPIFFE name, swapped like kubelet does it."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "gateway")])
        names = x509.SubjectAlternativeName([x509.UniformResourceIdentifier(name)])
        pem = serialization.Encoding.PEM
        plain = (serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        certificate = self._sign(subject, self._certificate.subject, key, lasts, names)
        swap(folder, {
            "tls.crt": certificate.public_bytes(pem).decode(),
            "tls.key": key.private_bytes(pem, *plain).decode(),
            "ca.crt": self._certificate.public_bytes(pem).decode(),
        })  # fmt: skip

    def _sign(
        self,
        subject: x509.Name,
        issuer: x509.Name,
        key: ec.EllipticCurvePrivateKey,
        lasts: timedelta,
        extension: x509.ExtensionType,
    ) -> x509.Certificate:
        now = datetime.now(UTC)
        builder = x509.CertificateBuilder(issuer, subject, key.public_key(), x509.random_serial_number())
        builder = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + lasts)
        return builder.add_extension(extension, critical=False).sign(self._key, hashes.SHA256())


def swap(folder: Path, files: dict[str, str]) -> None:
    """Replace the files of a mounted volume like kubelet does it: a new folder, and the rename of a symlink."""
    version = folder / f"..{time.monotonic_ns()}"
    version.mkdir(parents=True)
    for name, text in files.items():
        (version / name).write_text(text)
    (folder / "..new").symlink_to(version.name)
    (folder / "..new").rename(folder / "..data")
    for name in files:
        if not (folder / name).is_symlink():
            (folder / name).symlink_to(f"..data/{name}")


def write_roads(folder: Path, files: dict[str, Any], part: str, addresses: dict[tuple[str, int], int]) -> None:
    """Write the routes and upstreams of a part. `addresses` maps (name, port) to ports of loopback."""

    def on_loopback(match: re.Match[str]) -> str:
        key, address, port_key, port = match.groups()
        port = port if address == "127.0.0.1" else str(addresses[address, int(port)])
        return f'{key}: "127.0.0.1", {port_key}: {port}'

    texts = {}
    for item in files["_platform/gateway.yaml"]:
        name = item["metadata"]["name"]
        if item["kind"] == "ConfigMap" and re.fullmatch(rf"{part}-(upstreams|routes-[0-9]+)", name):
            texts |= {file: in_folder(ADDRESS.sub(on_loopback, text), folder) for file, text in item["data"].items()}
    swap(folder / "roads", texts)


def write_config(folder: Path, files: dict[str, Any], part: str, addresses: dict[tuple[str, int], int]) -> None:
    """Write all files that the pods of a part mount, but the certificate."""
    write_roads(folder, files, part, addresses)
    for file, text in config_texts(files, "sixfold-gateway-bootstrap").items():
        (folder / file).write_text(in_folder(text, folder).replace('"0.0.0.0"', '"127.0.0.1"'))


def in_folder(text: str, folder: Path) -> str:
    """Return a file with the folders of the test instead of the container's."""
    for name, below in (("roads", "/roads"), ("bootstrap", ""), ("certificate", "/certificate")):
        text = text.replace(f"/etc/envoy/{name}", f"{folder}{below}")
    return text


@contextmanager
def envoy(
    folder: Path, files: dict[str, Any], part: str, settings: dict[str, Any], ready: int = 200
) -> Iterator[Envoy]:
    """Start Envoy with the arguments of the part's Deployment, and wait until its readiness has a status."""
    container = find(files, "Deployment", part)["spec"]["template"]["spec"]["containers"][0]
    arguments = [a.replace("$(POD_NAME)", "pod-0") for a in container["args"]]
    arguments[arguments.index("--config-path") + 1] = str(folder / "envoy.json")
    log = folder / "envoy.log"
    with log.open("wb") as out:
        process = subprocess.Popen([envoy_binary(), *arguments], stdout=out, stderr=subprocess.STDOUT)
        running = Envoy(folder, settings, process)
        try:
            for _ in range(START_SECONDS * 20):
                assert process.poll() is None, log.read_text()[-2000:]
                try:
                    if running.ready == ready:
                        break
                except OSError:
                    pass
                time.sleep(0.05)
            else:
                raise AssertionError(f"not {ready} in {START_SECONDS} s: {log.read_text()[-2000:]}")
            yield running
        finally:
            process.terminate()
            process.wait(timeout=10)
