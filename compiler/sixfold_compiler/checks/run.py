"""The two entry points: plain objects as they are loaded, and an app's objects on one target after evaluation."""

from __future__ import annotations

from collections import Counter
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

import orjson

from sixfold_compiler.checks.context import CheckContext, Finding
from sixfold_compiler.checks.exposure import config_size, inline_secret, monitored_namespaces, service_exposure
from sixfold_compiler.checks.kinds import allowed_kind, fenced_kind, served
from sixfold_compiler.checks.metadata import at_home, forged, is_shaped, named, reserved, shaped, worded
from sixfold_compiler.checks.podsecurity import all_pods, pod_security
from sixfold_compiler.checks.references import Names, pod_references, port_references
from sixfold_compiler.checks.selectors import own_selector, scale_target, selects
from sixfold_compiler.diagnostics import Diagnostic, printable
from sixfold_compiler.kubernetes.objects import at, entries, group_of, pods_of
from sixfold_compiler.kubernetes.schemas import built_in_kinds, problems
from sixfold_compiler.model.validation import path_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from sixfold_compiler.diagnostics import Span, ValuePath
    from sixfold_compiler.kubernetes.objects import Pod

__all__ = ["check_metadata", "check_objects", "check_plain"]

MAX_OBJECTS = 500  # of one app on one cluster
MAX_CONFIG = 1024 * 1024  # bytes, Kubernetes' own limit
MAX_OBJECT = 1_400_000  # bytes; etcd takes 1.5 MiB, and the cluster adds managed fields and status
_LONGEST_HELP = 500  # characters
_MOST = 30  # problems of one object that are worth reading


def check_plain(
    value: Any, span: Callable[[ValuePath], Span], app: str, namespace: str = "", kinds: frozenset[str] = frozenset()
) -> list[Diagnostic]:
    """Problems of one Kubernetes object as a team wrote it: everything that can be said without the rest of the app.

    Args:
        value: The document.
        span: Where a path of it was written.
        app: `team/app`.
        namespace: The team's namespace; "" where it is not known yet: then it must look like the team's, and the
            library compares it.
        kinds: Further kinds that teams may use, as group/Kind.
    """
    found: list[Finding] = list(shaped(value))
    if not found:
        found = [
            *named(value),
            *_stated_namespace(value, app, namespace),
            *_kind(value, kinds, team=True),
            *forged(value, app),
            *_content(value),
            *_schema(value, team=True),
        ]
        if not any(finding.code == "SF608" for finding in found):
            for pod in all_pods(value, known=group_of(value["apiVersion"]) in _POD_GROUPS):
                found += pod_security(pod, restricted=False)
    what = _name(value)
    return [_diagnostic(finding, what, span(finding.path), app) for finding in found[:_MOST]]


def check_metadata(manifest: Mapping[str, Any], span: Callable[[ValuePath], Span], app: str) -> list[Diagnostic]:
    """Problems of a manifest's own labels and annotations, which go on all of the app's objects."""
    return [_diagnostic(finding, "the manifest", span(finding.path), app) for finding in reserved(manifest, app)]


def check_objects(
    objects: Sequence[Mapping[str, Any]],
    context: CheckContext,
    faultless: set[tuple[int, frozenset[str]]] | None = None,
) -> list[Diagnostic]:
    """Problems of all objects of one app on one target, in the order of the objects.

    Labels and annotations are not looked at again: by now the library has added its own to plain objects.

    Args:
        objects: What the app is made of there.
        context: Whose it is and where it goes.
        faultless: What one app's targets share: objects (by identity, and the APIs they were held against) that had
            nothing wrong by themselves, which are not looked at again. The caller keeps the objects alive.
    """
    faultless = set() if faultless is None else faultless
    sound: list[Mapping[str, Any]] = []
    found: list[tuple[Any, Finding]] = []
    for item in objects:
        if is_shaped(item):
            sound.append(item)
        else:
            found += [(item, finding) for finding in shaped(item)]
    if len(objects) > MAX_OBJECTS:
        found.append(
            (
                objects[0],
                Finding(
                    "SF612", (), f"is one of {len(objects)} objects, and an app may have {MAX_OBJECTS}", "split the app"
                ),
            )
        )
    whole = len(orjson.dumps(sound)) if sound else 0
    pods = {id(item): pods_of(item) for item in sound}
    everything = [pod for some in pods.values() for pod in some]
    names = _names(sound)
    keys = Counter((group_of(item["apiVersion"]), item["kind"], item["metadata"]["name"]) for item in sound)
    known = frozenset(keys)
    for item in sound:
        key = (group_of(item["apiVersion"]), item["kind"], item["metadata"]["name"])
        relations = _relations(item, pods[id(item)], everything, names, known)
        if whole > MAX_CONFIG or (id(item), context.apis) not in faultless:
            alone = list(islice(_object(item, context, whole, team=key[1:] in context.plain), _MOST))
            if not alone:
                faultless.add((id(item), context.apis))
            relations = chain(alone, relations)
        found += [(item, finding) for finding in islice(relations, _MOST)]
        if keys[key] > 1:
            keys[key] = 0
            found.append((item, Finding("SF610", (), "is made more than once", _TWICE)))
    return [_placed(item, finding, context) for item, finding in found]


_POD_GROUPS = frozenset({"", "apps", "batch"})  # their templates are where `pods_of` looks
# Kinds that say something about other objects of the app.
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
_TWICE = "rename the plain object: Sixfold makes one of this kind and name itself, or two documents do"


