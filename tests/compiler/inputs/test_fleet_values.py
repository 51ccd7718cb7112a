"""Every value of a fleet that a reader refuses is refused by the compiler, at its line, before anything is written.

`FULL` has every field of the model, and `BAD` at least one bad value for each. A new field fails the tests until it is in both.
"""

from __future__ import annotations

import base64
import copy
import json
import re

import pytest
from pydantic import BaseModel

from sixfold_compiler.diagnostics import DiagnosticError
from sixfold_compiler.inputs.fleet_loader import load_fleet
from sixfold_compiler.model.fleet import Fleet
from sixfold_compiler.model.validation import _members
from tests.support.repos import FLEET, Inline

PEM = b"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
CA = base64.b64encode(PEM).decode()
QUOTA = {"cpu": 40, "memory": "80Gi", "pods": 200}
EXCEPTION = {"environment": "prod", "cluster": "dc1-a", "reason": "a test", "until": "2027-01-31"}
FULL = copy.deepcopy(FLEET) | {
    "repository": {"url": "https://git.example.com/deploy.git", "branch": "verified", "path": "overlays"},
    "namespaces": "{team}",
    "domains": {
        "cluster": "cluster.local", "internal": "example.internal", "external": "example.com",
        "reserved": ["argocd.example.com"],
    },
    "endpoints": {"intraDc": "{app}.{dc}.svc.{domain}", "interDc": "{app}.{dc}.{domain}", "external": "{domain}"},
    "platform": {
        "mesh": {
            "envoy": {
                "image": "docker.io/envoyproxy/envoy:distroless-v1.40.0", "replicas": 2, "httpPort": 10080,
                "adminPort": 9901, "statusPort": 9902, "cpu": "500m", "memory": "512Mi", "shards": 1,
                "peerPort": 10443, "ownPort": 9903, "tables": 4, "trustedHops": 1, "drainSeconds": 310,
                "secret": "gateway", "issuer": {"name": "gateways", "kind": "Issuer", "group": "cert-manager.io"},
            },
        },
        "observability": {"prometheus": {"discovery": "annotations", "namespace": "monitoring"}},
        "identity": "irsa", "podSecurity": "restricted",
        "dnsNamespace": "kube-system", "storageClass": "gp3", "privateNetworks": ["10.0.0.0/8", "fd00::/8"],
        "reservedNamespaces": ["logging"],
    },
    "argocd": {
        "instances": {
            "main": {
                "namespace": "argocd", "generatorUrl": "http://generator.argocd.svc:8080", "token": "$sixfold:token",
                "requestTimeout": 30, "requeueAfterSeconds": 60, "server": "https://kubernetes.default.svc",
            }
        },
        "automated": True, "progressiveSync": False,
    },
    "allow": {
        **{name: ["a"] for name in (
            "images", "secretStores", "secretKeys", "priorityClasses", "tolerations", "runtimeClasses", "schedulers",
            "storageClasses", "csiDrivers", "tokenAudiences", "deviceClasses", "labels", "annotations", "probers",
            "probeTargets")},
        "iamRoles": ["arn:aws:iam::123456789012:role/x"],
    },
    "deletions": {"applications": "10%", "overlays": 5, "objects": "10%", "minimum": 1, "days": 7},
    "approvals": {"approvers": ["ada"], "days": 30},
}  # fmt: skip
FULL["teams"]["shop"] |= {
    "quotas": {"prod": QUOTA}, "allow": {"images": ["a"]}, "repos": ["git@git.example.com:shop/web.git"],
    "publishers": ["shop-ci[bot]"], "dataCenters": {"prod": ["dc1"]}, "unit": "app", "defaults": {}, "stack": "web",
    "clusterLabels": {"example.com/pool": "web"}, "tolerates": ["gpu"], "pins": [EXCEPTION], "bans": [EXCEPTION],
}  # fmt: skip
A = FULL["environments"]["prod"]["dataCenters"]["dc1"]["clusters"]["dc1-a"]
A["eks"]["caData"] = CA
A["capacity"]["nodes"] = 10
A["gateway"]["port"] = 443
A |= {
    "state": "active", "labels": {"example.com/pool": "web"}, "dedicated": {"teams": ["shop"], "tiers": ["P0"]},
    "taints": ["gpu"], "apis": ["monitoring.coreos.com/v1"],
}  # fmt: skip
for center in FULL["environments"]["prod"]["dataCenters"].values():
    for each in center["clusters"].values():
        each["apis"] = [*each.get("apis", ()), "cert-manager.io/v1"]
