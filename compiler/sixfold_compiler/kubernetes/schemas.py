"""Strict offline validation of Kubernetes objects against the schemas of the built-in kinds.

The schemas describe one Kubernetes version (see `version`). tests/support/generate_schemas.py writes their file, which
is read at the first use. The validator of a kind is compiled for the first object of that kind.
"""

from __future__ import annotations

import gzip
from functools import lru_cache, partial
from itertools import islice
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, TypedDict

import orjson

from sixfold_compiler.diagnostics.violations import MOST, Problem, violations

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jsonschema_rs import Draft202012Validator

    from sixfold_compiler.diagnostics import JsonObject, ValuePath

__all__ = ["Problem", "built_in_apis", "built_in_kinds", "preload", "problems", "version"]

FILE = FilePath(__file__).parent / "kubernetes.json.gz"
_REF = "#/$defs/"
_COMMON = (
    "v1/ConfigMap", "v1/Service", "v1/ServiceAccount", "apps/v1/Deployment", "apps/v1/StatefulSet",
    "autoscaling/v2/HorizontalPodAutoscaler", "networking.k8s.io/v1/NetworkPolicy", "policy/v1/PodDisruptionBudget",
)  # fmt: skip

# A shipped JSON Schema, as far as it is read here; the functional form, because "$ref" is no Python name.
ObjectSchema = TypedDict(
    "ObjectSchema",
    {
        "$ref": str,
        "properties": "dict[str, ObjectSchema]",
        "items": "ObjectSchema",
        "additionalProperties": "bool | ObjectSchema",
    },
    total=False,
)


class _Shipped(TypedDict):
    """The content of the schema file: schemas by name, and the schema name of each `group/version/kind`."""

    version: str
    kinds: dict[str, str]
    definitions: dict[str, ObjectSchema]


def preload() -> None:
    """Compile the validators of the most common kinds, so that workers forked later inherit them."""
    for key in _COMMON:
        api, _, kind = key.rpartition("/")
        _validator(api, kind)


def version() -> str:
    """Return the Kubernetes minor version of the schemas."""
    return _shipped()["version"]


@lru_cache(maxsize=1)
def built_in_kinds() -> frozenset[tuple[str, str]]:
    """Return the (group/version, kind) of each kind that has a schema."""
    return frozenset((api, kind) for api, _, kind in (key.rpartition("/") for key in _shipped()["kinds"]))


@lru_cache(maxsize=1)
def built_in_apis() -> frozenset[str]:
    """Return the group/version of each stable API that every cluster serves."""
    return frozenset(api for api, _ in built_in_kinds())


def problems(item: JsonObject) -> list[Problem]:
    """Return the schema violations of an object, at most `MOST`; empty for a kind without a schema."""
    validator = _validator(str(item.get("apiVersion")), str(item.get("kind")))
    if validator is None or validator.is_valid(item):
        return []
    key = f"{item['apiVersion']}/{item['kind']}"
    violated = (
        problem
        for error in validator.iter_errors(item)
        for problem in violations(error, partial(_fields, key), "compare it with the API reference of Kubernetes")
    )
    return sorted(islice(violated, MOST), key=lambda problem: ([str(part) for part in problem.path], problem.message))


def _fields(key: str, path: ValuePath) -> list[str]:
    """Return the names of the fields at `path` in the schema of `key` (group/version/kind)."""
    definitions = _shipped()["definitions"]
    schema = definitions[_shipped()["kinds"][key]]
    for part in path:
        schema = _resolved(schema, definitions)
        if isinstance(part, int):
            schema = schema.get("items", {})
        else:
            values = schema.get("additionalProperties")
            schema = schema.get("properties", {}).get(part) or (values if isinstance(values, dict) else {})
    return sorted(_resolved(schema, definitions).get("properties", {}))


def _resolved(schema: ObjectSchema, definitions: dict[str, ObjectSchema]) -> ObjectSchema:
    while "$ref" in schema:
        schema = definitions[schema["$ref"].removeprefix(_REF)]
    return schema


@lru_cache(maxsize=1)
def _shipped() -> _Shipped:
    document: _Shipped = orjson.loads(gzip.decompress(FILE.read_bytes()))
    return document


@lru_cache(maxsize=256)
def _validator(api: str, kind: str) -> Draft202012Validator | None:
    """Return the compiled validator of a kind; None if the kind has no schema."""
    shipped = _shipped()
    root = shipped["kinds"].get(f"{api}/{kind}")
    if root is None:
        return None
    from jsonschema_rs import Draft202012Validator  # noqa: PLC0415 (a big library, and not every run validates)

    definitions = shipped["definitions"]
    wanted: dict[str, ObjectSchema] = {}
    todo = [root]
    while todo:
        name = todo.pop()
        if name not in wanted:
            wanted[name] = definitions[name]
            todo += _references(definitions[name])
    return Draft202012Validator({"$ref": _REF + root, "$defs": wanted}, validate_formats=False)


def _references(schema: ObjectSchema) -> Iterator[str]:
    """Yield the names of the definitions that `schema` refers to, at any depth."""
    if "$ref" in schema:
        yield schema["$ref"].removeprefix(_REF)
    for below in schema.get("properties", {}).values():
        yield from _references(below)
    for nested in (schema.get("items"), schema.get("additionalProperties")):
        if isinstance(nested, dict):
            yield from _references(nested)
