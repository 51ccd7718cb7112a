"""Generate the page of the table of rules: what a team may refer to outside of its namespace."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sixfold_compiler.checks.policy.lists import FLEET_LISTS
from sixfold_compiler.checks.policy.rows.controllers import CONTROLLERS
from sixfold_compiler.checks.policy.rows.monitors import MONITORS
from sixfold_compiler.checks.policy.rows.neighbors import NEIGHBORS
from sixfold_compiler.checks.policy.rows.storage import STORAGE
from sixfold_compiler.checks.policy.rows.words import WORDS
from sixfold_compiler.checks.policy.rows.workloads import WORKLOADS
from sixfold_compiler.checks.policy.rules import (
    Absent,
    All,
    Either,
    In,
    Like,
    Listed,
    Matches,
    Not,
    Range,
    Same,
)
from sixfold_compiler.checks.policy.table import PROGRAMMED
from sixfold_compiler.model.policy import Allow

if TYPE_CHECKING:
    from pathlib import Path

    from sixfold_compiler.checks.policy.rules import Operand, Predicate, Rule

__all__ = ["policy_page", "write_policy"]

_SECTIONS = {
    "Labels and annotations": WORDS,
    "Pods and identities": WORKLOADS,
    "Nodes, and the pods beside": NEIGHBORS,
    "Rollouts, autoscalers and dashboards": CONTROLLERS,
    "Secrets, storage and devices": STORAGE,
    "Monitoring": MONITORS,
}
_MAPS = ("labels", "annotations", "nodeSelector")
_DERIVED = {
    "priorityClasses": "or the class of the app's tier",
    "storageClasses": "or `platform.storageClass`",
    "recordNames": "`team:*`, with the name of the team",
    "teamNames": "the name of the team",
    "rootUsers": "0, where `platform.podSecurity` is restricted",
    "rootAllowed": "false, where `platform.podSecurity` is restricted",
}
_METADATA = (
    "They are in the metadata of manifests, objects and pods, and of what a controller makes of an object: Jobs of a "
    "CronJob, claims, Secrets of an ExternalSecret, pods of a Rollout. `nodeSelector` is judged by its form alone."
)
OPENING = """\
# References out of the namespace

<!-- Generated from compiler/sixfold_compiler/checks/policy/: `python3 dev.py docs`. -->

An object in a team's namespace can name things that are not the team's: a role in AWS, a key of a shared secret
store, a priority class, a volume, an address that Prometheus reads. A table of rules decides which of them a team may
name. **What no list of the fleet names is denied.** A list is in `allow` of the fleet, for every team, or in `allow`
of one team; both add up.

```jsonnet
{
  allow: { images: ['registry.example.com/*'] },
  teams: {
    match: {
      allow: {
        iamRoles: ['arn:aws:iam::333333333333:role/match-*'],
        secretStores: ['ClusterSecretStore/aws-secrets-manager'],
        secretKeys: ['match/*'],
      },
    },
  },
}
```

`*` stands for any characters, and everything else for itself. `sixfold policy suggest` prints the lists that the
committed manifests need, by team, for review. A finding names the entry that would allow its value.

The rules judge the fields of a manifest after its layers are merged, plain objects as they are written and after each
patch, and the objects that the library makes of both, which includes what an extension of the library adds to pods,
claims and service accounts. Labels and annotations are judged in manifests and plain objects alone: those of the
library are the platform team's. An app that breaks a rule fails alone, and everything else is written.

The key prefixes of a team hold for each of its secret stores. A load balancer is no reference: `loadBalancers` of a
team limits those (SF413).
"""
UNCOVERED = """\
## What is not covered

* **Expressions.** A rule or an alert of a team can read every metric of its Prometheus: the names and labels that it
  produces are judged, the expression is not. Give teams a Prometheus of their own, or a proxy that enforces a label,
  where metrics are confidential. Names that `PrometheusServiceLevel` produces are not judged.
* **Redirects.** Prometheus follows a redirect that a target answers. The network of Prometheus should not reach more
  than it reads.
* **Secrets in parameters.** The `parameters` of a SecretProviderClass are text for its driver. An entry
  `SecretProviderClass/aws` allows what the role of the pods allows.
* **Words without a domain.** Labels and annotations without a `/` are allowed, except those that known sidecars of
  shared systems read. A controller with words of its own needs words with a domain.