FULL["environments"]["prod"]["platform"] = {"observability": {"prometheus": {"namespace": "metrics"}}}
FULL["environments"]["prod"]["dataCenters"]["dc1"]["platform"] = {"mesh": {"envoy": {"replicas": 3}}}
FULL["environments"]["prod"]["placement"] = {
    "headroom": {"cpu": 0.2, "memory": 0.2, "pods": 0.2}, "reserve": 0.5, "podsPerService": 1000,
    "tiers": {"P0": {"spread": 3, "stacks": 2, "survivesLoss": True}},
}  # fmt: skip

NAMES = ["Shop", "a_b", "-a", "a-", "a.b", "a" * 41, "", "a\n", "é"]
OBJECTS = ["A", "a..b", ".a", "a.", "a.-b", "a" * 254, ""]
DNS = [
    "example..com",
    "Example.com",
    "a" * 64 + ".com",
    "a_b.com",
    ".com",
    "com.",
    "a" * 254,
    '{app}"',
    "*.example.com",
]
QUANTITIES = ["12 cores", -1, "-1", "1e", "1KB", "99999999999999999999E", True, "٣"]
COUNTS = [0, -1, 2**31, 1.5, "10", 2**63]
TEXTS = ["", "a\nb", "a\u0000", "\u007f"]
LABEL_KEYS = ["a b/c d", "-a", "Example.com/a", "a/b/c", "/a", "a" * 64, "a..b/c", ""]
LABEL_VALUES = ["Platform Team", "-a", "a-", "a" * 64, "a/b", "{{x}}"]
GIT_URLS = [
    "https://bot:ghp_SECRET@git.example.com/a.git", "https://git.example.com/a b", "https://git.example.com/{{.x}}",
    "git.example.com", "--upload-pack=x", "https://git.example.com:70000/a", "ext::sh -c id", "https://git.example.com/\n",
    "https://git.example.com/%zz", "https://-a/b", "file://host/a", "https://git.example.com/" + "a" * 500,
]  # fmt: skip
URLS = [
    "https://u:SECRET@example.com",
    "https://",
    "ftp://example.com",
    "https://a b",
    "https://{{x}}",
    "https://a:0",
    "https://a:65536",
]
SERVERS = [*URLS, "http://example.com", "https://example.com/\n"]
ARNS = ["role/x", "arn:aws:iam::1:role/a b", 'arn:aws:iam::1:role/"', "arn:aws:iam::12345678901234:role/x"]
DATES = ["2027-13-01", "2027-02-30", "31.01.2027", "2027-1-1", ""]
WORDS = ["banana"]

