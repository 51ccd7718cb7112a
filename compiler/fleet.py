"""Loading and checking the fleet: from `fleet.jsonnet` to a validated `Fleet`."""

from __future__ import annotations

import hashlib
import string
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
from pydantic import ValidationError

from compiler.diagnostics import Diagnostic, DiagnosticError, Span, suggest
from compiler.engine import (
    EvaluationError,
    Failure,
    Library,
    check_extension,
    evaluate,
    extension_names,
    library_folder,
)
from compiler.engine.places import Places
from compiler.model.app import Spec
from compiler.model.base import dump
from compiler.model.errors import diagnose
from compiler.model.fleet import Fleet
from compiler.names import DEVICES, PLATFORM_PREFIX
from compiler.tombstones import TombstoneFile, load_tombstones

if TYPE_CHECKING:
    from collections.abc import Iterator

    from compiler.engine import Pool
    from compiler.loader import Path as ValuePath
    from compiler.model.fleet import Cluster, DataCenter, Team

__all__ = ["Cell", "FleetInput", "Target", "evaluate_fleet", "load_fleet"]

RESERVED_TEAMS = frozenset({"argocd", "default", "kube-system", "kube-public", "kube-node-lease"})
MAX_NAMESPACE = 63  # characters
_PLACEHOLDERS = {"app", "team", "dc", "environment", "domain"}


@dataclass(frozen=True, order=True, slots=True)
class Cell:
    """An environment and one of its data centers."""

    environment: str
    data_center: str

    def __str__(self) -> str:
        return f"{self.environment}/{self.data_center}"


@dataclass(frozen=True, order=True, slots=True)
class Target:
    """Where one overlay goes."""

    environment: str
    data_center: str
    cluster: str

    @property
    def cell(self) -> Cell:
        """The target without its cluster."""
        return Cell(self.environment, self.data_center)

    def __str__(self) -> str:
        return f"{self.environment}/{self.data_center}/{self.cluster}"


@dataclass(frozen=True)
class FleetSources:
    """The Jsonnet files of a fleet; `name` is what its folder is called in diagnostics."""

    folder: Path
    name: str

    @cached_property
    def places(self) -> Places:
        """The sources' keys, read when the first place is asked for."""
        sources = {}
        for path in sorted(self.folder.rglob("*.*sonnet")):
            if path.is_file() and not path.is_symlink() and (self.folder / "lib") not in path.parents:
                sources[f"{self.name}/{path.relative_to(self.folder).as_posix()}"] = path.read_text("utf-8", "replace")
        return Places(sources)

    def span(self, path: ValuePath = ()) -> Span:
        """Where the value at `path` of the fleet was written, as well as it can be told."""
        return self.places.find(path, f"{self.name}/fleet.jsonnet")


@dataclass(frozen=True)
class FleetInput:
    """A valid fleet, and where it came from. `data` is the fleet as plain data, with the model's defaults filled in."""

    fleet: Fleet
    library: Library
    sources: FleetSources
    data: dict[str, Any] = field(repr=False)
    tombstones: TombstoneFile = field(default_factory=TombstoneFile)

    @property
    def name(self) -> str:
        """What the fleet's folder is called."""
        return self.sources.name

    def span(self, path: ValuePath = ()) -> Span:
        """Where the value at `path` of the fleet was written, as well as it can be told."""
        return self.sources.span(path)

    def cells(self) -> Iterator[tuple[Cell, DataCenter]]:
        """Every environment and data center, sorted."""
        for environment, value in sorted(self.fleet.environments.items()):
            for name, data_center in sorted(value.data_centers.items()):
                yield Cell(environment, name), data_center

    def targets(self) -> Iterator[tuple[Target, Cluster]]:
        """Every cluster, sorted."""
        for cell, data_center in self.cells():
            for name, cluster in sorted(data_center.clusters.items()):
                yield Target(cell.environment, cell.data_center, name), cluster

    def namespace(self, team: str, environment: str) -> str:
        """The team's namespace in an environment, by the fleet's scheme."""
        return self.fleet.namespaces.replace("{team}", team).replace("{environment}", environment)

    def team_cells(self, team: Team) -> frozenset[Cell]:
        """The cells where the team may run."""
        if team.data_centers is None:
            return frozenset(cell for cell, _ in self.cells())
        return frozenset(Cell(e, d) for e, names in team.data_centers.items() for d in names)

    def takes_nobody(self, cell: Cell) -> bool:
        """Whether every cluster of a data center is draining or retired: then a team may be missing there."""
        clusters = self.fleet.environments[cell.environment].data_centers[cell.data_center].clusters
        return all(cluster.state in ("draining", "retired") for cluster in clusters.values())

    @cached_property
    def settings(self) -> dict[str, Any]:
        """What the library may know of the fleet: `name`, `platform`, `tiers`, `domains`."""
        return {key: self.data[key] for key in ("name", "platform", "tiers", "domains")}

    @cached_property
    def digest(self) -> str:
        """A digest of the fleet's data and of the library that it is compiled with."""
        data = orjson.dumps(self.data, option=orjson.OPT_SORT_KEYS)
        return hashlib.sha256(data + self.library.digest.encode()).hexdigest()


