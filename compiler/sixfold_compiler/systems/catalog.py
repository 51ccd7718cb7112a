"""Read what the library says about its systems: `slots.json`, and an `about.json` for each system.

A fleet may have systems of its own, in the same folders of its `lib/`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import orjson
from pydantic import ValidationError

from sixfold_compiler.diagnostics import Diagnostic, DiagnosticError, Span, suggest
from sixfold_compiler.model.validation import diagnose
from sixfold_compiler.systems.about import About

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from sixfold_compiler.engine import Library

__all__ = [
    "APP_FUNCTIONS",
    "FUNCTIONS",
    "Catalog",
    "Slot",
    "System",
    "check_functions",
    "library_catalog",
    "read_catalog",
]

# Functions by which a system adds something (lib/chosen); what an app's overlays show is in the first set.
APP_FUNCTIONS = frozenset({"app", "carrier", "collectors", "pod"})
FUNCTIONS = APP_FUNCTIONS | {"metricsAnnotations", "namespace", "platform", "watched"}
_ABOUT = "about.json"


@dataclass(frozen=True, slots=True)
class Slot:
    """A part of the platform for which there are systems to choose from.

    `most` is the greatest number of systems at a place, or None for several; `default` is the system of a place that
    chooses none.
    """

    name: str
    title: str
    description: str
    most: int | None
    default: str | None


@dataclass(frozen=True, slots=True)
class System:
    """A system that a fleet can choose. `own` is true if it comes from the fleet's own `lib/`."""

    slot: str
    name: str
    about: About
    own: bool

    @property
    def shows_in_apps(self) -> bool:
        """Return whether an app's overlays depend on the system."""
        return not APP_FUNCTIONS.isdisjoint(self.about.functions)


@dataclass(frozen=True, slots=True)
class Catalog:
    """All slots by name, and the systems of each slot by name."""

    slots: Mapping[str, Slot]
    systems: Mapping[str, Mapping[str, System]] = field(default_factory=dict)


def read_catalog(library: Library, name: str) -> Catalog:
    """Read the slots, and the systems of the library and of the fleet's own `lib/`.

    Args:
        library: The library with the fleet's extension.
        name: The name of the fleet's folder in diagnostics.

    Raises:
        DiagnosticError: SF508: a system of the fleet's own has no valid `about.json`.
    """
    known = library_catalog(library.root)
    systems = {slot: dict(those) for slot, those in known.systems.items()}
    problems: list[Diagnostic] = []
    for slot, system, path in _folders(library.fleet / "lib", known.slots):
        file = f"{name}/lib/{slot}/{system}/{_ABOUT}"
        if system in systems[slot]:
            text = f"Sixfold has a system {slot}.{system} already"
            help_ = "give yours another name; to change the library's, extend its functions in lib/main.libsonnet"
            problems.append(Diagnostic("SF508", text, Span(file), help_))
            continue
        try:
            systems[slot][system] = System(slot, system, _own_about(path, file), own=True)
        except DiagnosticError as error:
            problems += error.diagnostics
    if problems:
        raise DiagnosticError(problems)
    return Catalog(known.slots, systems)


def library_catalog(root: Path) -> Catalog:
    """Return the slots and systems of Sixfold's own library, from its folder."""
    slots = {
        slot: Slot(slot, value["title"], value["description"], value.get("most"), value.get("default"))
        for slot, value in orjson.loads((root / "slots.json").read_bytes()).items()
    }
    systems: dict[str, dict[str, System]] = {slot: {} for slot in slots}
    for slot, name, path in _folders(root, slots):
        systems[slot][name] = System(slot, name, About.model_validate(orjson.loads(path.read_bytes())), own=False)
    return Catalog(slots, systems)


def _folders(root: Path, slots: Mapping[str, Slot]) -> Iterator[tuple[str, str, Path]]:
    """Yield slot, name and file of each `<slot>/<name>/about.json` below a folder, in order."""
    for slot in sorted(slots):
        for path in sorted((root / slot).glob(f"*/{_ABOUT}")):
            if path.is_file() and not path.is_symlink():
                yield slot, path.parent.name, path


def _own_about(path: Path, file: str) -> About:
    """Read the `about.json` of a system of the fleet's own.

    Raises:
        DiagnosticError: SF508.
    """
    try:
        value = orjson.loads(path.read_bytes())
    except ValueError as error:
        raise DiagnosticError(
            Diagnostic("SF508", f"the file is not JSON: {error}", Span(file), "correct the JSON")
        ) from None
    try:
        about = About.model_validate(value)
    except ValidationError as error:
        raise DiagnosticError(diagnose(error, About, value, lambda _path: Span(file), code="SF508")) from None
    if unknown := sorted(set(about.functions) - FUNCTIONS):
        text = f"functions names {unknown[0]!r}, which the library never calls"
        raise DiagnosticError(Diagnostic("SF508", text, Span(file), suggest(unknown[0], FUNCTIONS)))
    _check_schema(about, file)
    return about


def check_functions(
    catalog: Catalog, functions: Mapping[str, Mapping[str, frozenset[str]]], name: str
) -> Iterator[Diagnostic]:
    """Yield an SF508 for each of the fleet's own systems whose `about.json` and functions disagree.

    Args:
        catalog: All systems.
        functions: The functions of each system of the extended library, by slot and name.
        name: The name of the fleet's folder in diagnostics.
    """
    for slot, systems in functions.items():
        for system in sorted(systems.keys() - catalog.systems.get(slot, {}).keys()):
            text = f"systems.{slot}.{system} has no about.json, so no place can choose it"
            help_ = f"describe it in lib/{slot}/{system}/{_ABOUT} (docs/extending-the-library.md)"
            yield Diagnostic("SF508", text, Span(f"{name}/lib/main.libsonnet"), help_)
    for own in (system for systems in catalog.systems.values() for system in systems.values() if system.own):
        file, present = Span(f"{name}/lib/{own.slot}/{own.name}/{_ABOUT}"), functions.get(own.slot, {}).get(own.name)
        if present is None:
            text = f"the library has no functions of the system {own.slot}.{own.name}"
            yield Diagnostic(
                "SF508", text, file, f"add it to lib/main.libsonnet: systems+:: {{ {own.slot}+:: {{ … }} }}"
            )
        elif different := sorted((present & FUNCTIONS) ^ set(own.about.functions)):
            where = "lacks" if different[0] in own.about.functions else "has"
            text = f"functions is not what the library has: it {where} {different[0]}"
            yield Diagnostic("SF508", text, file, f"list {', '.join(sorted(present & FUNCTIONS))}")


def _check_schema(about: About, file: str) -> None:
    """Raise an SF508 if the settings are not described by a JSON Schema."""
    from jsonschema_rs import Draft202012Validator, ValidationError  # noqa: PLC0415 (only fleets with own systems)

    try:
        Draft202012Validator(about.settings)
    except (ValidationError, ValueError) as error:
        text = f"settings is not a JSON Schema: {str(error).splitlines()[0]}"
        help_ = "describe the settings as a JSON Schema with type: object"
        raise DiagnosticError(Diagnostic("SF508", text, Span(file), help_)) from None
