"""Which clusters an Argo CD knows: the names and servers in its cluster Secrets, and nothing else of them."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

__all__ = ["IN_CLUSTER", "Registered", "parse_registered", "servers"]

FROZEN = "argocd.argoproj.io/skip-reconcile"
IN_CLUSTER = "https://kubernetes.default.svc"  # Argo CD knows its own cluster without a Secret
LONGEST = 512


@dataclass(frozen=True, slots=True)
class Registered:
    """One cluster of an Argo CD: `frozen` when Argo CD is told to leave it alone."""

    name: str
    server: str
    frozen: bool = False


def parse_registered(secrets: Iterable[Mapping[str, Any]]) -> Iterator[Registered]:
    """Name and server of each Secret; those that have none are left out, as Argo CD leaves them out."""
    for secret in secrets:
        data = secret.get("data")
        if not isinstance(data, dict):
            continue
        name, server = _text(data.get("name")), _text(data.get("server"))
        metadata = secret.get("metadata")
        annotations = metadata.get("annotations") if isinstance(metadata, dict) else None
        frozen = isinstance(annotations, dict) and annotations.get(FROZEN) == "true"
        if server:
            yield Registered(name or server, server, frozen)


def servers(found: Iterable[Registered]) -> dict[str, Registered]:
    """By URL, as Argo CD compares them: without a slash at the end."""
    return {one.server.rstrip("/"): one for one in found}


def _text(value: object) -> str:
    if not isinstance(value, str) or len(value) > 4 * LONGEST:
        return ""
    try:
        text = base64.b64decode(value, validate=True).decode("ascii").strip()
    except (binascii.Error, ValueError):
        return ""
    return text if len(text) <= LONGEST and text.isprintable() else ""
