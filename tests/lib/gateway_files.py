"""The routes and upstreams of a gateway, as the library writes them."""

from __future__ import annotations

from tests.lib.platform_input import config_file

__all__ = ["TABLES", "hosts_of", "places_of", "tables_of", "targets_of", "upstreams_of"]

TABLES = 2  # of tests.lib.platform_input


def tables_of(files, part="sixfold-gateway"):
    """Return the virtual hosts by table and domain."""
    return [
        {
            domain: host
            for host in config_file(files, f"{part}-routes-{number}")["resources"][0]["virtual_hosts"]
            for domain in host["domains"]
        }
        for number in range(TABLES)
    ]


def hosts_of(files, part="sixfold-gateway"):
    return {domain: host for table in tables_of(files, part) for domain, host in table.items()}


def upstreams_of(files, part="sixfold-gateway"):
    return {u["name"]: u for u in config_file(files, f"{part}-upstreams")["resources"]}


def targets_of(host):
    """Return the upstreams of a virtual host with their weights."""
    action = host["routes"][0]["route"]
    clusters = action.get("weighted_clusters", {"clusters": [{"name": action.get("cluster"), "weight": None}]})
    return {cluster["name"]: cluster["weight"] for cluster in clusters["clusters"]}


def places_of(upstream):
    return [
        tuple(place["endpoint"]["address"]["socket_address"].values())[:2]
        for group in upstream["load_assignment"]["endpoints"]
        for place in group["lb_endpoints"]
    ]
