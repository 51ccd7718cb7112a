"""Rules of pods and service accounts: images, identities, and the power over the scheduler and the nodes."""

from __future__ import annotations

from sixfold_compiler.checks.policy.rows.places import DEVICE_REQUESTS, containers, places
from sixfold_compiler.checks.policy.rules import (
    Absent,
    Either,
    In,
    Like,
    Listed,
    Matches,
    Not,
    Range,
    Rule,
    Where,
)

__all__ = ["WORKLOADS"]

_ROLE = "eks.amazonaws.com/role-arn"
_PART = r"[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*"
_IMAGE = (
    rf"([A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]+)?/)?{_PART}(/{_PART})*"
    r"(:[A-Za-z0-9_][A-Za-z0-9._-]{0,127})?(@sha256:[0-9a-f]{64})?"
)
_IMAGES = (
    *containers("image"),
    *places("pod:spec.volumes[].image.reference"),
    *places("manifest:spec.image", "manifest:spec.containers[].image", "manifest:spec.initContainers[].image"),
)
_TOLERATIONS = (
    "pod:spec.tolerations[]",
    "manifest:spec.tolerations[]",
    *(f"{request}tolerations[]" for request in DEVICE_REQUESTS),
)
_OWN_USER = tuple(f"manifest:spec.{place}securityContext" for place in ("", "containers[].", "initContainers[]."))
_LONGEST_GRACE = 24 * 60 * 60  # seconds; a node waits for it before it can be replaced

WORKLOADS = (
    Rule(
        "syntax of images",
        "SF665",
        "the app itself: no node can pull the image",
        _IMAGES,
        Matches(_IMAGE, "a valid name of an image", others=True),
        "is {value}, which is not a valid name of an image",
        "write host/repository:tag, or host/repository@sha256:digest",
    ),
    Rule(
        "images",
        "SF650",
        "the cluster, from code that nobody has scanned",
        _IMAGES,
        Like(Listed("images")),
        "is {value}, which is in no registry that team {team} may use",
        "use an image of one",
    ),
    Rule(
        "IAM roles",
        "SF651",
        "data in AWS, and the roles of other teams and of the platform",
        (
            Where(("", "ServiceAccount"), ("metadata", "annotations", _ROLE)),
            Where("manifest", ("metadata", "annotations", _ROLE)),
            Where("manifest", ("spec", "serviceAccount", "annotations", _ROLE)),
            *places("manifest:spec.serviceAccount.iamRole", "trigger:spec.podIdentity.roleArn"),
        ),
        Like(Listed("iamRoles")),
        "is {value}, which is no role that team {team} may assume",
        "name a role of the team",
    ),
    Rule(
        "priority classes",
        "SF655",
        "the pods of other teams and of the platform, from preemption",
        places("pod:spec.priorityClassName"),
        Like(Listed("priorityClasses")),
        "is {value}, which is not the class of the app's tier",
        "remove it, or set it to the class of the tier",
    ),
    Rule(
        "priorities",
        "SF655",
        "the pods of other teams and of the platform, from preemption",
        places("pod:spec.priority"),
        Absent(),
        "sets a priority by hand, which only a priority class may do",
        "remove it",
    ),
    Rule(
        "tolerations",
        "SF656",
        "nodes that are reserved for others",
        places(*_TOLERATIONS, parts=(("key", ""), ("value", "")), joint="="),
        Either(
            (
                Like(("node.kubernetes.io/not-ready=", "node.kubernetes.io/unreachable=")),
                Like(Listed("tolerations")),
            )
        ),
        "tolerates {value} (key=value), which is no taint that team {team} may tolerate",
        "remove it",
    ),
    Rule(
        "operators of tolerations",
        "SF656",
        "nodes that are reserved for others",
        places(*(f"{place}.operator" for place in _TOLERATIONS)),
        In(("Equal", "Exists")),
        "is {value}, which compares taints in a way that no list of the fleet limits",
        "use Equal or Exists",
    ),
    Rule(
        "audiences of tokens",
        "SF652",
        "identities outside the cluster that no list of the fleet limits",
        places("pod:spec.volumes[].projected.sources[].serviceAccountToken.audience"),
        Like(Listed("tokenAudiences")),
        "is {value}, by which another system would take the pod for a role that no list of the fleet names",
        "use spec.serviceAccount.iamRole",
    ),
    Rule(
        "runtime classes",
        "SF657",
        "nodes, from a runtime with less isolation",
        places("pod:spec.runtimeClassName"),
        Like(Listed("runtimeClasses")),
        "is {value}, which is no runtime that team {team} may use",
        "remove it",
    ),
    Rule(
        "schedulers",
        "SF657",
        "nodes, from a scheduler without the platform's rules",
        places("pod:spec.schedulerName"),
        Either((In(("default-scheduler",)), Like(Listed("schedulers")))),
        "is {value}, which is no scheduler that team {team} may use",
        "remove it",
    ),
    Rule(
        "root by number",
        "SF632",
        "the app itself: the namespace rejects the pods",
        places(*(f"{place}.runAsUser" for place in _OWN_USER)),
        Not(In(Listed("rootUsers"))),
        "runs the container as root, which the pod security of the namespace rejects",
        "use an image that works as another user, and set its user id",
    ),
    Rule(
        "root by permission",
        "SF632",
        "the app itself: the namespace rejects the pods",
        places(*(f"{place}.runAsNonRoot" for place in _OWN_USER)),
        Not(In(Listed("rootAllowed"))),
        "allows the container to run as root, which the pod security of the namespace rejects",
        "remove it, or set it to true",
    ),
    Rule(
        "grace periods",
        "SF666",
        "nodes, which wait for the pods before they can be replaced",
        places("manifest:spec.terminationGracePeriodSeconds", "pod:spec.terminationGracePeriodSeconds"),
        Range(0, _LONGEST_GRACE),
        f"is {{value}}, but must be a number of seconds from 0 to {_LONGEST_GRACE}",
        "write a number in this range",
    ),
)
