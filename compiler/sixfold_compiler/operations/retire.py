"""Retire an app, a team or a cluster: compute the change to the deploy repo, with the tombstone that it needs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sixfold_compiler.diagnostics import Diagnostic, DiagnosticError, counted, listed, suggest
from sixfold_compiler.engine import Pool
from sixfold_compiler.inputs.config_files import config_files_of_others
from sixfold_compiler.inputs.fleet_edit import remove_entry, set_state
from sixfold_compiler.inputs.git import Transaction
from sixfold_compiler.inputs.lookup import find_app, find_cluster
from sixfold_compiler.inputs.release_files import FOLDER, load_release
from sixfold_compiler.inputs.releases import without_versions
from sixfold_compiler.inputs.tombstones import FILE, Approval, TombstoneScope, approve
from sixfold_compiler.model.addresses import AppKey
from sixfold_compiler.ownership.names_text import dump_names
from sixfold_compiler.pipeline.service_names import read_names
from sixfold_compiler.placement import LOCK_FILE, read_lock
from sixfold_compiler.placement.locktext import dump_lock
from sixfold_compiler.tree.reader import read_previous

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping
    from pathlib import Path

    from sixfold_compiler.inputs.fleet import FleetInput
    from sixfold_compiler.inputs.fleet_edit import Edit
    from sixfold_compiler.model.addresses import Target
    from sixfold_compiler.model.inventory import ClusterInventory

__all__ = ["Retirement", "app", "apply", "cluster", "team"]

NAMED = 5  # namespaces that a finding names


@dataclass(frozen=True, slots=True)
class Retirement:
    """A change to the deploy repo that retires an app, a team or a cluster. Paths are relative to the repo's root.

    Attributes:
        name: The retired thing, such as `app ads/banner`.
        files: The contents of the files to write.
        removed: The files to delete.
        by_hand: The edit that a person must make, if the fleet cannot be edited safely; then there are no files.
        next_steps: The steps that a person takes after the files are written, in order.
    """

    name: str
    files: Mapping[str, bytes] = field(default_factory=dict)
    removed: tuple[str, ...] = ()
    by_hand: str = ""
    next_steps: tuple[str, ...] = ()


def app(root: Path, fleet: FleetInput, out: Path, name: str, approval: Approval) -> Retirement:
    """Return the retirement of an app, which deletes its manifest, versions, config files and home.

    If the manifest is already deleted but the tree still has the app, the retirement contains the rest.

    Args:
        root: The deploy repo.
        fleet: The fleet.
        out: The overlay tree.
        name: `TEAM/APP`, or `APP` if only one team has an app of this name.
        approval: The approver, reason and last day of the tombstone.

    Raises:
        DiagnosticError: SF720, there is no such app, or more than one; SF202, a release file is invalid.
    """
    written = {AppKey(p.parent.name, p.stem) for p in (root / "apps").glob("*/*.yaml")}
    missing = Diagnostic(
        "SF720",
        f"no manifest and no overlay belongs to an app {name!r}",
        None,
        "write TEAM/APP, as in the path of the manifest",
    )
    key = find_app(name, written | _compiled(out), missing)
    folder = root / "apps" / key.team / key.name
    others = config_files_of_others(root, key.team, f"apps/{key}.yaml")
    removed = [f"apps/{key}.yaml"] if key in written else []
    removed += [path for path in _files_below(root, folder) if path not in others]
    files = _tombstones(root, fleet, TombstoneScope(team=key.team, app=key.name), approval)
    files |= _releases(root, key.team, [key]) | _lock(fleet, key.team, key.name)
    return Retirement(f"app {key}", files, tuple(removed), next_steps=_commit_steps(fleet))


def team(root: Path, fleet: FleetInput, out: Path, name: str, approval: Approval) -> Retirement:
    """Return the retirement of a team, which deletes its folder, its release files, and its entry in the fleet.

    If the entry is already deleted but the tree still has apps of the team, the retirement contains the rest.

    Args:
        root: The deploy repo.
        fleet: The fleet.
        out: The overlay tree.
        name: The team.
        approval: The approver, reason and last day of the tombstone.

    Raises:
        DiagnosticError: SF720, there is no such team.
    """
    compiled = {key for key in _compiled(out) if key.team == name}
    listed_in_fleet = name in fleet.model.teams
    if not listed_in_fleet and not compiled:
        text = f"the fleet has no team {name!r}"
        raise DiagnosticError(Diagnostic("SF720", text, None, suggest(name, fleet.model.teams)))
    folder = root / "apps" / name
    files = _tombstones(root, fleet, TombstoneScope(team=name), approval)
    removed = [*_files_below(root, folder), *_release_files(root, name)]
    if listed_in_fleet:
        with Pool(1) as pool:
            edit = remove_entry(fleet.sources.folder, ("teams", name), pool)
        if edit is None:
            span = fleet.span(("teams", name))
            return Retirement(f"team {name}", by_hand=f"delete the entry of team {name} in the fleet ({span})")
        files |= _edited(fleet, edit)
    files |= _lock(fleet, name)
    return Retirement(f"team {name}", files, tuple(removed), next_steps=_commit_steps(fleet))


def cluster(root: Path, fleet: FleetInput, out: Path, name: str, approval: Approval) -> Retirement:
    """Return the next step to retire an empty cluster: set its state to retired, or else delete its entry.

    Args:
        root: The deploy repo.
        fleet: The fleet.
        out: The overlay tree.
        name: The cluster, as `find_cluster` accepts it.
        approval: The approver, reason and last day of the tombstone.

    Raises:
        DiagnosticError: SF720, there is no such cluster, or more than one; SF721, an earlier step is not done.
    """
    target = find_cluster(fleet, name, "SF720")
    inventory = read_previous(out).clusters.get(str(target))
    state = fleet.model.cluster(target).state
    _check_empty(fleet, target, state, inventory)
    retired = state == "retired"
    with Pool(1) as pool:
        if retired:
            edit = remove_entry(fleet.sources.folder, _entry(fleet, target), pool)
        else:
            edit = set_state(fleet.sources.folder, target.value_path, "retired", pool)
    place = f"the entry of cluster {target} in the fleet ({fleet.span(target.value_path)})"
    if edit is None:
        return Retirement(
            f"cluster {target}", by_hand=f"delete {place}" if retired else f"set state: 'retired' in {place}"
        )
    scope = TombstoneScope(target.environment, target.data_center, target.cluster)
    files = _tombstones(root, fleet, scope, approval) | _edited(fleet, edit)
    if retired and len(_entry(fleet, target)) == len(("environments", target.environment)):
        files |= _names(fleet, out, target.environment)
    application = f"{target.environment}-{target.cluster}"
    steps = (
        (f"when Argo CD has synced it, the last thing: kubectl -n argocd delete secret cluster-{application}",)
        if retired
        else (
            f"when the generator has adopted it: argocd app delete {application} --cascade",
            "then run this command again: it removes the cluster from the fleet",
        )
    )
    return Retirement(f"cluster {target}", files, next_steps=(*_commit_steps(fleet), *steps))


def apply(root: Path, retirement: Retirement) -> None:
    """Write and delete all files of a retirement, or none of them.

    The tombstones are written first. A kill in between leaves only the approval, and the command can be run again.

    Raises:
        OSError: A file cannot be written or deleted.
    """
    with Transaction(root) as transaction:
        for path, data in sorted(retirement.files.items(), key=lambda item: not item[0].endswith(f"/{FILE}")):
            transaction.write(path, data)
        for path in retirement.removed:
            transaction.remove(path)
    _remove_empty_folders(root, retirement.removed)


def _compiled(out: Path) -> set[AppKey]:
    """Return the keys of the apps in a tree."""
    clusters = read_previous(out).clusters.values()
    return {AppKey(row.team, name) for cluster in clusters for row in cluster.namespaces.values() for name in row.apps}


def _files_below(root: Path, folder: Path) -> Iterator[str]:
    """Yield the files and links below a folder. A folder that is itself a link is not followed."""
    if folder.is_dir() and not folder.is_symlink():
        for path in sorted(folder.rglob("*")):
            if path.is_file() or path.is_symlink():
                yield path.relative_to(root).as_posix()


def _check_empty(fleet: FleetInput, target: Target, state: str, inventory: ClusterInventory | None) -> None:
    """Check that the tree has no namespace on a cluster and, for a retired cluster, no file at all.

    Raises:
        DiagnosticError: SF721, the cluster is not empty.
    """
    if inventory is None:
        return
    tenancy = (
        path.removeprefix("_tenancy/").removesuffix(".yaml") for path in inventory.files if path[:9] == "_tenancy/"
    )
    span = fleet.span(target.value_path)
    if placed := sorted({*inventory.namespaces, *tenancy}):
        text = f"{target} still has {counted(len(placed), 'namespace')}: {listed(placed, NAMED)}"
        hint = f"move them with `sixfold drain {target}` (docs/runbooks/decommission-cluster.md)"
        if state != "draining":
            hint = f"set its state to 'draining' in the fleet, compile and commit, then {hint}"
        raise DiagnosticError(Diagnostic("SF721", text, span, hint))
    if state == "retired":
        text = f"{target} is retired in the fleet, but the tree still has its platform objects"
        raise DiagnosticError(Diagnostic("SF721", text, span, "run `sixfold compile`, and commit the tree first"))


def _entry(fleet: FleetInput, target: Target) -> tuple[str, ...]:
    """Return the path of the fleet entry to delete: the cluster's, or its parent's if it is the last one there."""
    if len(fleet.model.data_center(target.cell).clusters) > 1:
        return target.value_path
    others = len(fleet.model.environments[target.environment].data_centers) > 1
    return target.value_path[:4] if others else target.value_path[:2]


def _tombstones(root: Path, fleet: FleetInput, scope: TombstoneScope, approval: Approval) -> dict[str, bytes]:
    path = f"{fleet.name}/{FILE}"
    data = (root / path).read_bytes() if (root / path).exists() else None
    approved = approve(fleet.tombstones, data, [scope], approval)
    return {} if approved is None else {path: approved}


def _releases(root: Path, team: str, keys: Collection[AppKey]) -> dict[str, bytes]:
    """Return the release files of a team that have versions of the apps, with these versions removed."""
    names = [str(key) for key in keys]
    files = {}
    for path in sorted((root / FOLDER).glob(f"*/{team}.yaml")):
        name = path.relative_to(root).as_posix()
        release = load_release(path, root, name)
        if any(key in release.versions or key in release.back for key in names):
            files[name] = without_versions(path.read_bytes(), names)
    return files


def _release_files(root: Path, team: str) -> list[str]:
    """Return the paths of a team's release files."""
    return [path.relative_to(root).as_posix() for path in sorted((root / FOLDER).glob(f"*/{team}.yaml"))]


