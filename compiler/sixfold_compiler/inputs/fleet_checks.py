"""Checks of a fleet beyond its single fields: contradictions, reserved names and unknown references."""

from __future__ import annotations

import string
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from sixfold_compiler.diagnostics import Diagnostic, ValuePath, suggest
from sixfold_compiler.model.addresses import Cell, Target
from sixfold_compiler.model.app import Spec
from sixfold_compiler.model.names import DEVICES, PLATFORM_PREFIX
from sixfold_compiler.model.validation import diagnose, is_omission

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sixfold_compiler.inputs.fleet import FleetInput

__all__ = ["MAX_NAMESPACE", "RESERVED_TEAMS", "check_defaults", "check_names", "check_references"]


RESERVED_TEAMS = frozenset({"argocd", "default", "kube-system", "kube-public", "kube-node-lease"})


MAX_NAMESPACE = 63  # characters
_PLACEHOLDERS = {"app", "team", "dc", "environment", "domain"}  # of naming schemes


def check_defaults(loaded: FleetInput) -> Iterator[Diagnostic]:
    """Check the default specs of the fleet and of each team against the model of a spec."""
    layers: list[tuple[ValuePath, dict[str, Any] | None]] = [(("defaults",), loaded.model.defaults)]
    layers += [(("teams", name, "defaults"), team.defaults) for name, team in sorted(loaded.model.teams.items())]
    for path, value in layers:
        try:
            Spec.model_validate(value or {})
        except ValidationError as error:
            yield from diagnose(error, Spec, value, loaded.span, code="SF303", prefix=path, ignore=is_omission)


def check_names(loaded: FleetInput) -> Iterator[Diagnostic]:
    """Check names: uniqueness, reserved names, and known placeholders in naming schemes."""
    yield from _check_namespaces(loaded)
    if "argocd" in loaded.model.environments:
        yield Diagnostic(
            "SF304",
            "an environment cannot be named 'argocd', because the tree has a folder of that name",
            loaded.span(("environments", "argocd")),
            "rename the environment",
        )
    for environment, value in sorted(loaded.model.environments.items()):
        seen: dict[str, str] = {}
        for data_center, content in sorted(value.data_centers.items()):
            for cluster in sorted(content.clusters):
                if (other := seen.setdefault(cluster, data_center)) != data_center:
                    yield Diagnostic(
                        "SF305",
                        f"two clusters of environment {environment!r} are named {cluster!r}: in {environment}/{other}"
                        f" and in {environment}/{data_center}",
                        loaded.span(Target(environment, data_center, cluster).value_path),
                        "rename or remove one of them",
                    )
    yield from _check_devices(loaded)
    endpoints = loaded.model.endpoints
    schemes = {"intraDc": endpoints.intra_dc, "interDc": endpoints.inter_dc, "external": endpoints.external}
    for scheme, text in schemes.items():
        try:
            used = {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}
        except ValueError:
            used = {text}
        for unknown in sorted(used - _PLACEHOLDERS):
            yield Diagnostic(
                "SF306",
                f"endpoints.{scheme} has the unknown placeholder {{{unknown}}}",
                loaded.span(("endpoints", scheme)),
                suggest(unknown, _PLACEHOLDERS),
            )


def _check_devices(loaded: FleetInput) -> Iterator[Diagnostic]:
    """Report environments, data centers and clusters with the name of a Windows device (SF304).

    Their names are folders of the tree, which could not be checked out on Windows.
    """
    places: dict[ValuePath, str] = {("environments", name): name for name in sorted(loaded.model.environments)}
    for target, _ in loaded.targets():
        places |= {target.cell.value_path: target.data_center, target.value_path: target.cluster}
    for place, name in places.items():
        if name in DEVICES:
            text = f"the name {name!r} is reserved on Windows, where git could not check out the tree"
            yield Diagnostic("SF304", text, loaded.span(place), "choose another name")


