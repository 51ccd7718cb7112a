"""The questions to an Envoy, by a stand-in program that notes each configuration; the real one is in tests/conformance/roads."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml

from sixfold_compiler.model.addresses import Target
from sixfold_compiler.operations import envoy
from sixfold_compiler.operations.envoy import UnusableEnvoyError, check_envoy, version_of
from sixfold_compiler.tree.writer import Change
from tests.lib.platform_input import REMOTE, cluster_input, entry, service

# It refuses a configuration that has one of the words in the file `words`, as Envoy prints a refusal.
PROGRAM = """#!{python}
import json, os, pathlib, sys
here = pathlib.Path({folder!r})
if "--version" in sys.argv:
    print("envoy  version: " + (here / "version").read_text())
    raise SystemExit(0)
text = pathlib.Path("envoy.json").read_text()
assert sorted(os.listdir(".")) == sorted(json.loads((here / "files").read_text())), os.listdir(".")
with (here / "calls").open("a") as calls:
    calls.write(text + "\\n")
for word in (here / "words").read_text().split():
    if word in text:
        print("[info] first line", file=sys.stderr)
        print("error initializing configuration 'envoy.json': no " + word + " here", file=sys.stderr)
        raise SystemExit(1)
"""
PATH = "prod/dc1/{}/_platform/gateway.yaml"


class StandIn:
    """The program, and the trees that it judges."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.program = folder, folder / "envoy"
        self.program.write_text(PROGRAM.format(python=sys.executable, folder=str(folder)))
        self.program.chmod(0o755)
        files = ["envoy.json", "gateway.json", "authorities.json", "upstreams.yaml", "routes-0.yaml", "routes-1.yaml"]
        for name, text in (
            ("version", "abc/1.40.0/Clean/RELEASE"),
            ("words", ""),
            ("files", json.dumps(files)),
            ("calls", ""),
        ):
            (folder / name).write_text(text)

    def refuse(self, *words: str) -> None:
        (self.folder / "words").write_text(" ".join(words))

    @property
    def calls(self) -> list[dict]:
        return [json.loads(line) for line in (self.folder / "calls").read_text().splitlines()]

    def check(self, *clusters: str, staged: tuple[str, ...] = (), objects: list | None = None):
        """Judge clusters with equal files, some of them staged."""
        text = yaml.safe_dump_all(objects or gateway())
        changes = []
        for name in clusters:
            path = self.folder / ("staged" if name in staged else "overlays") / PATH.format(name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
            if name in staged:
                changes.append(Change(PATH.format(name), "update", path))
        targets = [(Target("prod", "dc1", name), None) for name in (*clusters, "no-tree-yet")]
        fleet = SimpleNamespace(targets=lambda: targets)
        result = SimpleNamespace(fleet=fleet, changes=tuple(changes), out=self.folder / "overlays")
        return check_envoy(result, self.program)


def gateway(**envoy_settings):
    apps = [service("web", "shop"), service("api", "shop"), service("cards", "pay", endpoints=[REMOTE])]
    given = cluster_input(apps, envoy_settings)
    given["dataCenter"]["clusters"] = ["dc1-a", "dc1-b", "dc1-c"]
    return entry("cluster", given)["_platform/gateway.yaml"]


@pytest.fixture
def stand_in(tmp_path):
    return StandIn(tmp_path)


def test_every_route_and_upstream_is_in_one_configuration_without_what_it_watches(stand_in) -> None:
    assert stand_in.check("dc1-a") == []
    (config,) = stand_in.calls
    assert "dynamic_resources" not in config
    names = {cluster["name"] for cluster in config["static_resources"]["clusters"]}
    assert {"admin", "first-table", "next-0", "next-1", "gw/dc1-b", "s/shop/web/http", "k/shop/web/http"} <= names
    assert not any("@type" in cluster for cluster in config["static_resources"]["clusters"])
    managers = {
        listener["name"]: listener["filter_chains"][0]["filters"][0]["typed_config"]
        for listener in config["static_resources"]["listeners"]
    }
    assert sorted(managers) == ["own", "peer", "roads-0", "roads-1", "status"]
    hosts = {
        host["name"] for name in ("roads-0", "roads-1") for host in managers[name]["route_config"]["virtual_hosts"]
    }
    assert hosts == {"shop/web/http", "shop/api/http", "pay/cards/http", "ready", "unknown-host"}
    assert not any("rds" in manager for manager in managers.values())
    assert "/etc/envoy/bootstrap" not in json.dumps(config)


def test_equal_files_are_tried_once_and_staged_ones_instead_of_the_trees(stand_in) -> None:
    assert stand_in.check("dc1-a", "dc1-b", "dc1-c") == []
    assert len(stand_in.calls) == 1
    stand_in.check("dc1-a")
    stand_in.refuse("s/shop/api")
    assert len(stand_in.check("dc1-a", staged=("dc1-a",))) == 1


def test_each_shard_is_a_configuration(stand_in) -> None:
    assert stand_in.check("dc1-a", objects=gateway(shards=2)) == []
    sizes = [len(config["static_resources"]["clusters"]) for config in stand_in.calls]
    assert len(sizes) == 2


def test_the_app_with_which_the_files_are_refused_is_named_with_the_reason(stand_in) -> None:
    stand_in.refuse("s/shop/api")
    (problem,) = stand_in.check("dc1-a")
    assert (problem.code, str(problem.span)) == ("SF507", "overlays/prod/dc1/dc1-a/_platform/gateway.yaml")
    assert problem.message == (
        "Envoy refuses the files of prod/dc1/dc1-a: sixfold-gateway with what api of shop adds: no s/shop/api here"
    )
    assert problem.help == "correct what the message names in this app"


def test_every_app_is_named_that_is_refused_alone(stand_in) -> None:
    stand_in.refuse("pay/cards", "shop/web")
    assert [problem.message.partition(" with what ")[2] for problem in stand_in.check("dc1-a")] == [
        "cards of pay adds: no pay/cards here",
        "web of shop adds: no shop/web here",
    ]


def test_files_that_are_refused_without_any_app_are_of_the_fleet_or_the_library(stand_in) -> None:
    stand_in.refuse("overload_manager")
    (problem,) = stand_in.check("dc1-a")
    assert problem.message == "Envoy refuses the files of prod/dc1/dc1-a: sixfold-gateway: no overload_manager here"
    assert problem.help.startswith("correct the fleet or the library's extension")


def test_a_file_that_is_no_yaml_is_of_the_library(stand_in) -> None:
    broken = gateway()
    config = next(item for item in broken if item["metadata"]["name"] == "sixfold-gateway-upstreams")
    config["data"]["upstreams.yaml"] += "]"
    (problem,) = stand_in.check("dc1-a", objects=broken)
    assert problem.message.startswith("prod/dc1/dc1-a: sixfold-gateway has a file that Envoy cannot read: ")
    assert "\n" not in problem.message
    assert stand_in.calls == []


def test_without_a_fleet_nothing_is_tried(stand_in) -> None:
    assert check_envoy(SimpleNamespace(fleet=None), stand_in.program) == []
    assert stand_in.calls == []


def test_the_version_of_an_envoy_is_read_and_other_programs_are_refused(stand_in, tmp_path, monkeypatch) -> None:
    assert version_of(stand_in.program) == "1.40.0"
    (tmp_path / "version").write_text("nothing")
    for program in (stand_in.program, Path("/bin/true"), Path("/bin/false"), tmp_path / "words", tmp_path / "none"):
        with pytest.raises(UnusableEnvoyError):
            version_of(program)
    monkeypatch.setattr(envoy, "SECONDS", 0.01)
    with pytest.raises(UnusableEnvoyError, match="timed out"):
        version_of(stand_in.program)
