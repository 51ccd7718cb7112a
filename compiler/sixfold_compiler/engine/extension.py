"""Check that the names in a fleet's extension of the library exist in the library.

To Jsonnet, a function under a misspelled name is a new function that nobody calls. So the names of each namespace are
compared with and without the extension. An extension keeps its own functions in its own namespace.
"""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any

import orjson

from sixfold_compiler.diagnostics import Diagnostic, suggest
from sixfold_compiler.engine.jsonnet import EvaluationError, evaluate
from sixfold_compiler.engine.positions import Places

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sixfold_compiler.engine.jsonnet import EngineName
    from sixfold_compiler.engine.library import Library

__all__ = ["check_extension", "extension_names", "systems_of"]

# A tree of names: of a namespace, and of its `defaults`; null for everything else, which an extension may add to.
_PROGRAM = """
local base = import 'lib:main.libsonnet';
local extended = base + (import 'overlay:main.libsonnet');
local isSpace(v) = std.isObject(v) && std.any([
  std.isFunction(v[n]) || (n != 'defaults' && isSpace(v[n]))
  for n in std.objectFieldsAll(v)
]);
local leaves(v) = { [n]: null for n in std.objectFieldsAll(v) };
local tree(v) = {
  [n]: if n == 'defaults' then leaves(v[n]) else if isSpace(v[n]) then tree(v[n]) else null
  for n in std.objectFieldsAll(v)
};
local known = tree(base);
local alike(v, known) = if !std.isObject(v) then null else {
  [n]: if std.get(known, n) != null then alike(v[n], known[n]) else null
  for n in std.objectFieldsAll(v)
};
{
  known: known,
  extended: alike(extended, known),
  own: [
    n
    for n in std.objectFieldsAll(extended)
    if !(n in known) && std.isObject(extended[n]) && !std.member(std.objectFields(extended), n)
  ],
  systems: {
    [slot]: {
      [name]: [f for f in std.objectFieldsAll(systems[slot][name]) if std.isFunction(systems[slot][name][f])]
      for name in std.objectFieldsAll(systems[slot])
    }
    for systems in [extended.systems]
    for slot in std.objectFieldsAll(systems)
  },
}
"""
_ALIKE = 0.8  # how like a namespace of the library the name of an own one may be
_OWN = "put functions of your own into a hidden object with a name of its own, such as `mine:: { … }`"


def extension_names(_context: object, library: Library, engine: EngineName = "auto") -> bytes | None:
    """Return the names of the library with and without its extension as JSON; None if either does not evaluate.

    Runs in a worker. An extension that does not evaluate is reported elsewhere, for each app and cluster.
    """
    try:
        return evaluate(library, _PROGRAM, engine=engine).encode()
    except EvaluationError:
        return None


def check_extension(library: Library, name: str, names: bytes) -> list[Diagnostic]:
    """Return an SF506 for each name that the extension defines but the library lacks, and for each that it removes.

    Args:
        library: The library with its extension.
        name: The name of the fleet's folder in diagnostics.
        names: The result of `extension_names`.
    """
    folder = library.fleet / "lib"
    places = Places(
        {
            f"{name}/lib/{path.relative_to(folder).as_posix()}": path.read_text("utf-8", "replace")
            for path in sorted(folder.rglob("*.*sonnet"))
            if path.is_file() and not path.is_symlink()
        }
    )
    value = orjson.loads(names)
    known, own = value["known"], frozenset(value["own"])
    findings = [*_top(known, value["extended"], own)]
    for space, inner in known.items():
        findings += _inside((space,), inner, value["extended"].get(space))
    return [
        Diagnostic("SF506", message, places.find(path, f"{name}/lib/main.libsonnet", least=1), help_)
        for path, message, help_ in findings
    ]


def systems_of(names: bytes) -> dict[str, dict[str, frozenset[str]]]:
    """Return the functions of each system of the extended library, by slot and name.

    Args:
        names: The result of `extension_names`.
    """
    return {
        slot: {name: frozenset(functions) for name, functions in systems.items()}
        for slot, systems in orjson.loads(names)["systems"].items()
    }


_Finding = tuple[tuple[str, ...], str, str]


def _top(known: Mapping[str, Any], extended: Mapping[str, Any], own: frozenset[str]) -> Iterator[_Finding]:
    homes = {name: space for space, names in known.items() for name in names}
    for name in sorted(extended.keys() - known.keys()):
        close = difflib.get_close_matches(name, sorted(known), cutoff=_ALIKE)
        if name in own and not close:
            continue
        if close:
            help_ = _joined(suggest(close[0], [close[0]]), _OWN)
        elif name in homes:
            help_ = f"did you mean {name!r} of {homes[name]}? write `{homes[name]}+: {{ {name}… }}`"
        else:
            help_ = _joined(suggest(name, known), _OWN)
        yield (name,), f"the library has no namespace {name!r}", help_


def _joined(first: str, second: str) -> str:
    return f"{first} {second}" if first.endswith("?") else f"{first}; {second}"


def _inside(path: tuple[str, ...], known: Mapping[str, Any], extended: Mapping[str, Any] | None) -> Iterator[_Finding]:
    space, extended = ".".join(path), extended or {}
    if lost := sorted(known.keys() - extended.keys()):
        text = f"the extension removes {lost[0]!r}" + (f" and {len(lost) - 1} more" if len(lost) > 1 else "")
        yield (
            path,
            f"{text} from {space!r} of the library",
            f"write `{path[-1]}+: {{ … }}`, which extends the library instead of replacing it",
        )
        return
    for name in sorted(extended.keys() - known.keys()):
        if path[0] == "systems" and len(path) == 2:
            continue  # a system of the fleet's own, which its about.json describes
        help_ = suggest(name, known)
        if path[-1] != "defaults":
            help_ = _joined(help_, _OWN)
        yield (*path, name), f"the library has no name {name!r} in {space!r}", help_
    for name, inner in known.items():
        if inner is not None:
            yield from _inside((*path, name), inner, extended.get(name))
