"""Keys that sign trees, their files, and the real `ssh-keygen`."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from sixfold_compiler.signing.private_key import PrivateKey
from sixfold_compiler.signing.sshsig import PublicKey

if TYPE_CHECKING:
    from pathlib import Path


def new_key(number: int = 1) -> PrivateKey:
    """Return the key with a number; the same number is the same key."""
    secret = Ed25519PrivateKey.from_private_bytes(number.to_bytes(32))
    return PrivateKey(PublicKey(secret.public_key().public_bytes_raw()), secret)


def text_of(secret) -> bytes:
    """Return the file of a private key."""
    return secret.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())


def key_file(place: Path, number: int = 1, mode: int = 0o600) -> Path:
    """Write the file of a key, and return its path."""
    place.write_bytes(text_of(new_key(number).secret))
    place.chmod(mode)
    return place


def ssh_keygen(*arguments: object, data: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """Run the real ssh-keygen, or skip the test."""
    program = shutil.which("ssh-keygen") or pytest.skip("ssh-keygen is not installed (it comes with OpenSSH)")
    return subprocess.run([program, *map(str, arguments)], input=data, capture_output=True, check=False)


def real_verdict(folder: Path, key: PublicKey, signature: bytes, message: bytes, namespace: str = "sixfold") -> bool:
    """Return whether `ssh-keygen -Y verify` accepts a signature by a key."""
    (folder / "allowed").write_text(f'deploy namespaces="sixfold" {key.line}\n')
    (folder / "signature").write_bytes(signature)
    arguments = ("-f", folder / "allowed", "-I", "deploy", "-n", namespace, "-s", folder / "signature")
    return ssh_keygen("-Y", "verify", *arguments, data=message).returncode == 0
