"""Apps as the previous tree records them."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from sixfold_compiler.model.addresses import AppKey, Cell
from sixfold_compiler.model.facts import AppRecord
from sixfold_compiler.pipeline.app_state import TreeApp
from sixfold_compiler.tree.layout import target_of

if TYPE_CHECKING:
    from sixfold_compiler.model.json_data import JsonObject
    from sixfold_compiler.pipeline.context import CompileContext
    from sixfold_compiler.tree.reader import Previous
    from sixfold_compiler.tree.staging import FileEntry

__all__ = ["recorded_apps", "without_manifest"]


def recorded_apps(previous: Previous) -> dict[AppKey, TreeApp]:
    """Return the apps of the previous tree by key.

    A record that cannot be read is left out: its app is compiled again.
    """
    records: dict[AppKey, dict[Cell, AppRecord]] = {}
    files: dict[AppKey, dict[str, FileEntry]] = {}
    for name, facts in previous.facts.items():
        for text, record in _readable(facts.get("apps", {})).items():
            with contextlib.suppress(ValueError):
                records.setdefault(AppKey.parse(text), {})[Cell.parse(name)] = record
    for target, cluster in previous.clusters.items():
        for namespace, value in cluster.get("namespaces", {}).items():
            for app in value.get("apps", {}):
                path = f"{target}/{namespace}/{app}.yaml"
                files.setdefault(AppKey(value["team"], app), {})[path] = previous.files[path]
    return {key: TreeApp(key, records.get(key, {}), files.get(key, {})) for key in (records | files)}


def _readable(apps: JsonObject) -> dict[str, AppRecord]:
    """Return the records of a cell that can be read."""
    try:
        return AppRecord.parse_all(apps)
    except ValueError:
        readable: dict[str, AppRecord] = {}
        for text, value in apps.items():
            with contextlib.suppress(ValueError):
                readable |= AppRecord.parse_all({text: value})
        return readable


def without_manifest(context: CompileContext, app: TreeApp) -> TreeApp | None:
    """Return what stays of an app that has no manifest anymore: its overlays on clusters that are not selected.

    None if nothing stays.
    """
    files = {path: entry for path, entry in app.files.items() if not context.selects(target_of(path))}
    if not files:
        return None
    cells = {target_of(path).cell for path in files}
    return TreeApp(app.key, {cell: record for cell, record in app.records.items() if cell in cells}, files)
