"""A platform team's extension of the library changes every app of its fleet, and only as it says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from compiler.pipeline import Options, plan

EXAMPLE = Path(__file__).resolve().parents[1] / "examples" / "extended-library"


def compiled(out: Path, engine: str) -> bytes:
    options = Options(
        paths=(EXAMPLE / "sixfold.yaml",),
        fleet=EXAMPLE / "environments",
        out=out,
        jobs=1,
        stage_in_tree=True,
        engine=engine,
    )
    with plan(options) as made:
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
