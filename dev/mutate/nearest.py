"""The tests that are nearest to a file: its own, those that import it, those of its room, those of its program."""

from __future__ import annotations

import ast
from functools import cached_property
from pathlib import Path

from dev.layout import PACKAGES
from dev.shape import Shape, imported, module_name

__all__ = ["Nearest"]

LIBRARY = ("tests/lib", "tests/compiler/pipeline", "tests/examples")  # what evaluates lib/, the nearest first
# Tests that run a complete program, by the first folder of a file.
PROGRAMS = {
    "compiler": ("tests/acceptance", "tests/compiler/pipeline", "tests/examples"),
    "generator": ("tests/generator", "tests/acceptance/cli/test_serve.py"),
}


class Nearest:
    """Looks tests up in one checkout."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def stages(self, path: str, *, deep: bool = False) -> list[list[str]]:
        """Return lists of test files to be run one list after the other, the last of everything else where `deep`."""
        if path.startswith("lib/"):
            lists = [set(self.below(name)) for name in LIBRARY]
            return self.apart([*lists, *([set(self.imports)] if deep else [])])
        package, folder = next((p, f) for p, f in PACKAGES.items() if path.startswith(f"{f}/"))
        inner = Path(path).relative_to(folder)
        module = module_name(package, inner)
        mirror = self.root / "tests" / Path(folder).parts[0] / inner.parent
        own = set(mirror.glob(f"test_{inner.stem}*.py"))
        own |= set((self.root / "tests" / "acceptance" / inner.parts[0]).glob(f"test_{inner.stem}*.py"))
        near = {file for file, modules in self.imports.items() if module in modules}
        room = set(self.room(mirror).rglob("test_*.py")) if inner.parent.parts else set()
        wide = room | {file for file in self.imports if self.through_helpers(file, module)}
        programs = {file for name in PROGRAMS[Path(folder).parts[0]] for file in self.below(name)}
        return self.apart([own, near, wide, programs, *([set(self.imports)] if deep else [])])

    def room(self, mirror: Path) -> Path:
        """Return the nearest folder with tests, at or above the one that mirrors a file's folder."""
        tests = self.root / "tests"
        return next(place for place in (mirror, *mirror.parents) if place.is_dir() or place == tests)

    def apart(self, stages: list[set[Path]]) -> list[list[str]]:
        """Return the lists with each file in the first list alone that has it."""
        seen: set[Path] = set()
        lists = []
        for stage in stages:
            lists.append(sorted(file.relative_to(self.root).as_posix() for file in stage - seen))
            seen |= stage
        return [names for names in lists if names]

    def below(self, name: str) -> list[Path]:
        """Return the test files of a file or folder."""
        place = self.root / name
        return [place] if place.is_file() else sorted(place.rglob("test_*.py"))

    def through_helpers(self, file: Path, module: str) -> bool:
        """Return whether a test imports a helper of tests/support that imports the module."""
        return any(module in self.helpers.get(name, ()) for name in self.imports[file])

    @cached_property
    def known(self) -> frozenset[str]:
        """The modules of both packages, and the helpers of the tests."""
        helpers = (self.root / "tests" / "support").glob("*.py")
        return frozenset(Shape.read(self.root, PACKAGES).modules) | {f"tests.support.{path.stem}" for path in helpers}

    @cached_property
    def exports(self) -> dict[tuple[str, str], str]:
        """{(package, name): the module that defines it} of what a package's `__init__` imports from its modules."""
        exports: dict[tuple[str, str], str] = {}
        for package, folder in PACKAGES.items():
            for path in (self.root / folder).rglob("__init__.py"):
                name = module_name(package, path.relative_to(self.root / folder))
                for node in ast.parse(path.read_text()).body:
                    if isinstance(node, ast.ImportFrom) and node.module in self.known:
                        exports |= {(name, alias.asname or alias.name): node.module for alias in node.names}
        return exports

    @cached_property
    def imports(self) -> dict[Path, set[str]]:
        """{test file: the modules that it imports, itself or through a package that has their names}."""
        return {path: self.of(path) for path in sorted((self.root / "tests").rglob("test_*.py")) if self.counts(path)}

    @cached_property
    def helpers(self) -> dict[str, set[str]]:
        """{helper of the tests: the modules that it imports}."""
        return {f"tests.support.{path.stem}": self.of(path) for path in (self.root / "tests" / "support").glob("*.py")}

    def counts(self, path: Path) -> bool:
        """Return whether a test file is one of those outside of conformance."""
        return not path.is_relative_to(self.root / "tests" / "conformance")

    def of(self, path: Path) -> set[str]:
        """Return the modules that a file imports."""
        modules = set(imported(path, "", self.known))
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom):
                keys = [(node.module or "", alias.name) for alias in node.names]
                modules |= {self.exports[key] for key in keys if key in self.exports}
        return modules
