"""Strategies for the files of a team's folder: valid manifests, hostile manifests, and other content."""

from __future__ import annotations

from typing import Any

import yaml
from hypothesis import strategies as st

from tests.properties.isolation.neighbours import ATTACKER, document

__all__ = ["FORBIDDEN", "attacks", "hosts", "objects", "paths", "plain", "specs"]

# Text with a special meaning for a program or a reader: Go templates, shells, YAML, terminals, file systems.
TEXTS = st.sampled_from(
    [
        "{{ .name }}", '{{ printf "%s" .server }}', "${HOME}", "$(id)", "`id`", "---\nkind: Namespace", "a\nb", "\u202egnp",
        "\x1b[31mred\x1b[0m", "\x00", "\u200bpay", "ра\u0443", "no", "0x10", "1e3", "null", "../../argocd/main/x.yaml", "/etc/hostname",
        "../search/zqindex.yaml", "../search/zqindex/a.txt", "NUL", "con", "a/b", "..", ".", "", " ", "a" * 300, "%2e%2e", "\ud800",
    ]
) | st.text(max_size=30)  # fmt: skip
# Names of other teams, their apps and their objects, and of the platform.
NAMES = st.sampled_from(
    ["search", "shop", "pay", "zqindex", "zqstore", "zqstock", "zqmap", "cards", "default", "default-deny", "allow-dns", "team-view",
     "sixfold-gateway", "sixfold-gateway-peer", "kube-system", "dc1", "dc2", "nul", "web", "evil", "evil-pods", "evil-external"]
)  # fmt: skip
WORDS = NAMES | TEXTS
hosts = st.sampled_from(
    ["example.com", "EXAMPLE.com", "*.example.com", "zqhost.example.com", "a.zqwild.example.com", "*.zqwild.example.com", "*.com",
     "zqindex.dc1.example.internal", "*.internal", "gw.dc1-a.example.internal", "zqindex.dc1.svc.cluster.local", "example.com.",
     "ехample.com", "xn--example-9ig.com", "pay.example.org", "*.pay.example.org", "10.0.0.1", "a..b", "example.com:443", "localhost"]
) | WORDS  # fmt: skip
paths = st.sampled_from(
    ["/", "//", "/zqpath", "/zqpath/", "/ZQpath/a", "/zqpath/a", "/zqpath/a/b", "/zqpat", "/zqpath/../zqpath/a", "/zq%70ath", "/cards",
     "/cards/x", "/v1", "/a;b", "/a?b", "/a#b", "/.well-known/x", "/./a", "/ä"]
) | WORDS  # fmt: skip
callers = st.lists(st.sampled_from(["*", "search", "shop/zqweb", "pay", "nobody", "pay/"]) | WORDS, max_size=3)


