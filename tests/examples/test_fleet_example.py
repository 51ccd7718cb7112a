"""The example fleet is valid, the same in both engines, and as the documentation describes it."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import Any

import _jsonnet
import jsonschema_rs
import orjson
import pytest
import rjsonnet

from sixfold_compiler.engine import Pool
from sixfold_compiler.inputs.fleet_loader import load_fleet
from sixfold_compiler.inputs.options import Options
from sixfold_compiler.placement.place import place
from sixfold_compiler.systems.schema import SCHEMAS, schema_of
from tests.support.counterparts import met

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "environments"
EKS = re.compile(r"https://[0-9A-F]{32}\.gr7\.(?P<region>[a-z0-9-]+)\.eks\.amazonaws\.com")


@pytest.fixture(scope="module")
def fleet() -> dict[str, Any]:
    return orjson.loads(rjsonnet.evaluate_file(str(FOLDER / "fleet.jsonnet")))


def clusters(fleet: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {
        f"{environment}/{data_center}/{name}": cluster | {"region": content["region"]}
        for environment, value in fleet["environments"].items()
        for data_center, content in value["dataCenters"].items()
        for name, cluster in content["clusters"].items()
    }


@pytest.mark.conformance("Jsonnet engines")
@pytest.mark.parametrize(
    "folder", [FOLDER, ROOT / "examples" / "extended-library" / "environments"], ids=lambda p: p.parent.name
)
def test_both_engines_give_the_same_fleet(folder) -> None:
    met("jsonnet (C++)", _jsonnet.version)
    met("rjsonnet", rjsonnet.__version__)
    entry = str(folder / "fleet.jsonnet")
    assert orjson.loads(rjsonnet.evaluate_file(entry)) == orjson.loads(_jsonnet.evaluate_file(entry))


def test_the_fleet_loads_without_a_diagnostic() -> None:
    with Pool(1) as pool:
        assert load_fleet(FOLDER, pool).model.name == "example"


def test_the_fleet_is_valid_by_the_published_schema(fleet) -> None:
    schema = next(s for s in SCHEMAS if s.file == "fleet.schema.json")
    jsonschema_rs.Draft202012Validator(schema_of(schema)).validate(fleet)


def test_there_are_nine_clusters_and_six_of_them_are_production(fleet) -> None:
    assert sorted(clusters(fleet)) == [
        "dev/dc1/dc1-a",
        "prod/dc1/dc1-a",
        "prod/dc1/dc1-b",
        "prod/dc1/dc1-c",
        "prod/dc2/dc2-a",
        "prod/dc2/dc2-b",
        "prod/dc2/dc2-c",
        "staging/dc1/dc1-a",
        "staging/dc2/dc2-a",
    ]


def test_every_cluster_is_an_eks_cluster_of_its_own_in_its_data_center_s_region(fleet) -> None:
    listed = clusters(fleet)
    for cluster in listed.values():
        match = EKS.fullmatch(cluster["server"])
        assert match is not None
        assert match["region"] == cluster["region"]
    for unique in ("server", "gateway"):
        assert len({str(c[unique]) for c in listed.values()}) == len(listed)
    assert len({c["eks"]["name"] for c in listed.values()}) == len(listed)
    assert {c["region"] for name, c in listed.items() if "/dc1/" in name} == {"ap-south-1"}
    assert {c["region"] for name, c in listed.items() if "/dc2/" in name} == {"ap-southeast-1"}


def test_production_clusters_differ_in_capacity_so_that_weights_do_too(fleet) -> None:
    cores = [c["capacity"]["cpu"] for name, c in clusters(fleet).items() if name.startswith("prod/")]
    assert len(set(cores)) == 6


def test_production_has_an_argo_cd_instance_of_its_own(fleet) -> None:
    by_instance: dict[str, set[str]] = {}
    for name, cluster in clusters(fleet).items():
        by_instance.setdefault(cluster["instance"], set()).add(name.partition("/")[0])
    assert by_instance == {"nonprod": {"dev", "staging"}, "prod": {"prod"}}


def test_every_cluster_serves_the_same_apis(fleet) -> None:
    assert len({tuple(c["apis"]) for c in clusters(fleet).values()}) == 1


def test_the_committed_lock_is_what_placing_the_examples_gives() -> None:
    options = Options(paths=(ROOT / "examples/live", ROOT / "examples/boutique"), fleet=FOLDER, base=ROOT, jobs=1)
    placing = place(options, dt.date(2026, 11, 26))
    assert placing.diagnostics == ()
    assert placing.current
