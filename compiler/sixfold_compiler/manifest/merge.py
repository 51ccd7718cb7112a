"""Merge the layers of one app, and check the result, for each cell that the app runs in."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import orjson
from pydantic import ValidationError

from sixfold_compiler.checks import check_fields, check_plain
from sixfold_compiler.checks.policy.lists import lists_of
from sixfold_compiler.diagnostics import Diagnostic, Span, merge_patch, suggest, value_at
from sixfold_compiler.kubernetes.identity import kind_and_name
from sixfold_compiler.manifest.allowance import check_allowance, check_callers
from sixfold_compiler.manifest.carried import check_carried
from sixfold_compiler.manifest.layers import (
    Layer,
    apply_version,
    constant,
    identities,
    locate,
    matching_overrides,
    merge_layers,
    runs_in,
    under,
)
from sixfold_compiler.manifest.spec_checks import check_spec, is_fixed, unfixed
from sixfold_compiler.model.app import Spec
from sixfold_compiler.model.base import dump
from sixfold_compiler.model.validation import diagnose
from sixfold_compiler.ownership import check_external

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from sixfold_compiler.checks.policy.rules import Lists
    from sixfold_compiler.diagnostics import Json, JsonObject, ValuePath
    from sixfold_compiler.inputs.fleet import FleetInput
    from sixfold_compiler.inputs.releases import Version
    from sixfold_compiler.manifest.configs import Configs
    from sixfold_compiler.model.addresses import Cell
    from sixfold_compiler.model.app import Metadata
    from sixfold_compiler.yaml.loader import Document

RELEASE = "release"  # the label of the layer with the version of a release file

__all__ = ["Merged", "Merger", "check_matches", "layers_for"]


@dataclass(frozen=True, slots=True)
class Merged:
    """An app merged for one cell: its spec as a model, as JSON data (`values`) and as JSON text (`spec`).

    `objects` is the JSON text of the patched plain objects. `call_spans` are the source positions of the calls.
    """

    model: Spec
    values: dict[str, Json]
    spec: bytes
    objects: bytes
    call_spans: tuple[Span, ...]


@dataclass(slots=True)
class _Layered:
    """The merged layers of all cells with equal layers. They are checked for the first cell that the app runs in."""

    layers: list[Layer]
    spec: dict[str, Json]
    checked: bool = False
    merged: Merged | None = None


@dataclass
class Merger:
    """A merger for one app. It merges and checks the layers once for all cells with equal overrides and version.

    Problems are added to `problems`.
    """

    fleet: FleetInput
    metadata: Metadata
    head: Document
    plain: Sequence[Document]
    configs: Configs
    problems: list[Diagnostic]
    _seen: dict[tuple[tuple[int, ...], str], _Layered] = field(default_factory=dict)
    _unfixed: dict[tuple[str, Span], set[str]] = field(default_factory=dict)

    @cached_property
    def _lists(self) -> Lists:
        return lists_of(self.fleet.model, self.metadata.team)

    @property
    def key(self) -> str:
        """The key of the app as text, for diagnostics."""
        return str(self.metadata.key)

    def merged(self, cell: Cell, release: Version | None) -> Merged | None:
        """Return the app merged for a cell; None if the app does not run there, or has problems."""
        chosen = tuple(matching_overrides(self.head.record["spec"].get("overrides") or [], cell))
        memo = (chosen, release.version if release else "")
        layered = self._seen.get(memo)
        if layered is None:
            layers = layers_for(self.fleet, self.metadata.team, self.head, cell, release)
            layered = self._seen[memo] = _Layered(layers, merge_layers(layers))
            self._note(_check_places(self.fleet, layered.spec, _locator(layers, layered.spec), self.key))
        if not runs_in(layered.spec, cell):
            return None  # there the spec may be incomplete
        if not layered.checked:
            layered.checked = True
            layered.merged = self._check(layered, chosen, cell)
        if layered.merged is not None:
            span = _locator(layered.layers, layered.merged.values)
            self._note(check_allowance(self.fleet, self.metadata.key, layered.merged.values, cell, span))
            self._note(check_carried(self.fleet, layered.merged.model, cell, span, self.key))
            self._note(check_callers(self.fleet, self.metadata.key, layered.merged.model, span))
            self._note(check_external(self.fleet, self.metadata, layered.merged.model, cell, span))
            image = layered.merged.model.image
            if image is not None and not is_fixed(image):
                self._unfixed.setdefault((image, span(("image",))), set()).add(cell.environment)
        return layered.merged

    def runs_in(self, cell: Cell) -> bool:
        """Return whether the app runs in a cell, without checking it. No version changes that."""
        return runs_in(merge_layers(layers_for(self.fleet, self.metadata.team, self.head, cell, None)), cell)

    def _patched(self, overrides: Sequence[Mapping[str, Any]], chosen: tuple[int, ...]) -> Sequence[JsonObject]:
        """Return the plain objects with the chosen overrides' patches; note an SF215 for each that has none."""
        namespaces = self.fleet.namespaces(self.metadata.team)
        # Any: Kubernetes objects of all kinds.
        objects: list[dict[str, Any]] = [d.record for d in self.plain if isinstance(d.value, dict)]
        for index in chosen:
            for number, patch in enumerate(overrides[index].get("patches") or []):
                target = (patch["target"]["kind"], patch["target"]["name"])
                hits = [position for position, item in enumerate(objects) if kind_and_name(item) == target]
                span = self.head.span(("spec", "overrides", index, "patches", number))
                if not hits:
                    known = ["/".join(kind_and_name(item)) for item in objects]
                    problem = Diagnostic(
                        "SF215",
                        f"the patch is for {'/'.join(target)}, which is no object of the manifest",
                        span,
                        suggest("/".join(target), known) if known else "add the object, or remove the patch",
                        app=self.key,
                    )
                    self._note([problem])
                for hit in hits:
                    patched = merge_patch(objects[hit], patch["patch"])
                    objects[hit] = patched if isinstance(patched, dict) else objects[hit]
                    self._note(check_plain(objects[hit], constant(span), self.key, namespaces, self._lists))
        return objects

    def finish(self) -> None:
        """Add the problems that are reported once for all cells. Call this method after the last cell."""
        self._note(unfixed(image, names, span, self.key) for (image, span), names in self._unfixed.items())

    def _note(self, problems: Iterable[Diagnostic]) -> None:
        self.problems += [problem for problem in problems if problem not in self.problems]

    def _check(self, layered: _Layered, chosen: tuple[int, ...], cell: Cell) -> Merged | None:
        raw = self.head.record["spec"]
        try:
            model = Spec.model_validate(layered.spec, context={"whole": True})
        except ValidationError as error:
            self._note(_invalid(error, layered, self.key, cell))
            return None
        values = dump(model)
        self._note(check_spec(model, values, _locator(layered.layers, values), self.key))
        written = [layer for layer in layered.layers if layer.name != RELEASE]  # it has a version, and no image
        self._note(check_fields(values, _locator(written, values), self.key, self._lists))
        filled = [self.configs.fill(self.metadata.name, config, self.problems) for config in model.config or ()]
        if filled:
            values["config"] = filled
        else:
            values.pop("config", None)
        objects = self._patched(raw.get("overrides") or [], chosen)
        names = identities(values.get("calls", []), "calls") or ()
        spans = tuple(self.head.span(_call_path(raw, chosen, name)) for name in names)
        return Merged(model, values, orjson.dumps(values), orjson.dumps(objects), spans)


