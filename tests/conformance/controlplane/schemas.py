"""CustomResourceDefinitions out of the folder of schemas beside the project: what other projects publish, by version.

The folder has the schema of each version alone, without descriptions; what else a definition needs is in its index, or
follows from the kind's name.
"""

from __future__ import annotations

import json
from itertools import groupby
from pathlib import Path

import pytest

SCHEMAS = Path(__file__).resolve().parents[4] / "shared" / "schemas"
# Kubernetes keeps the groups of its own community to what it has approved, by this annotation.
APPROVED = "api-approved.kubernetes.io"
UNAPPROVED = "unapproved, a copy for tests"
VOWELS = "aeiou"


def plural_of(kind: str) -> str:
    """A kind's name in paths, as the tools that write CRDs guess it."""
    name = kind.lower()
    if name.endswith("y") and name[-2] not in VOWELS:
        return name[:-1] + "ies"
    return name + ("es" if name.endswith(("s", "x", "z", "ch", "sh")) else "s")


def of_shared(kinds: frozenset[tuple[str, str]] | None = None) -> list[dict]:
    """One definition for each (group, kind) of the index, or for these; skips where the folder is not here."""
    if not (SCHEMAS / "index.json").is_file():
        pytest.skip("the folder ../shared with the schemas of other projects is not here")
    index = json.loads((SCHEMAS / "index.json").read_text())
    ordered = sorted(index, key=lambda entry: (entry["group"], entry["kind"], entry["version"]))
    return [
        definition(group, kind, list(entries))
        for (group, kind), entries in groupby(ordered, key=lambda entry: (entry["group"], entry["kind"]))
        if kinds is None or (group, kind) in kinds
    ]


def definition(group: str, kind: str, entries: list[dict]) -> dict:
    """The versions of one kind as one definition. Each has the schema of its file as it is."""
    plural = plural_of(kind)
    (scope,) = {entry["scope"] for entry in entries}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{group}", "annotations": {APPROVED: UNAPPROVED}},
        "spec": {
            "group": group,
            "names": {"kind": kind, "listKind": f"{kind}List", "plural": plural, "singular": kind.lower()},
            "scope": scope,
            "versions": [
                {
                    "name": entry["version"],
                    "served": entry["served"],
                    "storage": entry["storage"],
                    "deprecated": entry["deprecated"],
                    "schema": {"openAPIV3Schema": json.loads((SCHEMAS / entry["file"]).read_text())},
                }
                for entry in entries
            ],
        },
    }
