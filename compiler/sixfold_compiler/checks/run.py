"""Entry points of the checks: one plain object as it is loaded, and all objects of an app for one cluster."""

from __future__ import annotations

from collections import Counter
from itertools import chain, islice
from typing import TYPE_CHECKING

import orjson

from sixfold_compiler.checks.admission import rejected
from sixfold_compiler.checks.budgets import budget_findings
from sixfold_compiler.checks.context import CheckContext, Finding
from sixfold_compiler.checks.exposure import config_size, inline_secret, service_exposure
from sixfold_compiler.checks.kinds import allowed_kind, fenced_kind, served
from sixfold_compiler.checks.metadata import (
    check_labels,
    check_name,
    check_namespace,
    check_shape,
    check_words,
    forbidden_metadata,
    reserved_words,
)
from sixfold_compiler.checks.podsecurity import all_pods, pod_security
from sixfold_compiler.checks.policy.evaluate import judge, judge_manifest
from sixfold_compiler.checks.references import Names, pod_references, port_references
from sixfold_compiler.checks.selectors import own_selector, scale_target, selects
from sixfold_compiler.diagnostics import Diagnostic, path_text, printable
from sixfold_compiler.kubernetes.identity import kind_and_name
from sixfold_compiler.kubernetes.objects import KubernetesObject, at, entries, pods_of
from sixfold_compiler.kubernetes.schemas import built_in_kinds, problems

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from sixfold_compiler.checks.policy.rules import Lists
    from sixfold_compiler.diagnostics import Json, JsonObject, Span, ValuePath
    from sixfold_compiler.kubernetes.objects import Pod

__all__ = ["check_fields", "check_metadata", "check_objects", "check_plain"]

MAX_OBJECTS = 500  # of one app on one cluster
MAX_CONFIG = 1024 * 1024  # bytes, Kubernetes' own limit
MAX_OBJECT = 1_400_000  # bytes; etcd takes 1.5 MiB, and the cluster adds managed fields and status
_LONGEST_HELP = 500  # characters
_MOST = 30  # problems of one object that are worth reading

_POD_GROUPS = frozenset({"", "apps", "batch"})  # their templates are where `pods_of` looks
# Kinds whose fields refer to other objects of the app.
_RELATED = frozenset(
    {
        "DaemonSet",
        "Deployment",
        "HorizontalPodAutoscaler",
        "Ingress",
        "NetworkPolicy",
        "PodDisruptionBudget",
        "PodMonitor",
        "ReplicaSet",
        "ScaledObject",
        "Service",
        "ServiceMonitor",
        "StatefulSet",
    }
)
_TWICE = "rename or remove the plain object: Sixfold or another document creates one of the same kind and name"


def check_plain(
    value: Json | JsonObject,
    span: Callable[[ValuePath], Span],
    app: str,
    namespaces: Collection[str],
    lists: Lists,
) -> list[Diagnostic]:
    """Return the problems of one Kubernetes object that a team wrote, judged without the app's other objects.

    Args:
        value: The document.
        span: Returns the source position of a path in the document.
        app: The app as `team/app`.
        namespaces: The team's namespaces in all environments, of which the object may name one. The library compares
            it with that of each environment later.
        lists: The team's references out of its namespace.
    """
    item = check_shape(value)
    findings = item if isinstance(item, list) else list(_plain(item, app, namespaces, lists))
    name = _name(value)
    return [_diagnostic(finding, name, span(finding.path), app) for finding in findings[:_MOST]]


def check_metadata(manifest: JsonObject, span: Callable[[ValuePath], Span], app: str, lists: Lists) -> list[Diagnostic]:
    """Return the problems of a manifest's own labels and annotations, and of those that it gives to ServiceAccounts."""
    metadata = at(manifest, "metadata")
    findings = [*reserved_words(metadata, app), *judge_manifest({"metadata": metadata}, lists)]
    spec = at(manifest, "spec")
    layers: list[tuple[ValuePath, JsonObject]] = [(("spec",), spec)]
    layers += ((("spec", "overrides", n, "spec"), at(item, "spec")) for n, item in entries(spec, "overrides"))
    for path, layer in layers:
        annotations = at(layer, "serviceAccount", "annotations")
        findings += check_words((*path, "serviceAccount", "annotations"), annotations, app)
    return [_diagnostic(finding, "the manifest", span(finding.path), app) for finding in findings]


