"""Apps as recorded in the previous tree."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, TypeVar

from sixfold_compiler.model.addresses import AppKey, Cell
from sixfold_compiler.pipeline.app_state import TreeApp
from sixfold_compiler.tree.layout import overlay_path, target_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from sixfold_compiler.model.facts import AppRecord
    from sixfold_compiler.model.inventory import FileEntry
    from sixfold_compiler.pipeline.context import CompileContext
    from sixfold_compiler.tree.reader import Previous

__all__ = ["recorded_apps", "without_manifest"]

Address = TypeVar("Address", AppKey, Cell)


def recorded_apps(previous: Previous) -> dict[AppKey, TreeApp]:
    """Return the apps of the previous tree by key."""
    cells = _parsed(Cell.parse, previous.facts)
    keys = _parsed(AppKey.parse, {app for facts in previous.facts.values() for app in facts.apps})
    records: dict[AppKey, dict[Cell, AppRecord]] = {}
    files: dict[AppKey, dict[str, FileEntry]] = {}
    for text, cell in cells.items():
        for app, record in previous.facts[text].apps.items():
            if app in keys:
                records.setdefault(keys[app], {})[cell] = record
    for target, cluster in previous.clusters.items():
        for namespace, row in cluster.namespaces.items():
            for app in row.apps:
                path = overlay_path(target, namespace, app)
                files.setdefault(AppKey(row.team, app), {})[path] = previous.files[path]
    return {key: TreeApp(key, records.get(key, {}), files.get(key, {})) for key in (records | files)}


def _parsed(parse: Callable[[str], Address], texts: Iterable[str]) -> dict[str, Address]:
    """Parse addresses; return them by text. Invalid texts, which only a damaged tree contains, are omitted."""
    addresses = {}
    for text in texts:
        with contextlib.suppress(ValueError):
            addresses[text] = parse(text)
    return addresses


def without_manifest(context: CompileContext, app: TreeApp) -> TreeApp | None:
    """Return what remains of an app whose manifest was deleted: its overlays on clusters that are not selected.

    Return None if no overlay remains.
    """
    files = {path: entry for path, entry in app.files.items() if not context.selects(target_of(path))}
    if not files:
        return None
    cells = {target_of(path).cell for path in files}
    return TreeApp(app.key, {cell: record for cell, record in app.records.items() if cell in cells}, files)
