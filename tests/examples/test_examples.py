"""The examples have the documented layout, are valid by schema and model, and are complete."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from sixfold_compiler.inputs.options import Options
from sixfold_compiler.manifest.layers import image_version
from sixfold_compiler.model.app import App
from sixfold_compiler.model.release import Release
from sixfold_compiler.pipeline.plan import plan
from sixfold_compiler.systems.schema import SCHEMAS, schema_of
from sixfold_compiler.yaml.loader import load_documents

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"
MANIFESTS = sorted(EXAMPLES.glob("*/apps/*/*.yaml"))
RELEASES = sorted(EXAMPLES.glob("*/releases/*/*.yaml"))
BY_NAME = {s.file: s for s in SCHEMAS}


def name_of(path: Path) -> str:
    return path.relative_to(EXAMPLES).as_posix()


def documents(path: Path) -> list[Any]:
    return [d.value for d in load_documents(path.read_bytes(), name_of(path))]


def spec_of(path: Path) -> dict[str, Any]:
    return documents(path)[0]["spec"]


@pytest.fixture(scope="module")
def validators() -> dict[str, Any]:
    return {name: jsonschema_rs.Draft202012Validator(schema_of(s)) for name, s in BY_NAME.items()}


@pytest.mark.parametrize("path", [*MANIFESTS, *RELEASES, EXAMPLES / "extended-library" / "sixfold.yaml"], ids=name_of)
def test_the_file_begins_with_the_editor_line_and_is_valid_by_the_schema_it_names(path, validators) -> None:
    first = path.read_text().partition("\n")[0]
    prefix = "# yaml-language-server: $schema="
    assert first.startswith(prefix)
    schema = (path.parent / first.removeprefix(prefix)).resolve()
    assert schema.parent == ROOT / "docs" / "schema"
    head = documents(path)[0]
    validators[schema.name].validate(head)
    assert schema.name == {"App": "app.schema.json", "Release": "release.schema.json"}[head["kind"]]
    BY_NAME[schema.name].model.model_validate(head)


@pytest.mark.parametrize("path", MANIFESTS, ids=name_of)
def test_the_path_of_a_manifest_is_that_of_its_metadata(path) -> None:
    metadata = App.model_validate(documents(path)[0]).metadata
    assert (metadata.team, metadata.name) == (path.parent.name, path.stem)


@pytest.mark.parametrize("path", MANIFESTS, ids=name_of)
def test_a_manifest_refers_only_to_addresses_of_apps_that_it_calls(path) -> None:
    spec = spec_of(path)
    layers = [spec, *(o.get("spec", {}) for o in spec.get("overrides", []))]
    called = {(c.get("app"), c.get("dataCenter")) for layer in layers for c in layer.get("calls", [])}
    bodies = [b for layer in layers for b in (layer, *layer.get("containers", []), *layer.get("initContainers", []))]
    refs = [e["valueFrom"]["callRef"] for b in bodies for e in b.get("env", []) if "callRef" in e.get("valueFrom", {})]
    assert {(r["app"], r.get("dataCenter")) for r in refs} <= called


@pytest.mark.parametrize("path", RELEASES, ids=name_of)
def test_a_release_file_names_its_environment_and_only_apps_that_exist(path) -> None:
    release = Release.model_validate(documents(path)[0])
    assert release.environment == path.parent.name
    assert set(release.apps) <= {f"{path.stem}/{p.stem}" for p in path.parents[2].glob(f"apps/{path.stem}/*.yaml")}


@pytest.mark.parametrize("path", MANIFESTS, ids=name_of)
def test_every_environment_has_the_version_of_its_apps(path) -> None:
    spec = spec_of(path)
    if image_version(spec["image"])[1]:
        return
    for release in sorted(path.parents[2].glob(f"releases/*/{path.parent.name}.yaml")):
        if release.parent.name in spec.get("dataCenters", {release.parent.name: []}):
            assert f"{path.parent.name}/{path.stem}" in documents(release)[0]["apps"]


def test_the_boutique_is_its_eleven_services_and_redis_owned_by_four_teams() -> None:
    owners = {p.stem: p.parent.name for p in EXAMPLES.glob("boutique/apps/*/*.yaml")}
    assert sorted(owners) == [
        "adservice",
        "cartservice",
        "checkoutservice",
        "currencyservice",
        "emailservice",
        "frontend",
        "loadgenerator",
        "paymentservice",
        "productcatalogservice",
        "recommendationservice",
        "redis-cart",
        "shippingservice",
    ]
    assert len(set(owners.values())) == 4


def test_the_boutique_s_public_images_come_from_its_own_registry() -> None:
    registry = "us-central1-docker.pkg.dev/google-samples/microservices-demo"
    for path in EXAMPLES.glob("boutique/apps/*/*.yaml"):
        if path.stem != "redis-cart":
            assert spec_of(path)["image"] == f"{registry}/{path.stem}"


def test_the_live_platform_has_every_tier_every_kind_and_every_road() -> None:
    specs = {p.stem: spec_of(p) for p in EXAMPLES.glob("live/apps/*/*.yaml")}
    assert {"match-service", "auth", "user-profile", "recommendation", "playback", "ads"} <= set(specs)
    assert {s["tier"] for s in specs.values()} == {"P0", "P1", "P2"}
    assert {s.get("kind", "Deployment") for s in specs.values()} == {
        "Deployment",
        "StatefulSet",
        "DaemonSet",
        "CronJob",
        "Job",
    }
    assert {road for s in specs.values() for road in s.get("roads", {})} == {
        "intra-dc",
        "inter-dc",
        "external",
        "direct",
    }


def test_overrides_of_the_live_platform_differ_by_environment_data_center_and_both() -> None:
    matches = {
        tuple(sorted(override["match"]))
        for path in EXAMPLES.glob("live/apps/*/*.yaml")
        for override in spec_of(path).get("overrides", [])
    }
    assert matches == {("environment",), ("dataCenter",), ("dataCenter", "environment")}


def test_a_plain_object_of_the_live_platform_is_patched_by_an_override() -> None:
    head, *objects = documents(EXAMPLES / "live/apps/match/match-service.yaml")
    names = {(o["kind"], o["metadata"]["name"]) for o in objects}
    targets = [p["target"] for o in head["spec"]["overrides"] for p in o.get("patches", [])]
    assert targets
    assert all((t["kind"], t["name"]) in names for t in targets)


def test_all_examples_compile_for_the_nine_clusters_without_a_diagnostic(tmp_path) -> None:
    options = Options(paths=(EXAMPLES,), fleet=ROOT / "environments", out=tmp_path / "out", jobs=1, stage_in_tree=True)
    with plan(options) as result:
        assert [str(d) for d in result.diagnostics] == []
        assert result.summary.apps == len(MANIFESTS)
        assert result.summary.targets == 9
        result.write()
    filled = {
        p.parent.parent.relative_to(tmp_path / "out").as_posix() for p in (tmp_path / "out").glob("*/*/*/*/*.yaml")
    }
    assert len(filled) == 9
