"""Write synthetic deploy repositories of any size: a fleet, manifests and release files, equal at every call."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from pathlib import Path

import rjsonnet

from sixfold_compiler.inputs.options import Options
from sixfold_compiler.placement.place import place as placing_of
from sixfold_compiler.placement.place import write_lock

__all__ = ["LARGE", "SMALL", "Size", "edit_one", "write_repo"]

ROOT = Path(__file__).resolve().parent.parent
TEAM = 20  # apps of a team


@dataclass(frozen=True)
class Size:
    """The size of a synthetic repository: the number of apps, and the used data centers of the example fleet."""

    name: str
    apps: int
    clusters: int | None = None


SMALL = Size("100 apps, one cluster", 100, 1)
LARGE = Size("2,000 apps, nine clusters", 2000)


def write_repo(folder: Path, size: Size) -> None:
    """Write `environments/`, `apps/` and `releases/` of that size into `folder`."""
    fleet = _fleet(size)
    (folder / "environments").mkdir(parents=True)
    (folder / "environments" / "fleet.jsonnet").write_text(json.dumps(fleet, indent=2))
    names = [f"app-{number:04}" for number in range(size.apps)]
    for number, name in enumerate(names):
        path = folder / "apps" / _team(number) / f"{name}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(_manifest(number, name, names))
    for environment in fleet["environments"]:
        releases: dict[str, dict[str, str]] = {}
        for number, name in enumerate(names):
            versions = releases.setdefault(_team(number), {})
            versions[f"{_team(number)}/{name}"] = f"1.{number % 7}.{number % 13}"
        for team, versions in releases.items():
            path = folder / "releases" / environment / f"{team}.yaml"
            path.parent.mkdir(parents=True, exist_ok=True)
            release = {"apiVersion": "sixfold.dev/v1", "kind": "Release", "environment": environment, "apps": versions}
            path.write_text(json.dumps(release, indent=1))
    place(folder)


def place(folder: Path) -> None:
    """Write the placement lock of the repository, as `sixfold place` does."""
    placing = placing_of(Options(fleet=folder / "environments", base=folder), dt.date(2026, 11, 26))
    assert not [d for d in placing.diagnostics if d.severity == "error"], placing.diagnostics[0]
    write_lock(folder / "environments", placing.data)


def edit_one(folder: Path) -> None:
    """Change one environment variable in one manifest."""
    path = folder / "apps" / _team(7) / "app-0007.yaml"
    text = path.read_text()
    changed = text.replace("value: info", "value: debug", 1)
    assert changed != text
    path.write_text(changed)


def _fleet(size: Size) -> dict:
    """Return the Jsonnet of the example fleet with synthetic teams."""
    fleet = json.loads(rjsonnet.evaluate_file(str(ROOT / "environments" / "fleet.jsonnet")))
    if size.clusters is not None:
        center = fleet["environments"]["prod"]["dataCenters"]["dc1"]
        center["clusters"] = dict(list(center["clusters"].items())[: size.clusters])
        fleet["environments"] = {"prod": {"dataCenters": {"dc1": center}}}
        fleet["argocd"]["instances"] = {"prod": fleet["argocd"]["instances"]["prod"]}
    # Room for any number of apps, and every team on every cluster: placing is measured elsewhere.
    for environment in fleet["environments"].values():
        environment.pop("placement", None)
        for center in environment["dataCenters"].values():
            for cluster in center["clusters"].values():
                cluster["capacity"] = {**cluster["capacity"], "cpu": 100_000, "memory": "1Pi", "pods": 1_000_000}
    small = {"cpu": 4000, "memory": "8Ti", "pods": 20_000}
    fleet["teams"] = {
        _team(number): {"owners": [f"oidc:{_team(number)}"], "quota": small, "highestTier": "P0"}
        for number in range(0, size.apps, TEAM)
    }
    return fleet


def _team(number: int) -> str:
    return f"team-{number // TEAM:03}"


def _manifest(number: int, name: str, names: list[str]) -> str:
    """Return a manifest of about sixty lines. One app in ten is a StatefulSet, one in twenty a CronJob."""
    callee = names[(number // TEAM) * TEAM + (number + 1) % TEAM]
    kind = "CronJob" if number % 20 == 13 else "StatefulSet" if number % 10 == 4 else "Deployment"
    lines = [
        "apiVersion: sixfold.dev/v1",
        "kind: App",
        "metadata:",
        f"  name: {name}",
        f"  team: {_team(number)}",
        "  labels:",
        "    app.kubernetes.io/part-of: benchmark",
        "spec:",
        f"  kind: {kind}",
        f"  tier: P{number % 3}",
        f"  image: registry.example.com/{_team(number)}/{name}",
        "  env:",
        "    - name: LOG_LEVEL",
        "      value: info",
        "    - name: POD_IP",
        "      valueFrom: {fieldRef: {fieldPath: status.podIP}}",
        "    - name: DATABASE_PASSWORD",
        "      valueFrom: {secretKeyRef: {name: database, key: password}}",
    ]
    if _serves(number + 1):
        lines += ["    - name: NEXT_URL", f"      valueFrom: {{callRef: {{app: {callee}, port: http, format: url}}}}"]
        lines += ["  calls:", f"    - app: {callee}", "    - {host: api.example.net, port: 443}"]
    lines += [
        "  config:",
        "    - name: settings",
        "      mountPath: /etc/app",
        "      data:",
        "        app.yaml: |",
        f"          shard: {number}",
        "          cache:",
        "            ttl: 30s",
        "            entries: 10000",
        "  resources:",
        f"    requests: {{cpu: {100 + number % 5 * 50}m, memory: 256Mi}}",
        "    limits: {memory: 512Mi}",
    ]
    if kind == "CronJob":
        lines += ["  schedule:", f'    cron: "{number % 60} 3 * * *"', "  job: {backoffLimit: 2}"]
        return "\n".join(lines) + "\n"
    return "\n".join([*lines, *_serving(number, kind)]) + "\n"


def _serving(number: int, kind: str) -> list[str]:
    """Return the manifest lines of an app with ports: ports, probes, a road, and the number of pods."""
    lines = [
        "  ports:",
        "    - {name: http, port: 8080}",
        "    - {name: metrics, port: 9090}",
        "  probes:",
        "    startup:",
        "      httpGet: {path: /healthz, port: http}",
        "      failureThreshold: 24",
        "    readiness:",
        "      httpGet: {path: /readyz, port: http}",
        "    liveness:",
        "      httpGet: {path: /healthz, port: http}",
        "  scrape: {port: metrics}",
        "  roads:",
        "    intra-dc:",
        "      port: http",
        f"      callers: [{_team(number)}]",
        "      timeout: 2s",
    ]
    if kind == "StatefulSet":
        lines += ["  replicas: 3", "  volumes:"]
        lines += ["    - name: data", "      mountPath: /data", "      claim: {size: 5Gi}"]
    else:
        lines += ["  autoscaling:", f"    min: {4 + number % 5}", "    max: 40", "    cpu: 60"]
        lines += ["  overrides:", "    - match: {environment: prod, dataCenter: dc1}"]
        lines += ["      spec:", f"        autoscaling: {{min: {30 + number % 9}, max: 300}}"]
    return lines


def _serves(number: int) -> bool:
    """Return whether an app has ports, so that others can call it."""
    return number % 20 != 13
