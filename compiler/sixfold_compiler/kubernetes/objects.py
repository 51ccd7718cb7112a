"""Typed access to Kubernetes objects of unknown shape: a field that is missing, or of another type, reads as empty."""

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
    """An object whose apiVersion, kind and name are text: `value` is all of it, `group` the API group of `api`."""

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
    """A pod, or a template of pods: its `owner`, its path in the owner, its spec, labels and annotations."""

    owner: KubernetesObject
    path: ValuePath
    spec: JsonObject
    labels: JsonObject
    annotations: JsonObject

    def under(self, *parts: str | int) -> ValuePath:
        """Return the path, from the object down, of a field of the pod's spec."""
        return (*self.path, "spec", *parts)


def parse_object(value: Json | JsonObject) -> KubernetesObject | None:
    """Return `value` as an object, or None when its apiVersion, kind or metadata.name is missing, empty or no text."""
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
    """Return the mapping at `path`, or an empty one when there is none."""
    for part in path:
        if type(value) is not dict:
            return _EMPTY
        value = value.get(part)
    return value if type(value) is dict else _EMPTY


def entries(value: JsonObject, field: str) -> Iterator[tuple[int, JsonObject]]:
    """Yield the mappings in the list at `field`, with their positions."""
    items = value.get(field)
    if type(items) is list:
        for index, item in enumerate(items):
            if type(item) is dict:
                yield index, item


def pods_of(item: KubernetesObject) -> list[Pod]:
    """Return the pod that an object creates, from its kind's template; empty for a kind without pods."""
    path = _TEMPLATES.get(item.kind, _TEMPLATE)
    template = at(item.value, *path)
    spec = template.get("spec")
    if type(spec) is not dict or "containers" not in spec:
        return []
    metadata = at(template, "metadata")
    return [Pod(item, path, spec, at(metadata, "labels"), at(metadata, "annotations"))]


def containers(pod: Pod) -> Iterator[tuple[str, int, JsonObject]]:
    """Yield every container of a pod, init and ephemeral ones too, with its field and position."""
    for field in CONTAINER_FIELDS:
        for index, container in entries(pod.spec, field):
            yield field, index, container