# Bad values by the path of a field; `*` stands for a name or a number in the path.
BAD = {
    "apiVersion": WORDS, "kind": WORDS, "name": NAMES, "namespaces": ["{app}"],
    "repository.url": GIT_URLS,
    "repository.branch": ["--upload-pack=x", "{{.server}}", "a b", "a..b", "a/", "/a", "a//b", "a.lock", "x.lock/a", "a~1",
                          "a" * 256, ""],
    "repository.path": ["../x", "a/../b", "/a", "a/", "a//b", "a b", "a\n", "{{x}}", ".", "a" * 513],
    "domains.cluster": DNS, "domains.internal": DNS, "domains.external": DNS,
    "domains.reserved.*": ["argocd", "*", "*.*.example.com", "A.example.com", "a b.example.com", "a.example.com.", ""],
    "endpoints.*": ['{app}".{dc}.svc.{domain}', "{app}..{domain}", "-{app}", "{APP}", "{app} {dc}", "", "{app", "{x}"],
    "platform.mesh.envoy.image": ["envoy", "a b:1", "Docker.io/Envoy:1", "envoy:", "envoy@sha256:0", 'envoy:"', ""],
    "platform.mesh.envoy.replicas": [0, 1001, "2"], "platform.mesh.envoy.shards": [0, 17],
    "platform.mesh.envoy.httpPort": [0, 65536, "80", 9901], "platform.mesh.envoy.adminPort": [0, 65536, 10080],
    "platform.mesh.envoy.statusPort": [0, 65536, 9901], "platform.mesh.envoy.peerPort": [0, 65536, 9901],
    "platform.mesh.envoy.ownPort": [0, 65536, 9901], "platform.mesh.envoy.tables": [0, 17, "4"],
    "platform.mesh.envoy.trustedHops": [-1, 11, "1"], "platform.mesh.envoy.drainSeconds": [69, 3601, "70"],
    "platform.mesh.envoy.secret": OBJECTS, "platform.mesh.envoy.issuer.name": OBJECTS,
    "platform.mesh.envoy.issuer.kind": WORDS, "platform.mesh.envoy.issuer.group": DNS,
    "environments.*.platform.observability.prometheus.namespace": NAMES,
    "environments.*.dataCenters.*.platform.mesh.envoy.replicas": [0, 1001, "2"],
    "platform.mesh.envoy.cpu": QUANTITIES, "platform.mesh.envoy.memory": [*QUANTITIES, 0, "1023Ki"],
    "platform.identity": WORDS, "platform.observability.prometheus.discovery": WORDS, "platform.podSecurity": WORDS,
    "platform.observability.prometheus.namespace": NAMES, "platform.dnsNamespace": NAMES, "platform.storageClass": OBJECTS,
    "platform.privateNetworks.*": ["10.0.0.0/33", "banana", "10.0.0.1/8", "10.0.0.0", "010.0.0.0/8", "0.0.0.0/0", "::/0",
                                   "10.0.0.0/255.0.0.0", "fd00::1/8", "fe80::%eth0/64", ""],
    "platform.reservedNamespaces.*": NAMES,
    "tiers.*.priority": [2_000_001_000, 1_000_000_001, -(2**31) - 1, "1", 1.5],
    "tiers.*.priorityClass": [*OBJECTS, "system-node-critical"],
    "argocd.instances.*.namespace": NAMES,
    "argocd.instances.*.generatorUrl": URLS, "argocd.instances.*.server": SERVERS,
    "argocd.instances.*.token": ["plain-token", "$a b", "$" + "a" * 400, ""],
    "argocd.instances.*.requestTimeout": [0, 301], "argocd.instances.*.requeueAfterSeconds": [29, 86_401],
    "argocd.automated": WORDS, "argocd.progressiveSync": WORDS,
    "allow.iamRoles.*": ["*", "arn:aws:iam::*:role/x"], "allow.*.*": [*TEXTS, "a" * 501],
    "teams.*.allow.*.*": TEXTS,
    "teams.*.owners.*": [*TEXTS, "system:masters", "system:authenticated"], "teams.*.highestTier": ["P9"], "teams.*.loadBalancers": [-1, 101],
    "teams.*.quota.pods": COUNTS, "teams.*.quota.*": QUANTITIES,
    "teams.*.quotas.*.pods": COUNTS, "teams.*.quotas.*.*": QUANTITIES,
    "teams.*.repos.*": GIT_URLS, "teams.*.publishers.*": ["", "a b", "-a", "a/b", "a[bot", "a" * 256, "é"],
    "teams.*.dataCenters.*.*": [*NAMES, "dc9"], "teams.*.unit": WORDS, "teams.*.stack": NAMES,
    "teams.*.clusterLabels.*": LABEL_VALUES, "teams.*.tolerates.*": TEXTS,
    **{f"teams.*.{field}.*.{name}": bad for field in ("pins", "bans") for name, bad in
       {"environment": NAMES, "cluster": NAMES, "reason": ["why", "a\nreason"], "until": DATES}.items()},
    "environments.*.dataCenters.*.region": ["Mumbai", "eu-central", "eu-" + "a" * 70 + "-1", ""],
    "environments.*.placement.headroom.*": [1, -0.1, "20%"], "environments.*.placement.reserve": [1.1, -0.1],
    "environments.*.placement.podsPerService": [1, 1_000_001],
    "environments.*.placement.tiers.*.survivesLoss": WORDS, "environments.*.placement.tiers.*.*": [0, 1001, 1.5],
    **{f"environments.*.dataCenters.*.clusters.*.{name}": bad for name, bad in {
        "server": SERVERS, "eks.name": ["-a", "a b", "a" * 101, ""], "eks.roleArn": ARNS,
        "eks.caData": ["YmFuY", "a b", base64.b64encode(PEM * 101).decode(), CA + "\n", "x" * (64 * 1024 + 1)],
        "version": ["1.3", "v1.35", 1.35, "1.35.2"], "capacity.cpu": QUANTITIES, "capacity.memory": QUANTITIES,
        "capacity.pods": COUNTS, "capacity.nodes": COUNTS, "state": ["resting"], "labels.*": LABEL_VALUES,
        "dedicated.teams.*": NAMES, "dedicated.tiers.*": ["P9"], "taints.*": TEXTS,
        "apis.*": ["v", "V1", "a b/v1", "example.com/", "example.com/v1/x", "monitoring.coreos.com/1", ""],
        "gateway.address": DNS, "gateway.port": [0, 65536, "443"], "instance": [*NAMES, "mian"],
    }.items()},
    "deletions.minimum": [-1, 10_000_001], "deletions.days": [0, 367], "deletions.*": ["110%", -1, "ten", 10_000_001, 1.5],
    "approvals.approvers.*": TEXTS, "approvals.days": [0, 91],
    "defaults.tier": ["P9"], "defaults.securityContext.runAsUser": [-1, "root"],
}  # fmt: skip
# Keys that are names, by the path of their mapping.
KEYS = {
    "teams": [*NAMES, "cert-manager", "istio-system", "karpenter", "logging", "kube-x"], "environments": NAMES,
    "environments.prod.dataCenters": NAMES, "environments.prod.dataCenters.dc1.clusters": NAMES,
    "argocd.instances": NAMES, "tiers": ["P9"], "teams.shop.quotas": NAMES, "teams.shop.dataCenters": [*NAMES, "prd"],
    "teams.shop.clusterLabels": LABEL_KEYS, "environments.prod.dataCenters.dc1.clusters.dc1-a.labels": LABEL_KEYS,
    "environments.prod.placement.tiers": ["P9"],
}  # fmt: skip


