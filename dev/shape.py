"""Measure the two packages: rooms, floors, arrows, circles, untyped places, longest file and function.

A room is a package directly below one of the two, with everything nested in it. Its floor is one above the highest
floor of the rooms that it imports. Imports for types alone and imports inside functions count. A module directly below
one of the two packages counts as a room, except for the entry points and settings in LOOSE, which only have floors.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from dataclasses import dataclass
from functools import cached_property
from graphlib import TopologicalSorter
from typing import TYPE_CHECKING

from dev.layout import COMPILER, GENERATOR, PACKAGES
from dev.process import ROOT
from dev.untyped import count_packages

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

__all__ = ["LOOSE", "Function", "Shape", "functions", "lengths", "python_files"]

# Modules that may lie directly under a package; everything else is in a room that is a package.
LOOSE = frozenset({f"{COMPILER}.__main__", f"{GENERATOR}.settings"})

Graph = dict[str, set[str]]


@dataclass(frozen=True)
class Function:
    """A function or method: its file, its qualified name, and its number of lines from `def` to the end."""

    path: str
    name: str
    lines: int


@dataclass(frozen=True)
class Shape:
    """The import graph of some packages: {module: {imported modules}}."""

    modules: Mapping[str, frozenset[str]]
    roots: frozenset[str]  # the names of the packages themselves

    @classmethod
    def read(cls, root: Path, packages: Mapping[str, str]) -> Shape:
        """Read the modules and imports of packages, given as {package: folder below `root`}."""
        files = {
            module_name(package, path.relative_to(root / folder)): path
            for package, folder in packages.items()
            for path in sorted((root / folder).rglob("*.py"))
            if not folder_is_nested(path, root / folder, packages, root)
        }
        known = frozenset(files)
        return cls(
            {name: frozenset(imported(path, name, known)) - {name} for name, path in files.items()},
            frozenset(packages),
        )

    @cached_property
    def rooms(self) -> Graph:
        """The rooms and loose modules, each with those that it imports.

        The `__init__` of one of the two packages is contained only if it imports something of the packages.
        """
        graph: Graph = {}
        for module, targets in self.modules.items():
            room = self.room(module)
            graph.setdefault(room, set()).update({self.room(target) for target in targets} - {room})
        for root in self.roots:
            if not graph.get(root):
                graph = {room: targets - {root} for room, targets in graph.items() if room != root}
        return graph

    @property
    def room_names(self) -> list[str]:
        """The names of the rooms, without loose modules, sorted."""
        return sorted(self.rooms.keys() - LOOSE - self.roots)

    @cached_property
    def floors(self) -> dict[str, int]:
        """The floor of each room, from 1. The rooms of a circle share one floor."""
        group = {room: circle for circle in components(self.rooms) for room in circle}
        above = {group[room]: {group[t] for t in self.rooms[room]} for room in self.rooms}
        for circle in set(group.values()):
            above[circle] = {group[target] for room in circle for target in self.rooms[room]} - {circle}
        level: dict[tuple[str, ...], int] = {}
        for circle in TopologicalSorter(above).static_order():
            level[circle] = 1 + max((level[target] for target in above[circle]), default=0)
        return {room: level[group[room]] for room in self.rooms}

    @property
    def arrows(self) -> int:
        """The number of pairs of rooms of which the first imports the second."""
        return sum(map(len, self.rooms.values()))

    @cached_property
    def room_circles(self) -> list[tuple[str, ...]]:
        """The groups of rooms that import each other, directly or through others."""
        return [circle for circle in components(self.rooms) if len(circle) > 1]

    @cached_property
    def module_circles(self) -> list[tuple[str, ...]]:
        """The groups of modules that import each other, directly or through others."""
        graph = {module: set(targets) for module, targets in self.modules.items()}
        return [circle for circle in components(graph) if len(circle) > 1]

    @cached_property
    def loose(self) -> list[str]:
        """The modules directly below a package, which should be in a room."""
        packages = {name.rpartition(".")[0] for name in self.modules}
        return sorted(name for name in self.modules if name.count(".") == 1 and name not in packages | LOOSE)

    def room(self, module: str) -> str:
        """Return the room that a module belongs to."""
        return ".".join(module.split(".")[:2])


def module_name(package: str, path: Path) -> str:
    """Return the name of the module at a path below its package; an `__init__` file has the name of its package."""
    parts = [package, *path.with_suffix("").parts]
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def folder_is_nested(path: Path, folder: Path, packages: Mapping[str, str], root: Path) -> bool:
    """Return whether a file belongs to another one of the packages, which is nested in this folder."""
    others = [root / other for other in packages.values() if root / other != folder]
    return any(other.is_relative_to(folder) and path.is_relative_to(other) for other in others)


def imported(path: Path, module: str, known: frozenset[str]) -> Iterator[str]:
    """Yield the known modules that a file imports, at the top or inside functions."""
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in known)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                above = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*above, *([node.module] if node.module else [])])
            for alias in node.names:
                name = f"{base}.{alias.name}"
                if name in known:
                    yield name
                elif base in known:
                    yield base


def components(graph: Graph) -> list[tuple[str, ...]]:
    """Return the strongly connected components of a graph, each sorted; a node without a circle is a component."""
    reached = {node: reachable(graph, node) for node in graph}
    seen: set[str] = set()
    circles = []
    for node in sorted(graph):
        if node not in seen:
            circle = {node} | {other for other in reached[node] if node in reached[other]}
            seen |= circle
            circles.append(tuple(sorted(circle)))
    return circles


def reachable(graph: Graph, start: str) -> set[str]:
    """Return every node that can be reached from `start` over at least one edge."""
    reached: set[str] = set()
    todo = [start]
    while todo:
        for node in graph.get(todo.pop(), ()):
            if node not in reached:
                reached.add(node)
                todo.append(node)
    return reached


def python_files(root: Path = ROOT) -> list[Path]:
    """Return every Python file of the checkout that git knows or would add."""
    listed = subprocess.run(
        ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", "*.py"],
        capture_output=True,
        text=True,
        check=True,
    )
    return sorted(path for name in listed.stdout.split("\0") if name and (path := root / name).is_file())


def lengths(paths: Iterable[Path], root: Path = ROOT) -> dict[str, int]:
    """Return the number of lines of each file."""
    return {path.relative_to(root).as_posix(): path.read_text().count("\n") for path in paths}


def functions(paths: Iterable[Path], root: Path = ROOT) -> Iterator[Function]:
    """Yield every function of the files, including nested ones."""
    for path in paths:
        name = path.relative_to(root).as_posix()
        todo: list[tuple[str, ast.AST]] = [("", ast.parse(path.read_text()))]
        while todo:
            prefix, parent = todo.pop()
            for node in statements(parent):
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                    if not isinstance(node, ast.ClassDef):
                        yield Function(name, f"{prefix}{node.name}", (node.end_lineno or 0) - node.lineno + 1)
                    todo.append((f"{prefix}{node.name}.", node))
                else:
                    todo.append((prefix, node))


def statements(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the statements directly in a statement, and the parts of one that hold some: no expression has any."""
    for field in ("body", "orelse", "finalbody", "handlers", "cases"):
        below = getattr(node, field, ())
        if isinstance(below, list):
            yield from below


