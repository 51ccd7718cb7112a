"""One manifest, from bytes to a merged and checked spec for every environment and data center.

`prepare` is a pure function of its job but for the config files it reads beside the manifest; it runs in a worker.
What it returns is all that later steps need: specs as JSON, facts (all that other apps may learn of this one), the
calls that are still to be resolved, and every problem found.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson
from pydantic import ValidationError

from compiler.checks import check_plain
from compiler.configs import Configs
from compiler.diagnostics import Diagnostic, DiagnosticError, Span, suggest
from compiler.layers import Layer, apply_version, constant, matching_overrides, merge, merge_layers, under
from compiler.loader import Document, load_documents
from compiler.model.app import App, Metadata, Spec
from compiler.model.base import dump
from compiler.model.errors import diagnose
from compiler.speccheck import check_spec

if TYPE_CHECKING:
    from collections.abc import Sequence

    from compiler.fleet import Cell, FleetInput
    from compiler.loader import Path as ValuePath
    from compiler.sources import ManifestFile

__all__ = ["CellSpec", "Prepared", "Version", "layers_for", "load_app", "prepare"]

HTTP_PROTOCOLS = frozenset({"http", "http2", "grpc"})


@dataclass(frozen=True, slots=True)
class Version:
    """An image version from a release file, and where it stands."""

    version: str
    span: Span


@dataclass(frozen=True, slots=True)
class CellSpec:
    """The app in one environment and data center.

    `spec` is JSON: the merged spec with its ConfigMaps filled in. `facts` is what others may know. `spans` are the
    places of the calls, by index in the spec.
    """

    spec: bytes
    facts: dict[str, Any]
    objects: bytes  # JSON list: plain objects, patched
    call_spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Prepared:
    """An app, ready for calls to be resolved and for the library. Without a key, it cannot be told whose it is."""

    key: str
    file: str
    cells: dict[Cell, CellSpec] = field(default_factory=dict)
    metadata: dict[str, Any] = field(default_factory=dict)
    files: tuple[tuple[str, str], ...] = ()  # config files: path relative to the manifest, sha256
    diagnostics: tuple[Diagnostic, ...] = ()
    span: Span | None = None
    plain: dict[tuple[str, str], Span] = field(default_factory=dict)  # plain objects by kind and name

    @property
    def failed(self) -> bool:
        """Whether anything is wrong enough to leave the app out."""
        return any(d.severity == "error" for d in self.diagnostics)


def prepare(fleet: FleetInput, manifest: ManifestFile, data: bytes, versions: dict[str, Version]) -> Prepared:
    """Load, validate and layer one manifest.

    Args:
        fleet: The fleet.
        manifest: The file.
        data: Its bytes.
        versions: The app's version by environment, from the release files.
    """
    try:
        metadata, documents = load_app(data, manifest.name, manifest.key)
    except DiagnosticError as error:
        return Prepared(manifest.key, manifest.name, diagnostics=tuple(d.of(manifest.key) for d in error.diagnostics))
    key = f"{metadata.team}/{metadata.name}"
    head = documents[0]
    problems: list[Diagnostic] = []
    team = fleet.fleet.teams.get(metadata.team)
    if team is None:
        problem = Diagnostic(
            "SF205",
            f"the team {metadata.team!r} is not in the fleet",
            head.span(("metadata", "team")),
            suggest(metadata.team, fleet.fleet.teams),
            app=key,
        )
        return Prepared(key, manifest.name, diagnostics=(problem,))
    base = dump(metadata)
    configs = Configs(manifest.path.parent, head, key)
    plain = documents[1:]
    seen: dict[tuple[tuple[int, ...], str], tuple[bytes, bytes, dict[str, Any]]] = {}
    cells: dict[Cell, CellSpec] = {}
    raw = head.value["spec"]
    problems += _check_matches(fleet, raw.get("overrides") or [], head, key)
    for index, document in enumerate(plain):
        problems += check_plain(document.value, document.span, key, "")
        if not isinstance(document.value, dict):
            problems.append(
                Diagnostic("SF206", f"document {index + 2} is not a Kubernetes object", document.span(), "", app=key)
            )
    for cell in sorted(fleet.team_cells(team)):
        chosen = tuple(matching_overrides(raw.get("overrides") or [], cell))
        release = versions.get(cell.environment)
        memo = (chosen, release.version if release else "")
        if memo not in seen:
            layers = layers_for(fleet, metadata.team, head, cell, release)
            merged = merge_layers(layers)
            wanted = merged.get("dataCenters")
            if isinstance(wanted, dict) and cell.data_center not in (wanted.get(cell.environment) or ()):
                continue
            found = _validate(merged, layers, key, cell)
            if found:
                problems += [d for d in found if d not in problems]
                continue
            values = dump(Spec.model_validate(merged, context={"whole": True}))
            found = [*check_spec(values, _locator(layers), key, cell)]
            problems += [d for d in found if d not in problems]
            values["config"] = [configs.fill(metadata.name, c, problems) for c in values.get("config", [])]
            if not values["config"]:
                del values["config"]
            objects = _patched(plain, raw.get("overrides") or [], chosen, head, key, problems)
            seen[memo] = (orjson.dumps(values), orjson.dumps(objects), values)
        text, objects_text, values = seen[memo]
        if "dataCenters" in values and cell.data_center not in values["dataCenters"].get(cell.environment, ()):
            continue
        if any(d.severity == "error" for d in problems):
            continue
        spans = tuple(head.span(_call_path(head.value["spec"], chosen, call)) for call in values.get("calls", []))
        cells[cell] = CellSpec(text, _facts(fleet, metadata, values, cell), objects_text, spans)
    return Prepared(
        key,
        manifest.name,
        cells,
        base,
        tuple(sorted(configs.digests.items())),
        tuple(problems),
        head.span(("metadata", "name")),
        {_object_key(document.value): document.span() for document in plain if isinstance(document.value, dict)},
    )


def _object_key(value: dict[str, Any]) -> tuple[str, str]:
    metadata = value.get("metadata")
    return str(value.get("kind", "")), str(metadata.get("name", "")) if isinstance(metadata, dict) else ""


def load_app(data: bytes, file: str, key: str = "") -> tuple[Metadata, tuple[Document, ...]]:
    """Who the manifest is about, and all documents of its file (the first is the manifest).

    An override is a part of a spec, so what it leaves out is judged after merging, not here.

    Raises:
        DiagnosticError: SF1xx (YAML), SF204 (not a valid manifest), SF207 (it stands under another name).
    """
    documents = load_documents(data, file)
    if not documents or not isinstance(documents[0].value, dict):
        raise DiagnosticError(
            Diagnostic(
                "SF204",
                "no manifest in the file",
                Span(file, 1, 1),
                "begin with apiVersion: sixfold.dev/v1 and kind: App, or try `sixfold init app`",
            )
        )
    head = documents[0]
    try:
        App.model_validate(head.value)
    except ValidationError as error:
        found = diagnose(error, App, head.value, head.span, code="SF204", app=key, ignore=_partial)
        if found:
            raise DiagnosticError(found) from None
    metadata = Metadata.model_validate(head.value["metadata"])
    own = f"{metadata.team}/{metadata.name}"
    if key and own != key:
        raise DiagnosticError(
            Diagnostic(
                "SF207",
                f"the manifest of {own} stands at apps/{key}.yaml",
                head.span(("metadata",)),
                f"move it to apps/{own}.yaml, or correct metadata.team and metadata.name",
                app=key,
            )
        )
    return metadata, documents


def _partial(kind: str, path: ValuePath) -> bool:
    return kind in ("missing", "value_error") and path[:2] == ("spec", "overrides") and path[3:4] == ("spec",)


def layers_for(fleet: FleetInput, team: str, head: Document, cell: Cell, release: Version | None) -> list[Layer]:
    """The layers of an app in a cell, weakest first."""
    raw = {k: v for k, v in head.value["spec"].items() if k != "overrides"}
    overrides = head.value["spec"].get("overrides") or []
    layers = [
        Layer("fleet defaults", fleet.fleet.defaults, under(fleet.span, "defaults")),
        Layer("team defaults", fleet.fleet.teams[team].defaults or {}, under(fleet.span, "teams", team, "defaults")),
        Layer("manifest", raw, under(head.span, "spec")),
    ]
    for index in matching_overrides(overrides, cell):
        match = overrides[index].get("match") or {}
        label = " ".join(f"{k}={v}" for k, v in match.items()) or "everywhere"
        spec = overrides[index].get("spec") or {}
        layers.append(Layer(f"override ({label})", spec, under(head.span, "spec", "overrides", index, "spec")))
    if release is not None:
        image = merge_layers(layers).get("image")
        if isinstance(image, str):
            layers.append(Layer("release", {"image": apply_version(image, release.version)}, constant(release.span)))
    return layers


def _validate(merged: dict[str, Any], layers: Sequence[Layer], key: str, cell: Cell) -> list[Diagnostic]:
    try:
        Spec.model_validate(merged, context={"whole": True})
    except ValidationError as error:
        found = diagnose(error, Spec, merged, _locator(layers), code="SF208", app=key)
        return [Diagnostic(d.code, f"{d.message} (in {cell}, after merging)", d.span, d.help, app=key) for d in found]
    return []


def _locator(layers: Sequence[Layer]) -> Any:
    def span(path: ValuePath) -> Span:
        for layer in reversed(layers):
            if path and isinstance(layer.spec, dict) and path[0] in layer.spec:
                return layer.span(path)
        return layers[2].span(())

    return span


def _check_matches(fleet: FleetInput, overrides: list[dict[str, Any]], head: Document, key: str) -> list[Diagnostic]:
    problems = []
    cells = [cell for cell, _ in fleet.cells()]
    for index, override in enumerate(overrides):
        match = override.get("match") or {}
        for name, known in (
            ("environment", {c.environment for c in cells}),
            ("dataCenter", {c.data_center for c in cells if match.get("environment") in (None, c.environment)}),
        ):
            value = match.get(name)
            if value is not None and value not in known:
                problems.append(
                    Diagnostic(
                        "SF209",
                        f"the override matches no {name} {value!r}",
                        head.span(("spec", "overrides", index, "match", name)),
                        suggest(value, known),
                        app=key,
                    )
                )
    return problems


def _call_path(raw: dict[str, Any], chosen: tuple[int, ...], call: dict[str, Any]) -> ValuePath:
    places: list[tuple[ValuePath, Any]] = [
        (("spec", "overrides", i, "spec", "calls"), (raw["overrides"][i].get("spec") or {}).get("calls"))
        for i in reversed(chosen)
    ]
    for path, calls in (*places, (("spec", "calls"), raw.get("calls"))):
        for index, item in enumerate(calls or []):
            if item.get("app") == call.get("app") and item.get("host") == call.get("host"):
                return (*path, index)
    return ("spec",)


def _facts(fleet: FleetInput, metadata: Metadata, spec: dict[str, Any], cell: Cell) -> dict[str, Any]:
    ports = [
        {
            "name": p["name"],
            "port": p["port"],
            "targetPort": p.get("targetPort", p["port"]),
            "protocol": p.get("protocol", "TCP"),
            "appProtocol": p.get("appProtocol", "http" if p.get("protocol", "TCP") == "TCP" else "tcp"),
        }
        for p in spec.get("ports", [])
    ]
    roads = {name: dict(road) for name, road in spec.get("roads", {}).items()}
    if ports and not roads and any(p["appProtocol"] in HTTP_PROTOCOLS for p in ports):
        roads = {"intra-dc": {}}
    for road in roads.values():
        road.setdefault("callers", [metadata.team])
    kind = spec.get("kind", "Deployment")
    return {
        "name": metadata.name,
        "team": metadata.team,
        "namespace": fleet.namespace(metadata.team, cell.environment),
        "tier": spec["tier"],
        "kind": kind,
        "ports": ports,
        "roads": roads,
        "spread": spec.get("spread") or _default_spread(kind, spec),
        "calls": [
            list(c)
            for c in sorted({(c["app"], c.get("dataCenter", "")) for c in spec.get("calls", []) if c.get("app")})
        ],
    }


def _default_spread(kind: str, spec: dict[str, Any]) -> str:
    if kind == "DaemonSet":
        return "every"
    if kind == "Deployment" and (spec.get("autoscaling") or spec.get("replicas", 1) > 1):
        return "share"
    return "home"


def _patched(
    plain: Sequence[Document],
    overrides: list[dict[str, Any]],
    chosen: tuple[int, ...],
    head: Document,
    key: str,
    problems: list[Diagnostic],
) -> list[dict[str, Any]]:
    objects = [d.value for d in plain if isinstance(d.value, dict)]
    for index in chosen:
        for number, patch in enumerate(overrides[index].get("patches") or []):
            target = patch["target"]
            hits = [
                i
                for i, o in enumerate(objects)
                if o.get("kind") == target["kind"] and (o.get("metadata") or {}).get("name") == target["name"]
            ]
            span = head.span(("spec", "overrides", index, "patches", number))
            if not hits:
                known = [f"{o.get('kind')}/{(o.get('metadata') or {}).get('name')}" for o in objects]
                problem = Diagnostic(
                    "SF215",
                    f"the patch fits no plain object {target['kind']}/{target['name']}",
                    span,
                    suggest(f"{target['kind']}/{target['name']}", known),
                    app=key,
                )
                if problem not in problems:
                    problems.append(problem)
            for hit in hits:
                objects[hit] = merge(objects[hit], patch["patch"], "data")
                found = check_plain(objects[hit], constant(span), key, "")
                problems += [d for d in found if d not in problems]
    return objects