def evaluate_fleet(_context: None, library: Library) -> str | EvaluationError:
    """The fleet's value as JSON, or why there is none. Runs in a worker."""
    try:
        return evaluate(library, "import 'fleet:'")
    except EvaluationError as error:
        return error


def load_fleet(folder: Path, pool: Pool) -> FleetInput:
    """Evaluate, validate and cross-check the fleet in `folder`.

    Raises:
        DiagnosticError: SF301 (no fleet), SF302 (it does not evaluate), SF303 (a wrong field), SF304 on (fields that
            contradict each other), SF310 and SF311 (tombstones.yaml), SF506 (names of the library's extension); every
            problem at once.
    """
    name = folder.name or "fleet"
    if not (folder / "fleet.jsonnet").is_file():
        raise DiagnosticError(
            Diagnostic(
                "SF301",
                f"no fleet.jsonnet in {name}/",
                Span(f"{name}/fleet.jsonnet"),
                "name the fleet's folder with --fleet, or make one with `sixfold init deploy`",
            )
        )
    library = Library(library_folder(), folder)
    ((_, result),) = pool.run(evaluate_fleet, [library])
    if isinstance(result, Failure):
        raise DiagnosticError(
            Diagnostic(
                "SF302",
                f"the fleet does not evaluate: {result.detail.splitlines()[0]}",
                Span(f"{name}/fleet.jsonnet"),
                "look for endless recursion",
                detail=result.detail,
            )
        )
    if isinstance(result, EvaluationError):
        file = Path(result.file or folder / "fleet.jsonnet")
        at = file.relative_to(folder).as_posix() if folder in file.parents else file.name
        raise DiagnosticError(
            Diagnostic(
                "SF302",
                f"the fleet does not evaluate: {result.message}",
                Span(f"{name}/{at}", result.line, result.column),
                "mend the Jsonnet; --verbose shows the engine's trace",
                detail=result.trace,
            )
        )
    value = orjson.loads(result)
    sources = FleetSources(folder, name)
    try:
        fleet = Fleet.model_validate(value)
    except ValidationError as error:
        raise DiagnosticError(diagnose(error, Fleet, value, sources.span, code="SF303")) from None
    loaded = FleetInput(fleet, library, sources, dump(fleet))
    problems = [*_check_defaults(loaded), *_check_names(loaded), *_check_references(loaded)]
    if library.overlay:
        ((_, names),) = pool.run(extension_names, [library])
        problems += check_extension(library, name, names) if isinstance(names, bytes) else []
    try:
        loaded = replace(loaded, tombstones=load_tombstones(folder, name))
    except DiagnosticError as error:
        problems += error.diagnostics
    if problems:
        raise DiagnosticError(sorted(problems, key=lambda d: d.sort_key))
    return loaded


def _check_defaults(loaded: FleetInput) -> Iterator[Diagnostic]:
    layers: list[tuple[ValuePath, dict[str, Any] | None]] = [(("defaults",), loaded.fleet.defaults)]
    layers += [(("teams", name, "defaults"), team.defaults) for name, team in sorted(loaded.fleet.teams.items())]
    for path, value in layers:
        try:
            Spec.model_validate(value or {})
        except ValidationError as error:
            yield from diagnose(error, Spec, value, loaded.span, code="SF303", prefix=path, ignore=_partial)


def _partial(kind: str, _path: ValuePath) -> bool:
    # Defaults are a part of a spec: what they leave out is judged after merging.
    return kind in ("missing", "value_error")


def _check_names(loaded: FleetInput) -> Iterator[Diagnostic]:
    yield from _check_namespaces(loaded)
    if "argocd" in loaded.fleet.environments:
        yield Diagnostic(
            "SF304",
            "the environment name 'argocd' is reserved: the tree has a folder of that name",
            loaded.span(("environments", "argocd")),
            "choose another name",
        )
    for environment, value in sorted(loaded.fleet.environments.items()):
        seen: dict[str, str] = {}
        for data_center, content in sorted(value.data_centers.items()):
            for cluster in sorted(content.clusters):
                if (other := seen.setdefault(cluster, data_center)) != data_center:
                    yield Diagnostic(
                        "SF305",
                        f"the cluster {cluster!r} is in {environment}/{other} and in {environment}/{data_center}",
                        loaded.span(("environments", environment, "dataCenters", data_center, "clusters", cluster)),
                        "a cluster belongs to one data center, and its name is unique in an environment",
                    )
    yield from _check_devices(loaded)
    for scheme in ("intraDc", "interDc", "external"):
        text = loaded.data["endpoints"][scheme]
        try:
            used = {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}
        except ValueError:
            used = {text}
        for unknown in sorted(used - _PLACEHOLDERS):
            yield Diagnostic(
                "SF306",
                f"endpoints.{scheme}: unknown placeholder {{{unknown}}}",
                loaded.span(("endpoints", scheme)),
                suggest(unknown, _PLACEHOLDERS),
            )


