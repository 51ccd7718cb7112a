"""Small valid overlay trees, as the compiler writes them, that are easy to change."""

from __future__ import annotations

import copy
import hashlib
import json
import shutil
from typing import TYPE_CHECKING

from sixfold_compiler.tree.seal import BLANK, seal
from tests.support.git import git, new_repo

if TYPE_CHECKING:
    from pathlib import Path

TOPOLOGY = {
    "prod": {"dc1": ["dc1-a", "dc1-b", "dc1-c"], "dc2": ["dc2-a", "dc2-b", "dc2-c"]},
    "staging": {"dc1": ["dc1-s"], "dc2": ["dc2-s"]},
}
REGIONS = {"dc1": "ap-south-1", "dc2": "ap-southeast-1"}
TEAMS = {"playback": ["match-service", "player"], "identity": ["auth", "user-profile"], "ads": ["ads"]}
REPOSITORY = {"url": "https://git.example.com/deploy.git", "branch": "main", "path": ""}


def placements(topology=None, teams=None):
    """Return {cluster key: {namespace: (team, {app: content})}}: every team everywhere, but ads in dc1 only."""
    result = {}
    for environment, centers in (topology or TOPOLOGY).items():
        for center, clusters in centers.items():
            for cluster in clusters:
                result[f"{environment}/{center}/{cluster}"] = {
                    team: (team, {app: f"# {app}\n" for app in apps})
                    for team, apps in (teams or TEAMS).items()
                    if not (team == "ads" and center == "dc2")
                }
    return copy.deepcopy(result)


class Spec:
    """The parts of a tree. Change them, then `write` it."""

    def __init__(self, where=None, repository=None):
        self.where = placements() if where is None else where
        self.repository = dict(REPOSITORY, **(repository or {}))
        self.tombstones = []
        # No budget: every removal requires a tombstone.
        self.deletions = {"applications": 0, "overlays": 0, "objects": 0, "minimum": 0}
        self.argocd = {"ap-south-1": {"platform.yaml": ["AppProject/sixfold-platform"]}}
        self.holds = {}  # path: the objects of that overlay, if there is not exactly one
        self.units = {}
        self.platform = {key: {"_platform/gateway.yaml": "# gateway\n"} for key in self.where}
        self.weights = {}  # (cluster's key, namespace): its weight, if it is not 34
        self.cells = {}  # team: cells where it may run, besides those where it runs
        self.servers = {}
        self.instances = {}
        self.labels = {"tier": "gold"}  # the labels of every cluster

    def bury(self, **scope):
        """Add a tombstone."""
        fields = {"approvedBy": "someone", "reason": "for the test", "until": "2999-12-31"}
        self.tombstones.append({**fields, **scope})
        return self

    def allow(self, **budgets):
        """Set budgets; the others have the defaults of the fleet."""
        self.deletions = budgets
        return self

    def remove_cluster(self, key):
        del self.where[key], self.platform[key]

    def remove_team(self, team, *keys):
        for key in keys or list(self.where):
            self.where[key].pop(team, None)

    def teams(self):
        result = {}
        for key, namespaces in self.where.items():
            cell = key.rpartition("/")[0]
            for team, _ in namespaces.values():
                counts = result.setdefault(team, {})
                counts[cell] = counts.get(cell, 0) + 1
        for team, cells in self.cells.items():
            for cell in cells:
                result.setdefault(team, {}).setdefault(cell, 0)
        return {
            team: {"project": team, "unit": self.units.get(team, "namespace"), "applications": counts}
            for team, counts in result.items()
        }

    def cluster(self, key, namespaces):
        """Return the inventory of a cluster, and its files as {path: bytes}."""
        environment, center, cluster = key.split("/")
        contents = dict(self.platform[key])
        contents |= {f"_tenancy/{name}.yaml": f"# tenancy of {name}\n" for name in namespaces}
        inventory = {
            "apiVersion": "sixfold.dev/v1",
            "kind": "ClusterInventory",
            "environment": environment,
            "dataCenter": center,
            "region": REGIONS.get(center, "eu-west-1"),
            "cluster": cluster,
            "server": self.servers.get(key, f"https://{environment}-{cluster}.example.com"),
            "instance": self.instances.get(key, REGIONS.get(center, "eu-west-1")),
            "labels": self.labels,
            "application": f"{environment}-{cluster}",
            "project": "sixfold-platform",
            "wave": 1,
            "files": {path: entry(text, self.holds.get(f"{key}/{path}")) for path, text in contents.items()},
            "namespaces": {},
        }
        files = {f"{key}/{path}": text.encode() for path, text in contents.items()}
        for name, (team, apps) in namespaces.items():
            inventory["namespaces"][name] = {
                "team": team,
                "project": team,
                "application": f"{environment}-{cluster}-{name}",
                "weight": self.weights.get((key, name), 34),
                "apps": {
                    app: {
                        "application": f"{environment}-{cluster}-{name}-{app}",
                        **entry(text, self.holds.get(f"{key}/{name}/{app}.yaml")),
                    }
                    for app, text in apps.items()
                },
            }
            files |= {f"{key}/{name}/{app}.yaml": text.encode() for app, text in apps.items()}
        return inventory, files

    def files(self):
        """Return the tree as {path: bytes}."""
        files = {}
        clusters = {}
        for key, namespaces in self.where.items():
            inventory, own = self.cluster(key, namespaces)
            files |= own
            files[f"{key}/inventory.json"] = dump(inventory)
            clusters[key] = brief(files[f"{key}/inventory.json"])
        cells = sorted({key.rpartition("/")[0] for key in self.where})
        for cell in cells:
            files[f"{cell}/facts.json"] = b"{}\n"
        argocd = {}
        for instance, contents in self.argocd.items():
            argocd[instance] = {"files": {}}
            for file, held in contents.items():
                text = f"# {' '.join(held)}\n"
                files[f"argocd/{instance}/{file}"] = text.encode()
                argocd[instance]["files"][file] = entry(text, held)
        files["inventory.json"] = sealed_dump(
            {
                "apiVersion": "sixfold.dev/v1",
                "kind": "Inventory",
                "fleet": "example",
                "compiler": "0.1.0",
                "repository": self.repository,
                "clusters": clusters,
                "dataCenters": {cell: brief(b"{}\n") for cell in cells},
                "argocd": argocd,
                "teams": self.teams(),
                "tombstones": self.tombstones,
                "deletions": self.deletions,
            }
        )
        return files

    def write(self, folder: Path) -> Path:
        """Replace the tree in `folder`; the root inventory is replaced last."""
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.iterdir():
            if old.name != ".git":
                shutil.rmtree(old) if old.is_dir() else old.unlink()
        for path, data in self.files().items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(data)
        return folder