def leaves(value, path=()):
    """Yield the path of every text, number and truth value."""
    if isinstance(value, dict | list):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(item, (*path, key))
    else:
        yield path


def pattern_of(path) -> str:
    """Return the first pattern of BAD for a path."""
    text = ".".join(map(str, (p.replace(".", "_") if isinstance(p, str) else p for p in path)))
    return next((p for p in BAD if re.fullmatch(re.escape(p).replace(r"\*", r"[^.]+"), text)), "")


CASES = [(path, value) for path in leaves(FULL) for value in BAD.get(pattern_of(path), ())]


def findings_of(folder, data):
    """Load a fleet, and return its findings; none if it is right."""
    (folder / "fleet.jsonnet").write_text(json.dumps(data, indent=1))
    try:
        load_fleet(folder, Inline())
    except DiagnosticError as error:
        return error.diagnostics
    return ()


def changed(path, value):
    data = copy.deepcopy(FULL)
    place = data
    for part in path[:-1]:
        place = place[part]
    place[path[-1]] = value
    return data


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("fleet") / "environments"
    path.mkdir()
    return path


def test_the_full_fleet_is_right_and_has_every_field(folder) -> None:
    (folder / "fleet.jsonnet").write_text(json.dumps(FULL))
    load_fleet(folder, Inline())
    missing = []

    def compare(annotation, values, path) -> None:
        """Compare the fields of a model with the values at its place, all examples of it together."""
        for member in _members(annotation):
            arguments = getattr(member, "__args__", ())
            if isinstance(member, type) and issubclass(member, BaseModel):
                for name, field in member.model_fields.items():
                    alias = field.alias or name
                    below = [v[alias] for v in values if isinstance(v, dict) and alias in v]
                    missing.extend([f"{path}.{alias}"] * (not below and "allow" not in path))
                    compare(field.annotation, below, f"{path}.{alias}")
            elif getattr(member, "__origin__", None) is dict:
                compare(arguments[1], [item for v in values if isinstance(v, dict) for item in v.values()], f"{path}.*")
            elif getattr(member, "__origin__", None) is list:
                compare(arguments[0], [item for v in values if isinstance(v, list) for item in v], f"{path}.*")

    compare(Fleet, [FULL], "fleet")
    assert missing == []