def _stated_namespace(value: Mapping[str, Any], app: str, namespace: str) -> Iterator[Finding]:
    """A plain object may repeat its namespace, and need not."""
    stated = value["metadata"].get("namespace")
    team = app.partition("/")[0]
    if stated is None or (not namespace and (stated == team or str(stated).startswith(f"{team}-"))):
        return
    yield from at_home(value, namespace or team)


def _object(item: Mapping[str, Any], context: CheckContext, whole: int, *, team: bool) -> Iterator[Finding]:
    """What is wrong with one object by itself; `whole` is the size of all objects, in bytes of JSON."""
    yield from named(item)
    if item["metadata"].get("namespace") != context.namespace:
        yield from at_home(item, context.namespace)
    yield from _kind(item, context.kinds, team=team)
    finding = served(item["apiVersion"], item["kind"], context.apis, context.cluster)
    if finding is not None:
        yield finding
    else:
        yield from _schema(item, team=team)
    if whole > MAX_CONFIG:
        yield from _size(item)
    if team:
        yield from _content(item)
        restricted = context.pod_security == "restricted"
        for pod in all_pods(item, known=group_of(item["apiVersion"]) in _POD_GROUPS):
            yield from pod_security(pod, restricted=restricted)


def _relations(
    item: Mapping[str, Any],
    own: Sequence[Pod],
    pods: Sequence[Pod],
    names: Names,
    known: frozenset[tuple[str, str, str]],
) -> Iterator[Finding]:
    """What is wrong between an object and the others of its app."""
    for pod in own:
        yield from pod_references(pod, names)
    if item["kind"] in _RELATED:
        yield from own_selector(item, own)
        yield from selects(item, pods, names.services.values())
        yield from port_references(item, pods, names)
        yield from scale_target(item, known)


def _kind(item: Mapping[str, Any], more: frozenset[str], *, team: bool) -> Iterator[Finding]:
    group, kind = group_of(item["apiVersion"]), item["kind"]
    finding = fenced_kind(group, kind)
    if finding is not None:
        yield finding
    elif team:
        yield from allowed_kind(group, kind, more)


def _content(item: Mapping[str, Any]) -> Iterator[Finding]:
    match group_of(item["apiVersion"]), item["kind"]:
        case "", "Secret":
            yield from inline_secret(item)
        case "", "Service":
            yield from service_exposure(item)
        case "monitoring.coreos.com", _:
            yield from monitored_namespaces(item)


def _size(item: Mapping[str, Any]) -> Iterator[Finding]:
    if item["kind"] == "ConfigMap" and (size := config_size(item)) > MAX_CONFIG:
        yield Finding(
            "SF611",
            (),
            f"has {size} bytes of data; Kubernetes takes {MAX_CONFIG} in a ConfigMap",
            "put large files into the image, or into object storage",
        )
    elif (size := len(orjson.dumps(item))) > MAX_OBJECT:
        yield Finding("SF611", (), f"has {size} bytes; {MAX_OBJECT} fit into a cluster's store", "split it")


def _schema(item: Mapping[str, Any], *, team: bool) -> Iterator[Finding]:
    if (item["apiVersion"], item["kind"]) not in built_in_kinds():
        yield from worded(item)
        return
    value = item
    if not team and item["kind"] == "ConfigMap":
        # The emitter writes structured values of the library's ConfigMaps as text.
        data = at(item, "data")
        if any(type(v) in (dict, list) for v in data.values()):
            value = {**item, "data": {k: "" if type(v) in (dict, list) else v for k, v in data.items()}}
    for problem in problems(value):
        yield Finding("SF615" if problem.unknown_field else "SF616", problem.path, problem.message, problem.help)


def _names(objects: Sequence[Mapping[str, Any]]) -> Names:
    configs: dict[str, frozenset[str]] = {}
    claims, accounts = set(), set()
    services: dict[str, Mapping[str, Any]] = {}
    for item in objects:
        name, kind = item["metadata"]["name"], item["kind"]
        if kind == "ConfigMap":
            configs[name] = frozenset(at(item, "data")) | frozenset(at(item, "binaryData"))
        elif kind == "PersistentVolumeClaim":
            claims.add(name)
        elif kind == "ServiceAccount":
            accounts.add(name)
        elif kind == "Service":
            services[name] = item
        elif kind == "StatefulSet":
            replicas = at(item, "spec").get("replicas", 1)
            for _, template in entries(at(item, "spec"), "volumeClaimTemplates"):
                claims |= {
                    f"{at(template, 'metadata').get('name')}-{name}-{n}"
                    for n in range(min(replicas, 100) if isinstance(replicas, int) else 1)
                }
    return Names(configs, frozenset(claims), frozenset(accounts), services)


def _name(item: Any) -> str:
    kind, name = (item.get("kind"), at(item, "metadata").get("name")) if type(item) is dict else (None, None)
    return (
        f"{printable(str(kind or 'object')[:60])}/{printable(str(name)[:80])}" if name else str(kind or "the document")
    )


def _placed(item: Any, finding: Finding, context: CheckContext) -> Diagnostic:
    span = None
    if context.span is not None and type(item) is dict:
        span = context.span(str(item.get("kind", "")), str(at(item, "metadata").get("name", "")))
    return _diagnostic(finding, _name(item), span, context.app)


def _diagnostic(finding: Finding, what: str, span: Span | None, app: str) -> Diagnostic:
    # A finding about the kind is about the object, whose name begins with the kind.
    path = () if finding.path == ("kind",) and "/" in what else finding.path
    where = path_text(tuple(p[:80] if isinstance(p, str) else p for p in path))
    text = f"{what}: {where} {finding.message}" if where else f"{what} {finding.message}"
    # Names that a team chose are in all of it, in suggestions too.
    return Diagnostic(finding.code, printable(text), span, printable(finding.help[:_LONGEST_HELP]), app=app)
