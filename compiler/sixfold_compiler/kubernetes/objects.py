"""Typed access to Kubernetes objects of unknown structure. A missing field, or one of another type, reads as empty."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sixfold_compiler.diagnostics import Json, JsonObject, ValuePath

__all__ = ["KubernetesObject", "Pod", "at", "containers", "entries", "group_of", "parse_object", "pods_of"]

_EMPTY: dict[str, Json] = {}
_TEMPLATE = ("spec", "template")
# The paths of the pod template in kinds that do not keep it at `spec.template`.
_TEMPLATES: dict[str, tuple[str, ...]] = {
    "Pod": (),
    "PodTemplate": ("template",),
    "CronJob": ("spec", "jobTemplate", "spec", "template"),
    "ScaledJob": ("spec", "jobTargetRef", "template"),
}
CONTAINER_FIELDS = ("containers", "initContainers", "ephemeralContainers")


class KubernetesObject(NamedTuple):
    """An object whose apiVersion, kind and name are strings. `value` is its JSON data, `group` the group of its API."""

    value: JsonObject
    api: str
    group: str
    kind: str
    metadata: JsonObject
    name: str

    @property
    def key(self) -> tuple[str, str, str]:
        """The object's API group, kind and name."""
        return (self.group, self.kind, self.name)

    @property
    def spec(self) -> JsonObject:
        """The object's `spec`; empty when it has none."""
        return at(self.value, "spec")


class Pod(NamedTuple):
    """A pod or a pod template: its `owner` object, its path in the owner, its spec, labels and annotations."""

    owner: KubernetesObject
    path: ValuePath
    spec: JsonObject
    labels: JsonObject
    annotations: JsonObject

    def under(self, *parts: str | int) -> ValuePath:
        """Return the path of a field of the pod's spec, starting at the owner object."""
        return (*self.path, "spec", *parts)


def parse_object(value: Json | JsonObject) -> KubernetesObject | None:
    """Return `value` as an object; None if its apiVersion, kind or metadata.name is not a nonempty string."""
    if type(value) is not dict:
        return None
    api, kind, metadata = value.get("apiVersion"), value.get("kind"), value.get("metadata")
    if type(api) is not str or type(kind) is not str or type(metadata) is not dict or not api or not kind:
        return None
    name = metadata.get("name")
    return KubernetesObject(value, api, group_of(api), kind, metadata, name) if type(name) is str else None


def group_of(api: str) -> str:
    """Return the group of an apiVersion; "" for the core group."""
    return api.rpartition("/")[0]


def at(value: Json | JsonObject, *path: str) -> JsonObject:
    """Return the mapping at `path`; an empty mapping if there is none."""
    for part in path:
        if type(value) is not dict:
            return _EMPTY
        value = value.get(part)
    return value if type(value) is dict else _EMPTY


def entries(value: JsonObject, field: str) -> Iterator[tuple[int, JsonObject]]:
    """Yield the mappings in the list at `field`, each with its index."""
    items = value.get(field)
    if type(items) is list:
        for index, item in enumerate(items):
            if type(item) is dict:
                yield index, item


def pods_of(item: KubernetesObject) -> list[Pod]:
    """Return the pod template of an object, as a list; empty for a kind that creates no pods."""
    path = _TEMPLATES.get(item.kind, _TEMPLATE)
    template = at(item.value, *path)
    spec = template.get("spec")
    if type(spec) is not dict or "containers" not in spec:
        return []
    metadata = at(template, "metadata")
    return [Pod(item, path, spec, at(metadata, "labels"), at(metadata, "annotations"))]


def containers(pod: Pod) -> Iterator[tuple[str, int, JsonObject]]:
    """Yield each container of a pod, including init and ephemeral ones, as (field, index, container)."""
    for field in CONTAINER_FIELDS:
        for index, container in entries(pod.spec, field):
            yield field, index, container
