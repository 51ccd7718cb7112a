"""Load the fleet: evaluate `fleet.jsonnet`, validate the result, and check its parts against each other."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import orjson
from pydantic import ValidationError

from sixfold_compiler.diagnostics import Diagnostic, DiagnosticError, Span
from sixfold_compiler.engine import (
    EvaluationError,
    Failure,
    Library,
    Pool,
    check_extension,
    evaluate,
    extension_names,
    library_folder,
    systems_of,
)
from sixfold_compiler.inputs.fleet import FleetInput, FleetSources
from sixfold_compiler.inputs.fleet_checks import check_defaults, check_names, check_references, check_shared
from sixfold_compiler.inputs.tombstones import load_tombstones
from sixfold_compiler.model.base import dump
from sixfold_compiler.model.fleet import Fleet
from sixfold_compiler.model.validation import diagnose
from sixfold_compiler.systems import check_functions, choose, read_catalog

__all__ = ["evaluate_fleet", "load_fleet"]


def evaluate_fleet(_context: None, library: Library) -> str | EvaluationError:
    """Evaluate a fleet in a worker; return its value as JSON text, or the error."""
    try:
        return evaluate(library, "import 'fleet:'")
    except EvaluationError as error:
        return error


def load_fleet(folder: Path, pool: Pool, *, defaults: bool = True) -> FleetInput:
    """Evaluate, validate and cross-check the fleet in `folder`.

    Args:
        folder: The folder of the fleet.
        pool: The workers, one of which evaluates it.
        defaults: Whether to check the default specs. A compile knows more when it has read the tree: an unchanged app
            proves that those of its fleet and of its team are valid.

    Raises:
        DiagnosticError: SF301 (no fleet), SF302 (it cannot be evaluated), SF303 (a wrong field), SF304 and following
            (contradicting fields), SF310 and SF311 (tombstones.yaml), SF506 (names in the extension), SF508 (a
            system of the fleet's own). All problems are raised together.
    """
    name = folder.name or "fleet"
    if not (folder / "fleet.jsonnet").is_file():
        raise DiagnosticError(
            Diagnostic(
                "SF301",
                f"the folder {name}/ has no fleet.jsonnet",
                Span(f"{name}/fleet.jsonnet"),
                "name the folder of the fleet with --fleet, or create one with `sixfold init deploy`",
            )
        )
    library = Library(library_folder(), folder)
    value, sources = orjson.loads(_evaluated(library, name, pool)), FleetSources(folder, name)
    try:
        fleet = Fleet.model_validate(value)
    except ValidationError as error:
        raise DiagnosticError(diagnose(error, Fleet, value, sources.span, code="SF303")) from None
    systems, problems = choose(fleet, read_catalog(library, name), sources.span)
    loaded = FleetInput(fleet, library, sources, dump(fleet), systems)
    problems += [*check_names(loaded), *check_references(loaded), *check_shared(loaded)]
    if library.overlay:
        ((_, names),) = pool.run(extension_names, [library])
        if isinstance(names, bytes):
            problems += check_extension(library, name, names)
            problems += check_functions(systems.catalog, systems_of(names), name)
    else:
        problems += check_functions(systems.catalog, {}, name)
    try:
        loaded = replace(loaded, tombstones=load_tombstones(folder, name))
    except DiagnosticError as error:
        problems += error.diagnostics
    problems += check_defaults(loaded) if defaults or problems else ()
    if problems:
        raise DiagnosticError(sorted(problems, key=lambda d: d.sort_key))
    return loaded


def _evaluated(library: Library, name: str, pool: Pool) -> str:
    """Return the fleet's value as JSON text.

    Raises:
        DiagnosticError: SF302, the fleet cannot be evaluated.
    """
    folder = library.fleet
    ((_, result),) = pool.run(evaluate_fleet, [library])
    if isinstance(result, Failure):
        raise DiagnosticError(
            Diagnostic(
                "SF302",
                f"the fleet cannot be evaluated: {result.detail.splitlines()[0]}",
                Span(f"{name}/fleet.jsonnet"),
                "look for a function that calls itself without end",
                detail=result.detail,
            )
        )
    if isinstance(result, EvaluationError):
        file = Path(result.file or folder / "fleet.jsonnet")
        at = file.relative_to(folder).as_posix() if folder in file.parents else file.name
        raise DiagnosticError(
            Diagnostic(
                "SF302",
                f"the fleet cannot be evaluated: {result.message}",
                Span(f"{name}/{at}", result.line, result.column),
                "correct the Jsonnet at this place; --verbose shows the calls that led to it",
                detail=result.trace,
            )
        )
    return str(result)
