"""Versions of release files against those of the tree: none gets lost and none goes back unless somebody says so.

`back` of the release file says it for one version of one app; a tombstone says it for all that it names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sixfold_compiler.diagnostics import Diagnostic, Span
from sixfold_compiler.inputs.release_files import FOLDER, release_path
from sixfold_compiler.inputs.releases import refused_in, release_of
from sixfold_compiler.model.versions import goes_back

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sixfold_compiler.inputs.releases import Version
    from sixfold_compiler.inputs.sources import ManifestFile, Sources
    from sixfold_compiler.model.addresses import AppKey, Cell
    from sixfold_compiler.pipeline.app_state import TreeApp
    from sixfold_compiler.pipeline.context import CompileContext

__all__ = ["Refused", "problems_in", "refused_versions"]

Refused = dict[str, tuple[Diagnostic, ...]]  # the problems of an app's version, by environment


def refused_versions(
    context: CompileContext,
    sources: Sources,
    file: ManifestFile,
    tree: TreeApp | None,
    versions: Mapping[str, Version],
) -> Refused:
    """Return the environments in which an app keeps its overlays because of its release entry, with the problems.

    An entry that is wrong has been reported already. Otherwise the tree has a version that the release file no longer
    has (SF229), or a newer one (SF228).

    Args:
        context: The context of the compile.
        sources: The manifests and release files.
        file: The app's manifest.
        tree: The app in the previous tree; None if it is new.
        versions: The image versions of the app by environment.
    """
    refused: Refused = dict.fromkeys(refused_in(sources, file), ())
    # The repo of a service has a manifest and no versions: they are in the deploy repo.
    known = sources.complete or (file.root / FOLDER).is_dir()
    if tree is None or context.day is None or not known:
        return refused
    for cell, record in tree.records.items():
        environment = cell.environment
        stated = versions.get(environment)
        if not record.version or environment in refused or (stated and stated.version == record.version):
            continue
        if stated is not None and not goes_back(record.version, stated.version):
            continue
        release = release_of(sources, file, environment)
        if release is not None and release.back.get(str(tree.key)) == record.version:
            continue
        if not _buried(context, tree.key, environment):
            refused[environment] = (_problem(tree.key, environment, record.version, stated),)
    return refused


def problems_in(refused: Refused, cells: frozenset[Cell]) -> Iterator[Diagnostic]:
    """Yield the problems of an app's versions in the environments of these cells, which it has not left."""
    for environment in {cell.environment for cell in cells}:
        yield from refused[environment]


def _buried(context: CompileContext, key: AppKey, environment: str) -> bool:
    """Return whether a tombstone for the app, or for its team, applies in the complete environment."""
    return any(
        tombstone.team == key.team
        and tombstone.app in (None, key.name)
        and tombstone.environment in (None, environment)
        and not (tombstone.data_center or tombstone.cluster or tombstone.instance or tombstone.kind or tombstone.name)
        and context.day is not None
        and tombstone.covers_on(context.day.value)
        for tombstone in context.fleet.tombstones.entries
    )


def _problem(key: AppKey, environment: str, before: str, stated: Version | None) -> Diagnostic:
    path = release_path(environment, key.team)
    allow = f"`back: {{{key}: {before!r}}}` in {path}"
    if stated is not None:
        return Diagnostic(
            "SF228",
            f"{key} would go back from {before} to {stated.version} in {environment}",
            stated.span,
            f"if that is meant, add {allow} (`sixfold promote --back` and `sixfold publish --back` write it)",
            app=str(key),
        )
    return Diagnostic(
        "SF229",
        f"{key} runs {before} in {environment}, and its release file no longer has a version of it",
        Span(path),
        f"restore the line; if the app should run the version of its manifest, add {allow}",
        app=str(key),
    )
