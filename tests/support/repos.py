"""Small deploy repos for tests, with two data centers, three clusters, three teams, and manifests to change."""

from __future__ import annotations

import contextlib
import copy
import datetime as dt
import hashlib
import json
import shutil
from pathlib import Path
from typing import Any, Self

import yaml

from sixfold_compiler.diagnostics import DiagnosticError
from sixfold_compiler.inputs.fleet_loader import load_fleet
from sixfold_compiler.inputs.options import Options
from sixfold_compiler.inputs.sources import discover
from sixfold_compiler.pipeline.plan import plan
from sixfold_compiler.placement import LOCK_FILE, Lock, read_lock
from sixfold_compiler.placement.locktext import dump_lock
from sixfold_compiler.placement.propose import propose
from sixfold_compiler.placement.read_demands import read_demands

ROOT = Path(__file__).resolve().parents[2]
TODAY = dt.date(2026, 11, 26)
EXAMPLES = ROOT / "examples"
ENVIRONMENTS = ROOT / "environments"


def cluster(name: str, cpu: Any = 100, **fields: Any) -> dict[str, Any]:
    return {
        "server": f"https://{name}.eks.example.com",
        "eks": {"name": name, "roleArn": f"arn:aws:iam::111111111111:role/argocd-{name}"},
        "version": "1.36",
        "capacity": {"cpu": cpu, "memory": "400Gi", "pods": 1000},
        "gateway": {"address": f"gw.{name}.example.internal"},
        "instance": "main",
        **fields,
    }


def team(**fields: Any) -> dict[str, Any]:
    return {
        "owners": ["oidc:people"],
        "highestTier": "P0",
        "loadBalancers": 10,
        "quota": {"cpu": 40, "memory": "80Gi", "pods": 200},
        **fields,
    }


FLEET: dict[str, Any] = {
    "apiVersion": "sixfold.dev/v1",
    "kind": "Fleet",
    "name": "small",
    "repository": {"url": "https://git.example.com/deploy.git", "path": "overlays"},
    "domains": {"internal": "example.internal", "external": "example.com"},
    "platform": {"mesh": {"envoy": {"image": "docker.io/envoyproxy/envoy:distroless-v1.40.0"}}},
    "tiers": {f"P{n}": {"priority": 10 ** (6 - n), "priorityClass": f"tier-p{n}"} for n in range(3)},
    "defaults": {"tier": "P2", "securityContext": {"runAsUser": 1000}},
    "argocd": {"instances": {"main": {"generatorUrl": "http://generator.argocd.svc:8080"}}},
    "allow": {"images": ["*"]},
    "teams": {"shop": team(), "pay": team(), "search": team()},
    "environments": {
        "prod": {
            "dataCenters": {
                "dc1": {
                    "region": "eu-central-1",
                    "clusters": {"dc1-a": cluster("dc1-a", 120), "dc1-b": cluster("dc1-b", 80)},
                },
                "dc2": {"region": "eu-west-1", "clusters": {"dc2-a": cluster("dc2-a")}},
            }
        }
    },
}


def manifest(key: str, *objects: dict[str, Any], **spec: Any) -> str:
    """Return a manifest of `team/app` that compiles, with the fields of `spec` added."""
    owner, _, name = key.partition("/")
    head = {
        "apiVersion": "sixfold.dev/v1",
        "kind": "App",
        "metadata": {"name": name, "team": owner},
        "spec": {"image": "registry.example.com/app:1.0", "ports": [{"name": "http", "port": 8080}], **spec},
    }
    return "---\n".join(yaml.safe_dump(d, sort_keys=False) for d in (head, *objects))


class Inline:
    """A stand-in for a pool, which runs its jobs in this process one after the other."""

    def __init__(self, context: Any = None) -> None:
        self.context = context

    def run(self, function: Any, jobs: Any) -> Any:
        return ((index, function(self.context, job)) for index, job in enumerate(jobs))


def place(fleet_folder: Path, base: Path, *paths: Path) -> None:
    """Write the lock, as `sixfold place` does for the first time.

    The lock stays as it is if the fleet is invalid or a rule cannot be met.
    """
    with contextlib.suppress(DiagnosticError):
        fleet = load_fleet(fleet_folder, Inline())  # type: ignore[arg-type]
        read = read_demands(discover(paths, base), Lock(), Inline(fleet))  # type: ignore[arg-type]
        result = propose(fleet, read.demands, Lock(), today=TODAY)
        if not result.failed:
            (fleet_folder / LOCK_FILE).write_bytes(dump_lock(result.lock))


