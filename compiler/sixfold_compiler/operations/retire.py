"""Retiring an app, a team or a cluster: the change and the tombstone that it needs, worked out together."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sixfold_compiler.diagnostics import Diagnostic, DiagnosticError, suggest
from sixfold_compiler.engine import Pool
from sixfold_compiler.files.atomic import replace_file
from sixfold_compiler.inputs.config_files import config_files_of_others
from sixfold_compiler.inputs.fleet_edit import remove_entry, set_state
from sixfold_compiler.inputs.lookup import find_cluster
from sixfold_compiler.inputs.releases import without_versions
from sixfold_compiler.inputs.sources import load_release
from sixfold_compiler.inputs.tombstones import FILE, Approval, with_tombstones
from sixfold_compiler.model.base import dump
from sixfold_compiler.placement import LOCK_FILE, dump_lock, read_lock
from sixfold_compiler.tree.reader import read_previous

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from sixfold_compiler.inputs.fleet import FleetInput
    from sixfold_compiler.model.addresses import Target

__all__ = ["Retirement", "app", "apply", "cluster", "team"]


@dataclass(frozen=True, slots=True)
class Retirement:
    """Files to write and to delete, by path relative to the repo's root; the tombstone is written first.

    `by_hand` is the edit that a person makes, where the fleet could not be edited safely: then nothing is written.
    """

    what: str
    files: dict[str, bytes] = field(default_factory=dict)
    removed: tuple[str, ...] = ()
    by_hand: str = ""
    next_steps: tuple[str, ...] = ()


def app(root: Path, fleet: FleetInput, out: Path, name: str, approval: Approval) -> Retirement:
    """The retirement of an app, `team/app` or a name that one team alone has: manifest, versions and config files.

    An app whose manifest was deleted before, and which the tree in `out` still has, gets what is missing.

    Raises:
        DiagnosticError: SF720, there is no such app, or several; SF202, a release file is wrong.
    """
    written = {f"{p.parent.name}/{p.stem}" for p in (root / "apps").glob("*/*.yaml")}
    keys = sorted(written | _compiled(out))
    hits = [key for key in keys if name in (key, key.partition("/")[2])]
    if len(hits) != 1:
        text = f"{name!r} could be {' or '.join(hits)}" if hits else f"no manifest of an app {name!r}, and no overlay"
        hint = "write TEAM/APP" if hits else suggest(name, [*keys, *(k.partition("/")[2] for k in keys)])
        raise DiagnosticError(Diagnostic("SF720", text, None, hint))
    key = hits[0]
    owner, _, short = key.partition("/")
    folder = root / "apps" / owner / short
    others = config_files_of_others(root, owner, f"apps/{key}.yaml")
    removed = [f"apps/{key}.yaml"] if key in written else []
    if folder.is_dir() and not folder.is_symlink():
        paths = [p.relative_to(root).as_posix() for p in sorted(folder.rglob("*")) if p.is_file() or p.is_symlink()]
        removed += [path for path in paths if path not in others]
    files = _tombstoned(root, fleet, approval.stone(team=owner, app=short)) | _releases(root, [key])
    files |= _unplaced(fleet, owner, short)
    return Retirement(f"app {key}", files, tuple(removed), next_steps=_commit(fleet))


def team(root: Path, fleet: FleetInput, out: Path, name: str, approval: Approval) -> Retirement:
    """The retirement of a team: everything in its folder, its versions, and its entry in the fleet.

    A team whose entry was deleted before, and of which the tree in `out` still has apps, gets what is missing.

    Raises:
        DiagnosticError: SF720, there is no such team; SF202, a release file is wrong.
    """
    compiled = {key for key in _compiled(out) if key.startswith(f"{name}/")}
    listed = name in fleet.model.teams
    if not listed and not compiled:
        raise DiagnosticError(
            Diagnostic("SF720", f"no team {name!r} in the fleet", None, suggest(name, fleet.model.teams))
        )
    folder = root / "apps" / name
    found = sorted(folder.rglob("*")) if folder.is_dir() and not folder.is_symlink() else []
    removed = tuple(p.relative_to(root).as_posix() for p in found if p.is_file() or p.is_symlink())
    keys = sorted({f"{name}/{p.stem}" for p in folder.glob("*.yaml")} | compiled)
    files = _tombstoned(root, fleet, approval.stone(team=name)) | _releases(root, keys)
    if listed:
        with Pool(1) as pool:
            edit = remove_entry(fleet.sources.folder, ("teams", name), pool)
        if edit is None:
            span = fleet.span(("teams", name))
            return Retirement(f"team {name}", by_hand=f"delete the entry of team {name} in the fleet ({span})")
        files[f"{fleet.name}/{edit.file}"] = edit.text.encode()
    files |= _unplaced(fleet, name)
    return Retirement(f"team {name}", files, removed, next_steps=_commit(fleet))


def cluster(root: Path, fleet: FleetInput, out: Path, name: str, approval: Approval) -> Retirement:
    """One of the two last steps of a cluster that hosts nothing: its state becomes retired; then its entry goes.

    Raises:
        DiagnosticError: SF720, there is no such cluster, or several; SF721, it is not time for that yet.
    """
    target = find_cluster(fleet, name, "SF720")
    path = ("environments", target.environment, "dataCenters", target.data_center, "clusters", target.cluster)
    value = fleet.model.environments[target.environment].data_centers[target.data_center].clusters[target.cluster]
    inventory = read_previous(out).clusters.get(str(target), {})
    placed = sorted(
        set(inventory.get("namespaces", {}))
        | {
            p.removeprefix("_tenancy/").removesuffix(".yaml")
            for p in inventory.get("files", {})
            if p[:9] == "_tenancy/"
        }
    )
    if placed:
        sample = ", ".join(placed[:5]) + (f" and {len(placed) - 5} more" if len(placed) > 5 else "")
        text = f"{target} still has {len(placed)} namespace{'s' if len(placed) > 1 else ''}: {sample}"
        hint = f"`sixfold drain {target}` moves them away, step by step (docs/runbooks/decommission-cluster.md)"
        if value.state != "draining":
            hint = f"set its state to 'draining' in the fleet, compile and commit; then {hint}"
        raise DiagnosticError(Diagnostic("SF721", text, fleet.span(path), hint))
    stone = approval.stone(environment=target.environment, dataCenter=target.data_center, cluster=target.cluster)
    files = _tombstoned(root, fleet, stone)
    retired = value.state == "retired"
    if retired and inventory:
        text = f"{target} is retired in the fleet, and the tree still has its platform objects"
        raise DiagnosticError(Diagnostic("SF721", text, fleet.span(path), "`sixfold compile`, and commit that first"))
    application = f"{target.environment}-{target.cluster}"
    with Pool(1) as pool:
        if retired:
            edit = remove_entry(fleet.sources.folder, _alone(fleet, target, path), pool)
            by_hand = f"delete the entry of cluster {target} in the fleet ({fleet.span(path)})"
            steps = (
                *_commit(fleet),
                f"when Argo CD has synced it, the last thing: kubectl -n argocd delete secret cluster-{application}",
            )
        else:
            edit = set_state(fleet.sources.folder, path, "retired", pool)
            by_hand = f"set state: 'retired' in the entry of cluster {target} in the fleet ({fleet.span(path)})"
            steps = (
                *_commit(fleet),
                f"when the generator has adopted it: argocd app delete {application} --cascade",
                "then run this command again: it takes the cluster out of the fleet",
            )
    what = f"cluster {target}"
    if edit is None:
        return Retirement(what, by_hand=by_hand)
    files[f"{fleet.name}/{edit.file}"] = edit.text.encode()
    return Retirement(what, files, next_steps=steps)


def _compiled(out: Path) -> set[str]:
    """The apps that a tree has."""
    clusters = read_previous(out).clusters.values()
    return {f"{row['team']}/{app}" for c in clusters for row in c["namespaces"].values() for app in row["apps"]}


def apply(root: Path, retirement: Retirement) -> None:
    """Write everything, or nothing: what was done is undone when a file cannot be written or deleted.

    A kill in between leaves the tombstone, which approves no more than was approved, and the command can be run again.

    Raises:
        OSError: The file system refused.
    """
    paths = [*retirement.files, *retirement.removed]
    links = {p: (root / p).readlink() for p in paths if (root / p).is_symlink()}
    before = {p: (root / p).read_bytes() for p in paths if p not in links and (root / p).exists()}
    try:
        for path, data in sorted(retirement.files.items(), key=lambda item: not item[0].endswith(f"/{FILE}")):
            replace_file(root / path, data)
        for path in retirement.removed:
            (root / path).unlink()
    except BaseException:
        for path in paths:
            if path in before:
                replace_file(root / path, before[path])
            elif path in links:
                (root / path).unlink(missing_ok=True)
                (root / path).symlink_to(links[path])
            else:
                (root / path).unlink(missing_ok=True)
        raise
    _tidy(root, retirement.removed)


def _tidy(root: Path, removed: Iterable[str]) -> None:
    """Remove the folders that became empty."""
    for path in removed:
        folder = (root / path).parent
        while folder not in (root, root / "apps"):
            try:
                folder.rmdir()
            except OSError:
                break
            folder = folder.parent


def _unplaced(fleet: FleetInput, team: str, app: str = "") -> dict[str, bytes]:
    """The lock without what goes, where there is a lock."""
    lock = read_lock(fleet.sources.folder, fleet.name)
    if lock is None or (rest := lock.without(team, app)) == lock:
        return {}
    return {f"{fleet.name}/{LOCK_FILE}": dump_lock(rest)}


def _tombstoned(root: Path, fleet: FleetInput, stone: dict[str, str]) -> dict[str, bytes]:
    scope = {key: value for key, value in stone.items() if key not in ("approvedBy", "reason", "until")}
    for there in fleet.tombstones.entries:
        known = {key: value for key, value in dump(there).items() if key not in ("approvedBy", "reason", "until")}
        if known == scope and there.until >= stone["until"]:
            return {}  # approved already
    path = f"{fleet.name}/{FILE}"
    data = (root / path).read_bytes() if (root / path).exists() else None
    return {path: with_tombstones(data, [stone])}


def _releases(root: Path, keys: list[str]) -> dict[str, bytes]:
    files = {}
    for path in sorted((root / "releases").glob("*.yaml")):
        name = f"releases/{path.name}"
        release = load_release(path, root, name)
        if any(key in release.versions for key in keys):
            files[name] = without_versions(path.read_bytes(), keys)
    return files


def _alone(fleet: FleetInput, target: Target, path: tuple[str, ...]) -> tuple[str, ...]:
    """The entry that goes: the cluster's; its data center's or environment's, where nothing else is in it."""
    environment = fleet.model.environments[target.environment]
    if len(environment.data_centers[target.data_center].clusters) > 1:
        return path
    return path[:4] if len(environment.data_centers) > 1 else path[:2]


def _commit(fleet: FleetInput) -> tuple[str, ...]:
    return (f"look at it with `git diff` and `sixfold preview`, commit it ({fleet.name}/{FILE} included), and compile",)
