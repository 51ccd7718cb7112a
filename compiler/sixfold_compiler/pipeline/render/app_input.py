"""What the library is told to make one app's overlays: its records, its cells, and a share for each group of clusters.

Clusters of a data center whose share is the same share a variant, and cells whose spec is the same share a record, so
that the library makes everything once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson

from sixfold_compiler.manifest.layers import image_version
from sixfold_compiler.model.addresses import Target
from sixfold_compiler.placement import Host
from sixfold_compiler.placement.scale import budget, scales_on

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from sixfold_compiler.diagnostics import Span
    from sixfold_compiler.model.addresses import Cell
    from sixfold_compiler.ownership.addresses import Facts
    from sixfold_compiler.roads.resolve import Resolved

__all__ = ["AppInput", "AppJob", "CellJob", "clusters_of", "resolved_address"]


@dataclass(frozen=True, slots=True)
class CellJob:
    """An app in one cell: merged spec and plain objects as JSON, its facts, its clusters, and its calls resolved."""

    cell: Cell
    spec: bytes
    objects: bytes
    facts: Facts
    hosts: tuple[Host, ...]
    resolved: Resolved


@dataclass(frozen=True, slots=True)
class AppJob:
    """An app with every cell it goes to. `known` has the digests of files that are in place and need no writing."""

    key: str
    metadata: dict[str, Any]
    cells: tuple[CellJob, ...]
    known: Mapping[str, str]
    only: frozenset[Target] | None
    span: Span | None
    spans: Mapping[tuple[str, str], Span] = field(default_factory=dict)  # plain objects by kind and name


@dataclass(frozen=True, slots=True)
class AppInput:
    """What the library gets of an app, and the targets that go with every share of its cells."""

    key: str
    value: dict[str, Any]
    placed: dict[tuple[str, str], list[Target]]

    @staticmethod
    def of(job: AppJob) -> AppInput:
        """The input of an app, of the targets alone that were asked for (`only`)."""
        records: dict[bytes, tuple[int, dict[str, Any]]] = {}
        cells: dict[str, dict[str, Any]] = {}
        placed: dict[tuple[str, str], list[Target]] = {}
        for cell_job in job.cells:
            _add_cell(job, cell_job, records, cells, placed)
        app = {
            "team": job.metadata["team"],
            "name": job.metadata["name"],
            "labels": job.metadata.get("labels", {}),
            "annotations": job.metadata.get("annotations", {}),
        }
        value = {"app": app, "records": [record for _, record in records.values()], "cells": cells}
        return AppInput(job.key, value, placed)


def clusters_of(
    job_facts: Facts, spec: dict[str, Any], hosts: Sequence[Host], homes: Collection[str]
) -> list[tuple[Host, dict[str, int]]]:
    """The clusters that an app runs on in a cell, each with its scale there; `homes` are for one that runs once."""
    spread = job_facts["spread"]
    at_home = [Host(h.cluster, h.weight) for h in hosts if h.cluster in homes]
    chosen = at_home if spread == "home" else list(hosts)
    shares = scales_on(spec, spread, chosen)
    return [(host, scale) for host, scale in zip(chosen, shares, strict=True) if scale is not None]


def _add_cell(
    job: AppJob,
    cell_job: CellJob,
    records: dict[bytes, tuple[int, dict[str, Any]]],
    cells: dict[str, dict[str, Any]],
    placed: dict[tuple[str, str], list[Target]],
) -> None:
    cell, facts = cell_job.cell, cell_job.facts
    spec = orjson.loads(cell_job.spec)
    rows = clusters_of(facts, spec, cell_job.hosts, facts["clusters"])
    total = sum(scale.get("replicas", scale.get("min", 0)) for _, scale in rows)
    shares: dict[str, dict[str, Any]] = {}
    names: dict[tuple[tuple[str, int], ...], str] = {}
    for host, scale in rows:
        target = Target(cell.environment, cell.data_center, host.cluster)
        if job.only is not None and target not in job.only:
            continue
        token = tuple(scale.items())
        if token not in names:
            name = names[token] = str(len(names))
            shares[name] = {"scale": scale}
            if limit := budget(spec.get("disruption", {}), scale, total):
                shares[name]["disruption"] = limit
        placed.setdefault((str(cell), names[token]), []).append(target)
    if not shares:
        return
    record: dict[str, Any] = {
        "environment": cell.environment,
        "namespace": facts["namespace"],
        "spec": _target_spec(spec, cell_job.resolved),
        "divided": any("replicas" in scale for _, scale in rows),
        # A tag, or a part of a digest that a label can hold; an image without either was refused (SF211).
        "version": image_version(spec["image"])[1].partition("@")[0].removeprefix("sha256:")[:63],
    }
    index, _ = records.setdefault(orjson.dumps(record), (len(records), record))
    entry: dict[str, Any] = {
        "record": index,
        "dataCenter": cell.data_center,
        "ingress": dict(cell_job.resolved.ingress),
        "egress": cell_job.resolved.egress,
        "objects": orjson.loads(cell_job.objects),
        "shares": shares,
    }
    if scrape := spec.get("scrape"):
        entry["ingress"]["scrape"] = {"port": _scrape_port(facts, scrape["port"])}
    external = facts["roads"].get("external", {})
    if external.get("loadBalancer"):
        entry["loadBalancer"] = {"ports": [p for p in facts["ports"] if external.get("port") in {None, p["name"]}]}
    cells[str(cell)] = entry


def _target_spec(spec: dict[str, Any], resolved: Resolved) -> dict[str, Any]:
    """The spec without what Sixfold has decided already, and with addresses in place of `callRef`."""
    dropped = ("dataCenters", "spread", "calls", "roads", "replicas", "disruption")
    out = {k: v for k, v in spec.items() if k not in dropped}
    out.setdefault("kind", "Deployment")
    if "autoscaling" in out:
        out["autoscaling"] = {k: v for k, v in out["autoscaling"].items() if k not in ("min", "max")}
    out.update(_addressed(out, resolved))
    for field_name in ("containers", "initContainers"):
        if field_name in out:
            out[field_name] = [{**c, **_addressed(c, resolved)} for c in out[field_name]]
    return out


def _addressed(body: dict[str, Any], resolved: Resolved) -> dict[str, Any]:
    if not any("callRef" in e.get("valueFrom", {}) for e in body.get("env", [])):
        return {}
    env = []
    for entry in body["env"]:
        ref = entry.get("valueFrom", {}).get("callRef")
        env.append({"name": entry["name"], "value": resolved_address(ref, resolved)} if ref else entry)
    return {"env": env}


def resolved_address(ref: dict[str, Any], resolved: Resolved) -> str:
    """The text that a `callRef` stands for.

    Raises:
        KeyError: The call or the port is unknown (found out before, as SF406).
    """
    host, ports = resolved.addresses[f"{ref['app']}@{ref['dataCenter']}" if ref.get("dataCenter") else ref["app"]]
    port = ports[ref["port"]] if "port" in ref else next(iter(ports.values()))
    match ref.get("format", "address"):
        case "host":
            return host
        case "port":
            return str(port)
        case "url":
            return f"http://{host}:{port}"
        case _:
            return f"{host}:{port}"


def _scrape_port(facts: Facts, port: str | int) -> int:
    if isinstance(port, int):
        return port
    return next(int(p["targetPort"]) for p in facts["ports"] if p["name"] == port)
