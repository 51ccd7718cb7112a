"""SSH signatures with Ed25519, as `ssh-keygen -Y sign` writes and `ssh-keygen -Y verify` checks them.

The format is OpenSSH's PROTOCOL.sshsig: the signer signs a record of a namespace and the digest of the message, and the
file holds the public key and the signature. The namespace keeps a signature of something else, such as a commit, from
being taken for one of a tree.
"""

from __future__ import annotations

import base64
import hashlib
import re
import struct
from dataclasses import dataclass, field

__all__ = ["NAMESPACE", "PublicKey", "Signature", "SignatureError", "armored", "signed_data"]

NAMESPACE = b"sixfold"

_KIND = b"ssh-ed25519"
_MAGIC = b"SSHSIG"
_VERSION = 1
_HASH = "sha512"  # that new signatures use, as those of ssh-keygen
_HASHES = ("sha256", "sha512")
_WIDTH = 70  # characters of a line of the file
_ARMOR = re.compile(
    rb"-----BEGIN SSH SIGNATURE-----\r?\n([A-Za-z0-9+/=\r\n]+)-----END SSH SIGNATURE-----(?:\r?\n)?",
)


class SignatureError(ValueError):
    """The error of a signature that is none, or that does not sign a tree. Its text begins with "it"."""


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A public Ed25519 key; two keys with different comments are the same key."""

    raw: bytes
    comment: str = field(default="", compare=False)

    @classmethod
    def parse(cls, text: str) -> PublicKey:
        """Parse a line of a `.pub` file: `ssh-ed25519`, the key in base64, and a comment that may be missing.

        Raises:
            ValueError: The text is not such a line.
        """
        kind, _, others = text.strip().partition(" ")
        encoded, _, comment = others.strip().partition(" ")
        if kind != _KIND.decode() or not comment.strip().isprintable():
            raise ValueError("not an Ed25519 public key")
        return cls(_key(base64.b64decode(encoded, validate=True)), comment.strip())

    @property
    def blob(self) -> bytes:
        """The key as SSH encodes it."""
        return _string(_KIND) + _string(self.raw)

    @property
    def line(self) -> str:
        """The key as a line of a `.pub` file."""
        return f"{_KIND.decode()} {base64.b64encode(self.blob).decode()} {self.comment}".rstrip()

    @property
    def fingerprint(self) -> str:
        """The fingerprint that `ssh-keygen -l` prints."""
        return "SHA256:" + base64.b64encode(hashlib.sha256(self.blob).digest()).decode().rstrip("=")


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature of a tree, with the key that made it. Only `signs` says whether it is right."""

    key: PublicKey
    hash: str
    value: bytes

    @classmethod
    def parse(cls, data: bytes) -> Signature:
        """Parse the bytes of a signature file.

        Raises:
            SignatureError: It is not a signature, not one by an Ed25519 key, or one for another namespace.
        """
        armor = _ARMOR.fullmatch(data)
        if armor is None:
            raise SignatureError("it is not an SSH signature")
        try:
            reader = _Reader(base64.b64decode(b"".join(armor[1].split()), validate=True))
            magic, version, key = reader.take(len(_MAGIC)), reader.number(), reader.string()
            namespace, reserved, hashed, inner = (reader.string() for _ in range(4))
            reader.end()
            public = PublicKey(_key(key))
            signature = _Reader(inner)
            kind, value = signature.string(), signature.string()
            signature.end()
        except ValueError as error:  # binascii's included
            raise SignatureError("it is damaged, or its key is not an Ed25519 key") from error
        if (magic, version, reserved, kind, len(value)) != (_MAGIC, _VERSION, b"", _KIND, 64):
            raise SignatureError("it has another form than the signatures of ssh-keygen")
        if namespace != NAMESPACE:
            raise SignatureError("it is for another namespace than `sixfold`")
        if (name := hashed.decode("ascii", "replace")) not in _HASHES:
            raise SignatureError("it uses a hash other than SHA-256 and SHA-512")
        return cls(public, name, value)

    def signs(self, message: bytes) -> bool:
        """Return whether the owner of the key signed this message."""
        # Takes 50 ms to load, and most commands meet no signature.
        from cryptography.exceptions import InvalidSignature  # noqa: PLC0415
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey  # noqa: PLC0415

        try:
            Ed25519PublicKey.from_public_bytes(self.key.raw).verify(self.value, signed_data(message, self.hash))
        except (InvalidSignature, ValueError):
            return False
        return True


def signed_data(message: bytes, name: str = _HASH) -> bytes:
    """Return what the key signs for a message; `name` is that of the hash."""
    digest = hashlib.new(name, message).digest()
    return _MAGIC + _string(NAMESPACE) + _string(b"") + _string(name.encode()) + _string(digest)


def armored(key: PublicKey, value: bytes) -> bytes:
    """Return the bytes of a signature file; `value` is the key's signature of `signed_data`."""
    inner = _string(_KIND) + _string(value)
    parts = (key.blob, NAMESPACE, b"", _HASH.encode(), inner)
    blob = _MAGIC + struct.pack(">I", _VERSION) + b"".join(map(_string, parts))
    text = base64.b64encode(blob).decode()
    lines = [text[start : start + _WIDTH] for start in range(0, len(text), _WIDTH)]
    return "\n".join(["-----BEGIN SSH SIGNATURE-----", *lines, "-----END SSH SIGNATURE-----", ""]).encode()


class _Reader:
    """A reader of SSH's encoding. Raises ValueError for what is not there, or too much."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def take(self, length: int) -> bytes:
        if length > len(self._data):
            raise ValueError("too short")
        part, self._data = self._data[:length], self._data[length:]
        return part

    def number(self) -> int:
        return int.from_bytes(self.take(4))

    def string(self) -> bytes:
        return self.take(self.number())

    def end(self) -> None:
        if self._data:
            raise ValueError("too long")


def _string(data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + data


def _key(blob: bytes) -> bytes:
    """Return the 32 bytes of an encoded Ed25519 key. Raises ValueError for any other key."""
    reader = _Reader(blob)
    kind, raw = reader.string(), reader.string()
    reader.end()
    if kind != _KIND or len(raw) != 32:
        raise ValueError("not an Ed25519 key")
    return raw
