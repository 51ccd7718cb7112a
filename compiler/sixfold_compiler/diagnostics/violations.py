"""Sentences for violations of a JSON Schema, as jsonschema-rs reports them."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from sixfold_compiler.diagnostics.text import printable, suggest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from jsonschema_rs import ValidationError

    from sixfold_compiler.diagnostics.values import ValuePath

__all__ = ["MOST", "Problem", "violations"]

MOST = 10  # problems of one document that are worth reading
_TYPES = {
    "string": "text", "integer": "a whole number", "number": "a number", "boolean": "true or false",
    "array": "a list", "object": "a mapping",
}  # fmt: skip
_TYPES_OF_VALUES: dict[type, str] = {
    str: "text", int: "a number", float: "a number", list: "a list", dict: "a mapping",
}  # fmt: skip


class Problem(NamedTuple):
    """A schema violation: its path, the reason, and a fix. The value is never quoted, because it may be secret."""

    path: ValuePath
    message: str
    help: str
    unknown_field: bool = False


def violations(error: ValidationError, fields: Callable[[ValuePath], list[str]], reference: str) -> Iterator[Problem]:
    """Yield the problems that one error of jsonschema-rs reports.

    Args:
        error: The error.
        fields: Returns the names of the fields that the schema has at a path.
        reference: What to do about a violation without a sentence of its own.
    """
    from jsonschema_rs import ValidationErrorKind as Kind  # noqa: PLC0415 (a big library, and not every run validates)

    path: ValuePath = tuple(error.instance_path)
    match error.kind:
        case Kind.AdditionalProperties(unexpected=names):
            known = fields(path)
            for name in islice(sorted(map(str, names)), MOST):
                yield Problem(
                    (*path, name), "is an unknown field", suggest(printable(name[:80]), known), unknown_field=True
                )
        case Kind.Required(property=name):
            yield Problem((*path, name), "is missing", f"add {name}")
        case Kind.Type(types=names):
            types = [name for name in names if name != "null"]
            expected = " or ".join(_TYPES[name] for name in types)
            value = error.instance
            quoted = "string" in types and isinstance(value, (bool, int, float))
            hint = "write the value in quotes" if quoted else f"write {expected}"
            shown = str(value).lower() if isinstance(value, bool) else _TYPES_OF_VALUES.get(type(value), "empty")
            yield Problem(path, f"is {shown}, but must be {expected}", hint)
        case Kind.Minimum(limit=limit):
            yield Problem(path, f"is less than {limit}", f"write {limit} or a larger number")
        case Kind.Maximum(limit=limit):
            yield Problem(path, f"is more than {limit}", f"write {limit} or a smaller number")
        case Kind.Enum(options=options):
            yield Problem(path, "is not one of the allowed values", f"choose one of: {', '.join(map(str, options))}")
        case _:
            yield Problem(path, "is not valid", reference)
