"""The input of the Jsonnet library's `app` entry, which renders the overlays of one app.

Equal parts are evaluated once: cells with equal merged specs share one `SpecInput`, and clusters of a cell with an
equal scale share one `ShareInput`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from sixfold_compiler.manifest.layers import image_version
from sixfold_compiler.model.addresses import Target
from sixfold_compiler.model.facts import CallFacts
from sixfold_compiler.placement import Host
from sixfold_compiler.placement.scale import budget, scales_on

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from sixfold_compiler.diagnostics import Json, JsonObject, Span
    from sixfold_compiler.model.addresses import AppKey, Cell
    from sixfold_compiler.model.facts import Facts, PortFacts
    from sixfold_compiler.placement.scale import Scale
    from sixfold_compiler.roads.resolve import Egress, Ingress, Resolved
    from sixfold_compiler.systems import Systems

__all__ = ["AppInput", "AppJob", "CellInput", "CellJob", "ShareInput", "SpecInput", "clusters_of", "resolved_address"]

# JSON of a merged spec or of a part of it, which the model has validated (`sixfold_compiler.model.app.Spec`) before it
# was sent to a worker as text. Building the model again for every cell would cost more than its types are worth here.
MergedSpec = dict[str, Any]
_DECIDED = ("dataCenters", "spread", "calls", "roads", "replicas", "disruption")  # fields that the library never sees
_VERSION_LABEL = 63  # characters of a label's value


class CellJob(NamedTuple):
    """An app in one cell: merged spec and plain objects as JSON, facts, the team's hosts, and the resolved calls."""

    cell: Cell
    spec: bytes
    objects: bytes
    facts: Facts
    hosts: tuple[Host, ...]
    resolved: Resolved


class AppJob(NamedTuple):
    """An app to render, with all of its cells.

    `known` maps the paths of current overlays to their digests, so that equal overlays are not written again. `only`
    are the selected clusters, or None for all. `span` is the place of the app's name, and `spans` maps the kind and
    name of each plain object to its place.
    """

    key: AppKey
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    cells: tuple[CellJob, ...]
    known: Mapping[str, str]
    only: frozenset[Target] | None
    span: Span | None
    spans: Mapping[tuple[str, str], Span] = {}


class SpecInput(NamedTuple):
    """A merged spec with every `callRef` replaced by an address, and the environment and namespace of its cells.

    `divided` is true if the replicas are divided over clusters. `version` is the image's tag, or a part of its digest,
    in a form that is a valid label. `choice` is the index of the systems of its data centers (`Systems.in_apps`).
    """

    environment: str
    namespace: str
    spec: MergedSpec
    divided: bool
    version: str
    choice: int

    def to_record(self) -> dict[str, Json]:
        """Return the spec as JSON data for the library."""
        return {
            "environment": self.environment,
            "namespace": self.namespace,
            "spec": self.spec,
            "divided": self.divided,
            "version": self.version,
            "choice": self.choice,
        }


class ShareInput(NamedTuple):
    """The scale of an app on some clusters, and its disruption budget there (None if there is none)."""

    scale: Scale
    disruption: JsonObject | None

    def to_record(self) -> dict[str, Json]:
        """Return the share as JSON data for the library."""
        return {"scale": self.scale} | ({"disruption": self.disruption} if self.disruption else {})


class CellInput(NamedTuple):
    """An app in one cell: the index of its `SpecInput`, network policy, plain objects, and shares by name.

    `scrape` is the port for metrics, and `load_balancer` are the ports of the app's own load balancer; None if absent.
    """

    record: int
    data_center: str
    ingress: Ingress
    egress: Egress
    objects: Sequence[dict[str, Any]]  # Kubernetes objects as JSON data
    shares: Mapping[str, ShareInput]
    scrape: int | None
    load_balancer: tuple[PortFacts, ...] | None

    def to_record(self) -> dict[str, Json]:
        """Return the cell as JSON data for the library."""
        ingress = dict(self.ingress.to_record())
        if self.scrape is not None:
            ingress["scrape"] = {"port": self.scrape}
        record: dict[str, Json] = {
            "record": self.record,
            "dataCenter": self.data_center,
            "ingress": ingress,
            "egress": self.egress.to_record(),
            "objects": self.objects,
            "shares": {name: share.to_record() for name, share in self.shares.items()},
        }
        if self.load_balancer is not None:
            record["loadBalancer"] = {"ports": [port.to_record() for port in self.load_balancer]}
        return record


class AppInput(NamedTuple):
    """The library's input for an app, and the clusters of every share by cell and share name."""

    key: AppKey
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    records: tuple[SpecInput, ...]
    cells: Mapping[Cell, CellInput]
    placed: Mapping[tuple[Cell, str], Sequence[Target]]

    @staticmethod
    def of(job: AppJob, systems: Systems) -> AppInput:
        """Return the input of an app for its selected clusters. Cells without a selected cluster are omitted."""
        _, choices = systems.in_apps
        records: dict[bytes, tuple[int, SpecInput]] = {}
        cells: dict[Cell, CellInput] = {}
        placed: dict[tuple[Cell, str], list[Target]] = {}
        for cell_job in job.cells:
            spec = orjson.loads(cell_job.spec)
            rows = clusters_of(cell_job.facts, spec, cell_job.hosts, cell_job.facts.clusters)
            shares = _shares(job, cell_job.cell, spec, rows, placed)
            if shares:
                choice = choices.get(cell_job.cell, 0)
                record = _spec_input(cell_job, spec, choice, divided=any("replicas" in scale for _, scale in rows))
                index, _ = records.setdefault(orjson.dumps(record.to_record()), (len(records), record))
                cells[cell_job.cell] = _cell_input(cell_job, spec, index, shares)
        return AppInput(job.key, job.labels, job.annotations, tuple(r for _, r in records.values()), cells, placed)

    def to_record(self) -> dict[str, Json]:
        """Return the app as JSON data for the library."""
        return {
            "app": {
                "team": self.key.team,
                "name": self.key.name,
                "labels": self.labels,
                "annotations": self.annotations,
            },
            "records": [record.to_record() for record in self.records],
            "cells": {str(cell): value.to_record() for cell, value in self.cells.items()},
        }


