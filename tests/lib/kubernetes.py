"""Validation against the schemas of Kubernetes, Argo CD and the Prometheus Operator; unknown fields are errors."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import kubernetes_validate
import pytest

__all__ = ["KUBERNETES", "validate"]

KUBERNETES = "1.34"
CUSTOM = Path(__file__).resolve().parents[3] / "shared" / "schemas"


def validate(item: dict[str, Any]) -> None:
    """Raise an error for an object that an API server would reject or prune."""
    group = item["apiVersion"].rpartition("/")[0]
    if group in {"argoproj.io", "monitoring.coreos.com"}:
        _custom(group, item["kind"].lower(), item["apiVersion"].rpartition("/")[2]).validate(item)
    else:
        kubernetes_validate.validate(item, KUBERNETES, strict=True)


@cache
def _custom(group: str, kind: str, version: str) -> Any:
    path = CUSTOM / group / f"{kind}_{version}.json"
    if not path.is_file():
        pytest.skip(f"the schema of {kind} is not available")
    return jsonschema.Draft202012Validator(_closed(json.loads(path.read_text()), top=True))


def _closed(schema: Any, *, top: bool = False) -> Any:
    """Return a structural schema that rejects unknown fields, except in metadata."""
    if isinstance(schema, list):
        return [_closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    out = {
        key: {name: _closed(sub) for name, sub in value.items()} if key == "properties" else _closed(value)
        for key, value in schema.items()
        if not key.startswith("x-kubernetes-") and key != "format"
    }
    if schema.get("x-kubernetes-int-or-string"):
        out["type"] = ["integer", "string"]
    if "properties" in out and "additionalProperties" not in out:
        out["additionalProperties"] = False
    if top:
        out["properties"]["metadata"] = {"type": "object"}
    return out
