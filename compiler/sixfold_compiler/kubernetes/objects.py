"""Reading Kubernetes objects whose shape nobody has promised: what is not there, or is of another type, is empty."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sixfold_compiler.diagnostics import ValuePath

__all__ = ["Pod", "at", "containers", "entries", "group_of", "pods_of"]

_EMPTY: dict[str, Any] = {}
_TEMPLATE: ValuePath = ("spec", "template")
# Where the pod template of a kind is.
_TEMPLATES: dict[str, tuple[ValuePath, ...]] = {
    "Pod": ((),),
    "PodTemplate": (("template",),),
    "CronJob": (("spec", "jobTemplate", "spec", "template"),),
    "ScaledJob": (("spec", "jobTargetRef", "template"),),
}
CONTAINER_FIELDS = ("containers", "initContainers", "ephemeralContainers")


class Pod(NamedTuple):
    """A pod, or a template of pods, inside an object: where it is, its spec, its labels, its annotations."""

    item: Mapping[str, Any]
    path: ValuePath
    spec: Mapping[str, Any]
    labels: Mapping[str, Any]
    annotations: Mapping[str, Any]

    def under(self, *parts: str | int) -> ValuePath:
        """A path of the pod's spec, seen from the object."""
        return (*self.path, "spec", *parts)


def group_of(api: str) -> str:
    """The group of an apiVersion; "" for the core group."""
    return api.rpartition("/")[0]


def at(value: Any, *path: str) -> Mapping[str, Any]:
    """The mapping at `path`; an empty one when there is none."""
    for part in path:
        if type(value) is not dict:
            return _EMPTY
        value = value.get(part)
    return value if type(value) is dict else _EMPTY


def entries(value: Mapping[str, Any], field: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """The mappings in the list at `field`, with their positions."""
    found = value.get(field)
    if type(found) is list:
        for index, item in enumerate(found):
            if type(item) is dict:
                yield index, item


def pods_of(item: Mapping[str, Any]) -> list[Pod]:
    """The pods that an object makes, wherever its kind keeps the template."""
    found = []
    for path in _TEMPLATES.get(str(item.get("kind")), (_TEMPLATE,)):
        template = at(item, *path)  # type: ignore[arg-type]  # only text in these paths
        spec = template.get("spec")
        if type(spec) is dict and "containers" in spec:
            meta = at(template, "metadata")
            found.append(Pod(item, path, spec, at(meta, "labels"), at(meta, "annotations")))
    return found


def containers(pod: Pod) -> Iterator[tuple[str, int, dict[str, Any]]]:
    """Every container of a pod: its field, its position, itself."""
    for field in CONTAINER_FIELDS:
        for index, container in entries(pod.spec, field):
            yield field, index, container
