"""Checks of the structure and metadata of objects: names, namespaces, server-owned fields, labels and annotations."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sixfold_compiler.checks.context import Finding, quote
from sixfold_compiler.kubernetes.objects import KubernetesObject, Pod, at, parse_object, pods_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from sixfold_compiler.diagnostics import Json, JsonObject, ValuePath

__all__ = [
    "check_labels",
    "check_name",
    "check_namespace",
    "check_shape",
    "check_words",
    "forbidden_metadata",
    "reserved_words",
]

_SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\Z")
_SERVICE = re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])?\Z")
# A CronJob adds 11 characters to make the names of its Jobs; labels of pods have the names of Jobs, and those of
# StatefulSets with a digest.
_LENGTHS = {"Service": 63, "CronJob": 52, "Job": 63, "StatefulSet": 52}

# Fields that only a server or a controller writes, or that tie an object to the life of another one.
_SERVER_FIELDS = (
    "finalizers",
    "ownerReferences",
    "managedFields",
    "uid",
    "selfLink",
    "resourceVersion",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "generateName",
)

_OWN_PREFIXES = ("sixfold.dev/",)
_ARGO_PREFIX = "argocd.argoproj.io/"
_WAVE = re.compile(r"-?[0-9]{1,4}\Z")
SYNC_OPTIONS = frozenset(
    {
        "ApplyOutOfSyncOnly=true",
        "Delete=confirm",
        "Prune=confirm",
        "PruneLast=true",
        "ServerSideApply=true",
        "SkipDryRunOnMissingResource=true",
        "Validate=true",
    }
)


def check_shape(value: Json | JsonObject) -> KubernetesObject | list[Finding]:
    """Return `value` as a Kubernetes object, or the findings that explain why it is not one."""
    if (item := parse_object(value)) is not None:
        return item
    if not isinstance(value, dict):
        return [
            Finding("SF600", (), "is not a Kubernetes object", "write a mapping with apiVersion, kind and metadata")
        ]
    problems = [
        Finding("SF600", (field,), "is missing, or is not text", f"add {field}")
        for field in ("apiVersion", "kind")
        if not isinstance(value.get(field), str) or not value[field]
    ]
    if not isinstance(at(value, "metadata").get("name"), str):
        problems.append(Finding("SF600", ("metadata", "name"), "is missing, or is not text", "add metadata.name"))
    return problems


def check_name(item: KubernetesObject) -> Iterator[Finding]:
    """Report a name that Kubernetes rejects because of its length or characters."""
    name, kind = item.name, item.kind
    longest = _LENGTHS.get(kind, 253)
    if len(name) > longest:
        text = f"has {len(name)} characters, but a {kind} may have at most {longest}"
        yield Finding("SF601", ("metadata", "name"), text, "use a shorter name")
    elif not (_SERVICE if kind == "Service" else _SUBDOMAIN).match(name):
        start = ", and start with a letter" if kind == "Service" else ""
        odd = next((char for char in name if not char.isascii()), None)
        looks = f"; the character U+{ord(odd):04X} is none of these" if odd else ""
        yield Finding(
            "SF601",
            ("metadata", "name"),
            f"is {quote(name)}, which is not a valid name",
            f"use lower-case letters, digits and '-'{start}{looks}",
        )


def check_labels(item: KubernetesObject) -> Iterator[Finding]:
    """Report labels and annotations whose values are not strings, for kinds that have no schema."""
    for field in ("labels", "annotations"):
        words = item.metadata.get(field)
        if words is not None and type(words) is not dict:
            yield Finding(
                "SF616", ("metadata", field), "is not a mapping", "write names with values, such as owner: shop"
            )
        for key, value in at(item.metadata, field).items():
            if value is not None and not isinstance(value, str):
                yield Finding("SF616", ("metadata", field, key), "is not text", "write the value in quotes")


def check_namespace(item: KubernetesObject, namespaces: Collection[str]) -> Iterator[Finding]:
    """Report an object whose namespace is none of `namespaces`, those of its team."""
    stated = item.metadata.get("namespace")
    if all(stated != own for own in namespaces):  # it may be any JSON value
        team = " or ".join(quote(name) for name in sorted(namespaces))
        if stated is None:
            problem, hint = "is missing", f"let the extension of the library set it to {team}"
        else:
            problem, hint = f"is {quote(stated)}, but the namespace of the team is {team}", "remove it: Sixfold sets it"
        yield Finding("SF602", ("metadata", "namespace"), problem, hint)


def forbidden_metadata(item: KubernetesObject, app: str) -> Iterator[Finding]:
    """Report metadata that a team must not set on an object of `app` (`team/app`) or on its pod template."""
    for field in _SERVER_FIELDS:
        if item.metadata.get(field):
            yield Finding("SF614", ("metadata", field), "is a field that only the cluster may set", "remove the field")
    yield from reserved_words(item.metadata, app)
    for pod in pods_of(item):
        if pod.path:
            yield from _pod_words(pod, app)
    if item.kind == "CronJob":
        path = ("spec", "jobTemplate", "metadata")
        for field in ("labels", "annotations"):
            yield from check_words((*path, field), at(item.value, *path, field), app)


def reserved_words(metadata: JsonObject, app: str) -> Iterator[Finding]:
    """Report reserved labels and annotations in the metadata of an object or a manifest of `app` (`team/app`)."""
    for field in ("labels", "annotations"):
        yield from check_words(("metadata", field), at(metadata, field), app)


def _pod_words(pod: Pod, app: str) -> Iterator[Finding]:
    yield from check_words((*pod.path, "metadata", "labels"), pod.labels, app)
    yield from check_words((*pod.path, "metadata", "annotations"), pod.annotations, app)


def check_words(path: ValuePath, words: JsonObject, app: str) -> Iterator[Finding]:
    """Report reserved labels or annotations: those that decide who owns, deletes, selects or syncs an object."""
    name = app.partition("/")[2]
    for key, value in words.items():
        if key.startswith(_OWN_PREFIXES):
            yield Finding("SF613", (*path, key), "is reserved for Sixfold", "remove it")
        elif key == "app.kubernetes.io/managed-by" and value != "sixfold":
            yield Finding("SF613", (*path, key), "claims that another tool manages the object", "remove it")
        elif key == "app.kubernetes.io/instance" and path[-1] == "labels" and len(path) == 2 and value != name:
            yield Finding(
                "SF613",
                (*path, key),
                f"is {quote(value)}, but Argo CD and selectors need the name of the app there",
                f"remove it, or set it to {name}",
            )
        elif key.startswith("helm.sh/hook"):
            yield Finding(
                "SF613",
                (*path, key),
                "makes the object a hook, which would not be part of the app's sync",
                "remove it, and use spec.kind: Job with spec.job.hook in a manifest of its own",
            )
        elif key.startswith(_ARGO_PREFIX):
            yield from _argo((*path, key), key.removeprefix(_ARGO_PREFIX), value)


def _argo(path: ValuePath, word: str, value: Json) -> Iterator[Finding]:
    if word == "sync-wave":
        if not _WAVE.match(str(value)):
            yield Finding(
                "SF613", path, f"is {quote(value)}, which is not a whole number", 'write a number such as "1"'
            )
    elif word == "sync-options":
        wrong = sorted({option.strip() for option in str(value).split(",")} - SYNC_OPTIONS)
        if wrong:
            yield Finding(
                "SF613",
                path,
                f"contains the option {quote(wrong[0])}, which teams may not set",
                f"choose from: {', '.join(sorted(SYNC_OPTIONS))}",
            )
    else:
        yield Finding(
            "SF613",
            path,
            "controls Argo CD, which only Sixfold and the platform team may do",
            "remove it: only sync-wave and some sync-options are allowed",
        )