class GitTree:
    """A git repo with a worktree for each commit and a link to the current one, as git-sync keeps them."""

    def __init__(self, folder: Path):
        self.repo = folder / "repo"
        self.link = folder / "link"
        self.folder = folder
        self.repo.mkdir(parents=True)
        new_repo(self.repo)

    def git(self, *arguments: str, at: str = "") -> str:
        return git(self.repo, *arguments, at=at)

    def commit(self, spec: Spec, at: str = "") -> str:
        """Commit the tree, at some time, and swap the link to its checkout."""
        spec.write(self.repo / spec.repository["path"])
        return self.publish(at=at)

    def publish(self, *, force=True, at: str = "") -> str:
        """Commit the files of the repo's folder (ignored ones too, if forced) and swap the link to its checkout."""
        self.git("add", "--all", *(["--force"] if force else []))
        self.git("commit", "--quiet", "--allow-empty", "--message=tree", at=at)
        commit = self.git("rev-parse", "HEAD")
        checkout = self.folder / commit
        if not checkout.exists():
            self.git("worktree", "add", "--quiet", "--detach", str(checkout), commit)
        swap = self.folder / "link.tmp"
        swap.symlink_to(checkout)
        swap.replace(self.link)
        return commit


def entry(text: str, held: list[str] | None = None) -> dict:
    held = ["Deployment"] if held is None else held
    return {"objects": len(held), "holds": " ".join(held), **brief(text.encode())}


def brief(data: bytes) -> dict:
    return {"digest": "sha256:" + hashlib.sha256(data).hexdigest(), "size": len(data)}


def dump(document: dict) -> bytes:
    return (json.dumps(document, indent=2, sort_keys=True) + "\n").encode()


def sealed_dump(document: dict) -> bytes:
    """Return the bytes of a root inventory, with its checksum."""
    return seal(dump({**document, "checksum": BLANK}))


class Memory:
    """A tree in memory, as a `Source`."""

    def __init__(self, files: dict, commit: str = "", inside: str = ""):
        self.files = files
        self.commit = commit
        self.inside = inside

    def read(self, path, limit):
        return self.files[path]

    def names(self, folder):
        start = f"{folder}/" if folder else ""
        inside = [path[len(start) :] for path in self.files if path.startswith(start)]
        return iter(sorted({(name.partition("/")[0], "/" in name) for name in inside}))


def read(spec: Spec, commit: str = "") -> tuple:
    """Read a tree as (snapshot without revisions, tombstones, budgets)."""
    from sixfold_generator.adoption.read_tree import read_tree

    snapshot, inventory = read_tree(Memory(spec.files(), commit, spec.repository["path"]))
    return snapshot, inventory.tombstones, inventory.deletions
