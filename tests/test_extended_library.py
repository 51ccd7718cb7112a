"""A platform team's extension of the library changes every app of its fleet, and only as it says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import rjsonnet
import yaml

from compiler.pipeline import Options, plan

ROOT = Path(__file__).resolve().parents[1]
EXAMPLE = ROOT / "examples" / "extended-library"
DOC = ROOT / "docs" / "extending-the-library.md"


def compiled(out: Path, engine: str, fleet: Path = EXAMPLE / "environments") -> bytes:
    paths = (EXAMPLE / "sixfold.yaml",)
    with plan(Options(paths=paths, fleet=fleet, out=out, jobs=1, stage_in_tree=True, engine=engine)) as made:
        assert made.diagnostics == ()
        made.write()
    return (out / "prod/dc1/dc1-a/web/hello.yaml").read_bytes()


@pytest.fixture(scope="module")
def pod(tmp_path_factory) -> dict[str, Any]:
    text = compiled(tmp_path_factory.mktemp("out"), "auto")
    deployment = next(o for o in yaml.safe_load_all(text) if o["kind"] == "Deployment")
    return deployment["spec"]["template"]


def test_the_extension_adds_an_annotation_to_the_pods(pod) -> None:
    logs = yaml.safe_load(pod["metadata"]["annotations"]["ad.datadoghq.com/hello.logs"])
    assert logs == [{"source": "hello", "service": "hello", "tags": ["team:web", "tier:P1"]}]


def test_a_sidecar_made_by_the_library_s_own_function_is_as_locked_down_as_the_app(pod) -> None:
    own, sidecar = pod["spec"]["containers"]
    assert sidecar["name"] == "statsd"
    locked = ("allowPrivilegeEscalation", "capabilities", "readOnlyRootFilesystem")
    assert {k: sidecar["securityContext"][k] for k in locked} == {k: own["securityContext"][k] for k in locked}


def test_what_the_library_sets_stays_where_the_extension_adds_to_it(pod) -> None:
    security = pod["spec"]["securityContext"]
    assert security["supplementalGroupsPolicy"] == "Strict"
    assert security["runAsNonRoot"] is True
    assert security["seccompProfile"] == {"type": "RuntimeDefault"}


def test_both_engines_give_the_same_bytes_with_the_extension(tmp_path) -> None:
    assert compiled(tmp_path / "a", "rjsonnet") == compiled(tmp_path / "b", "jsonnet")


def blocks() -> list[str]:
    found = re.findall(r"```jsonnet\n(\{.*?\n\})\n```", DOC.read_text(), re.DOTALL)
    assert len(found) == 4
    return found


@pytest.mark.parametrize("index", range(4))
def test_every_example_of_the_documentation_compiles(index, tmp_path) -> None:
    fleet = tmp_path / "environments"
    (fleet / "lib").mkdir(parents=True)
    for name in ("fleet.jsonnet", "placements.lock.json"):
        (fleet / name).write_bytes((EXAMPLE / "environments" / name).read_bytes())
    texts = set()
    for name, extension in (("plain", "{}"), ("extended", blocks()[index])):
        (fleet / "lib" / "main.libsonnet").write_text(extension)
        texts.add(compiled(tmp_path / name, "rjsonnet", fleet))
    assert len(texts) == 2


def test_every_function_that_the_documentation_names_is_the_library_s() -> None:
    rows = re.findall(r"^\| [^|]+ \| (`[^|]+) \| `([\w.]+)` \|$", DOC.read_text(), re.MULTILINE)
    named = [
        (f"{namespace}.{name}", cell.split(","))
        for functions, namespace in rows
        for name, cell in re.findall(r"`(\w+)\(([^)]*)\)`", functions)
    ]
    assert len(named) >= 15
    for name, parameters in named:
        arguments = len([p for p in parameters if p.strip()])
        source = f"local lib = import 'main.libsonnet'; std.length(lib.{name}) == {arguments}"
        assert rjsonnet.evaluate_snippet("doc", source, jpathdir=[str(ROOT / "lib")]).strip() == "true", name
