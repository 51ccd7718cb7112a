"""Hold the files of every gateway to an Envoy itself: `sixfold check --envoy PATH`.

Envoy's own check reads no file that it watches, so everything is put into its bootstrap, a configuration for each
shard. Gateways of a data center may have equal files: each configuration is tried once.
"""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import orjson
import yaml

from sixfold_compiler.diagnostics import Diagnostic, Span
from sixfold_compiler.kubernetes.objects import at, entries, parse_object
from sixfold_compiler.pipeline.render.blame import culprits

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from sixfold_compiler.diagnostics import Json, JsonObject
    from sixfold_compiler.pipeline.plan import Plan

__all__ = ["UnusableEnvoyError", "check_envoy", "version_of"]

FILE = "_platform/gateway.yaml"
FOLDER = "/etc/envoy/bootstrap"  # of the bootstrap in the container
_BOOTSTRAP = "envoy.json"
SECONDS = 120  # for one configuration; 5,000 services take six


class UnusableEnvoyError(Exception):
    """The program is no Envoy, or cannot run."""


def version_of(program: Path) -> str:
    """Return the version of an Envoy.

    Raises:
        UnusableEnvoyError: It is none, or cannot run.
    """
    done = _run([program, "--version"])
    _, label, version = done.stdout.partition("version: ")
    parts = version.split("/")
    if done.returncode or not label or len(parts) < 2:
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
    known: dict[bytes, list[Diagnostic]] = {}
    problems: dict[Diagnostic, None] = {}
    for target, _ in result.fleet.targets():
        path = f"{target}/{FILE}"
        file = staged.get(path, result.out / path)
        if file is None or not file.is_file():
            continue
        for part, shard in _shards(yaml.load_all(file.read_bytes(), yaml.CSafeLoader)):
            key = orjson.dumps(shard, option=orjson.OPT_SORT_KEYS)
            if key not in known:
                known[key] = list(_Trial(program, shard).problems(f"{target}: {part}", f"{result.out.name}/{path}"))
            problems.update(dict.fromkeys(known[key]))
    return list(problems)


def _shards(objects: Iterable[Json]) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield the name of each Deployment of a gateway, and the files that its pods mount, by name."""
    items = [item for item in map(parse_object, objects) if item is not None]
    data = {item.name: at(item.value, "data") for item in items if item.kind == "ConfigMap"}
    for item in items:
        if item.kind == "Deployment":
            pod = at(item.value, "spec", "template", "spec")
            volumes = [volume for _, volume in entries(pod, "volumes")]
            sources = [source for volume in volumes for _, source in entries(at(volume, "projected"), "sources")]
            names = [at(source, "configMap").get("name") for source in (*volumes, *sources)]
            files = {file: str(text) for name in names for file, text in data.get(str(name), {}).items()}
            if _BOOTSTRAP in files:
                yield item.name, files


class _Trial:
    """One shard: its bootstrap, and its routes and upstreams, which can be left out by app."""

    def __init__(self, program: Path, files: Mapping[str, str]) -> None:
        self._program = program
        self._files = {name: text.replace(FOLDER, ".") for name, text in files.items()}
        self._watched: dict[str, list[JsonObject]] = {}

    def problems(self, where: str, file: str) -> Iterator[Diagnostic]:
        """Yield what Envoy refuses in the shard."""
        try:
            for name, text in self._files.items():
                if name.endswith(".yaml"):
                    content: Json = yaml.load(text, yaml.CSafeLoader)
                    self._watched[name] = [resource for _, resource in entries(at(content), "resources")]
        except yaml.YAMLError as error:
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
        with tempfile.TemporaryDirectory(prefix="sixfold-envoy-") as folder:
            for name, text in self._files.items():
                (Path(folder) / name).write_text(text)
            (Path(folder) / _BOOTSTRAP).write_bytes(orjson.dumps(self._complete(frozenset(("", *apps)))))
            arguments = ["--mode", "validate", "--config-path", _BOOTSTRAP, "--disable-hot-restart"]
            identity = ["--service-cluster", "sixfold", "--service-node", "sixfold", "--log-level", "critical"]
            done = _run([self._program, *arguments, *identity], folder)
        if not done.returncode:
            return ""
        lines = [line for line in (done.stderr + done.stdout).splitlines() if line.strip()]
        return (lines[-1] if lines else f"exit code {done.returncode}").rpartition("': ")[2].strip(": ")[:300]

    def _complete(self, apps: frozenset[str]) -> JsonObject:
        """Return the bootstrap with the routes and upstreams of these apps in it."""
        bootstrap = at(orjson.loads(self._files[_BOOTSTRAP]))
        static = at(bootstrap, "static_resources")
        upstreams = [_plain(part) for part in self._watched.get("upstreams.yaml", []) if _app(part) in apps]
        clusters = [cluster for _, cluster in entries(static, "clusters")]
        listeners = [self._with_routes(listener, apps) for _, listener in entries(static, "listeners")]
        others = {key: value for key, value in bootstrap.items() if key != "dynamic_resources"}
        return others | {"static_resources": {"clusters": [*clusters, *upstreams], "listeners": listeners}}

    def _with_routes(self, listener: JsonObject, apps: frozenset[str]) -> JsonObject:
        """Return a listener with its table of routes in it."""
        chains = []
        for _, chain in entries(listener, "filter_chains"):
            filters = []
            for _, each in entries(chain, "filters"):
                manager = dict(at(each, "typed_config"))
                name = at(manager.pop("rds", None)).get("route_config_name")
                for table in self._watched.get(f"{name}.yaml", []):
                    hosts = [host for _, host in entries(table, "virtual_hosts") if _app(host) in apps]
                    manager["route_config"] = {**_plain(table), "virtual_hosts": hosts}
                filters.append({**each, "typed_config": manager})
            chains.append({**chain, "filters": filters})
        return {**listener, "filter_chains": chains}


def _plain(resource: JsonObject) -> JsonObject:
    """Return a resource as a bootstrap has it: without its type."""
    return {key: value for key, value in resource.items() if key != "@type"}


def _parts(resources: Sequence[JsonObject]) -> Iterator[JsonObject]:
    """Yield the upstreams of a file, or the virtual hosts of a table."""
    for resource in resources:
        yield from [host for _, host in entries(resource, "virtual_hosts")] or [resource]


def _app(part: JsonObject) -> str:
    """Return the `team/app` of an upstream or a virtual host; empty for what every gateway has."""
    name = str(part.get("name", "")).removeprefix("s/").removeprefix("k/")
    return name.rpartition("/")[0] if name.count("/") == 2 else ""


def _run(command: Sequence[str | Path], folder: str | None = None) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=SECONDS)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UnusableEnvoyError(str(error)) from None
