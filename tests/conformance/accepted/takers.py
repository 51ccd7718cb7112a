"""The programs that read a compiled tree: the generator, a running Envoy, and an API server."""

from __future__ import annotations

import json
import time
from collections import Counter, defaultdict
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import yaml

from sixfold_generator.adoption.decide import adopt
from sixfold_generator.adoption.read_tree import read_tree
from sixfold_generator.adoption.source import open_source
from tests.conformance.roads.gateway import Authority, app, ask, envoy, write_config, write_roads
from tests.lib.platform_input import cluster_input, config_file, entry
from tests.support.ports import free_ports

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.conformance.controlplane.kube import Kube
    from tests.conformance.roads.gateway import Envoy

__all__ = ["Gateway", "adopted", "applied", "gateway"]

TODAY = date(2026, 11, 26)
PART = "sixfold-gateway"
PORTS = ("peerPort", "ownPort", "statusPort", "adminPort")
# Warnings about what is right: the finalizer that Argo CD defines has no domain, and a cluster before 1.35 gets the word
# that its own API server knows, and not the new one of the server that runs here.
EXPECTED_WARNINGS = ("prefer a domain-qualified finalizer name", '"PreferClose" is deprecated')
TABLES = 4  # the default of the setting
COUNTERS = (
    "cluster_manager.cds.update_{}",
    *(f"http.roads.rds.routes-{number}.update_{{}}" for number in range(TABLES)),
)
SECONDS = 20
UNKNOWN = (404, 421)  # no route, no host; others come from the app, which does not speak HTTP/2, or from its absence


def adopted(out: Path) -> list[str]:
    """Return the names of the teams that the generator adopts from a tree at first sight.

    Raises:
        DiagnosticError: The generator refuses the tree.
    """
    with closing(open_source(out)) as source:
        read, inventory = read_tree(source)
    adoption = adopt(None, replace(read, commit="1" * 40), inventory.tombstones, inventory.deletions, TODAY)
    assert adoption.diagnostics == (), adoption.diagnostics
    return sorted(adoption.snapshot.teams)


class Gateway:
    """An Envoy that runs with the library's bootstrap, and takes the routes and upstreams of other gateways.

    `answers` counts its answers by status.
    """

    def __init__(self, folder: Path, running: Envoy, port: int) -> None:
        self._folder, self._running = folder, running
        self.answers: Counter[int] = Counter()
        self._addresses: defaultdict[tuple[str, int], int] = defaultdict(lambda: port)

    def load(self, objects: list[dict[str, Any]]) -> list[str]:
        """Load the files of each gateway in `_platform/gateway.yaml`; return what is wrong, with Envoy's own counters."""
        files = {"_platform/gateway.yaml": objects}
        wrong = []
        for part in sorted(item["metadata"]["name"] for item in objects if item["kind"] == "Deployment"):
            before = self._count()
            write_roads(self._folder, files, part, self._addresses)
            after = self._changed(before)
            wrong += [
                f"{part}: {name} rejected" for name in COUNTERS if after["rejected", name] > before["rejected", name]
            ]
            wrong += [
                f"{part}: {host} has {status}"
                for number in range(TABLES)
                for host, status in self._ask(number, config_file(files, f"{part}-routes-{number}"))
            ]
        return wrong

    def _ask(self, number: int, routes: dict[str, Any]) -> Iterator[tuple[str, int]]:
        """Yield each host of a route table that the gateway does not know."""
        for table in routes["resources"]:
            for host in table["virtual_hosts"]:
                for domain in host["domains"]:
                    if "*" not in domain and domain != "_ready":
                        answer = ask(self._running.http + number, domain)
                        self.answers[answer.status] += 1
                        if answer.status in UNKNOWN:
                            yield domain, answer.status

    def _count(self) -> dict[tuple[str, str], int]:
        return {
            (end, name): self._running.stat(name.format(end)) for end in ("success", "rejected") for name in COUNTERS
        }

    def _changed(self, before: dict[tuple[str, str], int]) -> dict[tuple[str, str], int]:
        """Wait until Envoy has judged both files."""
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            after = self._count()
            if all(
                after["success", n] + after["rejected", n] > before["success", n] + before["rejected", n]
                for n in COUNTERS
            ):
                return after
            time.sleep(0.005)
        raise AssertionError(f"Envoy has not read the files after {SECONDS} s")


@contextmanager
def gateway(folder: Path) -> Iterator[Gateway]:
    """Start an Envoy, and an app that answers for every upstream."""
    ports = free_ports(TABLES + 4)
    settings = {"tables": TABLES, "httpPort": ports[0], **dict(zip(PORTS, ports[TABLES:], strict=True))}
    given = cluster_input([], settings)
    given["dataCenter"]["clusters"] = ["dc1-a", "dc1-b"]
    files = entry("cluster", given)
    write_config(folder, files, PART, {})
    Authority().write(folder / "certificate", "spiffe://example.internal/gateway/prod/dc1/dc1-a")
    with app("app") as upstream, envoy(folder, files, PART, settings) as running:
        yield Gateway(folder, running, upstream.port)


def applied(kube: Kube, out: Path, seen: set[str]) -> list[str]:
    """Apply each object of a tree as a dry run; return the errors and warnings of the API server.

    The namespaces of a tree do not exist in a dry run, so its objects are applied to `default`. `seen` has the objects
    of earlier trees, which are not sent again.
    """
    wrong = []
    for path in sorted(out.rglob("*.yaml")):
        for document in yaml.load_all(path.read_text(), yaml.CSafeLoader):
            if document["metadata"].get("namespace"):
                document["metadata"]["namespace"] = "default"
            if document["apiVersion"].startswith("cert-manager.io/"):
                continue  # the API server has no objects of cert-manager
            text = json.dumps(document, sort_keys=True)
            if text in seen:
                continue
            reply = kube.apply(document, dry_run=True, force=True)
            warnings = [
                warning for warning in reply.warnings if not any(known in warning for known in EXPECTED_WARNINGS)
            ]
            if reply.good and not warnings:
                seen.add(text)
            else:
                where = f"{path.relative_to(out)}: {document['kind']}/{document['metadata']['name']}"
                wrong.append(f"{where}: {reply.message} {warnings}")
    return wrong
