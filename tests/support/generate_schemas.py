"""Generate `sixfold_compiler/kubernetes/kubernetes.json.gz` from the schemas in the package kubernetes-validate.

    python -m tests.support.generate_schemas

The file has facts only: the fields, types and required fields of the stable built-in kinds of one Kubernetes version, in
the strict reading (unknown fields are errors). It has no prose, formats, alpha and beta versions, lists, `status` and
`managedFields`, which no manifest sets, and no kinds whose definition needs its own schema language.
"""

from __future__ import annotations

import gzip
import importlib.util
import json
import re
from pathlib import Path
from typing import Any

__all__ = ["TARGET", "VERSION", "generate"]

VERSION = "1.37"  # the newest of the package; an older cluster itself rejects a field that it does not know
TARGET = Path(__file__).resolve().parents[2] / "compiler" / "sixfold_compiler" / "kubernetes" / "kubernetes.json.gz"

_STABLE = re.compile(r"v[0-9]+\Z")
_META = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"
_SKIPPED = frozenset({"CustomResourceDefinition", "Status"})
_SHORT = re.compile(r"^io\.k8s\.(?:api\.|apimachinery\.pkg\.(?:apis\.)?|kube-aggregator\.pkg\.apis\.)?")
_INT32 = {"minimum": -(2**31), "maximum": 2**31 - 1}


def generate() -> bytes:
    """Return the bytes of the shipped file: gzip of sorted JSON, the same on every machine."""
    spec = importlib.util.find_spec("kubernetes_validate")
    if spec is None or spec.origin is None:
        raise FileNotFoundError("the package kubernetes-validate is not installed")
    folder = Path(spec.origin).parent / "kubernetes-json-schema" / f"v{VERSION}.0-local-strict"
    source = json.loads((folder / "_definitions.json").read_bytes())["$defs"]
    kinds = {}
    for name, schema in source.items():
        for gvk in schema.get("x-kubernetes-group-version-kind", []):
            if _is_object(schema) and _STABLE.match(gvk["version"]) and gvk["kind"] not in _SKIPPED:
                api = f"{gvk['group']}/{gvk['version']}".lstrip("/")
                kinds[f"{api}/{gvk['kind']}"] = name
    definitions = {}
    todo = list(kinds.values())
    while todo:
        name = todo.pop()
        if name not in definitions:
            definitions[name] = _lean(source[name], todo)
    document = {
        "version": VERSION,
        "kinds": {key: _short(name) for key, name in kinds.items()},
        "definitions": {_short(name): schema for name, schema in definitions.items()},
    }
    return gzip.compress(json.dumps(document, sort_keys=True, separators=(",", ":")).encode(), 9, mtime=0)


def _is_object(schema: dict[str, Any]) -> bool:
    return schema.get("properties", {}).get("metadata", {}).get("$ref", "").endswith(_META)


def _short(name: str) -> str:
    return _SHORT.sub("", name)


def _lean(schema: dict[str, Any], todo: list[str]) -> Any:
    """Return `schema` with facts only, and add the names of definitions that it refers to to `todo`."""
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[1]
        todo.append(name)
        return {"$ref": f"#/$defs/{_short(name)}"}
    if (
        "oneOf" in schema
    ):  # text or a number, each also null: null would match twice, so one list of types replaces them
        return {"type": sorted({kind for choice in schema["oneOf"] for kind in choice["type"]})}
    lean: dict[str, Any] = {}
    for key, value in schema.items():
        if key == "properties":
            lean[key] = {
                field: {} if field in ("status", "managedFields") else _lean(below, todo)
                for field, below in value.items()
            }
        elif key in ("items", "additionalProperties") and isinstance(value, dict):
            lean[key] = _lean(value, todo)
        elif key in ("type", "required", "enum", "additionalProperties"):
            lean[key] = value
        elif key == "format" and value == "int32":
            lean |= _INT32
        elif key not in ("description", "format", "default") and not key.startswith("x-kubernetes-"):
            raise ValueError(f"unknown schema word {key}")
    return lean


if __name__ == "__main__":
    data = generate()
    TARGET.write_bytes(data)
    print(f"{TARGET.name}: Kubernetes {VERSION}, {len(data)} bytes")
