"""A real gunicorn with the generator, on free loopback ports, and clients over sockets."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.counterparts import met, version_of
from tests.support.measuring import measured_as_greenlets
from tests.support.ports import free_ports

TOKEN = "a-long-random-token-for-tests"
PATH = "/api/v1/getparams.execute"
ROOT = Path(__file__).resolve().parents[2]
COMMAND = Path(sys.executable).with_name("sixfold-generator")


@dataclass
class Reply:
    status: int
    headers: dict
    body: bytes
    version: int

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def sets(self):
        return self.json["output"]["parameters"]

    @property
    def names(self):
        return [parameters["name"] for parameters in self.sets]


@dataclass
class Generator:
    """The service in another process, as a context manager."""

    tree: Path
    folder: Path
    environ: dict = field(default_factory=dict)
    workers: int = 2
    token: str | None = TOKEN
    ports: tuple[int, int] | None = None  # of the data and the admin listener; None for free ones

    def __enter__(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        self.state = self.folder / "state"
        self.token_file = self.folder / "token"
        if self.token is not None:
            self.token_file.write_text(self.token + "\n")
        self.port, self.admin_port = self.ports or free_ports(2)
        self.log = self.folder / "stdout.log"
        self.errors = self.folder / "stderr.log"
        self.start()
        return self

    def start(self):
        met("gunicorn", lambda: version_of(sys.executable, "-m", "gunicorn", "--version"))
        environ = {
            **measured_as_greenlets(os.environ),
            "SIXFOLD_TREE": str(self.tree),
            "SIXFOLD_STATE": str(self.state),
            "SIXFOLD_TOKEN_FILES": str(self.token_file),
            "SIXFOLD_HOST": "127.0.0.1",
            "SIXFOLD_PORT": str(self.port),
            "SIXFOLD_ADMIN_PORT": str(self.admin_port),
            "SIXFOLD_WORKERS": str(self.workers),
            "SIXFOLD_POLL_SECONDS": "1",
            "SIXFOLD_RETRY_SECONDS": "1",
            "SIXFOLD_METRICS": str(self.folder / "metrics"),
            **self.environ,
        }
        with self.log.open("ab") as out, self.errors.open("ab") as err:
            self.process = subprocess.Popen(
                [COMMAND],
                cwd=self.folder,
                env=environ,
                stdout=out,
                stderr=err,
            )

    def __exit__(self, *_):
        self.stop(signal.SIGQUIT, seconds=2)

    def stop(self, how=signal.SIGTERM, seconds=15):
        """Stop the service, and kill it after `seconds`, since a worker that is still starting misses the signal."""
        if self.process.poll() is None:
            self.process.send_signal(how)
            try:
                self.process.wait(seconds)
            except subprocess.TimeoutExpired:
                workers = self.worker_ids()
                self.process.kill()
                self.process.wait()
                for worker in workers:
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(worker, signal.SIGKILL)

    def ask(self, parameters=None, *, token=TOKEN, name="test", **fields) -> Reply:
        document = {"applicationSetName": name, "input": {} if parameters is None else {"parameters": parameters}}
        return self.post(json.dumps(document).encode() + b"\n", token=token, **fields)

    def post(self, body: bytes, *, token=TOKEN, gzip=False) -> Reply:
        headers = {"Content-Type": "application/json", "User-Agent": "argocd-applicationset"}
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        if gzip:
            headers["Accept-Encoding"] = "gzip"
        return self.request("POST", PATH, body, headers)

    def request(self, method, path, body=None, headers=None, *, admin=False) -> Reply:
        connection = http.client.HTTPConnection("127.0.0.1", self.admin_port if admin else self.port, timeout=60)
        with contextlib.closing(connection):
            connection.request(method, path, body, headers or {})
            response = connection.getresponse()
            return Reply(response.status, dict(response.getheaders()), response.read(), response.version)

    def admin(self, path, **headers) -> Reply:
        return self.request("GET", path, headers=headers, admin=True)

    def metric(self, line: str) -> float:
        """Return the value of the sample that starts with `line`; 0 if there is none."""
        for text in self.admin("/metrics").body.decode().splitlines():
            if text.startswith(line) and not text.startswith("#"):
                return float(text.rpartition(" ")[2])
        return 0.0

    def lines(self, event="request") -> list[dict]:
        records = [json.loads(line) for line in self.log.read_text().splitlines() if line]
        return [line for line in records if line["event"] == event]

    def until(self, condition, what="the condition", seconds=60.0):
        """Wait until `condition()` is true, and return its value."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            with contextlib.suppress(OSError, http.client.HTTPException):
                if records := condition():
                    return records
            assert self.process.poll() is None, self.errors.read_text()[-3000:]
            time.sleep(0.05)
        raise AssertionError(f"{what} never came; {self.errors.read_text()[-3000:]}")

    def ready(self):
        self.until(lambda: self.admin("/readyz").status == 200, "readiness")
        return self

    def adopted(self, sequence):
        """Wait for an adoption in the state that all workers share."""
        self.until(lambda: status(self)["sequence"] >= sequence, f"adoption {sequence}")
        return self

    def worker_ids(self) -> list[int]:
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [int(pid) for pid in children.split()]


def status(generator: Generator) -> dict:
    return generator.admin("/", Accept="application/json").json