* **Values of allowed words.** An entry allows a label or annotation with every value.
* **The content of dashboards.** The JSON of a GrafanaDashboard can have the `uid` of another dashboard, and a folder of
  others can have its name. Give teams folders, or a Grafana of their own, where that matters.
* **How often.** Prometheus and operators work as often as a monitor, rule or secret says. Their own limits are the
  platform's: `scrapeInterval` and `sampleLimit` of Prometheus, for example.
* **Addresses in other systems' objects:** receivers of an AlertmanagerConfig, URLs in triggers of a ScaledObject,
  URLs of a GrafanaDashboard. Network policies of those systems limit them.
* **Node labels.** `nodeSelector` and affinity may name any label. Reserve nodes by a taint: tolerations are judged.
* **Objects that controllers create later**, and people with access to the cluster: the rules are of a compile. They
  are data, so that an admission policy can have them too; a test translates each row to CEL and compares both.
"""


def write_policy(folder: Path) -> Path:
    """Write policy.md into a folder, and return its path.

    Raises:
        OSError: The file cannot be written.
    """
    path = folder / "policy.md"
    path.write_text(policy_page(), "utf-8")
    return path


def policy_page() -> str:
    """Return the page of the rules."""
    lines = [OPENING, "## Lists", "", "| list | entries |", "| --- | --- |"]
    for name, field in FLEET_LISTS.items():
        lines.append(f"| `{name}` | {_cell(Allow.model_fields[field].description or '')} |")
    for title, rules in _SECTIONS.items():
        lines += ["", f"## {title}", ""]
        if rules is WORDS:
            lines += [_METADATA, ""]
        lines += ["| rule | places | what holds there | what it protects |"]
        lines += ["| --- | --- | --- | --- |", *(_row(rule) for rule in rules)]
    lines += [
        "",
        "## Rules in Python",
        "",
        "These are no data, because they see more than one value of one object.",
        "",
    ]
    lines += ["| code | what it protects | why it is no data |", "| --- | --- | --- |"]
    lines += [f"| {_code(rule.code)} | {rule.protects} | {rule.reason} |" for rule in PROGRAMMED]
    return "\n".join([*lines, "", UNCOVERED])


def _row(rule: Rule) -> str:
    wanted = _holds(rule.holds) + ("; must be set" if rule.required else "")
    return f"| {rule.name} {_code(rule.code)} | {_places(rule)} | {_cell(wanted)} | {rule.protects} |"


def _code(code: str) -> str:
    return f"[{code}](codes.md#{code.lower()})"


def _places(rule: Rule) -> str:
    scopes: dict[str, list[str]] = {}
    if rule.words:  # everywhere in the places that the page lists once
        names = dict.fromkeys(name for place in rule.where for name in place.path if name in _MAPS)
        return ", ".join(f"`{name}`" for name in names)
    for place in rule.where:
        scope = place.scope if isinstance(place.scope, str) else place.scope[1]
        text = ".".join(place.path).replace(".[]", "[]")
        if place.parts:
            text += f" ({place.joint.join(name or default for name, default in place.parts)})"
        scopes.setdefault(scope, []).append(f"`{text}`")
    return "; ".join(f"{scope}: {', '.join(texts)}" for scope, texts in scopes.items())


def _holds(predicate: Predicate) -> str:
    match predicate:
        case In(operand):
            return f"one of {_operand(operand)}"
        case Like(operand):
            return f"like {_operand(operand)}"
        case Matches(_, form):
            return form
        case Range(least, most):
            return f"a number from {least} to {most}"
        case Same(path):
            return f"equal to `{'.'.join(path)}`"
        case Absent():
            return "absent"
        case Not(other):
            return f"not ({_holds(other)})"
        case All(parts):
            return " and ".join(_holds(part) for part in parts)
        case Either(parts):
            return " or ".join(_holds(part) for part in parts)


def _operand(operand: Operand) -> str:
    if not isinstance(operand, Listed):
        return ", ".join(f"`{str(value).lower() if isinstance(value, bool) else value}`" for value in operand)
    named = f"`allow.{operand.name}`" if operand.name in FLEET_LISTS else ""
    return " ".join(part for part in (named, _DERIVED.get(operand.name, "")) if part)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