def _lock(fleet: FleetInput, team: str, app: str = "") -> dict[str, bytes]:
    """Return the lock without a team, or without the homes of one app; empty if the lock does not change."""
    lock = read_lock(fleet.sources.folder, fleet.name)
    if lock is None or (shorter := lock.without(team, app)) == lock:
        return {}
    return {f"{fleet.name}/{LOCK_FILE}": dump_lock(shorter)}


def _names(fleet: FleetInput, out: Path, environment: str) -> dict[str, bytes]:
    """Return the names lock without an environment that leaves the fleet; empty if the lock does not change."""
    file = read_names(fleet, out)
    shorter = file.names.within(fleet.model.environments.keys() - {environment})
    return {} if shorter == file.names else {file.shown: dump_names(shorter)}


def _edited(fleet: FleetInput, edit: Edit) -> dict[str, bytes]:
    return {f"{fleet.name}/{edit.file}": edit.text.encode()}


def _commit_steps(fleet: FleetInput) -> tuple[str, ...]:
    return (f"review it with `git diff` and `sixfold preview`, commit it ({fleet.name}/{FILE} included), and compile",)


def _remove_empty_folders(root: Path, removed: Iterable[str]) -> None:
    for path in removed:
        folder = (root / path).parent
        while folder not in (root, root / "apps", root / FOLDER):
            try:
                folder.rmdir()
            except OSError:
                break
            folder = folder.parent
