"""The private key of `compile --sign`: an unencrypted Ed25519 key in the format of OpenSSH."""

from __future__ import annotations

import os
import stat
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NoReturn

from sixfold_compiler.diagnostics import Diagnostic, DiagnosticError
from sixfold_compiler.files.confined import unreadable
from sixfold_compiler.signing.sshsig import PublicKey, armored, signed_data

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

__all__ = ["PrivateKey", "read_private_key"]

STDIN, VARIABLE = "-", "env:"
MAX_KEY = 64 * 1024  # bytes; a key has about 400

_CREATE = "create a key for this purpose: ssh-keygen -t ed25519 -N '' -C sixfold -f sixfold-signing"
_PUBLIC = (b"ssh-", b"ecdsa-")
_OTHERS = stat.S_IRWXG | stat.S_IRWXO  # as for ssh, which ignores such a key


@dataclass(frozen=True, slots=True)
class PrivateKey:
    """A private key that signs trees. Its secret part is never printed."""

    public: PublicKey
    secret: Ed25519PrivateKey = field(repr=False)

    def sign(self, message: bytes) -> bytes:
        """Return the bytes of the signature file of a message; they are always the same."""
        return armored(self.public, self.secret.sign(signed_data(message)))


def read_private_key(source: str) -> PrivateKey:
    """Read the key that `--sign` names: a file, `-` for standard input, or `env:NAME` for a variable.

    The variable is removed from the environment, so that no process that is started later inherits it.

    Raises:
        DiagnosticError: SF735, there is no such key, or it cannot sign.
    """
    if source == STDIN:
        return _parsed("the key on standard input", sys.stdin.buffer.read(MAX_KEY + 1))
    if source.startswith(VARIABLE):
        name = source.removeprefix(VARIABLE)
        text = os.environ.pop(name, "")
        if not text.strip():
            _refuse(f"the variable {name or 'of --sign'} has no key", f"set it to the text of the key; {_CREATE}")
        return _parsed(f"the key in {name}", text.encode("utf-8", "surrogateescape"))
    return _parsed(source, _read(source))


def _read(path: str) -> bytes:
    try:
        with open(path, "rb") as stream:  # noqa: PTH123 - also /dev/fd/63
            data, mode = stream.read(MAX_KEY + 1), os.fstat(stream.fileno()).st_mode
    except (OSError, ValueError) as error:
        reason = unreadable(error) if isinstance(error, OSError) else "its name contains a NUL character"
        _refuse(f"{path} cannot be read: {reason}", f"name the file of the key; {_CREATE}")
    if mode & _OTHERS and not data.startswith(_PUBLIC):
        _refuse(f"{path} may be read by other users", f"run `chmod 600 {path}`, or pass the key with --sign -")
    return data


def _parsed(name: str, data: bytes) -> PrivateKey:
    # Takes 0.1 s to load, and only this function needs it.
    from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: PLC0415

    text = b"\n".join(data.split(b"\r\n")).strip() + b"\n"  # as forms on web pages leave it
    if text.startswith(_PUBLIC):
        _refuse(f"{name} is a public key", "name the private key, whose file has no .pub at its end")
    try:
        key = serialization.load_ssh_private_key(text, password=None)
    except TypeError:
        _refuse(f"{name} is encrypted", f"sign with a key that needs no passphrase; {_CREATE}")
    except (ValueError, UnsupportedAlgorithm):
        _refuse(f"{name} is not a private key in the format of OpenSSH", _CREATE)
    if not isinstance(key, Ed25519PrivateKey):
        kind = type(key).__name__.removesuffix("PrivateKey").strip("_")
        _refuse(f"{name} is a key of the kind {kind}, and trees are signed with Ed25519", _CREATE)
    return PrivateKey(PublicKey(key.public_key().public_bytes_raw()), key)


def _refuse(message: str, hint: str) -> NoReturn:
    raise DiagnosticError(Diagnostic("SF735", message, None, hint))
