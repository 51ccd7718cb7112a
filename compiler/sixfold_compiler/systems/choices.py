"""Merge what the fleet, an environment and a data center choose, and check that it can be met.

A layer is a JSON Merge Patch (RFC 7386) on the one above: settings are merged, and `null` removes a system. Systems
are chosen for a data center, because it is the unit of a road.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import orjson

from sixfold_compiler.diagnostics import Diagnostic, listed, merge_object, path_text, suggest
from sixfold_compiler.model.addresses import Cell
from sixfold_compiler.model.fleet import Platform
from sixfold_compiler.systems.catalog import Catalog
from sixfold_compiler.systems.settings import check_part, check_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from sixfold_compiler.diagnostics import Json, JsonObject, Span, ValuePath
    from sixfold_compiler.model.fleet import DataCenter, Fleet
    from sixfold_compiler.systems.about import NeededApi
    from sixfold_compiler.systems.catalog import System

__all__ = ["Chosen", "Systems", "choose"]

_MOVED = {
    "gateway": "mesh.envoy",
    "metrics": "observability.prometheus.discovery",
    "metricsNamespace": "observability.prometheus.namespace",
}  # fields of an earlier form, and where their content belongs


@dataclass(frozen=True, slots=True)
class Chosen:
    """A system at a place, with every setting, and the path of the fleet's value that chose it (empty: a default)."""

    system: System
    settings: JsonObject
    path: ValuePath

    def uses(self, needed: NeededApi) -> bool:
        """Return whether the system needs an API with its settings."""
        given = needed.setting is None or needed.setting in self.settings
        return given and all(self.settings.get(name) == value for name, value in needed.where.items())


Choices = dict[str, dict[str, Chosen]]  # by slot and name


@dataclass(frozen=True)
class Systems:
    """The systems of each data center of a fleet."""

    catalog: Catalog = field(default_factory=lambda: Catalog({}))
    cells: Mapping[Cell, Choices] = field(default_factory=dict)

    def at(self, cell: Cell) -> Iterator[Chosen]:
        """Yield the systems of a data center, by slot and name."""
        for _, names in sorted(self.cells.get(cell, {}).items()):
            yield from (chosen for _, chosen in sorted(names.items()))

    def record(self, cell: Cell) -> dict[str, Json]:
        """Return the systems of a data center as JSON data for the library: settings by slot and name."""
        return _record(self.at(cell))

    @cached_property
    def in_apps(self) -> tuple[list[dict[str, Json]], Mapping[Cell, int]]:
        """The different choices that apps can see, as JSON data for the library, and the index of each data center."""
        known: dict[bytes, int] = {}
        choices: list[dict[str, Json]] = []
        indexes = {}
        for cell in sorted(self.cells):
            record = _record(chosen for chosen in self.at(cell) if chosen.system.shows_in_apps)
            key = orjson.dumps(record, option=orjson.OPT_SORT_KEYS)
            if key not in known:
                known[key] = len(choices)
                choices.append(record)
            indexes[cell] = known[key]
        return choices, indexes

    def apis_of(self, cell: Cell, spec: JsonObject) -> frozenset[str]:
        """Return the APIs that systems need for an app with this spec in a data center."""
        return frozenset(
            needed.api
            for chosen in self.at(cell)
            for needed in chosen.system.about.apis
            if needed.of and spec.get(needed.of) and chosen.uses(needed)
        )

    def namespaces(self) -> dict[str, str]:
        """Return the namespaces that systems have, each with the title of its system."""
        return {
            str(chosen.settings[name]): chosen.system.about.title
            for cell in self.cells
            for chosen in self.at(cell)
            for name in chosen.system.about.namespaces
            if name in chosen.settings
        }


