"""Clusters registered in an Argo CD: the names and servers in its cluster Secrets, without credentials."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sixfold_compiler.diagnostics import Json, JsonObject

__all__ = ["IN_CLUSTER", "Registered", "parse_registered", "servers"]

FROZEN = "argocd.argoproj.io/skip-reconcile"
IN_CLUSTER = "https://kubernetes.default.svc"  # Argo CD knows its own cluster without a Secret
LONGEST = 512


@dataclass(frozen=True, slots=True)
class Registered:
    """One cluster registered in an Argo CD. `frozen` is true if an annotation makes Argo CD skip it."""

    name: str
    server: str
    frozen: bool = False


def parse_registered(secrets: Iterable[JsonObject]) -> Iterator[Registered]:
    """Yield the cluster of each cluster Secret. Secrets without a server are skipped, as in Argo CD."""
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


def servers(clusters: Iterable[Registered]) -> dict[str, Registered]:
    """Return the clusters by the URL of their server without a final slash, which is how Argo CD compares URLs."""
    return {cluster.server.rstrip("/"): cluster for cluster in clusters}


def _text(value: Json) -> str:
    if not isinstance(value, str) or len(value) > 4 * LONGEST:
        return ""
    try:
        text = base64.b64decode(value, validate=True).decode("ascii").strip()
    except (binascii.Error, ValueError):
        return ""
    return text if len(text) <= LONGEST and text.isprintable() else ""
