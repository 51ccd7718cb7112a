"""Strategies for deploy repos: a small fleet with some fields replaced, and manifests, ordinary and hostile."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from tests.properties.isolation.attacks import TEXTS, specs
from tests.support.repos import FLEET

__all__ = ["Sources", "sources"]

Path = tuple[str | int, ...]

LABELS = st.from_regex(r"[a-z]([-a-z0-9]{0,38}[a-z0-9])?", fullmatch=True)
DOMAINS = st.lists(LABELS, min_size=1, max_size=3).map(".".join)
QUANTITIES = st.sampled_from([1, 40, "1500m", "0.5", "8Gi", "1e3", "4Ti", "64Mi", "900M"])
TEMPLATES = st.sampled_from(
    ["{app}.{dc}.{domain}", "{app}.{team}.{environment}.{dc}.{domain}", "{app}.internal.{dc}.{domain}", "{domain}", "{app}"]
)  # fmt: skip
CLUSTERS: tuple[Path, ...] = tuple(
    ("environments", "prod", "dataCenters", name[:3], "clusters", name) for name in ("dc1-a", "dc1-b", "dc2-a")
)

# Fields of the fleet with values that fleets have, and at the limits of what Kubernetes, Argo CD and Envoy take.
ORDINARY: list[tuple[Path, st.SearchStrategy[Any]]] = [
    (("name",), LABELS),
    (("namespaces",), st.sampled_from(["{team}", "{team}-{environment}"])),
    (("repository", "url"), st.sampled_from(["https://git.example.com/a/b.git", "git@git.example.com:a/b.git", "ssh://git@h:22/a"])),
    (("repository", "branch"), st.sampled_from(["main", "release/1.0", "a-b_c"])),
    (("repository", "path"), st.sampled_from(["", "overlays", "a/b/c"])),
    (("domains", "cluster"), DOMAINS),
    (("domains", "internal"), DOMAINS),
    (("domains", "external"), DOMAINS),
    (("endpoints",), st.fixed_dictionaries({}, optional=dict.fromkeys(("intraDc", "interDc", "external"), TEMPLATES))),
    (("platform", "mesh", "envoy", "replicas"), st.integers(1, 50)),
    (("platform", "mesh", "envoy", "httpPort"), st.integers(1, 65535)),
    (("platform", "mesh", "envoy", "adminPort"), st.integers(1, 65535)),
    (("platform", "mesh", "envoy", "peerPort"), st.integers(1, 65535)),
    (("platform", "mesh", "envoy", "secret"), DOMAINS),
    (("platform", "mesh", "envoy", "issuer"), st.fixed_dictionaries({"name": DOMAINS}, optional={"kind": st.just("Issuer")})),
    (("platform", "mesh", "envoy", "trustedHops"), st.integers(0, 10)),
    (("platform", "mesh", "envoy", "drainSeconds"), st.integers(70, 3600)),
    (("platform", "mesh", "envoy", "cpu"), QUANTITIES),
    (("platform", "mesh", "envoy", "memory"), QUANTITIES),
    (("platform", "mesh", "envoy", "shards"), st.integers(1, 16)),
    (("platform", "identity"), st.sampled_from(["irsa", "pod-identity"])),
    (("platform", "observability", "prometheus", "namespace"), LABELS),
    (("platform", "podSecurity"), st.sampled_from(["restricted", "baseline"])),
    (("platform", "dnsNamespace"), LABELS),
    (("platform", "storageClass"), DOMAINS),
    (("platform", "privateNetworks"), st.lists(st.sampled_from(["10.0.0.0/8", "192.168.0.0/24", "fd00::/8", "10.1.2.3/32"]), unique=True)),
    (("tiers", "P0", "priority"), st.integers(1, 2_000_000_000)),
    (("tiers", "P0", "priorityClass"), DOMAINS),
    (("argocd", "automated"), st.booleans()),
    (("argocd", "progressiveSync"), st.booleans()),
    (("argocd", "instances", "main", "namespace"), LABELS),
    (("argocd", "instances", "main", "generatorUrl"), st.sampled_from(["http://g:8080", "https://g.example.com/x", "http://10.0.0.1"])),
    (("argocd", "instances", "main", "token"), st.sampled_from(["$a:b", "$sixfold-generator:token", "$a.b:c_d"])),
    (("argocd", "instances", "main", "requestTimeout"), st.integers(1, 300)),
    (("argocd", "instances", "main", "requeueAfterSeconds"), st.integers(30, 10**6)),
    (("teams", "shop", "owners"), st.lists(st.sampled_from(["oidc:a", "a@example.com", "g g", "A:B/c", "äöü"]), min_size=1)),
    (("teams", "shop", "quota", "cpu"), QUANTITIES),
    (("teams", "shop", "quota", "memory"), QUANTITIES),
    (("teams", "shop", "quota", "pods"), st.integers(1, 10**6)),
    (("teams", "shop", "unit"), st.sampled_from(["namespace", "app"])),
    (("teams", "shop", "repos"), st.lists(st.sampled_from(["https://git.example.com/shop.git", "https://git.example.com/*"]))),
    (("teams", "shop", "loadBalancers"), st.integers(0, 100)),
    *(((*cluster, "apis"), st.just(["cert-manager.io/v1"])) for cluster in CLUSTERS),
    *(((*cluster, "version"), st.sampled_from(["1.34", "1.35", "1.36"])) for cluster in CLUSTERS[:1]),
    *(((*cluster, "labels"), st.dictionaries(st.sampled_from(["a", "example.com/zone", "Gen_1.x"]), st.sampled_from(["", "b", "B.1_c"]))) for cluster in CLUSTERS),
    *(((*cluster, "gateway", "address"), DOMAINS) for cluster in CLUSTERS),
    *(((*cluster, "gateway", "port"), st.integers(1, 65535)) for cluster in CLUSTERS),
    *(((*cluster, "eks", "caData"), st.just("Q0EK")) for cluster in CLUSTERS),
]  # fmt: skip
HOSTILE = TEXTS | st.sampled_from(
    ["A" * 63, "a" * 64, "a" * 254, "-a", "a-", "a_b", "a..b", "*", "0", "1e400", "1" * 40, "0755", "1/2", "10.0.0.0/33",
     "fe80::1%eth0/64", "https://", "https://a b", "http://user:pass@h", "$a", "$:", "9223372036854775808", "0.0000000001", "-1"]
) | st.integers(-(2**70), 2**70) | st.booleans() | st.none() | st.floats() | st.just([]) | st.just({})  # fmt: skip


@dataclass(frozen=True)
class Sources:
    """A fleet as data, and {team/app: spec}."""

    fleet: dict[str, Any]
    apps: dict[str, dict[str, Any]]


def _replace(data: dict[str, Any], path: Path, value: object) -> None:
    inner: Any = data
    for key in path[:-1]:
        inner = inner.setdefault(key, {}) if isinstance(inner, dict) else inner[key]
    inner[path[-1]] = value


def _leaves(value: object, path: Path = ()) -> list[Path]:
    if isinstance(value, dict):
        return [leaf for key, inner in value.items() for leaf in _leaves(inner, (*path, key))]
    if isinstance(value, list):
        return [leaf for index, inner in enumerate(value) for leaf in _leaves(inner, (*path, index))]
    return [path]


ORDINARY_SPECS = st.fixed_dictionaries(
    {"replicas": st.integers(1, 5)},
    optional={
        "tier": st.sampled_from(["P0", "P1", "P2"]),
        "ports": st.lists(
            st.fixed_dictionaries(
                {"name": st.sampled_from(["http", "a", "grpc-1"]), "port": st.integers(1, 65535)},
                optional={"appProtocol": st.sampled_from(["http", "http2", "grpc", "tcp", "tls"]), "targetPort": st.integers(1025, 65535)},
            ),
            min_size=1, max_size=3, unique_by=(lambda port: port["name"], lambda port: port["port"]),
        ),
        "roads": st.fixed_dictionaries(
            {}, optional={
                "intra-dc": st.fixed_dictionaries({}, optional={"timeout": st.sampled_from(["1ms", "250ms", "1.5s", "24h"]), "callers": st.just(["*"])}),
                "external": st.fixed_dictionaries({}, optional={"path": st.sampled_from(["/", "/a", "/a/b.c~d"])}),
            },
        ),
        "calls": st.just([{"app": "web"}]),
    },
)  # fmt: skip


@st.composite
def sources(draw: st.DrawFn) -> Sources:
    """Draw a repo. About half of them have a hostile value, in the fleet or in a manifest."""
    fleet = copy.deepcopy(FLEET)
    for path, values in draw(st.lists(st.sampled_from(ORDINARY), max_size=5)):
        _replace(fleet, path, draw(values))
    apps = {"shop/web": draw(ORDINARY_SPECS), "pay/cards": draw(ORDINARY_SPECS)}
    if (name := draw(LABELS)) not in {"web", "cards"}:
        apps[f"search/{name}"] = draw(ORDINARY_SPECS)
    match draw(st.sampled_from(["none", "none", "fleet", "manifest"])):
        case "fleet":
            _replace(fleet, draw(st.sampled_from(_leaves(fleet))), draw(HOSTILE))
        case "manifest":
            apps["pay/cards"] = draw(specs)
    return Sources(fleet, apps)
