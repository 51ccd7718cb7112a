"""One app's layers, merged and checked for every environment and data center it goes to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson
from pydantic import ValidationError

from sixfold_compiler.checks import check_plain
from sixfold_compiler.diagnostics import Diagnostic, Span, suggest
from sixfold_compiler.manifest.layers import (
    Layer,
    apply_version,
    constant,
    identities,
    locate,
    matching_overrides,
    merge_layers,
    merge_patch,
    under,
)
from sixfold_compiler.manifest.spec_checks import check_spec, is_fixed, unfixed
from sixfold_compiler.model.app import Spec
from sixfold_compiler.model.base import dump
from sixfold_compiler.model.validation import diagnose
from sixfold_compiler.ownership import check_external

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from sixfold_compiler.diagnostics import ValuePath
    from sixfold_compiler.inputs.fleet import FleetInput
    from sixfold_compiler.inputs.releases import Version
    from sixfold_compiler.manifest.configs import Configs
    from sixfold_compiler.model.addresses import Cell
    from sixfold_compiler.model.app import Metadata
    from sixfold_compiler.yaml.loader import Document

__all__ = ["Merged", "Merger", "check_matches", "layers_for"]


@dataclass(frozen=True, slots=True)
class Merged:
    """What the layers of an app add up to: `spec` and `objects` are JSON, `call_spans` the places of `values.calls`."""

    values: dict[str, Any]
    spec: bytes
    objects: bytes
    call_spans: tuple[Span, ...]


@dataclass(slots=True)
class _Layered:
    """The layers of some cells, merged. They are judged for the first cell that the app goes to."""

    layers: list[Layer]
    spec: dict[str, Any]
    judged: bool = False
    merged: Merged | None = None

    @property
    def data_centers(self) -> dict[str, Any] | None:
        wanted = self.spec.get("dataCenters")
        return wanted if isinstance(wanted, dict) else None

    def goes_to(self, cell: Cell) -> bool:
        wanted = self.data_centers
        return wanted is None or cell.data_center in (wanted.get(cell.environment) or ())


@dataclass(slots=True)
class Merger:
    """Merges and checks the layers of one app, once for all cells with the same overrides and version.

    What is wrong is added to `problems`.
    """

    fleet: FleetInput
    metadata: Metadata
    head: Document
    plain: Sequence[Document]
    configs: Configs
    problems: list[Diagnostic]
    _seen: dict[tuple[tuple[int, ...], str], _Layered] = field(default_factory=dict)
    _unfixed: dict[tuple[str, Span], set[str]] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """`team/app`."""
        return f"{self.metadata.team}/{self.metadata.name}"

    def merged(self, cell: Cell, release: Version | None) -> Merged | None:
        """The app in a cell; None where it does not go, or where something is wrong with it."""
        chosen = tuple(matching_overrides(self.head.value["spec"].get("overrides") or [], cell))
        memo = (chosen, release.version if release else "")
        layered = self._seen.get(memo)
        if layered is None:
            layers = layers_for(self.fleet, self.metadata.team, self.head, cell, release)
            layered = self._seen[memo] = _Layered(layers, merge_layers(layers))
            self._note(_check_places(self.fleet, layered.data_centers or {}, _locator(layers, layered.spec), self.key))
        if not layered.goes_to(cell):
            return None  # what it would be there need not be whole
        if not layered.judged:
            layered.judged = True
            layered.merged = self._judge(layered, chosen, cell)
        if layered.merged is not None:
            span = _locator(layered.layers, layered.merged.values)
            self._note(check_external(self.fleet, self.metadata, layered.merged.values, cell, span))
            image = layered.merged.values.get("image")
            if image is not None and not is_fixed(image):
                self._unfixed.setdefault((image, span(("image",))), set()).add(cell.environment)
        return layered.merged

    def finish(self) -> None:
        """Note what is told of all cells together, once all are merged."""
        self._note(unfixed(image, names, span, self.key) for (image, span), names in self._unfixed.items())

    def _note(self, found: Iterable[Diagnostic]) -> None:
        self.problems += [d for d in found if d not in self.problems]

    def _judge(self, layered: _Layered, chosen: tuple[int, ...], cell: Cell) -> Merged | None:
        raw = self.head.value["spec"]
        if found := _validate(layered.spec, layered.layers, self.key, cell):
            self._note(found)
            return None
        values = dump(Spec.model_validate(layered.spec, context={"whole": True}))
        self._note(check_spec(values, _locator(layered.layers, values), self.key))
        values["config"] = [self.configs.fill(self.metadata.name, c, self.problems) for c in values.get("config", [])]
        if not values["config"]:
            del values["config"]
        objects = _patched(self.plain, raw.get("overrides") or [], chosen, self.head, self.key, self.problems)
        names = identities(values.get("calls", []), "calls") or ()
        spans = tuple(self.head.span(_call_path(raw, chosen, name)) for name in names)
        return Merged(values, orjson.dumps(values), orjson.dumps(objects), spans)


def layers_for(fleet: FleetInput, team: str, head: Document, cell: Cell, release: Version | None) -> list[Layer]:
    """The layers of an app in a cell, weakest first."""
    raw = {k: v for k, v in head.value["spec"].items() if k != "overrides"}
    overrides = head.value["spec"].get("overrides") or []
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
            layers.append(Layer("release", {"image": apply_version(image, release.version)}, constant(release.span)))
    return layers


def _validate(merged: dict[str, Any], layers: Sequence[Layer], key: str, cell: Cell) -> list[Diagnostic]:
    try:
        Spec.model_validate(merged, context={"whole": True})
    except ValidationError as error:
        found = diagnose(error, Spec, merged, _locator(layers, merged), code="SF208", app=key)
        return [Diagnostic(d.code, f"{d.message} (in {cell}, after merging)", d.span, d.help, app=key) for d in found]
    return []


def _locator(layers: Sequence[Layer], merged: dict[str, Any]) -> Callable[[ValuePath], Span]:
    return lambda path: locate(layers, merged, path) or layers[2].span(())


def check_matches(fleet: FleetInput, overrides: list[dict[str, Any]], head: Document, key: str) -> list[Diagnostic]:
    """Overrides that match no environment or data center of the fleet (SF209)."""
    problems = []
    cells = [cell for cell, _ in fleet.cells()]
    for index, override in enumerate(overrides):
        match = override.get("match") or {}
        for name, known in (
            ("environment", {c.environment for c in cells}),
            ("dataCenter", {c.data_center for c in cells if match.get("environment") in (None, c.environment)}),
        ):
            value = match.get(name)
            if value is not None and value not in known:
                problems.append(
                    Diagnostic(
                        "SF209",
                        f"the override matches no {name} {value!r}",
                        head.span(("spec", "overrides", index, "match", name)),
                        suggest(value, known),
                        app=key,
                    )
                )
    return problems


def _check_places(
    fleet: FleetInput, wanted: dict[str, list[str]], span: Callable[[ValuePath], Span], key: str
) -> Iterator[Diagnostic]:
    known = [cell for cell, _ in fleet.cells()]
    for environment, names in wanted.items():
        path: ValuePath = ("dataCenters", environment)
        if environment not in fleet.model.environments:
            text, choices = f"spec.dataCenters names no environment {environment!r}", {c.environment for c in known}
            yield Diagnostic("SF209", text, span(path), suggest(environment, choices), app=key)
            continue
        here = {c.data_center for c in known if c.environment == environment}
        for name in names if isinstance(names, list) else ():
            if name not in here:
                text = f"spec.dataCenters names no data center {environment}/{name}"
                yield Diagnostic("SF209", text, span(path), suggest(str(name), here), app=key)


def _call_path(raw: dict[str, Any], chosen: tuple[int, ...], name: str) -> ValuePath:
    places: list[tuple[ValuePath, Any]] = [
        (("spec", "overrides", i, "spec", "calls"), (raw["overrides"][i].get("spec") or {}).get("calls"))
        for i in reversed(chosen)
    ]
    for path, calls in (*places, (("spec", "calls"), raw.get("calls"))):
        names = identities(calls or [], "calls") or ()
        if name in names:
            return (*path, names.index(name))
    return ("spec",)


def _patched(
    plain: Sequence[Document],
    overrides: list[dict[str, Any]],
    chosen: tuple[int, ...],
    head: Document,
    key: str,
    problems: list[Diagnostic],
) -> list[dict[str, Any]]:
    objects = [d.value for d in plain if isinstance(d.value, dict)]
    for index in chosen:
        for number, patch in enumerate(overrides[index].get("patches") or []):
            target = patch["target"]
            hits = [
                i
                for i, o in enumerate(objects)
                if o.get("kind") == target["kind"] and (o.get("metadata") or {}).get("name") == target["name"]
            ]
            span = head.span(("spec", "overrides", index, "patches", number))
            if not hits:
                known = [f"{o.get('kind')}/{(o.get('metadata') or {}).get('name')}" for o in objects]
                problem = Diagnostic(
                    "SF215",
                    f"the patch fits no plain object {target['kind']}/{target['name']}",
                    span,
                    suggest(f"{target['kind']}/{target['name']}", known),
                    app=key,
                )
                if problem not in problems:
                    problems.append(problem)
            for hit in hits:
                objects[hit] = merge_patch(objects[hit], patch["patch"])
                found = check_plain(objects[hit], constant(span), key, "")
                problems += [d for d in found if d not in problems]
    return objects
