"""One manifest, from bytes to a merged and checked spec for every environment and data center.

`prepare` is a pure function of its job but for the config files it reads beside the manifest; it runs in a worker.
What it returns is all that later steps need: specs as JSON, facts (all that other apps may learn of this one), the
calls that are still to be resolved, and every problem found.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from compiler.checks import check_metadata, check_plain
from compiler.configs import Configs
from compiler.diagnostics import Diagnostic, DiagnosticError, Span, suggest
from compiler.loader import Document, load_documents
from compiler.merging import Merger, Version, check_matches
from compiler.model.app import App, Metadata
from compiler.model.base import dump
from compiler.model.errors import diagnose
from compiler.ownership import reserved_app

if TYPE_CHECKING:
    from collections.abc import Collection

    from compiler.fleet import Cell, FleetInput
    from compiler.loader import ValuePath
    from compiler.sources import ManifestFile

__all__ = ["CellSpec", "Prepared", "load_app", "prepare"]

HTTP_PROTOCOLS = frozenset({"http", "http2", "grpc"})


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
        metadata, documents = load_app(data, manifest.name, manifest.key, fleet.fleet.teams)
    except DiagnosticError as error:
        key = manifest.key or error.diagnostics[0].app
        return Prepared(key, manifest.name, diagnostics=tuple(d.of(key) for d in error.diagnostics))
    key = f"{metadata.team}/{metadata.name}"
    head = documents[0]
    problems: list[Diagnostic] = []
    team = fleet.fleet.teams[metadata.team]
    raw = head.value["spec"]
    if why := reserved_app(metadata.name):
        text = f"the app name {metadata.name!r} {why}"
        problems.append(
            Diagnostic("SF454", text, head.span(("metadata", "name")), "choose another name for the app", app=key)
        )
    problems += check_metadata(head.value, head.span, key)
    plain = documents[1:]
    problems += check_matches(fleet, raw.get("overrides") or [], head, key)
    for index, document in enumerate(plain):
        if isinstance(document.value, dict):
            problems += check_plain(document.value, document.span, key, "")
        else:
            text = f"document {index + 2} is not a Kubernetes object"
            hint = "a Kubernetes object is a mapping with apiVersion, kind and metadata"
            problems.append(Diagnostic("SF206", text, document.span(), hint, app=key))
    configs = Configs(manifest.path.parent, head, key)
    merger = Merger(fleet, metadata, head, plain, configs, problems)
    cells: dict[Cell, CellSpec] = {}
    for cell in sorted(fleet.team_cells(team)):
        merged = merger.merged(cell, versions.get(cell.environment))
        if merged is not None and not any(d.severity == "error" for d in problems):
            facts = _facts(fleet, metadata, merged.values, cell)
            cells[cell] = CellSpec(merged.spec, facts, merged.objects, merged.call_spans)
    merger.finish()
    if not cells and not problems:
        where = ("spec", "dataCenters") if "dataCenters" in raw else ("metadata", "team")
        problems.append(
            Diagnostic(
                "SF410",
                f"{key} goes to no data center",
                head.span(where),
                "spec.dataCenters and the team's dataCenters have none in common: name one, or remove the manifest",
                app=key,
            )
        )
    return Prepared(
        key,
        manifest.name,
        cells,
        dump(metadata),
        tuple(sorted(configs.digests.items())),
        tuple(problems),
        head.span(("metadata", "name")),
        {_object_key(document.value): document.span() for document in plain if isinstance(document.value, dict)},
    )


def _object_key(value: dict[str, Any]) -> tuple[str, str]:
    metadata = value.get("metadata")
    return str(value.get("kind", "")), str(metadata.get("name", "")) if isinstance(metadata, dict) else ""


def load_app(
    data: bytes, file: str, key: str = "", teams: Collection[str] = ()
) -> tuple[Metadata, tuple[Document, ...]]:
    """Who the manifest is about, and all documents of its file (the first is the manifest).

    An override is a part of a spec, so what it leaves out is judged after merging, not here. `teams` are the fleet's,
    where its metadata is to be held against them.

    Raises:
        DiagnosticError: SF1xx (YAML), SF204 (not a valid manifest), SF205 (an unknown team), SF207 (it stands
            under another name).
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
        found = diagnose(error, App, head.value, head.span, code="SF204", app=key, ignore=_partial,
                         value_span=head.value_span)  # fmt: skip
        if found:
            raise DiagnosticError(found) from None
    metadata = Metadata.model_validate(head.value["metadata"])
    own = f"{metadata.team}/{metadata.name}"
    if teams and metadata.team not in teams:  # before its place is judged: the file may stand just where it should
        place, close = head.value_span(("metadata", "team")), suggest(metadata.team, teams)
        text = f"the team {metadata.team!r} is not in the fleet"
        raise DiagnosticError(Diagnostic("SF205", text, place, close, app=key or own))
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
