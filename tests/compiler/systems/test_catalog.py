"""The catalog: slots and systems of the library, systems of a fleet's own, and what is wrong with their files."""

from __future__ import annotations

import json

import pytest

from sixfold_compiler.diagnostics import DiagnosticError
from sixfold_compiler.engine import Library, Pool, library_folder
from sixfold_compiler.inputs.fleet_loader import load_fleet
from sixfold_compiler.systems.catalog import FUNCTIONS, library_catalog, read_catalog
from tests.support.repos import FLEET

ABOUT = {"title": "Mine", "description": "a test", "functions": ["platform"]}


def own(folder, text: str | dict, slot: str = "policy", name: str = "mine"):
    place = folder / "lib" / slot / name
    place.mkdir(parents=True, exist_ok=True)
    (place / "about.json").write_text(text if isinstance(text, str) else json.dumps(text))
    return Library(library_folder(), folder)


def test_the_library_has_envoy_and_prometheus() -> None:
    catalog = library_catalog(library_folder())
    assert {slot: sorted(systems) for slot, systems in catalog.systems.items() if systems} == {
        "mesh": ["envoy"],
        "observability": ["prometheus"],
    }
    assert catalog.slots["mesh"].default == "envoy"
    assert [name for name, slot in catalog.slots.items() if slot.most == 1] == ["mesh", "clusters", "secrets"]
    assert all(set(s.about.functions) <= FUNCTIONS for systems in catalog.systems.values() for s in systems.values())


def test_a_system_of_the_fleet_is_as_good_as_those_of_the_library(tmp_path) -> None:
    catalog = read_catalog(own(tmp_path, ABOUT), "environments")
    assert (catalog.systems["policy"]["mine"].own, catalog.systems["mesh"]["envoy"].own) == (True, False)
    assert not catalog.systems["policy"]["mine"].shows_in_apps
    assert catalog.systems["mesh"]["envoy"].shows_in_apps
    (tmp_path / "lib" / "other" / "thing").mkdir(parents=True)
    (tmp_path / "lib" / "other" / "thing" / "about.json").write_text("no slot, no system")
    assert read_catalog(Library(library_folder(), tmp_path), "environments").systems.keys() == catalog.slots.keys()


@pytest.mark.parametrize(
    ("about", "message"),
    [
        ("{", "the file is not JSON"),
        ("[]", "must be a mapping"),
        ({"title": "Mine"}, "description is missing"),
        (ABOUT | {"functions": []}, "functions is an empty list, but must have at least 1 entry"),
        (ABOUT | {"functions": ["platfrom"]}, "functions names 'platfrom', which the library never calls"),
        (ABOUT | {"setings": {}}, "setings is an unknown field"),
        (ABOUT | {"settings": {"type": "objekt"}}, "settings is not a JSON Schema"),
        (ABOUT | {"apis": [{"api": "v1alpha"}]}, "apis[0].api"),
    ],
)
def test_a_wrong_about_is_found_in_its_file(tmp_path, about, message) -> None:
    with pytest.raises(DiagnosticError) as caught:
        read_catalog(own(tmp_path, about), "environments")
    for finding in caught.value.diagnostics:
        assert (finding.code, str(finding.span)) == ("SF508", "environments/lib/policy/mine/about.json")
        assert finding.help
    assert any(message in finding.message for finding in caught.value.diagnostics)


def test_a_name_of_the_library_is_taken(tmp_path) -> None:
    with pytest.raises(DiagnosticError, match=r"Sixfold has a system mesh\.envoy already"):
        read_catalog(own(tmp_path, ABOUT, "mesh", "envoy"), "environments")


@pytest.mark.parametrize(
    ("main", "findings"),
    [
        (None, [("lib/policy/mine/about.json", "the library has no functions of the system policy.mine")]),
        ("{ systems+:: { policy+:: { mine:: { app(app, settings):: [] } } } }",
         [("lib/policy/mine/about.json", "functions is not what the library has: it has app")]),
        ("{ systems+:: { policy+:: { mine:: { platform(ctx, settings):: {}, mine(x):: x } } } }", []),
        ("{ systems+:: { policy+:: { mine:: { platform(ctx, settings):: {} }, more:: { platform(c, s):: {} } } } }",
         [("lib/main.libsonnet", "systems.policy.more has no about.json, so no place can choose it")]),
    ],
)  # fmt: skip
def test_functions_and_about_agree(tmp_path, main, findings) -> None:
    own(tmp_path, ABOUT)
    (tmp_path / "fleet.jsonnet").write_text(json.dumps(FLEET))
    if main is not None:
        (tmp_path / "lib" / "main.libsonnet").write_text(main)
    problems = []
    with Pool(1) as pool:
        try:
            load_fleet(tmp_path, pool)
        except DiagnosticError as error:
            problems = list(error.diagnostics)
    assert [(d.span.file.partition("/")[2], d.message) for d in problems] == findings
    assert {d.code for d in problems} <= {"SF508"}