def report(shape: Shape) -> Iterator[str]:
    """Yield the lines that `dev.py shape` prints."""
    floors = shape.floors
    yield f"rooms    {len(shape.room_names)}"
    yield f"floors   {max(floors.values(), default=0)}"
    yield f"arrows   {shape.arrows}"
    yield f"circles  {len(shape.room_circles)} of rooms, {len(shape.module_circles)} of modules"
    yield f"loose    {len(shape.loose)} modules outside a room"
    yield f"untyped  {count_packages().total()} places (`python -m dev.untyped` lists the files)"
    yield ""
    for floor in range(max(floors.values(), default=0), 0, -1):
        yield f"{floor:3}  {'  '.join(sorted(room for room, level in floors.items() if level == floor))}"
    for title, circles in (("rooms", shape.room_circles), ("modules", shape.module_circles)):
        for circle in circles:
            yield f"circle of {title}: {', '.join(circle)}"
    yield ""
    for place, folders in (("both packages", tuple(PACKAGES.values())), ("everything", ("",))):
        paths = [path for path in python_files() if path.relative_to(ROOT).as_posix().startswith(folders)]
        file, lines = max(lengths(paths).items(), key=lambda item: item[1])
        longest = max(functions(paths), key=lambda function: function.lines)
        yield f"longest file in {place}: {lines} lines, {file}"
        yield f"longest function in {place}: {longest.lines} lines, {longest.path}: {longest.name}"


def main() -> int:
    """Print the figures of this checkout."""
    print("\n".join(report(Shape.read(ROOT, PACKAGES))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
