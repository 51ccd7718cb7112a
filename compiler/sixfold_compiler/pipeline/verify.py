"""Verify a tree: compile the inputs from nothing, and compare the result with the files of the tree, byte by byte.

Nothing of the tree is believed: every app and every part of the platform is rendered. What a compile keeps from the
tree before it (the files of apps that fail, and of teams that the guard holds) comes from the base commit instead.
"""

from __future__ import annotations

import contextlib
import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from sixfold_compiler import __version__
from sixfold_compiler.diagnostics import Diagnostic, DiagnosticError, Span, counted, listed, printable
from sixfold_compiler.engine.failures import unwritable
from sixfold_compiler.inputs.build import build_identity
from sixfold_compiler.inputs.git import submodules
from sixfold_compiler.model.inventory import RootInventory, digest_of
from sixfold_compiler.model.names import NAMES_FILE
from sixfold_compiler.pipeline.app_state import PreparedApp
from sixfold_compiler.pipeline.base_tree import BaseTree, read_base
from sixfold_compiler.pipeline.plan import Summary, compile_inputs, read_inputs
from sixfold_compiler.pipeline.verify_names import base_names, differing_names, names_data, pending_apps
from sixfold_compiler.tree.layout import FACTS, INVENTORY, ROOT, target_of
from sixfold_compiler.tree.reader import read_file
from sixfold_compiler.tree.strangers import files_below

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from sixfold_compiler.inputs.options import Options
    from sixfold_compiler.model.inventory import FileEntry
    from sixfold_compiler.pipeline.app_state import AppState
    from sixfold_compiler.pipeline.plan import Build, Plan

__all__ = ["Verification", "verify"]

SHOWN = 10  # files that one finding lists


@dataclass(frozen=True, slots=True)
class Verification:
    """The result of a verification: its findings, the number of equal files, and the figures of the compile.

    `root` is the digest of the root inventory that the inputs give. `unchanged` is true if the tree was accepted
    because it is the tree of the base commit. Nothing was compiled then.
    """

    diagnostics: tuple[Diagnostic, ...] = ()
    files: int = 0
    summary: Summary = field(default_factory=Summary)
    root: str = ""
    unchanged: bool = False


def verify(
    options: Options,
    base: str = "",
    *,
    accept_unchanged: bool = False,
    progress: Callable[[str, int, int], None] | None = None,
) -> Verification:
    """Compile the inputs without the tree, and compare the result with the tree.

    Args:
        options: The options of the compile; `out` is the tree, and all of it is compiled.
        base: The git revision whose tree has what a compile keeps; empty for none.
        accept_unchanged: Accept a tree with exactly the files of `base` without comparing them. Nothing is compiled
            then, unless the names lock differs from that of `base`.
        progress: Called with the name of the step, the number of finished items, and the total.
    """
    try:
        if foreign := [_of_submodule(options.out, path) for path in submodules(options.out)]:
            return Verification(tuple(foreign))
        with contextlib.ExitStack() as stack:
            scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="sixfold-verify-")))
            before = read_base(options.out, base, scratch) if base else None
            same = accept_unchanged and before is not None and before.equals(options.out)
            if same and before is not None and names_data(options.fleet, base) == read_file(options.fleet / NAMES_FILE):
                return Verification(files=len(before.objects), unchanged=True)
            inputs = read_inputs(options)
            on_disk = inputs.names
            if before is not None:
                inputs = replace(inputs, names=base_names(on_disk, names_data(options.fleet, base), base, scratch))
            past = (options.out, base or "HEAD")
            alone = replace(options, out=scratch, past=past, fresh=True, stage_in_tree=False)
            plan, build = compile_inputs(alone, inputs, stack, progress or (lambda _step, _done, _total: None))
            if plan.fatal:
                return Verification(tuple(d for d in plan.diagnostics if d.severity == "error"))
            comparison = _Comparison(options.out, before, plan, build)
            names = differing_names(on_disk, build.names, pending_apps(inputs.sources, build.apps))
            findings = [*names, *([] if same else comparison.findings())]
            if same and before is not None and not findings:
                return Verification(files=len(before.objects), unchanged=True)
            findings += _of_guard(plan.diagnostics, why=bool(findings))
            ordered = tuple(sorted(findings, key=lambda d: d.sort_key))
            return Verification(ordered, comparison.equal, plan.summary, build.tree.files[ROOT].digest)
    except DiagnosticError as error:
        return Verification(tuple(sorted(error.diagnostics, key=lambda d: d.sort_key)))
    except OSError as error:
        return Verification((unwritable(error.strerror or str(error)),))


def _of_submodule(out: Path, path: str) -> Diagnostic:
    name = f"{out.name}/{printable(path)}"
    text = f"{name} is a submodule of git, whose files nothing compiles to"
    return Diagnostic("SF730", text, Span(f"{out.name}/{path}"), "remove it with git rm, and compile")


