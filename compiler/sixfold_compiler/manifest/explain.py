"""Explain a field of an app: its value in each cell, and every layer that sets it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sixfold_compiler.diagnostics import Diagnostic, DiagnosticError, Span, path_text, suggest
from sixfold_compiler.engine import Pool
from sixfold_compiler.inputs.fleet_loader import load_fleet
from sixfold_compiler.inputs.lookup import find_app, no_place
from sixfold_compiler.inputs.releases import versions_of
from sixfold_compiler.inputs.sources import discover
from sixfold_compiler.manifest.layers import find, merge_layers, runs_in
from sixfold_compiler.manifest.load import load_app, read_manifest
from sixfold_compiler.manifest.merge import layers_for
from sixfold_compiler.model.addresses import is_within
from sixfold_compiler.model.app import Spec
from sixfold_compiler.model.validation import fields_at, kind_at

if TYPE_CHECKING:
    from sixfold_compiler.diagnostics import Json
    from sixfold_compiler.inputs.options import Options
    from sixfold_compiler.inputs.sources import ManifestFile
    from sixfold_compiler.manifest.layers import Layer
    from sixfold_compiler.model.addresses import AppKey, Cell

__all__ = ["Explanation", "Step", "TargetValue", "explain"]


@dataclass(frozen=True, slots=True)
class Step:
    """One layer that sets the field: the layer's name, the source position, and the value."""

    layer: str
    span: Span
    value: Json


@dataclass(frozen=True, slots=True)
class TargetValue:
    """The value of the field in one cell (`environment/dataCenter`), and the layers that set it, weakest first."""

    cell: str
    value: Json
    chain: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """A field of an app, with its value in each cell that the app runs in."""

    app: AppKey
    field: str
    targets: tuple[TargetValue, ...]


def explain(options: Options, app: str, field: str, at: str) -> Explanation:
    """Return the value of an app's field in each cell, with the layers that set it.

    Args:
        options: The folders of the fleet and of the manifests.
        app: `team/app`, the name of the app alone, or the path of its manifest.
        field: A path such as `resources.requests.cpu` or `env.LOG_LEVEL.value`; a leading `spec.` is ignored.
        at: `environment/dataCenter` or `environment`, to limit the explanation to it; empty: all cells.

    Raises:
        DiagnosticError: SF221 (no such app), SF222 (no such field or cell), and the problems of the manifest.
    """
    path = field.removeprefix("spec.").replace("[", ".").replace("]", "").split(".")
    with Pool(1) as pool:
        fleet = load_fleet(options.fleet.resolve(), pool)
    if at and (hint := no_place(fleet, at)):
        text = f"the fleet has no environment or data center {at!r}"
        raise DiagnosticError(Diagnostic("SF222", text, None, hint))
    sources = discover(options.paths, options.base, options.out)
    manifest = read_manifest(_choose(sources.manifests, app))
    metadata, documents = load_app(manifest.data, manifest.file.name, manifest.file.key, fleet.model.teams)
    versions = versions_of(sources, manifest.file)
    values = []
    for cell in sorted(fleet.team_cells(fleet.model.teams[metadata.team])):
        if not is_within(cell, at):
            continue
        layers = layers_for(fleet, metadata.team, documents[0], cell, versions.get(cell.environment))
        if (value := _explain_in(layers, cell, path)) is not None:
            values.append(value)
    if not values:
        _check_field(path, field)
        text = f"nothing sets {field} for {metadata.key}" + (f" in {at}" if at else "")
        raise DiagnosticError(
            Diagnostic(
                "SF222",
                text,
                None,
                "set it in the manifest; until then the default of the library or of Kubernetes applies",
            )
        )
    return Explanation(metadata.key, ".".join(path), tuple(values))


def _explain_in(layers: list[Layer], cell: Cell, path: list[str]) -> TargetValue | None:
    """Return the value of a field in a cell; None if no layer sets it, or the app does not run in the cell."""
    chain = []
    for layer in layers:
        hit = find(layer.spec, path)
        if hit is not None:
            chain.append(Step(layer.name, layer.span(hit[1]), hit[0]))
    spec = merge_layers(layers)
    if not runs_in(spec, cell):
        return None
    merged = find(spec, path)
    return TargetValue(str(cell), merged[0] if merged else None, tuple(chain)) if chain or merged else None


def _choose(manifests: tuple[ManifestFile, ...], app: str) -> ManifestFile:
    """Return the manifest that the text `app` refers to: the name of its file, or the name of its app.

    Raises:
        DiagnosticError: SF221, there is no such app, or several apps match.
    """
    by_key = {manifest.key: manifest for manifest in manifests if manifest.key}
    for manifest in manifests:
        if app == manifest.name:
            return manifest
    return by_key[find_app(app, by_key, Diagnostic("SF221", f"no manifest is for an app {app!r}", None))]


def _check_field(path: list[str], field: str) -> None:
    """Check each part of a path against the fields of a spec. Names of list items and keys of mappings are not checked.

    Raises:
        DiagnosticError: SF222, a part is not a field.
    """
    at: list[str | int] = []
    tail = path
    while tail:
        kind = kind_at(Spec, tuple(at))
        if kind == "record":
            known = fields_at(Spec, tuple(at))
            if tail[0] not in known:
                above = path_text(tuple(path[: len(path) - len(tail)])) or "a spec"
                text = f"{tail[0]!r} in {field!r} is an unknown field of {above}"
                raise DiagnosticError(Diagnostic("SF222", text, None, suggest(tail[0], known)))
            at.append(tail[0])
        elif kind == "list":
            at.append(0)
        elif kind == "mapping":
            at.append(tail[0])
            if kind_at(Spec, tuple(at)) == "value":
                return  # the rest of the path is one key that contains dots
        elif kind == "value":
            above = path_text(tuple(path[: len(path) - len(tail)]))
            text, hint = f"{above!r} in {field!r} is a single value without fields", f"did you mean {above!r}?"
            raise DiagnosticError(Diagnostic("SF222", text, None, hint))
        else:
            return
        tail = tail[1:]