def clusters_of(
    facts: Facts, spec: MergedSpec, hosts: Sequence[Host], homes: Collection[str]
) -> list[tuple[Host, Scale]]:
    """Return the hosts that an app runs on in a cell, each with the app's scale on it.

    Args:
        facts: The facts of the app.
        spec: The merged spec of the app.
        hosts: The hosts of the app's team in the cell.
        homes: The clusters of an app that runs once: its home, and its copy while it moves.
    """
    at_home = [Host(host.cluster, host.weight) for host in hosts if host.cluster in homes]
    chosen = at_home if facts.spread == "home" else list(hosts)
    scales = scales_on(spec, facts.spread, chosen)
    return [(host, scale) for host, scale in zip(chosen, scales, strict=True) if scale is not None]


def _shares(
    job: AppJob,
    cell: Cell,
    spec: MergedSpec,
    rows: Sequence[tuple[Host, Scale]],
    placed: dict[tuple[Cell, str], list[Target]],
) -> dict[str, ShareInput]:
    """Return the shares of the selected clusters by name, and record the clusters of each share in `placed`."""
    total = sum(scale.get("replicas", scale.get("min", 0)) for _, scale in rows)
    shares: dict[str, ShareInput] = {}
    names: dict[tuple[tuple[str, int], ...], str] = {}
    for host, scale in rows:
        target = Target(cell.environment, cell.data_center, host.cluster)
        if job.only is not None and target not in job.only:
            continue
        token = tuple(scale.items())
        if token not in names:
            name = names[token] = str(len(names))
            shares[name] = ShareInput(scale, budget(spec.get("disruption", {}), scale, total))
        placed.setdefault((cell, names[token]), []).append(target)
    return shares


def _spec_input(job: CellJob, spec: MergedSpec, choice: int, *, divided: bool) -> SpecInput:
    # An image without a tag or digest was rejected before (SF211).
    version = image_version(spec["image"])[1].partition("@")[0].removeprefix("sha256:")[:_VERSION_LABEL]
    merged = _target_spec(spec, job.resolved)
    return SpecInput(job.cell.environment, job.facts.namespace, merged, divided, version, choice)


def _cell_input(job: CellJob, spec: MergedSpec, record: int, shares: Mapping[str, ShareInput]) -> CellInput:
    scrape, external = spec.get("scrape"), job.facts.roads.get("external")
    balanced = None
    if external is not None and external.load_balancer:
        balanced = tuple(port for port in job.facts.ports if external.port in (None, port.name))
    return CellInput(
        record,
        job.cell.data_center,
        job.resolved.ingress,
        job.resolved.egress,
        orjson.loads(job.objects),
        shares,
        _scrape_port(job.facts, scrape["port"]) if scrape else None,
        balanced,
    )


def _target_spec(spec: MergedSpec, resolved: Resolved) -> MergedSpec:
    """Return the spec without the fields that are already resolved, and with addresses in place of `callRef`."""
    target = {field_name: value for field_name, value in spec.items() if field_name not in _DECIDED}
    target.setdefault("kind", "Deployment")
    if "autoscaling" in target:
        target["autoscaling"] = {k: v for k, v in target["autoscaling"].items() if k not in ("min", "max")}
    target.update(_addressed(target, resolved))
    for containers in ("containers", "initContainers"):
        if containers in target:
            target[containers] = [{**body, **_addressed(body, resolved)} for body in target[containers]]
    return target


def _addressed(body: MergedSpec, resolved: Resolved) -> MergedSpec:
    """Return a container's `env` with addresses in place of `callRef`; empty if it contains no `callRef`."""
    if not any("callRef" in entry.get("valueFrom", {}) for entry in body.get("env", ())):
        return {}
    env = []
    for entry in body["env"]:
        ref = entry.get("valueFrom", {}).get("callRef")
        env.append({"name": entry["name"], "value": resolved_address(ref, resolved)} if ref else entry)
    return {"env": env}


def resolved_address(ref: MergedSpec, resolved: Resolved) -> str:
    """Return the address that a `callRef` stands for: `host:port`, or the part that its `format` selects.

    Raises:
        KeyError: The app does not declare the call, or the callee does not have the port.
        StopIteration: The callee has no ports.
    """
    endpoint = resolved.endpoints[CallFacts(ref["app"], ref.get("dataCenter") or "")]
    port = endpoint.ports[ref["port"]] if "port" in ref else next(iter(endpoint.ports.values()))
    match ref.get("format", "address"):
        case "host":
            return endpoint.host
        case "port":
            return str(port)
        case "url":
            return f"http://{endpoint.host}:{port}"
        case _:
            return f"{endpoint.host}:{port}"


def _scrape_port(facts: Facts, port: str | int) -> int:
    if isinstance(port, int):
        return port
    return next(candidate.target_port for candidate in facts.ports if candidate.name == port)