class _Comparison:
    """The comparison of the tree on disk with a build; `equal` counts the files that are as they should be."""

    def __init__(self, out: Path, base: BaseTree | None, plan: Plan, build: Build) -> None:
        self._out, self._base, self._plan = out, base, plan
        self._expected: Mapping[str, FileEntry] = build.tree.files
        self._owners = {path: state for state in build.apps.states.values() for path in state.files}
        self._kept = {path for path, state in self._owners.items() if _keeps(state, path)}
        self._failed = {d.app for d in plan.diagnostics if d.severity == "error" and d.app}
        self._failed |= {str(key) for key in build.apps.failed}
        states = build.apps.states.items()
        self._failed |= {str(key) for key, app in states if isinstance(app, PreparedApp) and app.prepared.kept}
        self._unverified: list[str] = []
        self.equal = 0

    def findings(self) -> Iterator[Diagnostic]:
        present = set(files_below(self._out))
        for path in sorted(self._expected.keys() | present):
            problem = self._compared(path, present=path in present)
            if problem is None:
                self.equal += 1
            elif self._base is None and self._failed and self._depends_on_failed(path):
                self._unverified.append(path)
            else:
                yield problem
        if self._base is None and self._failed:
            yield self._unverified_problem()

    def _compared(self, path: str, *, present: bool) -> Diagnostic | None:
        """Return the problem of one file; None if it is as it should be."""
        entry, name = self._expected.get(path), f"{self._out.name}/{printable(path)}"
        if entry is None:
            if self._base is not None and self._is_of_failed(path):
                return self._problem("SF731", path, f"{name} is not in {self._base.commit}")
            return self._problem("SF730", path, f"{name} is in the tree, but nothing compiles to it")
        if not present:
            lead = f"{name} is missing from the tree"
            if path in self._kept and self._base is not None:
                return self._problem("SF731", path, f"{lead}, but is in {self._base.commit}")
            return self._problem("SF730", path, f"{lead}: it comes from {self._origin(path)}")
        data = read_file(self._out / path)
        if data is None:
            return self._problem("SF730", path, f"{name} is not a regular file")
        if path in self._kept and self._base is not None:
            if digest_of(data) == entry.digest and self._base.has(path, data):
                return None
            return self._problem("SF731", path, f"{name} differs from {self._base.commit}")
        if digest_of(data) == entry.digest:
            return None
        return self._problem("SF730", path, f"{name} is not what is compiled from {self._origin(path)}", data)

    def _problem(self, code: str, path: str, message: str, data: bytes = b"") -> Diagnostic:
        span = Span(f"{self._out.name}/{path}")
        if code == "SF731":
            state = self._owners.get(path)
            whose = f"{state.key} keeps its files" if state is not None else "its app keeps its files"
            hint = f"{whose}, because it does not compile or its team is held: restore the file from git"
            return Diagnostic(code, message, span, hint)
        hint = "run `sixfold compile --fresh`, and commit the tree without editing it"
        if path == ROOT and (other := _other_build(data)):
            hint = f"{other}; {hint}"
        return Diagnostic(code, message, span, hint)

    def _origin(self, path: str) -> str:
        """Return the input that a file of the tree comes from."""
        state = self._owners.get(path)
        if state is not None:
            return state.manifest.name if state.manifest is not None else str(state.key)
        fleet = self._plan.fleet.name if self._plan.fleet is not None else "environments"
        if path.endswith((f"/{INVENTORY}", f"/{FACTS}")):
            return f"the manifests of {path.rpartition('/')[0]}"
        return f"{fleet}/ with all manifests" if path == ROOT else f"{fleet}/fleet.jsonnet"

    def _is_of_failed(self, path: str) -> bool:
        """Return whether a path is an overlay of an app that does not compile."""
        parts = path.split("/")
        if len(parts) != 5 or parts[3].startswith("_"):
            return False
        fleet = self._plan.fleet
        namespaces = {team: fleet.namespace(team, parts[0]) for team in fleet.model.teams} if fleet is not None else {}
        teams = {team for team, namespace in namespaces.items() if namespace == parts[3]} | {parts[3]}
        name = parts[4].removesuffix(".yaml")
        return any(f"{team}/{app}" in self._failed for team in teams for app in (name, "*"))

    def _depends_on_failed(self, path: str) -> bool:
        """Return whether a file may differ because an app fails: its overlays, the platform's files, inventories."""
        is_overlay = len(path.split("/")) == 5 and not path.split("/")[3].startswith("_")
        return self._is_of_failed(path) if is_overlay else path in self._expected

    def _unverified_problem(self) -> Diagnostic:
        paths = self._unverified
        others = [f"  and {len(paths) - SHOWN:,} more"] if len(paths) > SHOWN else []
        lines = [*(f"  {self._out.name}/{printable(path)}" for path in paths[:SHOWN]), *others]
        verb = "does" if len(self._failed) == 1 else "do"
        return Diagnostic(
            "SF732",
            f"{listed(sorted(self._failed))} {verb} not compile, so {counted(len(paths), 'file')} cannot be verified",
            None,
            "\n".join(["correct the manifest (`sixfold check`), or name the last verified commit with --base", *lines]),
        )


def _of_guard(diagnostics: Iterable[Diagnostic], *, why: bool) -> list[Diagnostic]:
    """Return the findings of the guard that concern a verification.

    Deletions that nobody can judge are never verified. With `why`, the held teams are named as well: files differ, and
    the reason may be that such a team has to keep them.
    """
    return [d for d in diagnostics if d.code == "SF723" or (why and d.code in {"SF710", "SF712"})]


def _keeps(state: AppState, path: str) -> bool:
    """Return whether an app keeps a file of the tree before: all of its files, or those of some data centers."""
    return not isinstance(state, PreparedApp) or target_of(path).cell in state.kept


def _other_build(data: bytes) -> str:
    """Return a sentence about the build that wrote a root inventory; empty if it is this one, or unknown."""
    try:
        root = RootInventory.parse(data)
    except ValidationError:
        return ""
    if root.compiler != __version__:
        return f"the tree says that Sixfold {printable(root.compiler)[:64]} wrote it, and this is {__version__}"
    return "" if root.build == build_identity() else f"another build of Sixfold {__version__} wrote the tree"
