"""The certificate authorities of a cluster, as identities that can be compared."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re

__all__ = ["authorities"]

_PEM = re.compile(rb"-----BEGIN CERTIFICATE-----(.*?)-----END CERTIFICATE-----", re.DOTALL)
_DIGITS = 16  # hexadecimal digits of a digest: enough to tell certificates apart, and to be written by hand


def authorities(ca_data: str | None) -> str:
    """Return the digests of the certificates in a bundle (base64 of PEM), sorted and joined by commas.

    A bundle that holds no certificate is one authority as a whole. Without a bundle the result is empty.
    """
    if not ca_data:
        return ""
    try:
        data = base64.b64decode("".join(ca_data.split()), validate=True)
    except (binascii.Error, ValueError):
        data = ca_data.encode()
    parts = [b"".join(part.split()) for part in _PEM.findall(data)] or [data]
    return ",".join(sorted({"sha256:" + hashlib.sha256(part).hexdigest()[:_DIGITS] for part in parts}))
