"""The library's sources: formatted, linted, documented, confined, and free of what one engine is slow at or lacks."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.lib.library import LIBRARY

SOURCES = sorted(LIBRARY.rglob("*.libsonnet"))
NAMES = [str(path.relative_to(LIBRARY)) for path in SOURCES]
# Slow in one engine by a factor of 10 to 1,000, missing in one, or different between them.
BANNED = (
    "extVar", "prune", "manifestJson", "manifestJsonEx", "manifestYamlDoc", "manifestYamlStream", "manifestIni",
    "parseYaml", "trim", "isNull", "flattenDeepArray", "mergePatch", "format", "native", "trace",
)  # fmt: skip
FUNCTION = re.compile(r"^  (?P<name>[a-z][A-Za-z0-9]*)(?:\([^)]*\))?:: ?", re.MULTILINE)


def program(name: str) -> str:
    found = shutil.which(name, path=str(Path(sys.executable).parent))
    return found or pytest.skip(f"{name} is not installed")


def code(path: Path) -> str:
    """A source without comments and the contents of strings, line by line as it was."""
    text = re.sub(r"'(?:\\.|[^'\\\n])*'|\"(?:\\.|[^\"\\\n])*\"", "''", path.read_text())
    return re.sub(r"//.*$", "", text, flags=re.MULTILINE)


@pytest.mark.parametrize("name", NAMES)
def test_a_source_is_short_narrow_and_says_what_it_is_about(name):
    lines = (LIBRARY / name).read_text().splitlines()
    assert lines[0].startswith("// ")
    assert len(lines) <= 120, f"{len(lines)} lines"
    wide = [line for line in lines if len(line) > 120 and not re.fullmatch(r" *'[^']*',?", line)]
    assert wide == []


@pytest.mark.parametrize("name", NAMES)
def test_a_source_uses_nothing_that_an_engine_is_slow_at_or_lacks(name):
    text = code(LIBRARY / name)
    used = set(re.findall(r"\bstd\.([A-Za-z0-9]+)", text))
    assert used & set(BANNED) == set()
    assert re.search(r"''\s*%", text) is None, "string formatting is slow"
    assert "$" not in text, "a library reaches itself by `local lib = self`"
    assert "tailstrict" not in text


@pytest.mark.parametrize("name", NAMES)
def test_a_source_imports_by_literal_paths_inside_the_library(name):
    path = LIBRARY / name
    for line in path.read_text().splitlines():
        if line.lstrip().startswith("//"):
            continue
        for rest in re.findall(r"\bimport(?:str|bin)?\b(.*)", line):
            literal = re.match(r" '([^']+)'", rest)
            assert literal, line
            assert (path.parent / literal[1]).resolve().is_relative_to(LIBRARY), line
            assert (path.parent / literal[1]).is_file(), line


@pytest.mark.parametrize("name", NAMES)
def test_every_function_that_others_may_call_has_a_line_of_documentation(name):
    """Or stands in a group of one-line fields that has one."""
    bare = []
    told = False  # whether the line before is documentation, or a field that has it
    for line in (LIBRARY / name).read_text().splitlines():
        field = FUNCTION.match(line)
        if field and not told:
            bare.append(line.strip())
        told = line.strip().startswith("//") or bool(field and told)
    assert bare == []


def test_no_two_concerns_define_the_same_function():
    """They are composed by `+`, so the later one would silently replace the earlier."""
    owners: dict[str, list[str]] = {}
    for name, path in zip(NAMES, SOURCES, strict=True):
        if "local lib = self" in path.read_text():
            for match in FUNCTION.finditer(path.read_text()):
                owners.setdefault(match["name"], []).append(name)
    assert len(owners) > 50
    assert {function: files for function, files in owners.items() if len(files) > 1} == {}


def test_every_source_is_formatted():
    command = [
        program("jsonnetfmt"),
        "-n",
        "2",
        "--max-blank-lines",
        "1",
        "--string-style",
        "s",
        "--comment-style",
        "s",
    ]
    unformatted = [
        name
        for name, path in zip(NAMES, SOURCES, strict=True)
        if subprocess.run([*command, "--test", str(path)], check=False, capture_output=True).returncode
    ]
    assert unformatted == []


def test_every_source_is_clean_to_the_linter():
    linter = program("jsonnet-lint")
    complaints = {}
    for name, path in zip(NAMES, SOURCES, strict=True):
        result = subprocess.run([linter, str(path)], check=False, capture_output=True, text=True)
        if result.returncode:
            complaints[name] = result.stderr.partition("\n")[0] or result.stdout
    assert complaints == {}