def layers_for(fleet: FleetInput, team: str, head: Document, cell: Cell, release: Version | None) -> list[Layer]:
    """Return the layers of an app in a cell, weakest first.

    Args:
        fleet: The fleet.
        team: The team of the app.
        head: The first document of the manifest file: the manifest.
        cell: The cell.
        release: The app's version in the environment, from the release file; None if there is none.
    """
    raw = {k: v for k, v in head.record["spec"].items() if k != "overrides"}
    overrides = head.record["spec"].get("overrides") or []
    layers = [
        Layer("fleet defaults", fleet.model.defaults, under(fleet.span, "defaults")),
        Layer("team defaults", fleet.model.teams[team].defaults or {}, under(fleet.span, "teams", team, "defaults")),
        Layer("manifest", raw, under(head.span, "spec")),
    ]
    for index in matching_overrides(overrides, cell):
        match = overrides[index].get("match") or {}
        label = " ".join(f"{k}={v}" for k, v in match.items()) or "everywhere"
        spec = overrides[index].get("spec") or {}
        layers.append(Layer(f"override ({label})", spec, under(head.span, "spec", "overrides", index, "spec")))
    if release is not None:
        image = merge_layers(layers).get("image")
        if isinstance(image, str):
            layers.append(Layer(RELEASE, {"image": apply_version(image, release.version)}, constant(release.span)))
    return layers


