"""A system is a folder, a line of the map, a golden page and a page of the docs; what is not chosen is not read."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from docs.reference.systems import systems_page
from sixfold_compiler.engine import Library, Pool, library_folder
from sixfold_compiler.inputs.fleet_loader import load_fleet
from sixfold_compiler.systems.catalog import FUNCTIONS, library_catalog, read_catalog
from sixfold_compiler.systems.settings import FORMS
from tests.lib.library import LIBRARY
from tests.lib.platform_input import cluster_input, evaluate
from tests.support.repos import Repo

ROOT = Path(__file__).resolve().parents[2]
SYSTEMS = sorted((slot, name) for slot, those in library_catalog(library_folder()).systems.items() for name in those)
MAP = "{ [slot]: { [name]: [f for f in std.objectFieldsAll(s[slot][name])] for name in std.objectFieldsAll(s[slot]) } for slot in std.objectFieldsAll(s) }"  # fmt: skip


def test_slots_and_systems_are_the_same_in_the_map_and_in_the_data() -> None:
    functions = evaluate(f"function(input) local s = (import 'main.libsonnet').systems; {MAP}", None)
    slots = json.loads((library_folder() / "slots.json").read_text())
    assert list(functions) == sorted(slots)
    assert sorted((slot, name) for slot, those in functions.items() for name in those) == SYSTEMS
    catalog = library_catalog(library_folder())
    for slot, name in SYSTEMS:
        assert set(functions[slot][name]) & FUNCTIONS == set(catalog.systems[slot][name].about.functions), (
            f"{slot}.{name}"
        )


@pytest.mark.parametrize(("slot", "name"), SYSTEMS)
def test_a_system_has_a_folder_a_golden_page_and_a_page_of_the_docs(slot, name) -> None:
    for file in (
        library_folder() / slot / name / "main.libsonnet",
        ROOT / "tests/cases" / slot / f"{name}.md",
        ROOT / "docs" / slot / f"{name}.md",
    ):
        assert file.is_file(), file
    page = (ROOT / "docs" / slot / f"{name}.md").read_text()
    title = library_catalog(library_folder()).systems[slot][name].about.title
    assert page.startswith(f"# {title}\n")
    proof = json.loads((ROOT / "docs/proof.json").read_text())
    assert title in str(proof) or re.search(r"^Not run: .+", page, re.MULTILINE), "which counterpart proves it?"


def test_no_folder_of_a_slot_is_without_a_system() -> None:
    slots = json.loads((library_folder() / "slots.json").read_text())
    for slot in slots:
        systems = {name for at, name in SYSTEMS if at == slot}
        assert {path.name for path in (library_folder() / slot).glob("*") if path.is_dir()} == systems, slot
        for base in (ROOT / "tests/cases", ROOT / "docs"):
            assert {path.stem for path in (base / slot).glob("*")} == systems, base / slot


def test_of_systems_that_are_not_chosen_no_file_is_read(tmp_path, monkeypatch) -> None:
    read = []
    original = Library.read
    monkeypatch.setattr(Library, "read", lambda self, *names: read.append(names) or original(self, *names))
    library = Library(LIBRARY, tmp_path)

    def files(value) -> set[str]:
        from sixfold_compiler.engine import evaluate as with_library

        read.clear()
        with_library(library, library.program("cluster"), json.dumps(value))
        return {name for _, name in read}

    value = cluster_input()
    assert {"mesh/envoy/main.libsonnet", "observability/prometheus/main.libsonnet"} <= files(value)
    del value["systems"]["observability"]
    assert "observability/prometheus/main.libsonnet" not in files(value)


ABOUT = {
    "title": "Audit", "description": "a reader of audit logs",
    "functions": ["app", "namespace", "platform", "pod"],
    "settings": {
        "type": "object", "additionalProperties": False, "required": ["image"],
        "properties": {"image": {"type": "string", "format": "image"}, "level": {"enum": ["low", "high"], "default": "low"}},
    },
    "needs": {"observability": ["prometheus"]},
}  # fmt: skip
FUNCTIONS_OF_AUDIT = """
function(lib) {
  local labels(settings) = { 'audit.example.com/level': settings.level },
  platform(ctx, settings):: {
    'audit.yaml': [{
      apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'audit', namespace: ctx.dataCenter.name }, data: { image: settings.image },
    }],
  },
  namespace(team, ctx, settings):: {
    labels: labels(settings),
    objects: [{ apiVersion: 'v1', kind: 'ConfigMap', metadata: lib.tenancy.metadata(team, 'audit') }],
  },
  app(app, settings):: [{
    apiVersion: 'v1', kind: 'ConfigMap', metadata: lib.core.metadata(app, app.name + '-audit', {}), data: { level: settings.level },
  }],
  pod(app, settings):: { labels: labels(settings), annotations: labels(settings) },
}
"""


@pytest.fixture
def repo(tmp_path) -> Repo:
    """A repo with a system of its own, which the data center dc1 has chosen."""
    repo = Repo(tmp_path, ("shop/web",))
    repo.write("environments/lib/observability/audit/about.json", json.dumps(ABOUT))
    repo.write("environments/lib/observability/audit/main.libsonnet", FUNCTIONS_OF_AUDIT)
    line = "{ local lib = self, systems+:: { observability+:: { audit:: (import 'observability/audit/main.libsonnet')(lib) } } }"
    repo.write("environments/lib/main.libsonnet", line)
    return repo


def choose(repo: Repo, **settings: str) -> None:
    systems = {"prometheus": {}, "audit": {"image": "audit:1", **settings}}
    repo.data["environments"]["prod"]["dataCenters"]["dc1"]["platform"] = {"observability": systems}
    repo.write_fleet()


def test_a_system_of_a_fleet_adds_to_clusters_namespaces_apps_and_pods_where_it_is_chosen(repo) -> None:
    choose(repo)
    run = repo.compile()
    assert run.diagnostics == ()
    tree = {path: data.decode() for path, data in repo.tree().items()}
    chosen, other = "prod/dc1/dc1-a", "prod/dc2/dc2-a"
    assert "image: audit:1" in tree[f"{chosen}/_platform/audit.yaml"]
    assert f"{other}/_platform/audit.yaml" not in tree
    assert "audit.example.com/level: low" in tree[f"{chosen}/_tenancy/shop.yaml"]
    assert "audit.example.com" not in tree[f"{other}/_tenancy/shop.yaml"]
    app = next(text for path, text in tree.items() if path.endswith("/shop/web.yaml") and path.startswith("prod/dc1/"))
    assert "name: web-audit" in app
    assert app.count("audit.example.com/level: low") == 2
    assert not any("audit.example.com" in text for path, text in tree.items() if path.startswith("prod/dc2/"))
    choose(repo, level="high")
    assert set(repo.compile().overlays.values()) == {"update"}


def test_its_settings_and_needs_are_checked_and_the_docs_have_it(repo) -> None:
    repo.data["platform"]["observability"] = {"audit": {"image": "audit", "level": "hihg"}}
    repo.write_fleet()
    with Pool(1) as pool, pytest.raises(Exception, match="platform") as caught:
        load_fleet(repo.folder / "environments", pool)
    messages = [(d.code, d.message) for d in caught.value.diagnostics]
    assert ("SF303", "platform.observability.audit.level is not one of the allowed values") in messages
    assert any(
        code == "SF303" and "audit.image is 'audit', but must be an image with a version" in text
        for code, text in messages
    )
    assert any(code == "SF313" and "observability.audit needs prometheus" in text for code, text in messages)
    page = systems_page(read_catalog(Library(library_folder(), repo.folder / "environments"), "environments"))
    assert "| `audit` | [Audit](observability/audit.md): a reader of audit logs |" in page


def test_the_page_for_authors_of_systems_has_every_form_and_function() -> None:
    page = (ROOT / "docs/extending-the-library.md").read_text()
    assert [name for name in FORMS if f"`{name}`" not in page] == []
    assert [name for name in FUNCTIONS if f"| `{name}(" not in page] == []
