"""One manifest, from bytes to a merged and checked spec for every environment and data center.

`prepare` is a pure function of its job but for the config files it reads beside the manifest; it runs in a worker.
What it returns is all that later steps need: specs as JSON, facts (all that other apps may learn of this one), the
calls that are still to be resolved, and every problem found.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sixfold_compiler.checks import check_metadata, check_plain
from sixfold_compiler.diagnostics import Diagnostic, DiagnosticError, Span
from sixfold_compiler.manifest.configs import Configs
from sixfold_compiler.manifest.load import load_app
from sixfold_compiler.manifest.merge import Merger, check_matches
from sixfold_compiler.model.base import dump
from sixfold_compiler.ownership import reserved_app

if TYPE_CHECKING:
    from sixfold_compiler.inputs.fleet import FleetInput
    from sixfold_compiler.inputs.releases import Version
    from sixfold_compiler.inputs.sources import ManifestFile
    from sixfold_compiler.model.addresses import Cell
    from sixfold_compiler.model.app import Metadata

__all__ = ["CellSpec", "Prepared", "prepare"]

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
        metadata, documents = load_app(data, manifest.name, manifest.key, fleet.model.teams)
    except DiagnosticError as error:
        key = manifest.key or error.diagnostics[0].app
        return Prepared(key, manifest.name, diagnostics=tuple(d.of(key) for d in error.diagnostics))
    key = f"{metadata.team}/{metadata.name}"
    head = documents[0]
    problems: list[Diagnostic] = []
    team = fleet.model.teams[metadata.team]
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
