"""Values that the chart's schema accepts and rejects, asked of the real helm in few calls.

Helm reports every value that a schema rejects at once, so one call answers for many rows.
"""

from __future__ import annotations

import copy
import re

from tests.support.chart import CHART, MINIMAL, helm

__all__ = ["TABLE", "answers"]

HEX = "0123456789abcdef" * 4
# Kinds of values: (accepted, rejected).
NAME = (["a", "z09.az-9", "0z", "9a0", "a" * 253], ["", "A", "a_b", "-a", "a-", "a" * 254, 5])
OPTIONAL_NAME = (["", *NAME[0]], NAME[1][1:])
LABEL = (["a", "z09az-9", "0z", "9a0", "a" * 63], ["", "A", "a.b", "-a", "a-", "a" * 64, 5])
OPTIONAL_LABEL = (["", *LABEL[0]], LABEL[1][1:])
KEY = (["a", "-._azAZ09", "a" * 253], ["", "a b", " a", "a ", "a" * 254, 5])
DURATION = (["0s", "10ms", "1h39m", "9.09h"], ["", "30", "s", "1d", "1.s", ".5s", "1s ", " 1s", 30])
QUANTITY = (
    ["10", "0.09", "90", "10m", "1k", "1Ki", "1M", "1Mi", "1G", "1Gi", "1T", "1Ti"],
    ["", "lots", "1GiB", " 1", "1.", ".5", "1P", 1],
)
DIGEST = (
    ["", f"sha256:{HEX}"],
    [
        f"sha256:{HEX[1:]}",
        f"sha256:{HEX}0",
        f"sha512:{HEX}",
        f"sha256:{HEX.upper()}",
        f"sha256:g{HEX[1:]}",
        f"sha256:{HEX} ",
        f" sha256:{HEX}",
        5,
    ],
)
PULL_POLICY = (["Always", "IfNotPresent", "Never"], ["", "always", "Sometimes"])
PORT = ([1024, 65535], [1023, 65536, 8080.5, "8080"])
PORTS = ([[1], [65535], [22, 443]], [[], [0], [65536], [1.5], ["443"], 443])
CIDRS = (
    [[], ["0.0.0.0/0"], ["255.255.255.255/32"], ["9.9.9.9/09"], ["::/0"], ["2001:db8:09af::AF/128"], ["9::/9"]],
    [["everywhere"], ["10.0.0.0"], ["10.0.0/8"], ["1.0.0.0.0/8"], ["1000.0.0.0/8"], ["0.0.0.1000/8"], [".0.0.0/8"], ["10.0.0./8"],
     ["10x0.0.0/8"], ["10.0.0.0/"], ["10.0.0.0/123"], [" 10.0.0.0/8"], ["::"], ["::/"], ["/8"], ["::/1234"], ["g::/8"], [5], "::/0"],
)  # fmt: skip
PUBLIC = "ssh-ed25519 " + "Az09+/" * 11 + "Aa"
LABELS = ([{}, {"a": "b"}], [{"a": 1}, [], "a"])
BOOLEAN = ([True, False], ["true", 1])
OBJECT = ([], [5, []])
MISSING = ([], [None])
UNKNOWN = ([], ["x"])
TABLE = [
    *[(path, OBJECT) for path in (
        "image", "token", "git", "git.ssh", "git.https", "git.ca", "git.image", "git.resources", "git.resources.requests",
        "git.resources.limits", "persistence", "state", "state.configMap", "trusted", "live", "settings", "service", "resources", "networkPolicy",
        "networkPolicy.argocd", "networkPolicy.monitoring", "networkPolicy.dns", "networkPolicy.git", "networkPolicy.apiServer",
        "serviceMonitor", "global",
    )],
    *[(path, MISSING) for path in (
        "image", "image.repository", "token", "token.secretName", "token.key", "token.nextKey", "git", "git.repo", "git.ref",
        "persistence", "state", "trusted", "trusted.keys", "live", "settings", "service", "networkPolicy", "serviceMonitor",
    )],
    *[(path, UNKNOWN) for path in (
        "replicas", "image.name", "token.value", "git.password", "git.ssh.key", "git.https.password", "git.ca.cert", "git.image.name",
        "git.resources.claims", "persistence.mode", "state.volume", "state.configMap.key", "trusted.key", "live.kubeconfig", "settings.keepalive",
        "service.type", "networkPolicy.ingress", "networkPolicy.argocd.ports", "networkPolicy.monitoring.ports", "networkPolicy.dns.ports",
        "networkPolicy.git.namespace", "networkPolicy.apiServer.namespace", "serviceMonitor.path",
    )],
    ("global", ([{}, {"a": 1}], [])),
    ("image.repository", (["a", "a.example/b/c", "a:5000/b", "a:9/b"], ["", "a b", "a:tag", "a@sha256", ":5000/a", "a:/b", "a:5000/", "a:5x/b", " a", "a:5000/b ", 5])),
    ("image.tag", (["", "a", "z0", "A9", "Z-._azAZ09", "0a", "9a", "_a", "a" * 128], ["-a", ".a", "a/b", " a", "a ", "a" * 129, 5])),
    ("image.digest", DIGEST),
    ("image.pullPolicy", PULL_POLICY),
    ("imagePullSecrets", ([[], [{"name": "a"}]], ["a", ["a"], [{}], [{"name": "a", "key": "b"}]])),
    ("imagePullSecrets", ([[{"name": name}] for name in NAME[0]], [[{"name": name}] for name in NAME[1]])),
    ("fullnameOverride", (["", "a", "z09az-9", "0z", "9a0", "a" * 50], ["A", "a.b", "-a", "a-", "a" * 51, 5])),
    ("token.secretName", NAME),
    ("token.key", KEY),
    ("token.nextKey", KEY),
    ("git.repo", (
        ["https://a/b", "https://a.example:8443/b/c.git", "ssh://git@a:22/b", "git@a.example:b/c.git"],
        ["", "http://a/b", "https://a:b@c/d", "https://a", "https:///a", "https://a/", " https://a/b", "https://a/b c", "ssh://", "ssh://a b",
         " ssh://a", "a:b", "@a:b", "git@:b", "git@a:", "a/b@c:d", "git@a/b:c", " git@a:b", "git@a:b c", "a:b@c:d", "a@b@c:d", 5],
    )),
    ("git.ref", (["main", "v1-rc/2", "a"], ["", "--upload-pack=x", " a", "a b", 5])),
    ("git.path", (["", "a", "_/z/A/Z-/0./9_", "Z-._azAZ09/a-._azAZ09", "A/a", "z/a", "0/a", "9/a"], ["/a", "a/", "a//b", "../a", "a/../b", ".a", "-a", "a/-b", "a b", " a", 5])),
    ("git.period", DURATION),
    ("git.timeout", DURATION),
    ("git.depth", ([0, 1, 1000], [-1, 1.5, "1"])),
    ("git.sizeLimit", QUANTITY),
    ("git.ssh.existingSecret", OPTIONAL_NAME),
    ("git.https.existingSecret", OPTIONAL_NAME),
    ("git.ca.existingConfigMap", OPTIONAL_NAME),
    ("git.image.repository", (["a"], ["", 5])),
    ("git.image.tag", (
        ["", "v4.0.9", "v4.9.0", "v4.10.11-rc.1"],
        ["v3.6.9", "v5.0.0", "v4.4", "v4.4.", "v4..0", "v4x4.0", "v4.4x0", "4.4.0", " v4.4.0", "v4.4.0 x", 4],
    )),
    ("git.image.digest", DIGEST),
    ("git.image.pullPolicy", PULL_POLICY),
    ("git.resources", ([None, {}], [])),
    ("git.resources.requests.cpu", QUANTITY),
    ("git.resources.limits.memory", QUANTITY),
    ("persistence.enabled", BOOLEAN),
    ("persistence.existingClaim", OPTIONAL_NAME),
    ("persistence.storageClass", OPTIONAL_NAME),
    ("persistence.size", QUANTITY),
    ("state.kind", (["volume", "configmap"], ["", "memory"])),
    ("state.configMap.name", (["", "a", "z09az-9", "0z", "9a0", "a" * 100], ["A", "a.b", "-a", "a-", "a" * 101, 5])),
    ("state.configMap.namespace", OPTIONAL_LABEL),
    ("trusted.keys", (
        [[], [PUBLIC], [f"{PUBLIC} a b"], [PUBLIC, f"{PUBLIC} "]],
        [[PUBLIC] * 3, [""], ["a"], [PUBLIC[:-1]], [f"{PUBLIC}A"], [f" {PUBLIC}"], [f"{PUBLIC} a,b"], [f"{PUBLIC} a\nb"],
         [PUBLIC.replace("ed25519", "rsa")], [5], PUBLIC],
    )),
    ("trusted.fleet", OPTIONAL_LABEL),
    ("trusted.repository", (["", "https://a/b.git", "git@a:b"], ["a b", " ", 5])),
    ("live.kubeconfigSecret", OPTIONAL_NAME),
    ("live.argocdInstance", OPTIONAL_LABEL),
    ("live.seconds", ([5, 86400], [4, 86401, 5.5, "60"])),
    ("settings.host", (["::", "0.0.0.0", "09af::AF", "9.9.9.9"], ["", "localhost", " ::", ":: ", 5])),
    ("settings.workers", ([1, 64], [0, 65, 1.5, "2"])),
    ("settings.pollSeconds", ([1, 3600], [0, 3601, 1.5, "5"])),
    ("settings.retrySeconds", ([1, 86400], [0, 86401, 1.5, "60"])),
    ("settings.staleSeconds", ([1, 86400], [0, 86401, 1.5, "300"])),
    ("settings.cacheBytes", ([0, 1099511627776], [-1, 1099511627777, 1.5, "0"])),
    ("settings.maxRequests", ([0, 1000000000], [-1, 1000000001, 1.5, "0"])),
    ("service.port", PORT),
    ("service.adminPort", PORT),
    ("resources", ([None, {}], [{"claims": []}])),
    ("resources.requests", OBJECT),
    ("resources.limits", OBJECT),
    ("resources.requests.cpu", QUANTITY),
    ("resources.limits.memory", QUANTITY),
    ("networkPolicy.enabled", BOOLEAN),
    ("networkPolicy.argocd.namespace", OPTIONAL_LABEL),
    ("networkPolicy.argocd.names", ([["a"], ["a", "b"]], [[], [""], [5], "a"])),
    ("networkPolicy.monitoring.namespace", LABEL),
    ("networkPolicy.monitoring.podLabels", LABELS),
    ("networkPolicy.dns.namespace", LABEL),
    ("networkPolicy.dns.podLabels", ([None, *LABELS[0]], LABELS[1])),
    ("networkPolicy.git.ports", PORTS),
    ("networkPolicy.git.cidrs", CIDRS),
    ("networkPolicy.apiServer.ports", PORTS),
    ("networkPolicy.apiServer.cidrs", CIDRS),
    ("serviceMonitor.enabled", BOOLEAN),
    ("serviceMonitor.interval", DURATION),
    ("serviceMonitor.labels", LABELS),
    ("podLabels", (
        [{}, {"a": "b"}, {"my-app.kubernetes.io/name": "a", "my-helm.sh/a": "b", "appxkubernetes.io/a": "", "app.kubernetesxio/a": "", "helmxsh/a": ""}],
        [{"a": 1}, {"app.kubernetes.io/name": "a"}, {"helm.sh/chart": "a"}, [], "a"],
    )),
    ("podAnnotations", LABELS),
    ("priorityClassName", OPTIONAL_NAME),
    ("nodeSelector", LABELS),
    ("tolerations", ([[], [{"key": "a"}]], [["a"], {}, "a"])),
    ("affinity", ([{}, {"nodeAffinity": {}}], OBJECT[1])),
]  # fmt: skip

