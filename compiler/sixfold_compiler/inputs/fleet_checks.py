"""Checks of a fleet beyond its single fields: contradictions, reserved names and unknown references."""

from __future__ import annotations

import re
import string
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from sixfold_compiler.diagnostics import Diagnostic, ValuePath, suggest
from sixfold_compiler.inputs.fleet_namespaces import check_namespaces
from sixfold_compiler.model.addresses import Cell, Target
from sixfold_compiler.model.names import DEVICES
from sixfold_compiler.model.patterns import DNS_NAME
from sixfold_compiler.model.validation import diagnose, is_omission

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

    from sixfold_compiler.inputs.fleet import FleetInput
    from sixfold_compiler.model.base import TierName

__all__ = ["check_defaults", "check_names", "check_references", "check_shared"]


_NAME = re.compile(DNS_NAME)
_PLACEHOLDER = re.compile(r"\{[a-z]+\}")
_PLACEHOLDERS = {"app", "team", "dc", "environment", "domain"}  # of naming schemes


def check_defaults(loaded: FleetInput, proven: Container[str] = (), *, shared: bool = True) -> Iterator[Diagnostic]:
    """Check the default specs of the fleet and of each team against the model of a spec.

    Args:
        loaded: The fleet.
        proven: The teams whose defaults are known to be valid.
        shared: Whether to check those of the fleet.
    """
    layers: list[tuple[ValuePath, dict[str, Any] | None]] = [(("defaults",), loaded.model.defaults)] if shared else []
    layers += [
        (("teams", name, "defaults"), team.defaults)
        for name, team in sorted(loaded.model.teams.items())
        if name not in proven
    ]
    layers = [(path, value) for path, value in layers if value]
    if not layers:
        return
    from sixfold_compiler.model.app import Spec  # noqa: PLC0415 - takes 40 ms with its validator; see `load_fleet`

    for path, value in layers:
        try:
            Spec.model_validate(value)
        except ValidationError as error:
            yield from diagnose(error, Spec, value, loaded.span, code="SF303", prefix=path, ignore=is_omission)


def check_names(loaded: FleetInput) -> Iterator[Diagnostic]:
    """Check names: uniqueness, reserved names, and known placeholders in naming schemes."""
    yield from check_namespaces(loaded)
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
        if used <= _PLACEHOLDERS and not _NAME.fullmatch(_PLACEHOLDER.sub("a", text)):
            yield Diagnostic(
                "SF306",
                f"endpoints.{scheme} is {text!r}, which makes no valid host names",
                loaded.span(("endpoints", scheme)),
                "write DNS labels with placeholders, with dots between them, such as {app}.{dc}.svc.{domain}",
            )


def check_shared(loaded: FleetInput) -> Iterator[Diagnostic]:
    """Check that a PriorityClass has one priority (SF312)."""
    owners: dict[str, TierName] = {}
    for tier, value in loaded.model.tiers.items():
        other = owners.setdefault(value.priority_class, tier)
        if loaded.model.tiers[other].priority != value.priority:
            yield Diagnostic(
                "SF312",
                f"the tiers {other} and {tier} have the same priorityClass {value.priority_class!r},"
                " with different priorities",
                loaded.span(("tiers", tier, "priorityClass")),
                "give each tier a class of its own, or the same priority",
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


def check_references(loaded: FleetInput) -> Iterator[Diagnostic]:
    """Check that teams refer to known cells, and clusters to known Argo CD instances and to servers of their own."""
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
    yield from _check_servers(loaded)


def _check_servers(loaded: FleetInput) -> Iterator[Diagnostic]:
    """Report unknown Argo CD instances (SF308), and clusters that share a server or a gateway's address (SF309)."""
    fleet = loaded.model
    servers: dict[str, Target] = {}
    gateways: dict[str, tuple[Target, str]] = {}
    for target, cluster in loaded.targets():
        if cluster.instance not in fleet.argocd.instances:
            yield Diagnostic(
                "SF308",
                f"cluster {target} refers to the Argo CD instance {cluster.instance!r}, which is not in the fleet",
                loaded.span((*target.value_path, "instance")),
                suggest(cluster.instance, fleet.argocd.instances),
            )
        server = _server(cluster.server)
        near, its_server = gateways.setdefault(cluster.gateway.address, (target, server))
        if its_server != server:
            yield Diagnostic(
                "SF309",
                f"the gateways of {near} and {target} have the same address {cluster.gateway.address!r}",
                loaded.span((*target.value_path, "gateway")),
                "correct the address of one of them: requests for one cluster would reach the other",
            )
        other = servers.setdefault(server, target)
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


def _server(url: str) -> str:
    """Return the server of a URL, in one spelling."""
    return url.lower().rstrip("/").removesuffix(":443")
