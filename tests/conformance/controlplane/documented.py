"""The commands of docs/operating.md for clusters without Argo CD, and kubectl's only warning about the manifests."""

from __future__ import annotations

import re
from pathlib import Path

# Argo CD's ApplicationSet controller requires this name of its finalizer, which is on the set of the platform.
FINALIZER = (
    'metadata.finalizers: "resources-finalizer.argocd.argoproj.io": prefer a domain-qualified finalizer name '
    "including a path (/) to avoid accidental conflicts with other finalizer writers"
)
OPERATING = Path(__file__).resolve().parents[3] / "docs" / "operating.md"


def documented(verb):
    """Return the arguments of the only command with this verb under "Without Argo CD", except for the context."""
    section = OPERATING.read_text().partition("## Without Argo CD\n")[2].partition("\n## ")[0]
    (flags,) = re.findall(rf"^kubectl --context \S+ {verb} (.+) -f 'overlays/\S+'$", section, re.MULTILINE)
    return tuple(flags.split())


def pattern(folder):
    """Return the page's pattern for the files of a cluster's folder, which does not match the inventory."""
    return folder / "*" / "*.yaml"
