"""The library's sources: format, lint, comments, imports, cycles, and functions that an engine lacks or runs slowly."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.lib.library import LIBRARY
from tests.lib.sources import NAMES, SOURCES, code, cycle, edges, namespaces

# Slow in one engine by a factor of 10 to 1,000, missing in one, or different between them.
BANNED = (
    "extVar", "prune", "manifestJson", "manifestJsonEx", "manifestYamlDoc", "manifestYamlStream", "manifestIni",
    "parseYaml", "trim", "isNull", "flattenDeepArray", "mergePatch", "format", "native", "trace",
)  # fmt: skip
FIELD = re.compile(r"^(?P<indent> +)(?P<name>[a-z][A-Za-z0-9]*)(?:\([^)]*\))?:: ?", re.MULTILINE)
SENTENCE = re.compile(r"^ +// [A-Z`][^\n]*\.(?:`\.)?$")


def program(name: str) -> str:
    command = shutil.which(name, path=str(Path(sys.executable).parent))
    return command or pytest.skip(f"{name} is not installed")


@pytest.mark.parametrize("name", NAMES)
def test_a_source_is_short_and_narrow_and_begins_with_a_comment(name):
    lines = (LIBRARY / name).read_text().splitlines()
    assert lines[0].startswith("// ")
    assert len(lines) <= 120, f"{len(lines)} lines"
    wide = [line for line in lines if len(line) > 120 and not re.fullmatch(r" *'[^']*',?", line)]
    assert wide == []


@pytest.mark.parametrize("name", NAMES)
def test_a_source_uses_no_function_that_an_engine_lacks_or_runs_slowly(name):
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
        for imported in re.findall(r"\bimport(?:str|bin)?\b(.*)", line):
            literal = re.match(r" '([^']+)'", imported)
            assert literal, line
            assert (path.parent / literal[1]).resolve().is_relative_to(LIBRARY), line
            assert (path.parent / literal[1]).is_file(), line


def documented(lines: list[str], index: int) -> bool:
    """Return whether the comment above a line begins with a sentence that fits on one line."""
    first = index
    while lines[first - 1].strip().startswith("//"):
        first -= 1
    return first < index and bool(SENTENCE.match(lines[first]))


@pytest.mark.parametrize("name", NAMES)
def test_every_public_field_and_default_has_a_doc_comment_whose_first_line_is_a_sentence(name):
    lines = (LIBRARY / name).read_text().splitlines()
    fields = [index for index, line in enumerate(lines) if FIELD.match(line)]
    if "  defaults:: {" in lines:
        start = lines.index("  defaults:: {")
        end = lines.index("  },", start)
        fields += [index for index in range(start + 1, end) if re.match(r"    \w+:", lines[index])]
    assert [lines[index].strip() for index in fields if not documented(lines, index)] == []


@pytest.mark.parametrize("name", [name for name in NAMES if name not in ("main.libsonnet", "core/util.libsonnet")])
def test_every_source_is_an_object_over_the_library(name):
    """Plain helpers and lines of text are exceptions, since they have no functions to replace."""
    text = code(LIBRARY / name)
    if name == "mesh/envoy/proxy/text.libsonnet":
        assert re.search(r"^\{$", text, re.MULTILINE)
    elif name.endswith("/main.libsonnet"):
        parts = r"(parts\(lib\) \+ |\(import ''\)\(lib\) \+ )?"
        assert re.search(rf"^function\(lib\) {parts}\{{$", text, re.MULTILINE)
        assert FIELD.search(text), "a table of contents alone costs the reference engine as much as a file of functions"
    else:
        assert re.search(r"^function\(lib\) \{$", text, re.MULTILINE)


@pytest.mark.parametrize("namespace", namespaces())
def test_no_two_files_of_a_namespace_define_the_same_name(namespace):
    """The files of a namespace are merged, so a later definition would silently replace an earlier one."""
    owners: dict[str, list[str]] = {}
    for path in sorted((LIBRARY / namespaces()[namespace]).glob("*.libsonnet")):
        for match in FIELD.finditer(path.read_text()):
            if match["indent"] == "  " and path.stem != "text":
                owners.setdefault(match["name"], []).append(path.name)
    assert owners
    assert {name: files for name, files in owners.items() if len(files) > 1} == {}


def test_the_folders_of_the_library_have_no_cycle():
    """Names of namespaces count as well as imports, since a call through the library shows in no import."""
    graph = edges()
    assert len(graph) > 40
    assert cycle(graph) == set()


def test_a_cycle_through_imports_or_names_is_detected(tmp_path):
    texts = {
        "main.libsonnet": "{\n  a:: (import 'a/main.libsonnet')(lib),\n  b:: (import 'b/main.libsonnet')(lib),\n}",
        "a/main.libsonnet": "function(lib) (import 'x.libsonnet')(lib) + {\n  c:: (import 'c/main.libsonnet')(lib),\n}",
        "a/x.libsonnet": "function(lib) { x:: lib.b.y, z:: here.c.z }",
        "a/c/main.libsonnet": "function(lib) { z:: 1 } // lib.a.x",
        "b/main.libsonnet": "function(lib) { y:: import '../d/y.libsonnet' }",
        "d/y.libsonnet": "1",
    }
    for name, text in texts.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    assert edges(tmp_path) == {("a", "b"), ("a", "a/c"), ("b", "d")}
    assert cycle(edges(tmp_path)) == set()
    (tmp_path / "a/c/main.libsonnet").write_text("function(lib) { z:: lib.a.x }")
    assert cycle(edges(tmp_path)) == {"a", "a/c"}
    (tmp_path / "a/c/main.libsonnet").write_text("function(lib) { z:: 1 }")
    (tmp_path / "d/y.libsonnet").write_text("import '../a/x.libsonnet'")
    assert cycle(edges(tmp_path)) == {"a", "b", "d"}


def test_roads_do_not_use_the_gateway():
    assert {folder for user, folder in edges() if user == "roads"} == {"core", "platform"}


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
