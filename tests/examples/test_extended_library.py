"""A platform team's extension of the library changes every app of its fleet, and only the fields that it names."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import rjsonnet
import yaml

from sixfold_compiler.engine import Library, check_extension, extension_names, library_folder
from sixfold_compiler.inputs.options import Options
from sixfold_compiler.pipeline.plan import plan

if TYPE_CHECKING:
    from sixfold_compiler.diagnostics import Diagnostic

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "extended-library"
DOC = ROOT / "docs" / "extending-the-library.md"


def compiled(out: Path, engine: str, fleet: Path = EXAMPLE / "environments") -> bytes:
    paths = (EXAMPLE / "sixfold.yaml",)
    with plan(Options(paths=paths, fleet=fleet, out=out, jobs=1, stage_in_tree=True, engine=engine)) as result:
        assert result.diagnostics == ()
        result.write()
    return (out / "prod/dc1/dc1-a/web/hello.yaml").read_bytes()


@pytest.fixture(scope="module")
def pod(tmp_path_factory) -> dict[str, Any]:
    text = compiled(tmp_path_factory.mktemp("out"), "auto")
    deployment = next(o for o in yaml.safe_load_all(text) if o["kind"] == "Deployment")
    return deployment["spec"]["template"]


def test_the_extension_adds_an_annotation_to_the_pods(pod) -> None:
    logs = yaml.safe_load(pod["metadata"]["annotations"]["ad.datadoghq.com/hello.logs"])
    assert logs == [{"source": "hello", "service": "hello", "tags": ["team:web", "tier:P1"]}]


def test_a_sidecar_from_the_library_s_own_function_is_as_locked_down_as_the_app(pod) -> None:
    own, sidecar = pod["spec"]["containers"]
    assert sidecar["name"] == "statsd"
    locked = ("allowPrivilegeEscalation", "capabilities", "readOnlyRootFilesystem")
    assert {k: sidecar["securityContext"][k] for k in locked} == {k: own["securityContext"][k] for k in locked}


def test_fields_of_the_library_stay_if_the_extension_adds_to_them(pod) -> None:
    security = pod["spec"]["securityContext"]
    assert security["supplementalGroupsPolicy"] == "Strict"
    assert security["runAsNonRoot"] is True
    assert security["seccompProfile"] == {"type": "RuntimeDefault"}


def test_both_engines_give_the_same_bytes_with_the_extension(tmp_path) -> None:
    assert compiled(tmp_path / "a", "rjsonnet") == compiled(tmp_path / "b", "jsonnet")


def blocks() -> list[str]:
    examples = re.findall(r"```jsonnet\n(\{.*?\n\})\n```", DOC.read_text(), re.DOTALL)
    assert len(examples) == 5
    return [
        example for example in examples if "systems+::" not in example
    ]  # tests/lib/test_systems.py has such a system


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


LIBRARY = "environments/lib/main.libsonnet"
REJECTED = {
    "a function of a namespace": (
        "{\n  gateway+: { pdo(ctx, part, bootstrap):: {} },\n}",
        (["'pdo'", "'gateway'"], f"{LIBRARY}:2:15", "did you mean 'pod'? "),
    ),
    "a function of a nested namespace": (
        "{ systems+: { mesh+: { envoy+: { proxy+: {\n  bootstap(ctx, settings):: {},\n} } } } }",
        (["'bootstap'", "'systems.mesh.envoy.proxy'"], f"{LIBRARY}:2:3", "did you mean 'bootstrap'? "),
    ),
    "a default": (
        "{ gateway+: { defaults+: { replcas: 3 } } }",
        (["'replcas'", "'gateway.defaults'"], f"{LIBRARY}:1:28", "did you mean 'replicas'?"),
    ),
    "a namespace": (
        "{ gatway+: { pod(ctx, part, bootstrap):: {} } }",
        (["'gatway'"], f"{LIBRARY}:1:3", "did you mean 'gateway'? "),
    ),
    "a hidden namespace": (
        "{ gatway+:: { pod(ctx, part, bootstrap):: {} } }",
        (["'gatway'"], f"{LIBRARY}:1:3", "did you mean 'gateway'? "),
    ),
    "an own namespace that is not hidden": (
        "{ zzz: { answer(app):: 42 } }",
        (["'zzz'"], f"{LIBRARY}:1:3", "argocd, autoscaling, "),
    ),
    "a function outside of its namespace": (
        "{ podTemplate(app):: {} }",
        (["'podTemplate'"], f"{LIBRARY}:1:3", "did you mean 'podTemplate' of workload? "),
    ),
    "a namespace without its plus": (
        "{ network: { ports(list):: [] } }",
        (["'appPeer'", "9 more", "'network'"], f"{LIBRARY}:1:3", "`ne"),
    ),
    "a namespace that is no object": (
        "{ entries: 'none' }",
        (["'app'", "3 more", "'entries'"], f"{LIBRARY}:1:3", "`en"),
    ),
    "the only function of a namespace": (
        "{ daemonsets: { defaults:: { revisionHistoryLimit: 1 } } }",
        (["'daemonSet'", "'daemonsets'"], f"{LIBRARY}:1:3", "`da"),
    ),
    "names in a file of another name": (
        "{ gateway+: import 'parts.libsonnet' }",
        (["'pdo'", "'gateway'"], "environments/lib/parts.libsonnet:2:3", "did you mean 'pod'? "),
    ),
    "names in a file that is imported": (
        "{ gateway+: import 'gateway.libsonnet' }",
        (["'pdo'", "'gateway'"], "environments/lib/gateway.libsonnet:2:3", "did you mean 'pod'? "),
    ),
}
ACCEPTED = {
    "nothing": "{}",
    "its own namespace": "{ mine:: { answer(app):: 42 }, yours+:: {} }",
    "a function": "{ gateway+: { pod(ctx, part, bootstrap):: super.pod(ctx, part, bootstrap) { hostNetwork: false } } }",
    "a key of a default": "{ workload+: { defaults+: { spread+: { ReplicaSet: 'none' } } } }",
    "a key of data": "{ systems+: { mesh+: { envoy+: { proxy+: { leftOut+: { interval: '2s' } } } } }, tenancy+: { quotaCounts+: { 'count/leases': '9' } } }",
    "an entry": "{ entries+: { cluster(input):: super.cluster(input) { 'own.yaml': [] } } }",
}


def extended(tmp_path: Path, extension: str) -> Library:
    folder = tmp_path / "environments" / "lib"
    folder.mkdir(parents=True)
    (folder / "main.libsonnet").write_text(extension)
    for name in re.findall(r"import '(\w+\.libsonnet)'", extension):
        (folder / name).write_text("{\n  pdo(ctx, part, bootstrap):: {},\n}")
    return Library(library_folder(), folder.parent)


def problems(library: Library) -> list[Diagnostic]:
    names = extension_names(None, library, "rjsonnet")
    assert names is not None
    return check_extension(library, "environments", names)


@pytest.mark.parametrize("case", REJECTED)
def test_misspelt_names_are_rejected_where_they_are_with_the_nearest_name(case, tmp_path) -> None:
    extension, (names, place, help_) = REJECTED[case]
    (examples,) = problems(extended(tmp_path, extension))
    assert (examples.code, str(examples.span)) == ("SF506", place)
    assert all(name in examples.message for name in names)
    assert help_ in examples.help


@pytest.mark.parametrize("case", ACCEPTED)
def test_own_namespaces_and_names_that_exist_are_accepted(case, tmp_path) -> None:
    assert problems(extended(tmp_path, ACCEPTED[case])) == []


@pytest.mark.parametrize("extension", [REJECTED["names in a file that is imported"][0], ACCEPTED["its own namespace"]])
def test_both_engines_see_the_same_names(extension, tmp_path) -> None:
    library = extended(tmp_path, extension)
    fast, reference = (extension_names(None, library, engine) for engine in ("rjsonnet", "jsonnet"))
    assert fast is not None
    assert reference is not None
    assert json.loads(fast) == json.loads(reference)


def test_every_misspelt_name_of_an_extension_is_found_at_once(tmp_path) -> None:
    extension = "{ gateway+: { pdo:: 1, poodle:: 2 }, tenancy+: { qouta(team):: {} }, podTemplate:: 1 }"
    assert len(problems(extended(tmp_path, extension))) == 4


def test_an_extension_that_does_not_evaluate_has_no_names(tmp_path) -> None:
    assert extension_names(None, extended(tmp_path, "{ a: }")) is None


def test_a_misspelt_name_stops_a_compile_and_a_fleet_without_an_extension_is_not_asked(tmp_path, monkeypatch) -> None:
    fleet = tmp_path / "environments"
    shutil.copytree(EXAMPLE / "environments", fleet)
    (fleet / "lib" / "security.libsonnet").write_text("{ workload+: { podSecurty(app):: {} } }")
    paths = (EXAMPLE / "sixfold.yaml",)
    with plan(Options(paths=paths, fleet=fleet, out=tmp_path / "out", jobs=1, stage_in_tree=True)) as result:
        (examples,) = result.diagnostics
    assert (examples.code, str(examples.span)) == ("SF506", "environments/lib/security.libsonnet:1:16")
    shutil.rmtree(fleet / "lib")
    monkeypatch.setattr("sixfold_compiler.inputs.fleet_loader.check_extension", None)
    monkeypatch.setattr("sixfold_compiler.inputs.fleet_loader.extension_names", None)
    assert compiled(tmp_path / "out", "auto", fleet)