def _invalid(error: ValidationError, layered: _Layered, key: str, cell: Cell) -> Iterator[Diagnostic]:
    """Yield the problems of a merged spec that is not valid (SF208)."""
    span = _locator(layered.layers, layered.spec)
    for problem in diagnose(error, Spec, layered.spec, span, code="SF208", app=key):
        yield replace(problem, message=f"{problem.message} (in {cell}, after merging)")


def _locator(layers: Sequence[Layer], merged: JsonObject) -> Callable[[ValuePath], Span]:
    return lambda path: locate(layers, merged, path) or layers[2].span(())


_PLACES = {"environment": "environment", "dataCenter": "data center"}


def check_matches(fleet: FleetInput, overrides: Sequence[JsonObject], head: Document, key: str) -> list[Diagnostic]:
    """Return an SF209 for each override that matches no environment or data center of the fleet."""
    problems = []
    cells = [cell for cell, _ in fleet.cells()]
    for index, override in enumerate(overrides):
        environment = value_at(override, ("match", "environment"))
        for name, known in (
            ("environment", {c.environment for c in cells}),
            ("dataCenter", {c.data_center for c in cells if environment in (None, c.environment)}),
        ):
            value = value_at(override, ("match", name))
            if isinstance(value, str) and value not in known:
                problems.append(
                    Diagnostic(
                        "SF209",
                        f"the override is for the {_PLACES[name]} {value!r}, which is not in the fleet",
                        head.span(("spec", "overrides", index, "match", name)),
                        suggest(value, known),
                        app=key,
                    )
                )
    return problems


def _check_places(
    fleet: FleetInput, spec: JsonObject, span: Callable[[ValuePath], Span], key: str
) -> Iterator[Diagnostic]:
    """Yield an SF209 for each name in the `dataCenters` of a merged spec that is not in the fleet."""
    known = [cell for cell, _ in fleet.cells()]
    wanted = spec.get("dataCenters")
    if not isinstance(wanted, dict):
        return
    for environment, names in wanted.items():
        path: ValuePath = ("dataCenters", environment)
        if environment not in fleet.model.environments:
            text, choices = (
                f"spec.dataCenters lists the environment {environment!r}, which is not in the fleet",
                {c.environment for c in known},
            )
            yield Diagnostic("SF209", text, span(path), suggest(environment, choices), app=key)
            continue
        data_centers = {c.data_center for c in known if c.environment == environment}
        for name in map(str, names) if isinstance(names, list) else ():
            if name not in data_centers:
                text = f"spec.dataCenters lists the data center {environment}/{name}, which is not in the fleet"
                yield Diagnostic("SF209", text, span(path), suggest(name, data_centers), app=key)


def _call_path(raw: JsonObject, chosen: tuple[int, ...], name: str) -> ValuePath:
    """Return the path of a call in the manifest: in the strongest override that names it, else in the spec."""
    paths: list[ValuePath] = [*(("overrides", index, "spec", "calls") for index in reversed(chosen)), ("calls",)]
    for path in paths:
        calls = value_at(raw, path)
        names = identities(calls, "calls") if isinstance(calls, list) else None
        if names and name in names:
            return ("spec", *path, names.index(name))
    return ("spec",)