def _check_devices(loaded: FleetInput) -> Iterator[Diagnostic]:
    """Names of the tree's folders that Windows takes for devices."""
    places: dict[ValuePath, str] = {("environments", name): name for name in sorted(loaded.fleet.environments)}
    for target, _ in loaded.targets():
        path: ValuePath = ("environments", target.environment, "dataCenters", target.data_center)
        places |= {path: target.data_center, (*path, "clusters", target.cluster): target.cluster}
    for place, name in places.items():
        if name in DEVICES:
            text = f"the name {name!r} is a device's on Windows, where the tree could not be checked out"
            yield Diagnostic("SF304", text, loaded.span(place), "choose another name")


def _check_namespaces(loaded: FleetInput) -> Iterator[Diagnostic]:
    """Every namespace of a team is its own: not Kubernetes', not the platform's, not another team's."""
    fleet = loaded.fleet
    taken = dict.fromkeys(RESERVED_TEAMS, "is reserved")
    taken |= {i.namespace: "is Argo CD's" for i in fleet.argocd.instances.values()}
    taken |= {fleet.platform.metrics_namespace: "is the metrics' of the platform"}
    taken |= {fleet.platform.dns_namespace: "is the cluster DNS's"}
    taken |= {cell.data_center: "is that of a data center, and holds its gateway" for cell, _ in loaded.cells()}
    owners: dict[str, str] = {}  # in whichever environment: several may be on one cluster
    for team in sorted(fleet.teams):
        names: dict[str, str] = {}
        # Whatever the namespaces are: a team's AppProject and its folder of manifests have its name.
        if team in RESERVED_TEAMS or team in DEVICES or team.startswith(PLATFORM_PREFIX):
            yield Diagnostic(
                "SF304", f"the team name {team!r} is reserved", loaded.span(("teams", team)), "choose another name"
            )
            continue
        for environment in sorted(fleet.environments):
            namespace = loaded.namespace(team, environment)
            owner = owners.setdefault(namespace, team)
            if why := taken.get(namespace) or ("is reserved" if namespace.startswith("kube-") else ""):
                names[namespace] = why
            elif owner != team:
                names[namespace] = f"is that of team {owner!r}"
            elif len(namespace) > MAX_NAMESPACE:
                names[namespace] = f"has over {MAX_NAMESPACE} characters"
        for namespace, why in names.items():
            text = f"the namespace {namespace!r} of team {team!r} {why}"
            yield Diagnostic("SF304", text, loaded.span(("teams", team)), "choose another name for the team")


def _check_references(loaded: FleetInput) -> Iterator[Diagnostic]:
    fleet = loaded.fleet
    cells = {cell for cell, _ in loaded.cells()}
    for name, team in sorted(fleet.teams.items()):
        for environment, data_centers in sorted((team.data_centers or {}).items()):
            path: ValuePath = ("teams", name, "dataCenters", environment)
            if environment not in fleet.environments:
                yield Diagnostic(
                    "SF307",
                    f"team {name!r} names the unknown environment {environment!r}",
                    loaded.span(path),
                    suggest(environment, fleet.environments),
                )
                continue
            for data_center in data_centers:
                if Cell(environment, data_center) not in cells:
                    known = [c.data_center for c in cells if c.environment == environment]
                    yield Diagnostic(
                        "SF307",
                        f"team {name!r} names the unknown data center {environment}/{data_center}",
                        loaded.span(path),
                        suggest(data_center, known),
                    )
    servers: dict[str, Target] = {}
    for target, cluster in loaded.targets():
        path = ("environments", target.environment, "dataCenters", target.data_center, "clusters", target.cluster)
        if cluster.instance not in fleet.argocd.instances:
            yield Diagnostic(
                "SF308",
                f"cluster {target} names the unknown Argo CD instance {cluster.instance!r}",
                loaded.span((*path, "instance")),
                suggest(cluster.instance, fleet.argocd.instances),
            )
        other = servers.setdefault(cluster.server, target)
        if other is target:
            continue
        if other.environment == target.environment:
            yield Diagnostic(
                "SF309",
                f"clusters {other} and {target} have the same server",
                loaded.span((*path, "server")),
                "every cluster of an environment is another cluster",
            )
        elif fleet.namespaces != "{team}-{environment}":
            yield Diagnostic(
                "SF309",
                f"{other} and {target} share a server, and a team's namespaces there would be the same",
                loaded.span((*path, "server")),
                "set namespaces: '{team}-{environment}' to share clusters between environments",
            )