def test_every_field_has_a_bad_value() -> None:
    assert [path for path in leaves(FULL) if not pattern_of(path)] == []
    unused = set(BAD) - {pattern_of(path) for path in leaves(FULL)}
    assert unused == set()


def test_every_bad_value_is_refused_at_its_place(folder) -> None:
    wrong = []
    for path, value in CASES:
        findings = findings_of(folder, changed(path, value))
        lines = (folder / "fleet.jsonnet").read_text().splitlines()
        named = [d for d in findings if d.span and d.span.file == "environments/fleet.jsonnet" and d.help]
        places = {lines[d.span.line - 1].strip() for d in named}
        keys = {f'"{part}"' for part in path if isinstance(part, str)}
        keys |= (
            {f'"{name}Port"' for name in ("admin", "own", "status")} if "Port" in str(path[-1]) else set()
        )  # they differ
        # Other entries of a table may have the same fault, and a place may be that of the mapping that has the value.
        if not named or not any(key in place for key in keys for place in places):
            wrong.append((path, value, findings))
        if any("SECRET" in d.message for d in findings):
            wrong.append(("a secret is shown", path, findings))
    assert wrong == []


def test_two_tiers_have_no_class_and_two_listeners_no_port_in_common(folder) -> None:
    for path, value in (
        (("tiers", "P1", "priorityClass"), "tier-p0"),
        (("platform", "mesh", "envoy", "adminPort"), 10080),
    ):
        (finding,) = findings_of(folder, changed(path, value))
        assert finding.code == "SF312"
        assert path[-1] in (folder / "fleet.jsonnet").read_text().splitlines()[finding.span.line - 1]


def test_nobody_is_twice_in_a_list_of_those_who_may(folder) -> None:
    for name in ("owners", "repos", "publishers"):
        (item,) = FULL["teams"]["shop"][name]
        (finding,) = findings_of(folder, changed(("teams", "shop", name), [item, item]))
        assert (finding.code, finding.message) == ("SF303", f"teams.shop.{name} has {item!r} twice")
        assert name in (folder / "fleet.jsonnet").read_text().splitlines()[finding.span.line - 1]


@pytest.mark.parametrize(
    ("path", "wrong", "hint"),
    [
        ("platform.mesh.envoy.memory", "512", "did you mean 512Mi?"),
        ("platform.mesh.envoy.memory", 512, "did you mean 512Mi?"),
        ("platform.mesh.envoy.memory", "16Mi", "write at least 64Mi"),
        ("platform.mesh.envoy.memory", "512k", "write at least 64Mi"),
        ("teams.shop.quota.memory", "80", "did you mean 80Mi or 80Gi?"),
        ("teams.shop.quotas.prod.memory", 80, "did you mean 80Mi or 80Gi?"),
        ("environments.prod.dataCenters.dc1.clusters.dc1-a.capacity.memory", "400", "did you mean 400Mi or 400Gi?"),
    ],
)
def test_an_amount_of_memory_without_its_unit_is_refused_with_the_unit_that_was_meant(
    folder, path, wrong, hint
) -> None:
    (finding,) = findings_of(folder, changed(path.split("."), wrong))
    assert (finding.code, finding.message.partition(" is ")[0]) == ("SF303", path)
    assert finding.help == hint
    for enough in ("64Mi", 64 << 20):
        assert findings_of(folder, changed(path.split("."), enough)) == ()


def test_every_bad_name_is_refused(folder) -> None:
    wrong = []
    for at, names in KEYS.items():
        place = FULL
        for part in at.split("."):
            place = place[part]
        for name in names:
            example = copy.deepcopy(next(iter(place.values())))
            findings = findings_of(folder, changed((*at.split("."), name), example))
            if not findings or not all(d.span and d.span.line > 0 and d.help for d in findings):
                wrong.append((at, name, findings))
    assert wrong == []


@pytest.mark.parametrize("value", [None, True, -1, 1e300, "x\u0000\n{{", [], ["x"], {}, {"x": 1}, [[]]])
def test_a_value_of_any_other_type_is_a_finding_or_is_right_and_never_a_crash(folder, value) -> None:
    for path in {pattern_of(path): path for path in leaves(FULL)}.values():
        findings = findings_of(folder, changed(path, value))
        assert all(d.span and d.code.startswith("SF3") for d in findings), (path, findings)
