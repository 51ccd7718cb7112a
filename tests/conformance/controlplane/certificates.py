"""Certificates of a private authority, created by openssl: for clients, like those of kubeadm, and for servers."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

DAYS = "2"
KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]


def openssl() -> str | None:
    """Return the path of the program, or None."""
    return shutil.which("openssl")


@dataclass(frozen=True)
class Pair:
    """A certificate and its key, as PEM files."""

    certificate: Path
    key: Path


class Authority:
    """A certificate authority with its files in one folder."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.certificate = folder / "ca.crt"
        self._key = folder / "ca.key"
        extensions = ["-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign"]
        _run("req", "-x509", *KEY, "-days", DAYS, "-subj", "/CN=tests", *extensions, "-keyout", self._key,
             "-out", self.certificate)  # fmt: skip

    def client(self, user: str, group: str) -> Pair:
        """Create a certificate for a user of Kubernetes."""
        return self._sign(user, f"/O={group}/CN={user}", "extendedKeyUsage=clientAuth")

    def server(self, host: str) -> Pair:
        """Create a certificate for a server with this name, and on loopback."""
        names = f"subjectAltName=DNS:{host},DNS:localhost,IP:127.0.0.1"
        return self._sign(host, f"/CN={host[:64]}", f"extendedKeyUsage=serverAuth\n{names}")

    def _sign(self, name: str, subject: str, extensions: str) -> Pair:
        pair = Pair(self.folder / f"{name}.crt", self.folder / f"{name}.key")
        request, extension_file = self.folder / f"{name}.csr", self.folder / f"{name}.ext"
        extension_file.write_text(extensions + "\n")
        _run("req", "-new", *KEY, "-subj", subject, "-keyout", pair.key, "-out", request)
        _run("x509", "-req", "-in", request, "-CA", self.certificate, "-CAkey", self._key, "-CAcreateserial",
             "-days", DAYS, "-extfile", extension_file, "-out", pair.certificate)  # fmt: skip
        return pair


def _run(*arguments: object) -> None:
    done = subprocess.run(
        [openssl() or "openssl", *map(str, arguments)], check=False, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
