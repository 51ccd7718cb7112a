"""Prepare one manifest: from its bytes to a merged and checked spec for each cell.

`prepare` runs in a worker. It depends only on its arguments and on the config files beside the manifest. Its result
contains all that later steps need: specs as JSON, facts, and every problem.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from sixfold_compiler.checks import check_metadata, check_plain
from sixfold_compiler.checks.policy.lists import lists_of
from sixfold_compiler.diagnostics import Diagnostic, DiagnosticError, Span
from sixfold_compiler.kubernetes.identity import kind_and_name
from sixfold_compiler.manifest.configs import Configs
from sixfold_compiler.manifest.load import load_app
from sixfold_compiler.manifest.merge import Merger, check_matches
from sixfold_compiler.model.addresses import AppKey
from sixfold_compiler.model.facts import CallFacts, Facts, PortFacts, RoadFacts
from sixfold_compiler.model.roads import External
from sixfold_compiler.ownership import reserved_app
from sixfold_compiler.ownership.addresses import HTTP

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from sixfold_compiler.inputs.fleet import FleetInput
    from sixfold_compiler.inputs.releases import Version
    from sixfold_compiler.manifest.load import ManifestText
    from sixfold_compiler.model.addresses import Cell
    from sixfold_compiler.model.app import Metadata, Spec
    from sixfold_compiler.model.roads import Port, Roads
    from sixfold_compiler.yaml.loader import Document

__all__ = ["CellSpec", "Prepared", "prepare"]


@dataclass(frozen=True, slots=True)
class CellSpec:
    """An app merged for one cell, before clusters are assigned.

    `spec` is the merged spec as JSON text, with the content of its ConfigMaps. `objects` is a JSON list of the
    manifest's plain objects after patching. `call_spans` are the source positions of the calls, by index in the spec.
    `version` is the version from the release file; empty if it has none.
    """

    spec: bytes
    facts: Facts
    objects: bytes
    call_spans: tuple[Span, ...]
    version: str


@dataclass(frozen=True, slots=True)
class Prepared:
    """An app that is merged and checked for each of its cells, before its calls are resolved.

    `key` is None if the manifest does not name its app. `files` maps the paths of config files, relative to the
    manifest, to their SHA-256 digests in hexadecimal. `span` is the source position of the app's name, and `plain` has
    those of the plain objects by kind and name. `kept` are the cells of the app that were not prepared, because its
    release entry is wrong there.
    """

    key: AppKey | None
    cells: Mapping[Cell, CellSpec] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    files: tuple[tuple[str, str], ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    span: Span | None = None
    plain: Mapping[tuple[str, str], Span] = field(default_factory=dict)
    kept: frozenset[Cell] = frozenset()

    @property
    def failed(self) -> bool:
        """True if any problem is an error. Such an app is not compiled."""
        return any(d.severity == "error" for d in self.diagnostics)


def prepare(
    fleet: FleetInput, manifest: ManifestText, versions: Mapping[str, Version], refused: Collection[str] = ()
) -> Prepared:
    """Validate a manifest, merge its layers for each cell of its team, and check the results.

    Args:
        fleet: The fleet.
        manifest: The manifest file with its bytes.
        versions: The image versions of the app by environment, from the release files.
        refused: The environments whose release entry of the app is wrong, where nothing is prepared.
    """
    file = manifest.file
    try:
        metadata, documents = load_app(manifest.data, file.name, file.key, fleet.model.teams)
    except DiagnosticError as error:
        label = str(file.key or error.diagnostics[0].app)
        return Prepared(_key(label), diagnostics=tuple(problem.of(label) for problem in error.diagnostics))
    head, plain = documents[0], documents[1:]
    problems = [*_check_name(metadata, head), *_check_documents(fleet, metadata, head, plain)]
    configs = Configs(file.path.parent, head, str(metadata.key))
    merger = Merger(fleet, metadata, head, plain, configs, problems)
    cells: dict[Cell, CellSpec] = {}
    kept: set[Cell] = set()
    for cell in sorted(fleet.team_cells(fleet.model.teams[metadata.team])):
        if cell.environment in refused:
            kept |= {cell} if merger.runs_in(cell) else set()
            continue
        release = versions.get(cell.environment)
        merged = merger.merged(cell, release)
        if merged is not None and not any(d.severity == "error" for d in problems):
            facts = _facts(fleet, metadata, merged.model, cell)
            version = release.version if release else ""
            cells[cell] = CellSpec(merged.spec, facts, merged.objects, merged.call_spans, version)
    merger.finish()
    if not cells and not kept and not problems:
        problems.append(_nowhere(metadata, head))
    return Prepared(
        metadata.key,
        cells,
        metadata.labels or {},
        metadata.annotations or {},
        tuple(sorted(configs.digests.items())),
        tuple(problems),
        head.span(("metadata", "name")),
        {kind_and_name(document.value): document.span() for document in plain if isinstance(document.value, dict)},
        frozenset(kept),
    )


def _key(label: str) -> AppKey | None:
    try:
        return AppKey.parse(label)
    except ValueError:
        return None


def _check_name(metadata: Metadata, head: Document) -> Iterator[Diagnostic]:
    """Yield an SF454 if the name of the app is reserved."""
    if why := reserved_app(metadata.name):
        text = f"the app name {metadata.name!r} {why}"
        span = head.span(("metadata", "name"))
        yield Diagnostic("SF454", text, span, "choose another name for the app", app=str(metadata.key))


def _check_documents(
    fleet: FleetInput, metadata: Metadata, head: Document, plain: Sequence[Document]
) -> Iterator[Diagnostic]:
    """Check the parts that need no merging: the metadata, the `match` of each override, and the plain objects."""
    app = str(metadata.key)
    namespaces = fleet.namespaces(metadata.team)
    lists = lists_of(fleet.model, metadata.team)
    yield from check_metadata(head.record, head.span, app, lists)
    yield from check_matches(fleet, head.record["spec"].get("overrides") or [], head, app)
    for index, document in enumerate(plain):
        if isinstance(document.value, dict):
            yield from check_plain(document.value, document.span, app, namespaces, lists)
        else:
            text = f"document {index + 2} of the file is not a Kubernetes object"
            hint = "write a mapping with apiVersion, kind and metadata, or remove the document"
            yield Diagnostic("SF206", text, document.span(), hint, app=app)


def _nowhere(metadata: Metadata, head: Document) -> Diagnostic:
    path = ("spec", "dataCenters") if "dataCenters" in head.record["spec"] else ("metadata", "team")
    return Diagnostic(
        "SF410",
        f"{metadata.key} runs in no data center: spec.dataCenters and the data centers of the team have none in common",
        head.span(path),
        "list a data center of the team in spec.dataCenters, or remove the manifest",
        app=str(metadata.key),
    )


def _facts(fleet: FleetInput, metadata: Metadata, spec: Spec, cell: Cell) -> Facts:
    ports = tuple(_port(port) for port in spec.ports or ())
    roads = _roads(spec.roads, metadata.team)
    ends = spec.kind in ("Job", "CronJob")  # nobody can call what runs to its end
    if not roads and not ends and any(port.app_protocol in HTTP for port in ports):
        roads = {"intra-dc": RoadFacts((metadata.team,))}
    calls = {CallFacts(call.app.rpartition("/")[2], call.data_center or "") for call in spec.calls or () if call.app}
    return Facts(
        name=metadata.name,
        team=metadata.team,
        namespace=fleet.namespace(metadata.team, cell.environment),
        tier=spec.tier or "",  # a spec without a tier was rejected (SF210)
        kind=spec.kind or "Deployment",
        ports=ports,
        roads=roads,
        spread=spec.spread or _default_spread(spec),
        calls=tuple(sorted(calls)),
    )


def _port(port: Port) -> PortFacts:
    protocol = port.protocol or "TCP"
    spoken = port.app_protocol or ("http" if protocol == "TCP" else "tcp")
    return PortFacts(port.name, port.port, port.target_port or port.port, protocol, spoken)


def _roads(roads: Roads | None, team: str) -> dict[str, RoadFacts]:
    """Return the facts of each road. A road without `callers` admits only the app's own team."""
    facts: dict[str, RoadFacts] = {}
    for name, road in roads.by_name.items() if roads is not None else ():
        callers = (team,) if road.callers is None else tuple(road.callers)
        facts[name] = RoadFacts(callers, road.port, road.timeout)
        if isinstance(road, External):
            shared = None if road.shared_with is None else tuple(road.shared_with)
            facts[name] = replace(
                facts[name], host=road.host, path=road.path, shared_with=shared, load_balancer=road.load_balancer
            )
    return facts


def _default_spread(spec: Spec) -> str:
    """Return the spread of an app whose spec does not set `spread` (see `Spec.spread`)."""
    if spec.kind == "DaemonSet":
        return "every"
    several = spec.autoscaling is not None or (spec.replicas is not None and spec.replicas > 1)
    return "share" if spec.kind in (None, "Deployment") and several else "home"
