"""The generated reference pages are current and complete, and their examples are valid."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import jsonschema_rs
import orjson
import pytest
import rjsonnet

from docs.reference.examples import FLEET_EXAMPLES, MANIFEST_EXAMPLES
from docs.reference.pages import PAGES, render_page
from sixfold_compiler.model.app import App, Spec
from sixfold_compiler.model.release import Release
from sixfold_compiler.systems.schema import SCHEMAS, schema_of
from sixfold_compiler.yaml.loader import load_documents

DOCS = Path(__file__).resolve().parents[2] / "docs"
MODELS: dict[str, Any] = {"App": App, "Release": Release}


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.file)
def test_the_page_is_what_the_model_gives(page) -> None:
    assert (DOCS / page.file).read_text() == render_page(page), "run: python3 dev.py docs"


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.file)
def test_every_record_has_a_section_and_every_link_leads_to_one(page) -> None:
    text = render_page(page)
    anchors = {h.lower().replace(" ", "-") for h in re.findall(r"^## (.+)$", text, re.MULTILINE)}
    assert set(re.findall(r"\]\(#([^)]+)\)", text)) <= anchors
    for file in page.schemas:
        schema = next(schema_of(s) for s in SCHEMAS if s.file == file)
        for name, record in schema.get("$defs", {}).items():
            heading = "spec" if name in ("Spec", "ManifestSpec") else name.lower()
            assert heading in anchors
            assert all(f"`{field}`" in text for field in record.get("properties", {}))


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.file)
def test_every_example_is_shown(page) -> None:
    text = render_page(page)
    assert all(example.rstrip("\n") in text for example in page.examples.values())


@pytest.mark.parametrize("name", MANIFEST_EXAMPLES)
def test_a_manifest_example_is_valid(name) -> None:
    (document,) = load_documents(MANIFEST_EXAMPLES[name].encode(), name)
    if name == "Override":
        App.model_validate(
            {
                "apiVersion": "sixfold.dev/v1",
                "kind": "App",
                "metadata": {"name": "a", "team": "b"},
                "spec": document.value,
            }
        )
    else:
        MODELS.get(name, Spec).model_validate(document.value)


@pytest.mark.parametrize("name", FLEET_EXAMPLES)
def test_a_fleet_example_is_valid(name) -> None:
    schema = next(schema_of(s) for s in SCHEMAS if s.file == "fleet.schema.json")
    part = {"$schema": schema["$schema"], "$defs": schema["$defs"], "$ref": f"#/$defs/{name}"}
    value = orjson.loads(rjsonnet.evaluate_snippet(name, FLEET_EXAMPLES[name]))
    jsonschema_rs.Draft202012Validator(part).validate(value)
