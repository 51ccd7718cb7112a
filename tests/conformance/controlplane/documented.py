"""The commands that docs/operating.md gives for clusters without Argo CD, and kubectl's one warning about them."""

from __future__ import annotations

import re
from pathlib import Path

# Argo CD's ApplicationSet controller knows its finalizer by this name alone, on the set of the platform.
FINALIZER = (
    'metadata.finalizers: "resources-finalizer.argocd.argoproj.io": prefer a domain-qualified finalizer name '
    "including a path (/) to avoid accidental conflicts with other finalizer writers"
)
OPERATING = Path(__file__).resolve().parents[3] / "docs" / "operating.md"


def documented(verb):
    """The arguments of the one command with this verb under the heading "Without Argo CD", but for the context."""
    section = OPERATING.read_text().partition("## Without Argo CD\n")[2].partition("\n## ")[0]
    (flags,) = re.findall(rf"^kubectl --context \S+ {verb} (.+) -f 'overlays/\S+'$", section, re.MULTILINE)
    return tuple(flags.split())


def pattern(folder):
    """The files of a cluster's folder as the page names them; the inventory beside the folders is no object."""
    return folder / "*" / "*.yaml"
