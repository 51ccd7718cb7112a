"""docs/library.md is current, and lists every name that an extension may replace."""

from __future__ import annotations

import importlib.util
import json
import re
import sys
from pathlib import Path

import pytest
import rjsonnet

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "library.md"
NAMES = """
local isSpace(v) = std.isObject(v) && std.any([
  std.isFunction(v[n]) || (n != 'defaults' && isSpace(v[n]))
  for n in std.objectFieldsAll(v)
]);
local names(v, path) = std.flattenArrays([
  if n == 'defaults' then [path + [n, d] for d in std.objectFieldsAll(v[n])]
  else if isSpace(v[n]) then names(v[n], path + [n])
  else if std.isObject(v[n]) && std.length(std.objectFieldsAll(v[n])) == 0 then []  // a slot without systems
  else [path + [n]]
  for n in std.objectFieldsAll(v)
]);
names(import 'main.libsonnet', [])
"""


@pytest.fixture(scope="module")
def reference():
    spec = importlib.util.spec_from_file_location("library_page", ROOT / "docs" / "reference" / "library.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_the_page_is_current(reference):
    assert PAGE.read_text() == reference.library_page(), "run `python3 dev.py docs`"


def test_the_page_is_written_into_a_folder(reference, tmp_path):
    assert reference.write_library(tmp_path).read_text() == PAGE.read_text()


def test_every_name_of_the_library_has_a_line_on_the_page():
    sections = re.split(r"^## ", PAGE.read_text(), flags=re.MULTILINE)[1:]
    shown = set()
    for section in sections:
        namespace = section.partition("\n")[0]
        for head, table in re.findall(r"^\| ([^|]+) \| \| in \|\n(.*?)(?:\n\n|\Z)", section, re.MULTILINE | re.DOTALL):
            inside = f"{namespace}.defaults" if head == "default" else namespace
            rows = re.findall(r"^\| `(\w+)[^`]*` \| ([^|]+) \| \[", table, re.MULTILINE)
            shown |= {f"{inside}.{name}" for name, doc in rows if doc.strip().endswith(".")}
    names = json.loads(rjsonnet.evaluate_snippet("names", NAMES, jpathdir=[str(ROOT / "lib")]))
    assert len(names) > 200
    assert {".".join(path) for path in names} == shown
