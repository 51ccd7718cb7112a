"""The file that a person applies once to an Argo CD instance, and its committed copy, `bootstrap/<instance>.yaml`.

It has no team and no cluster in it. The copy beside the fleet is what was applied: nothing else shows when the fleet no
longer agrees with it, because Argo CD does not manage these objects.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from sixfold_compiler.diagnostics import Diagnostic, DiagnosticError, Span, path_text
from sixfold_compiler.engine import Failure, Pool
from sixfold_compiler.engine.failures import failure_diagnostic
from sixfold_compiler.files.confined import ConfinementError, read_confined, unreadable
from sixfold_compiler.pipeline.render.overlays import UnitJob, unit_files
from sixfold_compiler.pipeline.render.platform_input import ArgoCDInput
from sixfold_compiler.yaml.emitter import emit
from sixfold_compiler.yaml.loader import load_documents

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from sixfold_compiler.diagnostics import Json, JsonObject, ValuePath
    from sixfold_compiler.inputs.fleet import FleetInput
    from sixfold_compiler.yaml.loader import Document

__all__ = ["FOLDER", "bootstrap_files", "bootstrap_problems"]

FOLDER = "bootstrap"  # in the fleet's folder
_HEAD = "# Written by `sixfold bootstrap {}`. A person applies it once, and again when `sixfold check` says so.\n"
_Result = dict[str, list["JsonObject"]] | tuple[Diagnostic, ...]


def bootstrap_files(fleet: FleetInput, instances: Sequence[str]) -> dict[str, bytes]:
    """Return the file of each of these Argo CD instances, by instance.

    Raises:
        DiagnosticError: SF505 or SF507, the library or its extension cannot render an instance.
    """
    jobs = [
        UnitJob("bootstrap", f"argocd/{name}", orjson.dumps(ArgoCDInput(fleet, name, (), (), ()).to_record()), {})
        for name in instances
    ]
    files: dict[str, bytes] = {}
    with Pool(1, context=fleet) as pool:
        for index, result in pool.run(_render, jobs):
            if isinstance(result, Failure):
                raise DiagnosticError(failure_diagnostic(result, jobs[index].unit, fleet.span()))
            if isinstance(result, tuple):
                raise DiagnosticError(result)
            objects = [item for file in result.values() for item in file]
            files[instances[index]] = _HEAD.format(instances[index]).encode() + emit(objects)
    return files


def bootstrap_problems(fleet: FleetInput, folder: Path) -> list[Diagnostic]:
    """Return an SF708 for each difference between the committed files and those of the fleet.

    Args:
        fleet: The fleet.
        folder: The fleet's folder. Without a folder `bootstrap` in it nothing is compared.
    """
    committed = folder / FOLDER
    if not committed.is_dir():
        return []
    instances = sorted(fleet.model.argocd.instances)
    try:
        wanted = bootstrap_files(fleet, instances)
    except DiagnosticError as error:
        return list(error.diagnostics)
    problems: list[Diagnostic] = []
    for name in instances:
        shown = f"{fleet.name}/{FOLDER}/{name}.yaml"
        try:
            documents = load_documents(read_confined(committed / f"{name}.yaml", folder), shown)
        except (ConfinementError, OSError) as error:
            text = f"cannot read the bootstrap of Argo CD instance {name!r}: {unreadable(error)}"
            problems.append(_problem(name, shown, text, Span(shown)))
        except DiagnosticError as error:
            problems += error.diagnostics
        else:
            given, expected = _by_name(documents), _by_name(load_documents(wanted[name], shown))
            problems += (_problem(name, shown, text, span) for text, span in _differences(given, expected, shown))
    for path in sorted(committed.iterdir()):
        if path.suffix == ".yaml" and path.stem not in wanted:
            shown = f"{fleet.name}/{FOLDER}/{path.name}"
            text = f"the fleet has no Argo CD instance {path.stem!r}"
            problems.append(Diagnostic("SF708", text, Span(shown), "delete the file, or restore the instance"))
    return problems


def _render(fleet: FleetInput, job: UnitJob) -> _Result:
    return unit_files(fleet.library, "auto", job)


def _problem(instance: str, shown: str, text: str, span: Span) -> Diagnostic:
    hint = f"run `sixfold bootstrap {instance} --write`, commit the file, and apply it: kubectl apply -f {shown}"
    return Diagnostic("SF708", text, span, hint)


def _by_name(documents: Sequence[Document]) -> dict[str, Document]:
    """Return the objects of a file by kind and name; a document that is no object is there by its number."""
    objects = {}
    for number, document in enumerate(documents, start=1):
        metadata = document.record.get("metadata")
        name = metadata.get("name") if isinstance(metadata, dict) else None
        objects[f"{document.record.get('kind')}/{name}" if name else f"document {number}"] = document
    return objects


def _differences(
    given: Mapping[str, Document], wanted: Mapping[str, Document], shown: str
) -> Iterator[tuple[str, Span]]:
    """Yield the first difference of each object, with its place in the committed file."""
    for name, expected in wanted.items():
        if name not in given:
            yield f"the file has no {name}, which the fleet needs", Span(shown)
        elif (path := _path(given[name].value, expected.value)) is not None:
            was, now = _value(given[name].value, path), _value(expected.value, path)
            text = f"{path_text(path)} of {name} is {was} in what was applied, and {now} in the fleet"
            yield text, given[name].value_span(path)
    for name in given.keys() - wanted.keys():
        yield f"{name} is not in what the fleet needs", given[name].span()


def _path(given: Json, wanted: Json) -> ValuePath | None:
    """Return the path of the first value that differs; None if the two are equal."""
    if isinstance(given, dict) and isinstance(wanted, dict):
        for key in {**given, **wanted}:
            if key not in given or key not in wanted:
                return (key,)
            if (inner := _path(given[key], wanted[key])) is not None:
                return (key, *inner)
        return None
    if isinstance(given, list) and isinstance(wanted, list) and len(given) == len(wanted):
        for index, (value, expected) in enumerate(zip(given, wanted, strict=True)):
            if (inner := _path(value, expected)) is not None:
                return (index, *inner)
        return None
    return None if (type(given), given) == (type(wanted), wanted) else ()


def _value(value: Json, path: ValuePath) -> str:
    """Return the value at a path for a message, as JSON; `absent` if there is none."""
    for part in path:
        if isinstance(value, dict) and part in value:
            value = value[str(part)]
        elif isinstance(value, list) and isinstance(part, int):
            value = value[part]
        else:
            return "absent"
    text = orjson.dumps(value).decode()
    return text if len(text) <= 80 else f"{text[:80]}…"