def choose(fleet: Fleet, catalog: Catalog, span: Callable[[ValuePath], Span]) -> tuple[Systems, list[Diagnostic]]:
    """Return the systems of each data center, and what is wrong with the choices (SF303, SF313).

    Args:
        fleet: The fleet.
        catalog: The systems that can be chosen.
        span: Returns the source position of the fleet's value at a path.
    """
    chooser = _Chooser(catalog, span)
    top = _Layer(("platform",), fleet.platform.choices)
    chooser.check_layer(top, in_fleet=True)
    cells = {}
    for name, environment in sorted(fleet.environments.items()):
        middle = _Layer(("environments", name, "platform"), environment.platform or {})
        chooser.check_layer(middle)
        for center, content in sorted(environment.data_centers.items()):
            cell = Cell(name, center)
            layer = _Layer((*cell.value_path, "platform"), content.platform or {})
            chooser.check_layer(layer)
            cells[cell] = chooser.resolve((top, middle, layer))
            chooser.check_place(cell, content, cells[cell])
    return Systems(catalog, cells), list(chooser.problems.values())


class _Layer(NamedTuple):
    """The choices that one place of the fleet makes: their path, and their value."""

    path: ValuePath
    value: JsonObject


class _Chooser:
    """Resolves choices, and collects each problem once."""

    def __init__(self, catalog: Catalog, span: Callable[[ValuePath], Span]) -> None:
        self._catalog, self._span = catalog, span
        self.problems: dict[tuple[ValuePath, str], Diagnostic] = {}
        self._resolved: dict[tuple[ValuePath, ...], Choices] = {}  # by the paths of the layers that choose something

    def check_layer(self, layer: _Layer, *, in_fleet: bool = False) -> None:
        """Report slots and systems that do not exist, and values that are no mapping (SF303)."""
        plain = [info.alias or name for name, info in Platform.model_fields.items()]
        for slot, systems in layer.value.items():
            path = (*layer.path, slot)
            if slot in _MOVED:
                self._report(path, "is an unknown field", f"write platform.{_MOVED[slot]}")
            elif slot in plain:
                self._report(path, "is a setting of the fleet", "write it under platform of the fleet")
            elif slot not in self._catalog.slots:
                self._report(path, "is an unknown field", suggest(slot, [*self._catalog.slots, *(plain * in_fleet)]))
            elif isinstance(systems, dict):
                for name, settings in systems.items():
                    self._check_system(slot, (*path, name), settings)
            else:
                self._check_mapping(path, systems)

    def _check_system(self, slot: str, path: ValuePath, settings: Json) -> None:
        if str(path[-1]) not in self._catalog.systems[slot]:
            known = self._catalog.systems[slot]
            self._report(path, "is an unknown system", suggest(str(path[-1]), known))
        else:
            self._check_mapping(path, settings)
            if isinstance(settings, dict):
                # In every layer, also where a lower one replaces the value.
                for problem in check_part(self._catalog.systems[slot][str(path[-1])].about, settings):
                    self._report((*path, *problem.path), problem.message, problem.help)

    def _check_mapping(self, path: ValuePath, value: Json) -> None:
        """Report a value that is neither a mapping nor null, which removes."""
        if value is not None and not isinstance(value, dict):
            self._report(path, "must be a mapping", "write names with values; {} for the defaults, null for none")

    def resolve(self, layers: tuple[_Layer, ...]) -> Choices:
        """Return the systems of a place, with their settings; report wrong settings (SF303)."""
        # Most places add nothing to the choices of the fleet: they share the result.
        key = tuple(layer.path for layer in layers if layer.value)
        if key not in self._resolved:
            self._resolved[key] = self._resolve(layers)
        return self._resolved[key]

    def _resolve(self, layers: tuple[_Layer, ...]) -> Choices:
        merged: dict[str, Json] = {}
        for layer in layers:
            merged = merge_object(merged, layer.value)
        choices: Choices = {}
        for slot, kind in self._catalog.slots.items():
            known = self._catalog.systems[slot]
            wanted = merged.get(slot)
            names = {n: v for n, v in wanted.items() if n in known} if isinstance(wanted, dict) else {}
            if not wanted and kind.default is not None:  # an unknown system has a finding already
                names = {kind.default: {}}
            for name, settings in sorted(names.items()):
                chosen = self._chosen(known[name], settings if isinstance(settings, dict) else {}, layers)
                choices.setdefault(slot, {})[name] = chosen
        return choices

    def _chosen(self, system: System, given: JsonObject, layers: tuple[_Layer, ...]) -> Chosen:
        settings, problems, alike = check_settings(system.about, given)
        inside = (system.slot, system.name)
        for code, those in (("SF303", problems), ("SF312", alike)):
            for problem in those:
                self._report(_origin(layers, (*inside, *problem.path)), problem.message, problem.help, code)
        chosen = any(_has(layer.value, inside) for layer in layers)
        return Chosen(system, settings, _origin(layers, inside) if chosen else ())

    def check_place(self, cell: Cell, content: DataCenter, choices: Choices) -> None:
        """Report choices that a place cannot have together, or that its clusters cannot run (SF313)."""
        for slot, chosen in choices.items():
            most = self._catalog.slots[slot].most
            if most is not None and len(chosen) > most:
                path = max((c.path for c in chosen.values()), key=len)
                text = f"{cell} has {listed(sorted(chosen))}, but a place has at most {most} of {slot}"
                self._unmet(path, text, "remove one by writing null for it")
            for each in chosen.values():
                self._check_company(cell, choices, each)
                self._check_apis(cell, content, each)

    def _check_company(self, cell: Cell, choices: Choices, chosen: Chosen) -> None:
        title = f"{chosen.system.slot}.{chosen.system.name}"
        for slot, names in chosen.system.about.needs.items():
            have = choices.get(slot, {})
            if not have or (names and have.keys().isdisjoint(names)):
                wanted = " or ".join(
                    f"platform.{slot}.{name}" for name in names or [*self._catalog.systems.get(slot, {})]
                )
                text = f"{title} needs {' or '.join(names) or 'a system'} of {slot} in {cell}, where it has none"
                self._unmet(chosen.path, text, f"choose {wanted or f'a system of {slot}'}, or remove {title}")
        for slot, names in chosen.system.about.excludes.items():
            for name in sorted(choices.get(slot, {}).keys() & set(names)):
                text = f"{title} and {slot}.{name} cannot both run in {cell}"
                self._unmet(chosen.path, text, "remove one of them by writing null for it")

    def _check_apis(self, cell: Cell, content: DataCenter, chosen: Chosen) -> None:
        for needed in chosen.system.about.apis:
            if needed.of or not chosen.uses(needed):
                continue
            for name, cluster in sorted(content.clusters.items()):
                if needed.api not in cluster.apis:
                    text = f"{chosen.system.slot}.{chosen.system.name} needs {needed.api}, which {cell}/{name} lacks"
                    self._unmet(chosen.path, text, f"add {needed.api} to apis of the cluster once it serves it")

    def _report(self, path: ValuePath, message: str, help_: str, code: str = "SF303") -> None:
        text = f"{path_text(path)} {message}"
        self.problems.setdefault((path, text), Diagnostic(code, text, self._span(path), help_))

    def _unmet(self, path: ValuePath, text: str, help_: str) -> None:
        where = path or ("platform",)
        self.problems.setdefault((where, text), Diagnostic("SF313", text, self._span(where), help_))


def _has(value: Json, path: ValuePath) -> bool:
    for part in path:
        if not isinstance(value, dict) or part not in value:
            return False
        value = value[str(part)]
    return True


def _origin(layers: tuple[_Layer, ...], path: ValuePath) -> ValuePath:
    """Return the path of the value that decides, in the lowest layer that has most of it."""
    for length in range(len(path), 0, -1):
        for layer in reversed(layers):
            if _has(layer.value, path[:length]):
                return (*layer.path, *path)
    return (*layers[0].path, *path)


def _record(chosen: Iterator[Chosen]) -> dict[str, Json]:
    record: dict[str, dict[str, JsonObject]] = {}
    for each in chosen:
        record.setdefault(each.system.slot, {})[each.system.name] = each.settings
    return dict(record)
