"""Validation of objects against the shipped schemas: strict, offline, and only of the kinds that occur.

The file holds facts of one Kubernetes version (see `version`), made by tests/support/generate_schemas.py. It is read
at the first use, and a validator is compiled for a kind when its first object comes by.
"""

from __future__ import annotations

import gzip
from functools import lru_cache
from itertools import islice
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from sixfold_compiler.diagnostics import printable, suggest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from jsonschema_rs import Draft202012Validator, ValidationError

    from sixfold_compiler.diagnostics import ValuePath

__all__ = ["Problem", "built_in_apis", "built_in_kinds", "preload", "problems", "version"]

FILE = FilePath(__file__).parent / "kubernetes.json.gz"
MOST = 10  # problems of one object that are worth reading
_REF = "#/$defs/"
_COMMON = (
    "v1/ConfigMap", "v1/Service", "v1/ServiceAccount", "apps/v1/Deployment", "apps/v1/StatefulSet",
    "autoscaling/v2/HorizontalPodAutoscaler", "networking.k8s.io/v1/NetworkPolicy", "policy/v1/PodDisruptionBudget",
)  # fmt: skip
_TYPES = {
    "string": "text", "integer": "a whole number", "number": "a number", "boolean": "true or false",
    "array": "a list", "object": "a mapping",
}  # fmt: skip
_FOUND = {str: "text", bool: "true or false", int: "a number", float: "a number", list: "a list", dict: "a mapping"}


class Problem(NamedTuple):
    """Where an object departs from its schema, how, and what to do. Values are never quoted: they may be secret."""

    path: ValuePath
    message: str
    help: str
    unknown_field: bool = False


def preload() -> None:
    """Make the validators of the kinds that nearly every app has, for workers that are forked afterwards."""
    for key in _COMMON:
        api, _, kind = key.rpartition("/")
        _validator(api, kind)


def version() -> str:
    """The Kubernetes minor version that the schemas describe."""
    return str(_shipped()["version"])


@lru_cache(maxsize=1)
def built_in_kinds() -> frozenset[tuple[str, str]]:
    """(group/version, kind) of every kind that has a schema."""
    return frozenset((api, kind) for api, _, kind in (key.rpartition("/") for key in _shipped()["kinds"]))


@lru_cache(maxsize=1)
def built_in_apis() -> frozenset[str]:
    """group/version of the stable APIs that every cluster serves."""
    return frozenset(api for api, _ in built_in_kinds())


def problems(item: Mapping[str, Any]) -> list[Problem]:
    """Where `item` departs from the schema of its kind, at most `MOST` places; none for kinds without a schema."""
    validator = _validator(str(item.get("apiVersion")), str(item.get("kind")))
    if validator is None or validator.is_valid(item):
        return []
    found = (problem for error in validator.iter_errors(item) for problem in _problems(item, error))
    return sorted(islice(found, MOST), key=lambda problem: ([str(part) for part in problem.path], problem.message))


def _problems(item: Mapping[str, Any], error: ValidationError) -> Iterator[Problem]:
    kind: Any = error.kind
    path: ValuePath = tuple(error.instance_path)
    match kind.name:
        case "additionalProperties":
            known = _fields(f"{item['apiVersion']}/{item['kind']}", path)
            for name in islice(sorted(map(str, kind.unexpected)), MOST):
                yield Problem(
                    (*path, name), "is not a field here", suggest(printable(name[:80]), known), unknown_field=True
                )
        case "required":
            yield Problem((*path, kind.property), "is missing", "add it")
        case "type":
            wanted = [name for name in kind.types if name != "null"]
            words = " or ".join(_TYPES[name] for name in wanted)
            found = error.instance
            hint = "write the value in quotes" if "string" in wanted and isinstance(found, (bool, int, float)) else ""
            yield Problem(path, f"must be {words}, not {_FOUND.get(type(found), 'empty')}", hint)
        case "minimum" | "maximum":
            yield Problem(path, f"must be at {'least' if kind.name == 'minimum' else 'most'} {kind.limit}", "")
        case _:
            yield Problem(path, f"does not satisfy {kind.name}", "")


def _fields(key: str, path: ValuePath) -> list[str]:
    """The fields that the schema of `key` (group/version/kind) knows at `path`."""
    definitions = _shipped()["definitions"]
    schema = definitions[_shipped()["kinds"][key]]
    for part in path:
        schema = _resolved(schema, definitions)
        if isinstance(part, int):
            schema = schema.get("items", {})
        else:
            more = schema.get("additionalProperties")
            schema = schema.get("properties", {}).get(part) or (more if isinstance(more, dict) else {})
    return sorted(_resolved(schema, definitions).get("properties", {}))


def _resolved(schema: dict[str, Any], definitions: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in schema:
        schema = definitions[schema["$ref"].removeprefix(_REF)]
    return schema


@lru_cache(maxsize=1)
def _shipped() -> dict[str, Any]:
    document: dict[str, Any] = orjson.loads(gzip.decompress(FILE.read_bytes()))
    return document


@lru_cache(maxsize=256)
def _validator(api: str, kind: str) -> Draft202012Validator | None:
    """The compiled validator of a kind; None when it has no schema."""
    shipped = _shipped()
    root = shipped["kinds"].get(f"{api}/{kind}")
    if root is None:
        return None
    from jsonschema_rs import Draft202012Validator  # noqa: PLC0415 (a big library, and not every run validates)

    definitions = shipped["definitions"]
    wanted: dict[str, Any] = {}
    todo = [root]
    while todo:
        name = todo.pop()
        if name not in wanted:
            wanted[name] = definitions[name]
            todo += _references(definitions[name])
    return Draft202012Validator({"$ref": _REF + root, "$defs": wanted}, validate_formats=False)


def _references(schema: dict[str, Any]) -> Iterator[str]:
    """The definitions that `schema` refers to. Schemas here nest only by properties, items and additionalProperties."""
    if "$ref" in schema:
        yield schema["$ref"].removeprefix(_REF)
    for below in schema.get("properties", {}).values():
        yield from _references(below)
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), dict):
            yield from _references(schema[key])
