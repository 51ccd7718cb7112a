"""Types of JSON values and of paths into them, and what a path leads to.

YAML documents, Kubernetes objects and evaluated Jsonnet are `Json`. Their structure is not guaranteed, so readers check
it with `isinstance`, or use the accessors of `sixfold_compiler.kubernetes.objects`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

__all__ = ["Json", "JsonObject", "ValuePath", "merge_object", "merge_patch", "path_text", "value_at"]

_LONGEST_KEY = 80  # characters that a readable path shows

Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"
"""A value that JSON can write. What a parser returns has lists and dicts; what is written may have tuples."""

JsonObject: TypeAlias = Mapping[str, Json]
"""A JSON object that is only read."""

ValuePath: TypeAlias = tuple[str | int, ...]
"""The keys and positions that lead to a value: `("spec", "env", 0, "name")`."""


def value_at(value: Json, path: ValuePath) -> Json:
    """Return the value at a path; None if there is no such value."""
    for part in path:
        if isinstance(value, dict) and isinstance(part, str):
            value = value.get(part)
        elif isinstance(value, list) and isinstance(part, int) and part < len(value):
            value = value[part]
        else:
            return None
    return value


def path_text(path: ValuePath) -> str:
    """Return a path in readable form, long keys cut: `spec.env[0].name` for ("spec", "env", 0, "name")."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part[:_LONGEST_KEY]}" if text else part[:_LONGEST_KEY]
    return text


def merge_object(base: Json, patch: JsonObject) -> dict[str, Json]:
    """Merge an object over any value exactly by RFC 7386, which replaces lists completely. The inputs do not change."""
    result = dict(base) if isinstance(base, dict) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = merge_patch(result.get(key), value)
    return result


def merge_patch(base: Json, patch: Json) -> Json:
    """Merge any value over any value exactly by RFC 7386 (JSON Merge Patch). The inputs do not change."""
    return merge_object(base, patch) if isinstance(patch, dict) else patch
