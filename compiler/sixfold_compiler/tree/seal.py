"""The checksum that the root inventory contains of itself.

The root inventory names the digest of every other file of the tree, but no file names the digest of the root. Its field
`checksum` is therefore the SHA-256 of the file with zeros in place of the checksum, so that a reader detects any
changed byte from the file alone.
"""

from __future__ import annotations

import re

from sixfold_compiler.model.inventory import digest_of

__all__ = ["BLANK", "seal", "sealed"]

BLANK = "sha256:" + "0" * 64
_CHECKSUM = re.compile(rb'(?<="checksum": ")sha256:[0-9a-f]{64}(?=")')


def seal(data: bytes) -> bytes:
    """Replace the `BLANK` checksum in a file's bytes with the real one, and return the bytes."""
    return data.replace(BLANK.encode(), digest_of(data).encode(), 1)


def sealed(data: bytes) -> bool:
    """Return whether a file's bytes match the checksum that they contain."""
    checksums: list[bytes] = _CHECKSUM.findall(data)
    if len(checksums) != 1:
        return False
    return digest_of(data.replace(checksums[0], BLANK.encode())).encode() == checksums[0]