class Repo:
    """A deploy repo in a folder: fleet, manifests, tree. Every run places it again, unless it is `locked`."""

    locked = False

    def __init__(self, folder: Path, apps: tuple[str, ...] = ("shop/web", "pay/cards", "search/index")) -> None:
        self.folder = folder
        self.out = folder / "overlays"
        self.data = copy.deepcopy(FLEET)
        self.write_fleet()
        for key in apps:
            self.put(key)

    @classmethod
    def existing(cls, folder: Path, data: dict[str, Any] = FLEET) -> Self:
        """Return the repo in a folder that has one already, with the fleet that it was written from."""
        repo = cls.__new__(cls)
        repo.folder, repo.out, repo.data = folder, folder / "overlays", copy.deepcopy(data)
        return repo

    def copied_to(self, folder: Path) -> Self:
        shutil.copytree(
            self.folder, folder, symlinks=True
        )  # with times, by which a compile decides which files to trust
        return self.existing(folder, self.data)

    def write_fleet(self) -> None:
        self.write("environments/fleet.jsonnet", json.dumps(self.data, indent=2))

    def write(self, path: str, text: str | bytes) -> Path:
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return file

    def put(self, key: str, *objects: dict[str, Any], **spec: Any) -> Path:
        return self.write(f"apps/{key}.yaml", manifest(key, *objects, **spec))

    def remove(self, key: str) -> None:
        (self.folder / f"apps/{key}.yaml").unlink()

    def options(self, *paths: str, **fields: Any) -> Options:
        if not self.locked:
            place(self.folder / "environments", self.folder)
        settings: dict[str, Any] = {
            "paths": tuple(self.folder / p for p in paths),
            "fleet": self.folder / "environments",
            "out": self.out,
            "base": self.folder,
            "jobs": 1,  # a second worker parses the library again; tests about workers say how many
            "stage_in_tree": True,
            "guard": False,  # tests change these repos freely; tests of the guard enable it
        }
        return Options(**settings | fields)

    def compile(self, *paths: str, **fields: Any) -> Run:
        """Compile and write, as `sixfold compile` does."""
        with plan(self.options(*paths, **fields)) as result:
            result.write()
        return Run(result)

    def lock(self) -> Lock:
        """Return the lock, after placing the repo again (unless it is `locked`)."""
        self.options()
        lock = read_lock(self.folder / "environments")
        assert lock is not None
        return lock

    def tree(self) -> dict[str, bytes]:
        return tree(self.out)


class Run:
    """The diagnostics, the summary and the changed files of a run."""

    def __init__(self, result: Any) -> None:
        self.diagnostics = result.diagnostics
        self.codes = [d.code for d in result.diagnostics]
        self.summary = result.summary
        self.changed = {c.path: c.kind for c in result.changes}
        self.fatal = result.fatal

    @property
    def overlays(self) -> dict[str, str]:
        """Return the changes of overlays of apps, without those of other files."""
        return {p: k for p, k in self.changed.items() if is_overlay(p)}

    def __repr__(self) -> str:
        return "\n".join(f"{d.code} {d.span} {d.message} [{d.app}]" for d in self.diagnostics) + f"\n{self.changed}"


def compile_folder(folder: str) -> int:
    """Compile the repo in a folder and return the exit code; the entry point of processes that tests disturb."""
    run = Repo.existing(Path(folder)).compile()
    print(run)
    return int(any(d.severity == "error" for d in run.diagnostics))


def is_overlay(path: str) -> bool:
    parts = path.split("/")
    return len(parts) == 5 and not parts[3].startswith("_")


def tree(out: Path) -> dict[str, bytes]:
    """Return every file of a tree by path, including staging folders and links."""
    return {
        p.relative_to(out).as_posix(): p.read_bytes() for p in sorted(out.rglob("*")) if p.is_file() or p.is_symlink()
    }


def fingerprint(files: dict[str, bytes]) -> str:
    """Return one digest of all files of a tree."""
    digest = hashlib.sha256()
    for path in sorted(files):
        digest.update(f"{path}\0{len(files[path])}\0".encode() + files[path])
    return digest.hexdigest()


def owned(out: Path) -> set[str]:
    """Check each digest in the inventories, and return every path that they name."""
    gathered = {"inventory.json"}
    root = json.loads((out / "inventory.json").read_bytes())

    def check(path: str, entry: dict[str, Any]) -> bytes:
        data = (out / path).read_bytes()
        assert entry["digest"] == "sha256:" + hashlib.sha256(data).hexdigest(), path
        assert entry["size"] == len(data), path
        gathered.add(path)
        return data

    for cell, entry in root["dataCenters"].items():
        check(f"{cell}/facts.json", entry)
    for instance, value in root["argocd"].items():
        for name, entry in value["files"].items():
            check(f"argocd/{instance}/{name}", entry)
    for key, entry in root["clusters"].items():
        inventory = json.loads(check(f"{key}/inventory.json", entry))
        for name, item in inventory["files"].items():
            check(f"{key}/{name}", item)
        for namespace, value in inventory["namespaces"].items():
            for app, item in value["apps"].items():
                check(f"{key}/{namespace}/{app}.yaml", item)
    return gathered
