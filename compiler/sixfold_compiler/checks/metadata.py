"""Identity: that an object is one, is named rightly, stays in its namespace and forges nothing."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from sixfold_compiler.checks.context import Finding, quote
from sixfold_compiler.kubernetes.objects import Pod, at, pods_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sixfold_compiler.diagnostics import ValuePath

__all__ = ["at_home", "forged", "is_shaped", "named", "reserved", "shaped", "worded"]

_SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\Z")
_SERVICE = re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])?\Z")
_LENGTHS = {"Service": 63, "CronJob": 52}  # a CronJob adds 11 characters to make the names of its Jobs

# What only a server or a controller writes, and what ties an object to another one's life.
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

# Words by which controllers take hosts, addresses and load balancers, or copy objects between namespaces.
_WAYS_IN = (
    "external-dns.alpha.kubernetes.io/",
    "external-dns.kubernetes.io/",
    "getambassador.io/",
    "service.beta.kubernetes.io/",
)
_COPIES = ("reflector.v1.k8s.emberstack.com/", "replicator.v1.mittwald.de/")

_OWN_PREFIXES = ("sixfold.dev/",)
_ARGO_PREFIX = "argocd.argoproj.io/"
_WAVE = re.compile(r"-?[0-9]{1,4}\Z")
SYNC_OPTIONS = frozenset(
    {
        "ApplyOutOfSyncOnly=true",
        "Delete=confirm",
        "Delete=false",
        "Prune=confirm",
        "Prune=false",
        "PruneLast=true",
        "ServerSideApply=true",
        "SkipDryRunOnMissingResource=true",
        "Validate=true",
    }
)


def is_shaped(item: Any) -> bool:
    """Whether `shaped` finds nothing, and nothing more."""
    return (
        type(item) is dict
        and type(item.get("apiVersion")) is str
        and type(item.get("kind")) is str
        and type(item.get("metadata")) is dict
        and type(item["metadata"].get("name")) is str
        and item["apiVersion"] != ""
        and item["kind"] != ""
    )


def shaped(item: Any) -> Iterator[Finding]:
    """Whether `item` is an object at all: a mapping with apiVersion, kind and metadata.name as text."""
    if type(item) is not dict:
        yield Finding("SF600", (), "is not a mapping", "a Kubernetes object has apiVersion, kind and metadata")
        return
    for field in ("apiVersion", "kind"):
        if not isinstance(item.get(field), str) or not item[field]:
            yield Finding("SF600", (field,), "must be given, as text", f"add {field}")
    if not isinstance(at(item, "metadata").get("name"), str):
        yield Finding("SF600", ("metadata", "name"), "must be given, as text", "add metadata.name")


def named(item: Mapping[str, Any]) -> Iterator[Finding]:
    """Whether the name is one that Kubernetes takes."""
    name, kind = item["metadata"]["name"], item["kind"]
    longest = _LENGTHS.get(kind, 253)
    if len(name) > longest:
        yield Finding("SF601", ("metadata", "name"), f"is longer than {longest} characters", "shorten it")
    elif not (_SERVICE if kind == "Service" else _SUBDOMAIN).match(name):
        start = ", and start with a letter" if kind == "Service" else ""
        odd = next((char for char in name if not char.isascii()), None)
        looks = f"; U+{ord(odd):04X} is not one of them, whatever it looks like" if odd else ""
        yield Finding(
            "SF601",
            ("metadata", "name"),
            f"is {quote(name)}, which is not a name that Kubernetes takes",
            f"use lower-case letters, digits and '-'{start}{looks}",
        )


def worded(item: Mapping[str, Any]) -> Iterator[Finding]:
    """Whether labels and annotations are words with text, where no schema says so of the object's kind."""
    for field in ("labels", "annotations"):
        words = item["metadata"].get(field)
        if words is not None and type(words) is not dict:
            yield Finding("SF616", ("metadata", field), "must be a mapping", "write it as key: value")
        for key, value in at(item, "metadata", field).items():
            if value is not None and not isinstance(value, str):
                yield Finding("SF616", ("metadata", field, key), "must be text", "write the value in quotes")


