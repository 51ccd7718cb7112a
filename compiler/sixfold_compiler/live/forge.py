"""The public keys of a forge, by which its ID tokens are verified."""

from __future__ import annotations

import urllib.request

__all__ = ["keys_of"]

KEYS = "/oauth/discovery/keys"  # of GitLab
TIMEOUT = 20  # seconds
MAX_KEYS = 1 << 20  # bytes


def keys_of(forge: str) -> bytes:
    """Return the JSON web key set of a forge, such as `https://gitlab.example.com`.

    Raises:
        OSError: The forge does not answer, or not over TLS.
    """
    if not forge.startswith("https://"):
        raise OSError(f"{forge} is no https URL")
    with urllib.request.urlopen(forge + KEYS, timeout=TIMEOUT) as answer:  # noqa: S310 - https, see above
        return bytes(answer.read(MAX_KEYS))