def _some(fields: dict[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=fields)


_JUNK: st.SearchStrategy[Any] = st.recursive(
    WORDS | st.integers(-(10**20), 10**20) | st.booleans() | st.none() | st.floats(allow_nan=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=8,
)
_ROAD = {
    "callers": callers,
    "timeout": st.sampled_from(["1s", "0ms", "9" * 30 + "h"]) | WORDS,
    "port": st.just("http") | WORDS,
}
_ROADS = _some(
    {
        "intra-dc": _some(_ROAD),
        "inter-dc": _some(_ROAD),
        "direct": _some(_ROAD),
        "external": _some(
            {**_ROAD, "host": hosts, "path": paths, "loadBalancer": st.booleans(), "sharedWith": callers},
        ),
    }
)
_FILES = st.dictionaries(
    st.sampled_from(["a.txt", "b"]) | WORDS, st.sampled_from(["evil/a.txt", "cards.yaml"]) | TEXTS, max_size=2
)
specs = _some(
    {
        "image": st.sampled_from(["app:2", "app:latest", "app@sha256:" + "a" * 64]) | WORDS,
        "kind": st.sampled_from(["Deployment", "StatefulSet", "DaemonSet", "CronJob", "Job"]),
        "schedule": st.just({"cron": "* * * * *"}),
        "replicas": st.integers(-1, 10**6),
        "spread": st.sampled_from(["share", "home", "every"]),
        "tier": st.sampled_from(["P0", "P1", "P2"]) | WORDS,
        "dataCenters": st.dictionaries(st.just("prod") | WORDS, st.lists(st.sampled_from(["dc1", "dc2"]), max_size=2), max_size=2),
        "roads": _ROADS | _JUNK,
        "calls": st.lists(
            _some({"app": NAMES, "road": st.sampled_from(["intra-dc", "inter-dc", "direct"]), "dataCenter": NAMES,
                   "host": hosts, "port": st.integers(0, 70000)}),
            max_size=3,
        ),
        "env": st.lists(
            st.fixed_dictionaries({"name": st.sampled_from(["A", "B"]) | WORDS}, optional={
                "value": WORDS, "valueFrom": _some({"callRef": _some({"app": NAMES}), "secretKeyRef": _some({"name": NAMES, "key": WORDS})})}),
            max_size=3,
        ),
        "config": st.lists(_some({"name": NAMES, "data": st.dictionaries(WORDS, WORDS, max_size=2), "files": _FILES}), max_size=2),
        "volumes": st.lists(
            _some({"name": NAMES, "mountPath": st.just("/d") | WORDS, "claim": st.just({"size": "1Gi"}), "emptyDir": st.just({}),
                   "persistentVolumeClaim": _some({"claimName": NAMES})}),
            max_size=2,
        ),
        "serviceAccount": _some({"name": NAMES, "iamRole": WORDS}) | _JUNK,
        "nodeSelector": st.dictionaries(WORDS, WORDS, max_size=2),
        "overrides": st.lists(_some({"match": _some({"environment": NAMES, "dataCenter": NAMES}), "spec": _some({"roads": _ROADS})}), max_size=2),
        "command": st.lists(WORDS, max_size=3),
    }
)  # fmt: skip

FORBIDDEN = [
    ("v1", "Namespace"), ("v1", "ResourceQuota"), ("v1", "LimitRange"), ("v1", "Endpoints"), ("v1", "Secret"), ("v1", "List"),
    ("v1", "ConfigMapList"), ("v1", "PersistentVolume"), ("v1", "Node"), ("v1", "Binding"),
    ("rbac.authorization.k8s.io/v1", "Role"), ("rbac.authorization.k8s.io/v1", "RoleBinding"),
    ("rbac.authorization.k8s.io/v1", "ClusterRole"), ("rbac.authorization.k8s.io/v1", "ClusterRoleBinding"),
    ("networking.k8s.io/v1", "Ingress"), ("networking.k8s.io/v1", "NetworkPolicy"), ("networking.k8s.io/v1", "IngressClass"),
    ("gateway.networking.k8s.io/v1", "HTTPRoute"), ("gateway.networking.k8s.io/v1", "Gateway"),
    ("networking.istio.io/v1", "VirtualService"), ("networking.istio.io/v1", "Gateway"), ("traefik.io/v1alpha1", "IngressRoute"),
    ("projectcontour.io/v1", "HTTPProxy"), ("route.openshift.io/v1", "Route"), ("externaldns.k8s.io/v1alpha1", "DNSEndpoint"),
    ("argoproj.io/v1alpha1", "Application"), ("argoproj.io/v1alpha1", "AppProject"), ("argoproj.io/v1alpha1", "ApplicationSet"),
    ("apiextensions.k8s.io/v1", "CustomResourceDefinition"), ("apiregistration.k8s.io/v1", "APIService"),
    ("admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration"), ("discovery.k8s.io/v1", "EndpointSlice"),
    ("scheduling.k8s.io/v1", "PriorityClass"), ("certificates.k8s.io/v1", "CertificateSigningRequest"),
    ("cilium.io/v2", "CiliumNetworkPolicy"), ("kyverno.io/v1", "Policy"), ("crossplane.io/v1", "Anything"),
]  # fmt: skip
_ANNOTATIONS = st.dictionaries(
    st.sampled_from(
        ["argocd.argoproj.io/hook", "argocd.argoproj.io/hook-delete-policy", "argocd.argoproj.io/sync-options",
         "argocd.argoproj.io/tracking-id", "argocd.argoproj.io/compare-options", "argocd.argoproj.io/sync-wave", "helm.sh/hook",
         "external-dns.alpha.kubernetes.io/hostname", "service.beta.kubernetes.io/aws-load-balancer-name",
         "replicator.v1.mittwald.de/replicate-from", "sixfold.dev/team", "app.kubernetes.io/instance", "app.kubernetes.io/managed-by", "note"]
    ) | WORDS,
    st.sampled_from(["PreDelete", "PostDelete", "Force=true,Replace=true", "Prune=false", "pay:/ConfigMap:search/zqindex", "example.com", "search", "1"]) | WORDS,
    max_size=2,
)  # fmt: skip
_META = {
    "namespace": NAMES,
    "annotations": _ANNOTATIONS,
    "labels": _ANNOTATIONS,
    "finalizers": st.just(["a.b/c"]),
    "ownerReferences": st.just([{"apiVersion": "v1", "kind": "Node", "name": "n", "uid": "u"}]),
}
_BODIES = _some(
    {
        "data": st.dictionaries(WORDS, WORDS, max_size=2),
        "spec": _some(
            {
                "type": st.sampled_from(["ClusterIP", "NodePort", "LoadBalancer", "ExternalName"]),
                "externalName": st.just("zqindex.search.svc.cluster.local"),
                "externalIPs": st.just(["10.0.0.1"]),
                "ports": st.just([{"port": 80}]),
                "hostNetwork": st.booleans(),
                "containers": st.just([{"name": "a", "image": "b", "securityContext": {"privileged": True}}]),
                "accessModes": st.just(["ReadWriteOnce"]),
                "resources": st.just({"requests": {"storage": "1Gi"}}),
            }
        ),
        "items": st.lists(
            st.just({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "search"}}), max_size=1
        ),
    }
)
_KINDS = st.sampled_from(FORBIDDEN) | st.sampled_from(
    [("v1", "ConfigMap"), ("v1", "Service"), ("v1", "ServiceAccount"), ("v1", "PersistentVolumeClaim"), ("v1", "Pod"), ("v2", "ConfigMap"),
     ("apps/v1", "Deployment"), ("monitoring.coreos.com/v1", "PodMonitor")]
) | st.tuples(WORDS, WORDS)  # fmt: skip


@st.composite
def objects(draw: st.DrawFn) -> dict[str, Any]:
    """Draw a plain object of any kind."""
    api, kind = draw(_KINDS)
    meta = {"name": draw(WORDS), **draw(_some(_META))}
    return {"apiVersion": api, "kind": kind, "metadata": meta, **draw(_BODIES)}


plain = st.lists(objects(), max_size=2)


@st.composite
def _manifests(draw: st.DrawFn) -> tuple[bytes, bytes]:
    name = draw(st.sampled_from(["evil", "cards"]) | NAMES)
    spec = draw(specs)
    content = document(f"{ATTACKER}/{name}", *draw(plain), **spec)
    if draw(st.booleans()) and draw(st.booleans()):
        labels = draw(_ANNOTATIONS)
        content = document_with(f"{ATTACKER}/{name}", labels, spec)
    return f"{name}.yaml".encode(), content


def document_with(key: str, words: dict[str, str], spec: dict[str, Any]) -> bytes:
    """Return a manifest whose labels and annotations are `words`."""
    text = document(key, **spec).decode(errors="surrogatepass")
    head = next(yaml.safe_load_all(text))
    head["metadata"] |= {"annotations": words, "labels": words}
    return yaml.safe_dump(head, sort_keys=False).encode(errors="surrogatepass")


_FILENAMES = st.sampled_from(
    [b"evil.yaml", b"x.yml", b"\xff\xfe.yaml", b"\x1b[31m.yaml", b"EVIL.yaml", "e\u0301vil.yaml".encode(), b"nul.yaml", b"a b.yaml", b"..yaml",
     b".yaml", b"evil/a.txt", b"zqindex.yaml", b"sub/x.yaml", b"-rf.yaml", b"a\nb.yaml", b"a" * 200 + b".yaml"]
)  # fmt: skip
_CONTENTS = st.binary(max_size=200) | st.sampled_from(
    [
        b"", b"---\n", b"a: &a [*a]\n", b"[" * 2000, b"a: 1\na: 2\n", b"!!python/object:os.system {}\n", b"\x00", b"\xef\xbb\xbf",
        b"apiVersion: sixfold.dev/v1\nkind: App\nmetadata: {name: zqindex, team: search}\nspec: {image: 'a:1'}\n",
        b"kind: App\n" + b"a: " + b"x" * 300_000,
    ]
)  # fmt: skip


@st.composite
def attacks(draw: st.DrawFn) -> dict[bytes, bytes]:
    """Draw the files of the attacker's folder by name: one or two manifests, and sometimes another file."""
    files = dict(draw(st.lists(_manifests(), min_size=1, max_size=2)))
    if draw(st.integers(0, 3)) == 0:
        files[draw(_FILENAMES)] = draw(_CONTENTS)
    if draw(st.booleans()):
        files[b"evil/a.txt"] = b"hello\n"
    return files
