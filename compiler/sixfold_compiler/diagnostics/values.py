"""Types of JSON values, and of paths into them.

YAML documents, Kubernetes objects and evaluated Jsonnet are `Json`. Their structure is not guaranteed, so readers check
it with `isinstance`, or use the accessors of `sixfold_compiler.kubernetes.objects`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

__all__ = ["Json", "JsonObject", "ValuePath"]

Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"
"""A value that JSON can write. What a parser returns has lists and dicts; what is written may have tuples."""

JsonObject: TypeAlias = Mapping[str, Json]
"""A JSON object that is only read."""

ValuePath: TypeAlias = tuple[str | int, ...]
"""The keys and positions that lead to a value: `("spec", "env", 0, "name")`."""
