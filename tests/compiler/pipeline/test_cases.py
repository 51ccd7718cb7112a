"""The pages of tests/cases/compile and of each system: a fleet and manifests in, overlays out, everything in full."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest

from sixfold_compiler.engine import library_folder
from sixfold_compiler.inputs.options import Options
from sixfold_compiler.pipeline.plan import plan
from sixfold_compiler.placement import LOCK_FILE
from tests.support import suite
from tests.support.pages import Page, index, load_pages
from tests.support.repos import place

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = suite.CASES / "compile"
SLOTS = json.loads((library_folder() / "slots.json").read_bytes())
PAGES = [page for folder in ("compile", *SLOTS) for page in load_pages(folder)]


def compile_page(page: Page, folder: Path) -> dict[str, str]:
    """Compile the deploy repository of a page, and return the tree. The teams are placed unless the page has a lock."""
    environments = folder / "environments"
    environments.mkdir()
    shutil.copy(FOLDER / "small.libsonnet", environments)
    page.write(folder)
    if not (environments / LOCK_FILE).exists():
        place(environments, folder)
    options = Options(fleet=environments, out=folder / "overlays", base=folder, jobs=1, stage_in_tree=True, guard=False)
    with plan(options) as compiled:
        assert [f"{d.code} {d.span}: {d.message}" for d in compiled.diagnostics] == []
        compiled.write()
    return {p.relative_to(folder).as_posix(): p.read_text() for p in (folder / "overlays").rglob("*") if p.is_file()}


@pytest.mark.parametrize(
    "page", PAGES, ids=lambda page: f"{page.file.parent.name}-{page.file.stem}".removeprefix("compile-")
)
def test_page_shows_the_compiled_overlays(page: Page, tmp_path: Path) -> None:
    page.check(compile_page(page, tmp_path))


def test_index_lists_every_page() -> None:
    file = FOLDER / "README.md"
    head = file.read_text().partition("| page |")[0]
    if suite.rewriting():
        file.write_text(head + index(PAGES))
    assert file.read_text() == head + index(PAGES)