_PROBLEM = re.compile(r"^ *- at '(?P<place>[^']*)': (?!validation failed$)(?P<what>.*)$", re.MULTILINE)


def answers(rows, chart=CHART):
    """Return for each (path, value) whether the schema accepts it. A path has dots between its keys."""
    result = {}
    for batch in _batches(rows):
        problems = _problems([rows[number] for number in batch], chart)
        about = {number: [problem for problem in problems if _about(rows[number][0], *problem)] for number in batch}
        result |= {number: not match for number, match in about.items()}
        others = [problem for problem in problems if not any(problem in match for match in about.values())]
        assert not others, f"rejected, but not set: {others}"
    return [result[number] for number in range(len(rows))]


def _batches(rows):
    """Put each row into the first batch without a row that sets the same value, a part of it, or a parent of it."""
    batches = []
    for number, (path, _) in enumerate(rows):
        for batch in batches:
            others = [rows[other][0] + "." for other in batch]
            if not any(f"{path}.".startswith(other) or other.startswith(f"{path}.") for other in others):
                batch.append(number)
                break
        else:
            batches.append([number])
    return batches


def _problems(rows, chart):
    values = copy.deepcopy(MINIMAL)
    for path, value in rows:
        *parents, key = path.split(".")
        holder = values
        for parent in parents:
            holder = holder.setdefault(parent, {})
        holder[key] = value
    done = helm("template", "x", chart, "--values", "-", values=values)
    # A combination may fail in the templates, but helm checks the schema before them.
    assert not done.returncode or re.search("meet the specifications|execution error", done.stderr), done.stderr
    return [(match["place"], match["what"]) for match in _PROBLEM.finditer(done.stderr)]


def _about(path, place, what):
    parent, _, key = ("/" + path.replace(".", "/")).rpartition("/")
    return f"{place}/".startswith(f"{parent}/{key}/") or (place == parent and f"'{key}'" in what)
