"""docs/architecture.md agrees with the code."""

from __future__ import annotations

import re

import pytest

from dev.layout import PACKAGES
from dev.process import ROOT
from docs.reference.architecture import house, page, picture

PAGE = (ROOT / "docs" / "architecture.md").read_text()


@pytest.fixture(scope="module")
def shape():
    return house()


def test_the_picture_is_current(shape):
    assert (ROOT / "docs" / "images" / "architecture.svg").read_text() == picture(shape), "run `python3 dev.py docs`"


def test_the_figures_are_current(shape):
    assert page(PAGE, shape) == PAGE, "run `python3 dev.py docs`"


@pytest.mark.parametrize("package", PACKAGES)
def test_every_room_has_a_paragraph(shape, package):
    rooms = {room.partition(".")[2] for room in shape.room_names if room.startswith(f"{package}.")}
    assert rooms <= set(re.findall(r"^\*\*`(\w+)`\*\* ", PAGE, re.MULTILINE))


def test_every_module_in_the_table_exists():
    table = PAGE.partition("## Where new code goes")[2]
    bases = [ROOT, *(ROOT / folder for folder in PACKAGES.values())]
    named = re.findall(r"`([a-z_]+(?:/[a-z_.]+)+)`", table)
    assert len(named) > 20
    assert [
        path for path in named if not any((base / path).exists() or (base / f"{path}.py").exists() for base in bases)
    ] == []
