"""Output of `sixfold policy suggest`: the lists that manifests need, as YAML."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from sixfold_compiler.diagnostics import printable

if TYPE_CHECKING:
    from sixfold_compiler.operations.policy import Needs

__all__ = ["as_yaml"]


def as_yaml(needs: Needs) -> str:
    """Return the lists as YAML: `allow` of each team."""
    if not needs.teams:
        return "# The manifests need no references out of their namespaces.\n"
    lines = ["# What the manifests need, for `allow` of each team of the fleet. Review every line."]
    for team, lists in needs.teams.items():
        lines += [f"{team}:", "  allow:"]
        for name, entries in lists.items():
            lines += [f"    {name}:", *(f"    - {json.dumps(entry)}" for entry in entries)]
    return printable("\n".join(lines) + "\n", keep="\n")