def check_fields(spec: JsonObject, span: Callable[[ValuePath], Span], app: str, lists: Lists) -> list[Diagnostic]:
    """Return the problems of a merged spec by the table of rules. `span` takes a path of the spec."""
    findings = judge_manifest({"spec": spec}, lists)
    return [_diagnostic(finding, "the manifest", span(finding.path[1:]), app) for finding in findings[:_MOST]]


def check_objects(
    objects: Sequence[JsonObject],
    context: CheckContext,
    faultless: set[tuple[int, frozenset[str]]] | None = None,
) -> list[Diagnostic]:
    """Return the problems of all objects of one app on one cluster, in the order of the objects.

    Labels and annotations are not checked again, because the library has already added its own to plain objects.

    Args:
        objects: The objects of the app.
        context: The app and its cluster.
        faultless: A cache shared by the clusters of one app: the Python `id` of each object without problems of its
            own, with the APIs that it was checked against. The caller must keep the objects alive.
    """
    faultless = set() if faultless is None else faultless
    shaped: list[KubernetesObject] = []
    findings: list[tuple[JsonObject, Finding]] = []
    for value in objects:
        item = check_shape(value)
        if isinstance(item, list):
            findings += [(value, finding) for finding in item]
        else:
            shaped.append(item)
    if len(objects) > MAX_OBJECTS:
        text = f"is one of {len(objects)} objects of the app on the cluster, but at most {MAX_OBJECTS} are allowed"
        findings.append((objects[0], Finding("SF612", (), text, "split the app into several")))
    size = len(orjson.dumps([item.value for item in shaped])) if shaped else 0
    pods = [pods_of(item) for item in shaped]
    every_pod = list(chain.from_iterable(pods))
    names = _names(shaped)
    keys = Counter(item.key for item in shaped)
    known = frozenset(keys)
    for item, own in zip(shaped, pods, strict=True):
        of_item = _relations(item, own, every_pod, names, known)
        if item.kind == "PodDisruptionBudget" and item.key[1:] in context.plain:
            of_item = chain(of_item, budget_findings(item, every_pod, shaped, context.app))
        checked = (id(item.value), context.apis)
        if size > MAX_CONFIG or checked not in faultless:
            alone = list(islice(_object(item, context, size, own, team=item.key[1:] in context.plain), _MOST))
            if not alone:
                faultless.add(checked)
            of_item = chain(alone, of_item)
        findings += [(item.value, finding) for finding in islice(of_item, _MOST)]
        if keys[item.key] > 1:
            keys[item.key] = 0
            findings.append((item.value, Finding("SF610", (), "exists more than once in the app", _TWICE)))
    return [_placed(value, finding, context) for value, finding in findings]


def _plain(item: KubernetesObject, app: str, namespaces: Collection[str], lists: Lists) -> Iterator[Finding]:
    yield from check_name(item)
    if item.metadata.get("namespace") is not None:  # a plain object may state its namespace or omit it
        yield from check_namespace(item, namespaces)
    kind_findings = list(_kind(item, team=True))
    yield from kind_findings
    yield from forbidden_metadata(item, app)
    yield from _content(item)
    yield from _schema(item, team=True)
    if not kind_findings:
        pods = all_pods(item, known=item.group in _POD_GROUPS)
        yield from judge(item, pods, lists, words=True)
        yield from rejected(item, pods)
        for pod in pods:
            yield from pod_security(pod, restricted=False)


def _object(
    item: KubernetesObject, context: CheckContext, size: int, own: Sequence[Pod], *, team: bool
) -> Iterator[Finding]:
    """Report the problems of one object with its `own` pods, judged alone. `size` is that of all objects in bytes.

    If all objects together are within the limit for one, the object is not measured.
    """
    yield from check_name(item)
    yield from check_namespace(item, (context.namespace,))
    yield from _kind(item, team=team)
    finding = served(item.api, item.kind, context.apis, context.cluster)
    if finding is not None:
        yield finding
    else:
        yield from _schema(item, team=team)
    if size > MAX_CONFIG:
        yield from _size(item)
    pods = all_pods(item, known=False) if team and item.group not in _POD_GROUPS else own
    yield from judge(item, pods, context.lists, words=False)
    yield from rejected(item, pods)
    if team:
        yield from _content(item)
        restricted = context.pod_security == "restricted"
        for pod in pods:
            yield from pod_security(pod, restricted=restricted)


