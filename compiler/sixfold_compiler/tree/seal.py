"""A checksum that a JSON file carries in itself, so that a reader who has nothing else finds every torn byte.

The root inventory names the digest of every other file, and nothing names its own. So its field `checksum` is the
SHA-256 of the file with zeros in the field's place.
"""

from __future__ import annotations

import re

from sixfold_compiler.tree.staging import digest_of

__all__ = ["BLANK", "FIELD", "seal", "sealed"]

FIELD = "checksum"
BLANK = "sha256:" + "0" * 64
_PLACE = re.compile(rb'(?<="checksum": ")sha256:[0-9a-f]{64}(?=")')


def seal(data: bytes) -> bytes:
    """`data`, whose checksum is `BLANK`, with the real one."""
    return data.replace(BLANK.encode(), digest_of(data).encode(), 1)


def sealed(data: bytes) -> bool:
    """Whether not one byte differs from what was sealed."""
    found = _PLACE.findall(data)
    return len(found) == 1 and digest_of(data.replace(found[0], BLANK.encode())).encode() == found[0]
