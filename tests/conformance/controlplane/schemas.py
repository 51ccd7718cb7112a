"""CustomResourceDefinitions from the folder of other projects' published schemas beside the project.

The folder has only the schema of each version, without descriptions. The other fields of a definition are in its index,
or follow from the kind's name.
"""

from __future__ import annotations

import json
from itertools import groupby
from pathlib import Path

import pytest

SCHEMAS = Path(__file__).resolve().parents[4] / "shared" / "schemas"
# Kubernetes requires this annotation for definitions in the groups of its own community.
APPROVED = "api-approved.kubernetes.io"
UNAPPROVED = "unapproved, a copy for tests"
VOWELS = "aeiou"


def plural_of(kind: str) -> str:
    """Return a kind's name in paths, with the rules of tools that generate CRDs."""
    name = kind.lower()
    if name.endswith("y") and name[-2] not in VOWELS:
        return name[:-1] + "ies"
    return name + ("es" if name.endswith(("s", "x", "z", "ch", "sh")) else "s")


def of_shared(kinds: frozenset[tuple[str, str]] | None = None) -> list[dict]:
    """Return one definition for each (group, kind) of the index, or for these; skip the test without the folder."""
    if not (SCHEMAS / "index.json").is_file():
        pytest.skip("the folder ../shared with the schemas of other projects is missing")
    index = json.loads((SCHEMAS / "index.json").read_text())
    ordered = sorted(index, key=lambda entry: (entry["group"], entry["kind"], entry["version"]))
    return [
        definition(group, kind, list(entries))
        for (group, kind), entries in groupby(ordered, key=lambda entry: (entry["group"], entry["kind"]))
        if kinds is None or (group, kind) in kinds
    ]


def definition(group: str, kind: str, entries: list[dict]) -> dict:
    """Return the versions of one kind as one definition; each has the unchanged schema of its file."""
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
