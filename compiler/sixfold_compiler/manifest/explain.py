"""Where a value came from: every layer that states a field, on every environment and data center."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sixfold_compiler.diagnostics import Diagnostic, DiagnosticError, Span, suggest
from sixfold_compiler.engine import Pool
from sixfold_compiler.files.confined import ConfinementError, read_confined
from sixfold_compiler.inputs.fleet_loader import load_fleet
from sixfold_compiler.inputs.lookup import no_place
from sixfold_compiler.inputs.releases import Version
from sixfold_compiler.inputs.sources import MAX_FILE, discover, unread
from sixfold_compiler.manifest.layers import find, merge_layers
from sixfold_compiler.manifest.load import load_app
from sixfold_compiler.manifest.merge import layers_for
from sixfold_compiler.model.app import Spec
from sixfold_compiler.model.validation import fields_at, kind_at, path_text

if TYPE_CHECKING:
    from sixfold_compiler.inputs.options import Options
    from sixfold_compiler.inputs.sources import ManifestFile

__all__ = ["Explanation", "Step", "TargetValue", "explain"]


@dataclass(frozen=True, slots=True)
class Step:
    """One layer that states the field: its name, where, and what it says."""

    layer: str
    span: Span
    value: Any


@dataclass(frozen=True, slots=True)
class TargetValue:
    """The field in one environment and data center; `chain` from the weakest layer to the one that won."""

    cell: str
    value: Any
    chain: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """A field of an app, everywhere it goes."""

    app: str
    field: str
    targets: tuple[TargetValue, ...]


def explain(options: Options, app: str, field: str, at: str = "") -> Explanation:
    """Explain a field.

    Args:
        options: Where the fleet and the manifests are.
        app: `team/app`, or the app's name alone.
        field: A path such as `resources.requests.cpu` or `env.LOG_LEVEL.value`; a leading `spec.` is dropped.
        at: `env/dc` or `env` to look at alone.

    Raises:
        DiagnosticError: SF221 (no such app), SF222 (no such field or place), and whatever is wrong with the manifest.
    """
    path = field.removeprefix("spec.").replace("[", ".").replace("]", "").split(".")
    with Pool(1) as pool:
        fleet = load_fleet(options.fleet.resolve(), pool)
    if at and (hint := no_place(fleet, at)):
        text = f"the fleet has no environment or data center {at!r}"
        raise DiagnosticError(Diagnostic("SF222", text, None, hint))
    sources = discover(options.paths, options.base, options.out)
    manifest = _choose(sources.manifests, app)
    try:
        data = read_confined(manifest.path, manifest.path.parent, MAX_FILE)
    except (ConfinementError, OSError) as error:
        raise DiagnosticError(unread(manifest, error)) from None
    metadata, documents = load_app(data, manifest.name, manifest.key, fleet.model.teams)
    key = f"{metadata.team}/{metadata.name}"
    team = fleet.model.teams[metadata.team]
    releases = sources.releases.get(manifest.root, {})
    values = []
    for cell in sorted(fleet.team_cells(team)):
        if at and not f"{cell}/".startswith(f"{at.strip('/')}/"):
            continue
        release = releases.get(cell.environment)
        version = (
            Version(release.versions[key], release.spans[key])
            if release is not None and key in release.versions
            else None
        )
        layers = layers_for(fleet, metadata.team, documents[0], cell, version)
        chain = []
        for layer in layers:
            hit = find(layer.spec, path)
            if hit is not None:
                chain.append(Step(layer.name, layer.span(hit[1]), hit[0]))
        spec = merge_layers(layers)
        wanted = spec.get("dataCenters")
        if isinstance(wanted, dict) and cell.data_center not in (wanted.get(cell.environment) or ()):
            continue
        merged = find(spec, path)
        if chain or merged:
            values.append(TargetValue(str(cell), merged[0] if merged else None, tuple(chain)))
    if not values:
        _check_field(path, field)
        raise DiagnosticError(
            Diagnostic(
                "SF222",
                f"no layer sets {field} for {key}" + (f" at {at}" if at else ""),
                None,
                "it has Kubernetes' or the library's default",
            )
        )
    return Explanation(key, ".".join(path), tuple(values))


def _choose(manifests: tuple[ManifestFile, ...], app: str) -> ManifestFile:
    hits = [m for m in manifests if app in (m.key, m.key.partition("/")[2], m.name)]
    if len(hits) == 1:
        return hits[0]
    keys = [m.key for m in manifests]
    text = f"{app!r} could be {' or '.join(m.key for m in hits)}" if hits else f"no app {app!r}"
    raise DiagnosticError(Diagnostic("SF221", text, None, suggest(app, [*keys, *(k.partition("/")[2] for k in keys)])))


def _check_field(path: list[str], field: str) -> None:
    """Hold every part of a path against the model of a spec, as far as its fields are known.

    Names of list items, and keys of free mappings, are whatever people choose.
    """
    at: list[str | int] = []
    rest = path
    while rest:
        kind = kind_at(Spec, tuple(at))
        if kind == "record":
            known = fields_at(Spec, tuple(at))
            if rest[0] not in known:
                above = path_text(tuple(path[: len(path) - len(rest)])) or "a spec"
                where = f"{above} has no field"
                close = suggest(rest[0], known)
                raise DiagnosticError(Diagnostic("SF222", f"{where} {rest[0]} ({field})", None, close))
            at.append(rest[0])
        elif kind == "list":
            at.append(0)
        elif kind == "mapping":
            at.append(rest[0])
            if kind_at(Spec, tuple(at)) == "value":
                return  # what is left is one key, with dots in it
        elif kind == "value":
            above = path_text(tuple(path[: len(path) - len(rest)]))
            text, hint = f"{above} has no fields, it is a value ({field})", f"did you mean {above!r}?"
            raise DiagnosticError(Diagnostic("SF222", text, None, hint))
        else:
            return
        rest = rest[1:]
