"""Rules of what a pod does to pods and nodes around it: who is kept away, what is asked for it, and what it takes."""

from __future__ import annotations

from sixfold_compiler.checks.policy.rows.places import CONTAINERS, inside, places
from sixfold_compiler.checks.policy.rules import KEY, Absent, Either, In, Like, Listed, Rule, Same

__all__ = ["NEIGHBORS"]

_TERMS = tuple(
    f"pod:spec.affinity.{field}.{term}"
    for field in ("podAffinity", "podAntiAffinity")
    for term in (
        "requiredDuringSchedulingIgnoredDuringExecution[]",
        "preferredDuringSchedulingIgnoredDuringExecution[].podAffinityTerm",
    )
)
_ASKED = ("livenessProbe", "readinessProbe", "startupProbe", "lifecycle.postStart", "lifecycle.preStop")
_HOSTS = tuple(
    f"pod:spec.{field}[].{asked}.{action}.host"
    for field in CONTAINERS
    for asked in _ASKED
    for action in ("httpGet", "tcpSocket")
)
_RESOURCES = places(
    *(
        f"{holder}resources.{field}"
        for holder in (
            "pod:spec.",
            *(f"pod:spec.{name}[]." for name in CONTAINERS),
            *(f"manifest:spec.{name}" for name in ("", "containers[].", "initContainers[].")),
        )
        for field in ("requests", "limits")
    )
)
_COUNTED = ("cpu", "memory", "ephemeral-storage")

NEIGHBORS = (
    Rule(
        "pods of all namespaces",
        "SF667",
        "the pods of other teams, which could not be scheduled beside this one",
        places(*(f"{term}.namespaceSelector" for term in _TERMS)),
        Absent(),
        "compares the pods of other namespaces, and the scheduler then keeps those away as well",
        "remove it: the pods of the team's own namespace are compared",
    ),
    Rule(
        "pods of other namespaces",
        "SF667",
        "the pods of other teams, which could not be scheduled beside this one",
        places(*(f"{term}.namespaces[]" for term in _TERMS)),
        Same(("metadata", "namespace")),
        "is {value}: the pods of other namespaces would be compared, and the scheduler then keeps those away as well",
        "remove it: the pods of the team's own namespace are compared",
    ),
    Rule(
        "hosts that the node asks",
        "SF630",
        "addresses that a node reaches and a pod does not",
        places(*_HOSTS),
        In(("",)),
        "is {value}, which the node would ask from its own network, past every network policy",
        "remove it: the pod itself is asked",
    ),
    Rule(
        "certificates of pods",
        "SF652",
        "identities outside the cluster that no list of the fleet limits",
        places("pod:spec.volumes[].projected.sources[].podCertificate"),
        Absent(),
        "requests a certificate, an identity that no list of the fleet limits",
        "remove it, and use spec.serviceAccount.iamRole",
    ),
    Rule(
        "devices",
        "SF658",
        "devices that are reserved for others, which no quota counts",
        inside(_RESOURCES, KEY),
        Either((In(_COUNTED), Like(Listed("deviceClasses")))),
        "is a resource that the quota of team {team} does not limit",
        f"use {', '.join(_COUNTED)}",
    ),
    Rule(
        "preemption",
        "SF655",
        "the app itself: the cluster rejects the pods",
        places("pod:spec.preemptionPolicy"),
        Absent(),
        "is set by hand, which only a priority class may do",
        "remove it",
    ),
    Rule(
        "overhead",
        "SF657",
        "the app itself: the cluster rejects the pods",
        places("pod:spec.overhead"),
        Absent(),
        "is set by hand, which only a runtime class may do",
        "remove it",
    ),
)