def at_home(item: Mapping[str, Any], namespace: str) -> Iterator[Finding]:
    """Whether the object is in the team's namespace."""
    stated = item["metadata"].get("namespace")
    if stated != namespace:
        said = "is missing" if stated is None else f"is {quote(stated)}, not the team's namespace {quote(namespace)}"
        yield Finding("SF602", ("metadata", "namespace"), said, "leave it out: Sixfold sets it")


def forged(item: Mapping[str, Any], app: str) -> Iterator[Finding]:
    """What a team must not write into metadata: of the object, and of the pods that it makes."""
    meta = item["metadata"]
    for field in _SERVER_FIELDS:
        if meta.get(field):
            yield Finding("SF614", ("metadata", field), "is set by the cluster, never by a manifest", "remove it")
    yield from reserved(item, app)
    for pod in pods_of(item):
        if pod.path:
            yield from _pod_words(pod, app)
    if item["kind"] == "CronJob":
        path = ("spec", "jobTemplate", "metadata")
        for field in ("labels", "annotations"):
            yield from _words((*path, field), at(item, *path, field), app)


def reserved(item: Mapping[str, Any], app: str) -> Iterator[Finding]:
    """Words in an object's, or a manifest's, own labels and annotations that are not the team's to set."""
    for field in ("labels", "annotations"):
        yield from _words(("metadata", field), at(item, "metadata", field), app)


def _pod_words(pod: Pod, app: str) -> Iterator[Finding]:
    yield from _words((*pod.path, "metadata", "labels"), pod.labels, app)
    yield from _words((*pod.path, "metadata", "annotations"), pod.annotations, app)


def _words(path: ValuePath, words: Mapping[str, Any], app: str) -> Iterator[Finding]:
    """Reserved labels and annotations. Their values decide who owns, deletes, selects and syncs an object."""
    name = app.partition("/")[2]
    for key, value in words.items():
        if key.startswith(_OWN_PREFIXES):
            yield Finding("SF613", (*path, key), "is Sixfold's to set", "remove it")
        elif key == "app.kubernetes.io/managed-by" and value != "sixfold":
            yield Finding("SF613", (*path, key), "says that another tool manages what Sixfold does", "remove it")
        elif key == "app.kubernetes.io/instance" and path[-1] == "labels" and len(path) == 2 and value != name:
            yield Finding(
                "SF613",
                (*path, key),
                "is how Argo CD and selectors tell apps apart, and names another one",
                "remove it, or use the app's own name",
            )
        elif key.startswith(_WAYS_IN):
            yield Finding(
                "SF613",
                (*path, key),
                "takes a host or an address past the roads, on which every host and path has one owner",
                "use spec.roads.external, with host and path or loadBalancer: true",
            )
        elif key.startswith(_COPIES):
            yield Finding("SF613", (*path, key), "copies objects from or to other namespaces", "remove it")
        elif key.startswith("helm.sh/hook"):
            yield Finding(
                "SF613",
                (*path, key),
                "makes a hook, which runs outside the app's sync",
                "use spec.kind: Job with spec.job.hook in a manifest of its own",
            )
        elif key.startswith(_ARGO_PREFIX):
            yield from _argo((*path, key), key.removeprefix(_ARGO_PREFIX), value)


def _argo(path: ValuePath, word: str, value: Any) -> Iterator[Finding]:
    if word == "sync-wave":
        if not _WAVE.match(str(value)):
            yield Finding("SF613", path, "must be a whole number", 'for example "1"')
    elif word == "sync-options":
        wrong = sorted({option.strip() for option in str(value).split(",")} - SYNC_OPTIONS)
        if wrong:
            yield Finding(
                "SF613",
                path,
                f"has the option {quote(wrong[0])}, which teams may not set",
                f"allowed: {', '.join(sorted(SYNC_OPTIONS))}",
            )
    else:
        yield Finding(
            "SF613",
            path,
            "steers Argo CD, past Sixfold and the platform team",
            "remove it; sync-wave and harmless sync-options are allowed",
        )
