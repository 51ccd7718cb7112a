"""Hold the files of every gateway to an Envoy itself: `sixfold check --envoy PATH`.

Envoy's own check reads no file that it watches, so everything is put into its bootstrap, a configuration for each
shard. Gateways of a data center may have equal files: each configuration is tried once.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from sixfold_compiler.diagnostics import Diagnostic, Span
from sixfold_compiler.pipeline.render.blame import culprits

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sixfold_compiler.pipeline.plan import Plan

__all__ = ["UnusableEnvoyError", "check_envoy", "version_of"]

FILE = "_platform/gateway.yaml"
FOLDER = "/etc/envoy/bootstrap"  # of the bootstrap in the container
SECONDS = 120  # for one configuration; 5,000 services take six


class UnusableEnvoyError(Exception):
    """The program is no Envoy, or cannot run."""


def version_of(program: Path) -> str:
    """Return the version of an Envoy.

    Raises:
        UnusableEnvoyError: It is none, or cannot run.
    """
    done = _run([program, "--version"])
    _, found, version = done.stdout.partition("version: ")
    parts = version.split("/")
    if done.returncode or not found or len(parts) < 2:
        raise UnusableEnvoyError("it does not say which Envoy it is")
    return parts[1]


def check_envoy(result: Plan, program: Path) -> list[Diagnostic]:
    """Return an SF507 for each app whose values Envoy refuses in the files of a gateway, or for the gateway itself.

    Args:
        result: The compile, which still has its staged files.
        program: Envoy.

    Raises:
        UnusableEnvoyError: The program is no Envoy, or cannot run.
    """
    version_of(program)
    if result.fleet is None:
        return []
    staged = {change.path: change.new for change in result.changes}
    known: dict[str, list[Diagnostic]] = {}
    problems: dict[Diagnostic, None] = {}
    for target, _ in result.fleet.targets():
        path = f"{target}/{FILE}"
        file = staged.get(path, result.out / path)
        if file is None or not file.is_file():
            continue
        for part, shard in _shards(yaml.load_all(file.read_bytes(), yaml.CSafeLoader)):
            key = json.dumps(shard, sort_keys=True)
            if key not in known:
                known[key] = list(_Trial(program, shard).problems(f"{target}: {part}", f"{result.out.name}/{path}"))
            problems.update(dict.fromkeys(known[key]))
    return list(problems)


def _shards(objects: Iterator[Any]) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield the name of each Deployment of a gateway, and the files that its pods mount, by name."""
    found = [item for item in objects if isinstance(item, dict)]
    data = {item["metadata"]["name"]: item.get("data", {}) for item in found if item["kind"] == "ConfigMap"}
    for item in (item for item in found if item["kind"] == "Deployment"):
        volumes = item["spec"]["template"]["spec"].get("volumes", [])
        mounted = [volume["configMap"]["name"] for volume in volumes if "configMap" in volume]
        mounted += [
            source["configMap"]["name"]
            for volume in volumes
            for source in volume.get("projected", {}).get("sources", [])
            if "configMap" in source
        ]
        files = {name: text for config in mounted for name, text in data.get(config, {}).items()}
        if "envoy.json" in files:
            yield item["metadata"]["name"], files


class _Trial:
    """One shard: its bootstrap, and its routes and upstreams, which can be left out by app."""

    def __init__(self, program: Path, files: Mapping[str, str]) -> None:
        self._program = program
        self._files = {name: text.replace(FOLDER, ".") for name, text in files.items()}
        self._watched: dict[str, list[dict[str, Any]]] = {}

    def problems(self, where: str, file: str) -> Iterator[Diagnostic]:
        """Yield what Envoy refuses in the shard."""
        try:
            self._watched = {
                name: yaml.load(text, yaml.CSafeLoader)["resources"]
                for name, text in self._files.items()
                if name.endswith(".yaml")
            }
        except (yaml.YAMLError, KeyError, TypeError) as error:
            text = f"{where} has a file that Envoy cannot read: {str(error).partition(chr(10))[0]}"
            yield Diagnostic("SF507", text, Span(file), "correct the library's extension")
            return
        apps = sorted({_app(part) for resources in self._watched.values() for part in _parts(resources)} - {""})
        if not self._refusal(apps):
            return
        if refusal := self._refusal([]):
            hint = "correct the fleet or the library's extension: the file is refused without any app too"
            yield Diagnostic("SF507", f"Envoy refuses the files of {where}: {refusal}", Span(file), hint)
            return
        for app, refusal in culprits(apps, self._refusal):
            team, _, name = app.partition("/")
            text = f"Envoy refuses the files of {where} with what {name} of {team} adds: {refusal}"
            yield Diagnostic("SF507", text, Span(file), "correct what the message names in this app")

    def _refusal(self, apps: Sequence[str]) -> str:
        """Return why Envoy refuses the files with these apps alone; empty if it takes them."""
        kept = frozenset(("", *apps))
        bootstrap = json.loads(self._files["envoy.json"])
        static = bootstrap["static_resources"]
        for upstream in self._watched.get("upstreams.yaml", []):
            if _app(upstream) in kept:
                static["clusters"].append({key: value for key, value in upstream.items() if key != "@type"})
        for listener in static["listeners"]:
            manager = listener["filter_chains"][0]["filters"][0]["typed_config"]
            if (rds := manager.pop("rds", None)) is not None:
                for table in self._watched.get(f"{rds['route_config_name']}.yaml", []):
                    hosts = [host for host in table.get("virtual_hosts", []) if _app(host) in kept]
                    config = {key: value for key, value in table.items() if key != "@type"}
                    manager["route_config"] = config | {"virtual_hosts": hosts}
        bootstrap.pop("dynamic_resources", None)
        with tempfile.TemporaryDirectory(prefix="sixfold-envoy-") as folder:
            for name, text in self._files.items():
                (Path(folder) / name).write_text(text)
            (Path(folder) / "envoy.json").write_text(json.dumps(bootstrap))
            arguments = ["--mode", "validate", "--config-path", "envoy.json", "--disable-hot-restart"]
            identity = ["--service-cluster", "sixfold", "--service-node", "sixfold", "--log-level", "critical"]
            done = _run([self._program, *arguments, *identity], folder)
        if not done.returncode:
            return ""
        lines = [line for line in (done.stderr + done.stdout).splitlines() if line.strip()]
        return (lines[-1] if lines else f"exit code {done.returncode}").rpartition("': ")[2].strip(": ")[:300]


def _parts(resources: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield the upstreams of a file, or the virtual hosts of a table."""
    for resource in resources:
        yield from resource.get("virtual_hosts", [resource])


def _app(part: Mapping[str, Any]) -> str:
    """Return the `team/app` of an upstream or a virtual host; empty for what every gateway has."""
    name = str(part.get("name", "")).removeprefix("s/").removeprefix("k/")
    return name.rpartition("/")[0] if name.count("/") == 2 else ""


def _run(command: Sequence[object], folder: str | None = None) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            [str(part) for part in command], cwd=folder, capture_output=True, text=True, check=False, timeout=SECONDS
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UnusableEnvoyError(str(error)) from None