def _relations(
    item: KubernetesObject,
    own: Sequence[Pod],
    pods: Sequence[Pod],
    names: Names,
    known: frozenset[tuple[str, str, str]],
) -> Iterator[Finding]:
    """Report broken references of an object to other objects of its app; `own` are the object's own pods."""
    for pod in own:
        yield from pod_references(pod, names)
    if item.kind in _RELATED:
        yield from own_selector(item, own)
        yield from selects(item, pods, names.services.values())
        yield from port_references(item, pods, names)
        yield from scale_target(item, known)


def _kind(item: KubernetesObject, *, team: bool) -> Iterator[Finding]:
    finding = fenced_kind(item.group, item.kind)
    if finding is not None:
        yield finding
    elif team:
        yield from allowed_kind(item.group, item.kind)


def _content(item: KubernetesObject) -> Iterator[Finding]:
    match item.group, item.kind:
        case "", "Secret":
            yield from inline_secret(item)
        case "", "Service":
            yield from service_exposure(item)


def _size(item: KubernetesObject) -> Iterator[Finding]:
    if item.kind == "ConfigMap" and (size := config_size(item.value)) > MAX_CONFIG:
        yield Finding(
            "SF611",
            (),
            f"has {size} bytes of data, but a ConfigMap can hold at most {MAX_CONFIG}",
            "move large files into the image or into object storage",
        )
    elif (size := len(orjson.dumps(item.value))) > MAX_OBJECT:
        yield Finding(
            "SF611",
            (),
            f"has {size} bytes, but a cluster can store at most {MAX_OBJECT}",
            "split the object into several",
        )


def _schema(item: KubernetesObject, *, team: bool) -> Iterator[Finding]:
    if (item.api, item.kind) not in built_in_kinds():
        yield from check_labels(item)
        return
    value = item.value
    if not team and item.kind == "ConfigMap":
        # The emitter writes structured values of the library's ConfigMaps as text.
        data = at(value, "data")
        if any(type(v) in (dict, list) for v in data.values()):
            value = {**value, "data": {k: "" if type(v) in (dict, list) else v for k, v in data.items()}}
    for problem in problems(value):
        yield Finding("SF615" if problem.unknown_field else "SF616", problem.path, problem.message, problem.help)


def _names(objects: Sequence[KubernetesObject]) -> Names:
    configs: dict[str, frozenset[str]] = {}
    claims: set[str] = set()
    accounts: set[str] = set()
    services: dict[str, KubernetesObject] = {}
    for item in objects:
        match item.kind:
            case "ConfigMap":
                configs[item.name] = frozenset(at(item.value, "data")) | frozenset(at(item.value, "binaryData"))
            case "PersistentVolumeClaim":
                claims.add(item.name)
            case "ServiceAccount":
                accounts.add(item.name)
            case "Service":
                services[item.name] = item
            case "StatefulSet":
                claims |= _template_claims(item)
    return Names(configs, frozenset(claims), frozenset(accounts), services)


def _template_claims(item: KubernetesObject) -> set[str]:
    """Return the names of the claims that a StatefulSet creates for its first hundred pods."""
    replicas = item.spec.get("replicas", 1)
    count = min(replicas, 100) if isinstance(replicas, int) else 1
    templates = [at(template, "metadata").get("name") for _, template in entries(item.spec, "volumeClaimTemplates")]
    return {f"{name}-{item.name}-{ordinal}" for name in templates for ordinal in range(count)}


def _name(value: Json | JsonObject) -> str:
    kind, name = (value.get("kind"), at(value, "metadata").get("name")) if isinstance(value, dict) else (None, None)
    if not name:
        return str(kind or "the document")
    return f"{printable(str(kind or 'object')[:60])}/{printable(str(name)[:80])}"


def _placed(value: JsonObject, finding: Finding, context: CheckContext) -> Diagnostic:
    span = None
    if context.span is not None and isinstance(value, dict):
        span = context.span(*kind_and_name(value))
    return _diagnostic(finding, _name(value), span, context.app)


def _diagnostic(finding: Finding, subject: str, span: Span | None, app: str) -> Diagnostic:
    # A finding about the kind is about the object, whose name begins with the kind.
    path = () if finding.path == ("kind",) and "/" in subject else finding.path
    field = path_text(path)
    text = f"{subject}: {field} {finding.message}" if field else f"{subject} {finding.message}"
    # The texts, suggestions too, hold names that a team chose.
    return Diagnostic(finding.code, printable(text), span, printable(finding.help[:_LONGEST_HELP]), app=app)