def _check_namespaces(loaded: FleetInput) -> Iterator[Diagnostic]:
    """Report team namespaces that Kubernetes, the platform or another team uses, and reserved team names (SF304)."""
    fleet = loaded.model
    taken = dict.fromkeys(RESERVED_TEAMS, "is reserved")
    taken |= {i.namespace: "belongs to Argo CD" for i in fleet.argocd.instances.values()}
    taken |= {fleet.platform.metrics_namespace: "belongs to the metrics of the platform"}
    taken |= {fleet.platform.dns_namespace: "belongs to the DNS of the cluster"}
    taken |= {cell.data_center: "belongs to the gateway of the data center of that name" for cell, _ in loaded.cells()}
    owners: dict[str, str] = {}  # over all environments, since several may share a cluster
    for team in sorted(fleet.teams):
        names: dict[str, str] = {}
        # The AppProject and the manifest folder of a team have its name, whatever its namespaces are.
        if team in RESERVED_TEAMS or team in DEVICES or team.startswith(PLATFORM_PREFIX):
            yield Diagnostic(
                "SF304", f"the team name {team!r} is reserved", loaded.span(("teams", team)), "rename the team"
            )
            continue
        for environment in sorted(fleet.environments):
            namespace = loaded.namespace(team, environment)
            owner = owners.setdefault(namespace, team)
            if why := taken.get(namespace) or ("is reserved" if namespace.startswith("kube-") else ""):
                names[namespace] = why
            elif owner != team:
                names[namespace] = f"is also the namespace of team {owner!r}"
            elif len(namespace) > MAX_NAMESPACE:
                names[namespace] = f"has more than {MAX_NAMESPACE} characters"
        for namespace, why in names.items():
            text = f"the namespace {namespace!r} of team {team!r} {why}"
            yield Diagnostic("SF304", text, loaded.span(("teams", team)), "rename the team")


def check_references(loaded: FleetInput) -> Iterator[Diagnostic]:
    """Check that teams refer to known cells, clusters to known Argo CD instances, and that servers are unique."""
    fleet = loaded.model
    cells = {cell for cell, _ in loaded.cells()}
    for name, team in sorted(fleet.teams.items()):
        for environment, data_centers in sorted((team.data_centers or {}).items()):
            path: ValuePath = ("teams", name, "dataCenters", environment)
            if environment not in fleet.environments:
                yield Diagnostic(
                    "SF307",
                    f"team {name!r} lists the environment {environment!r}, which is not in the fleet",
                    loaded.span(path),
                    suggest(environment, fleet.environments),
                )
                continue
            for data_center in data_centers:
                if Cell(environment, data_center) not in cells:
                    known = [c.data_center for c in cells if c.environment == environment]
                    yield Diagnostic(
                        "SF307",
                        f"team {name!r} lists the data center {environment}/{data_center}, which is not in the fleet",
                        loaded.span(path),
                        suggest(data_center, known),
                    )
    servers: dict[str, Target] = {}
    for target, cluster in loaded.targets():
        if cluster.instance not in fleet.argocd.instances:
            yield Diagnostic(
                "SF308",
                f"cluster {target} refers to the Argo CD instance {cluster.instance!r}, which is not in the fleet",
                loaded.span((*target.value_path, "instance")),
                suggest(cluster.instance, fleet.argocd.instances),
            )
        other = servers.setdefault(cluster.server, target)
        if other is target:
            continue
        if other.environment == target.environment:
            yield Diagnostic(
                "SF309",
                f"the clusters {other} and {target} have the same server {cluster.server!r}",
                loaded.span((*target.value_path, "server")),
                "correct the server of one of them, or remove the cluster that is listed twice",
            )
        elif fleet.namespaces != "{team}-{environment}":
            yield Diagnostic(
                "SF309",
                f"{other} and {target} have the same server, so a team would have one namespace for both",
                loaded.span((*target.value_path, "server")),
                "set namespaces: '{team}-{environment}' in the fleet, or correct one of the servers",
            )
