"""ConfigMaps of a manifest: text and files together, a name by their content, and each mistake told once where it stands."""

from __future__ import annotations

import hashlib

import pytest

from sixfold_compiler.manifest.configs import MAX_CONFIG_FILE, Configs
from sixfold_compiler.yaml.loader import load_documents

TEXT = """\
spec:
  config:
    - name: main
      files: {words.txt: words.txt}
  overrides:
    - match: {environment: prod}
    - match: {dataCenter: dc2}
      spec:
        config:
          - {name: other, data: {a: b}}
          - {name: main, files: {gone.txt: gone.txt, words.txt: words.txt}}
"""


@pytest.fixture
def configs(tmp_path):
    (tmp_path / "words.txt").write_text("a\n")
    (document,) = load_documents(TEXT.encode(), "apps/shop/web.yaml")
    return Configs(tmp_path, document, "shop/web")


def filled(configs, **config):
    problems = []
    made = configs.fill("web", {"name": "main", **config}, problems)
    return made, [(problem.code, problem.span.line, problem.message) for problem in problems]


def test_text_and_files_are_one_map_whose_name_carries_its_content(configs) -> None:
    made, problems = filled(configs, data={"b": "c"}, files={"a": "words.txt"}, mountPath="/etc/web")
    assert (made["data"], made["mountPath"], problems) == ({"b": "c", "a": "a\n"}, "/etc/web", [])
    assert made["objectName"].startswith("web-main-")
    assert configs.digests == {"words.txt": hashlib.sha256(b"a\n").hexdigest()}
    assert filled(configs, data={"a": "a\n", "b": "c"})[0]["objectName"] == made["objectName"], "whatever it comes from"
    assert filled(configs, data={"b": "d"}, files={"a": "words.txt"})[0]["objectName"] != made["objectName"]


def test_a_file_is_read_once_whatever_becomes_of_it_meanwhile(configs, tmp_path) -> None:
    first, _ = filled(configs, files={"a": "words.txt"})
    (tmp_path / "words.txt").write_text("changed\n")
    assert filled(configs, files={"a": "words.txt"})[0] == first


@pytest.mark.parametrize(
    ("name", "line", "told"),
    [
        ("gone.txt", 11, "no such file"),
        ("words.bin", 1, "it is not UTF-8 text"),
        ("../words.txt", 1, "outside"),
        ("large.txt", 1, "KiB"),
    ],
)
def test_a_file_that_cannot_be_taken_is_told_once_where_it_is_named(name, line, told, configs, tmp_path) -> None:
    (tmp_path / "words.bin").write_bytes(b"\xff")
    (tmp_path / "large.txt").write_bytes(b"x" * (MAX_CONFIG_FILE + 1))
    problems = []
    for _ in range(2):
        made = configs.fill("web", {"name": "main", "files": {"a": name, "b": "words.txt"}}, problems)
        assert made["data"] == {"b": "a\n"}
    (problem,) = problems
    assert (problem.code, problem.span.line, problem.app) == ("SF216", line, "shop/web")
    assert problem.message.startswith(f"cannot read the config file {name!r}: ")
    assert told in problem.message


def test_more_than_kubernetes_stores_is_told_once_at_its_config(configs) -> None:
    problems = []
    for _ in range(2):
        configs.fill("web", {"name": "main", "data": {"a": "é" * 512 * 1024}}, problems)
        configs.fill("web", {"name": "defaults", "data": {"a": "x" * 1024 * 1024}}, problems)
        configs.fill("web", {"name": "main", "data": {"a": "x" * (1024 * 1024 - 1)}}, problems)
    assert [(problem.code, problem.span.line) for problem in problems] == [("SF216", 3), ("SF216", 1)]
    assert "over 1024 KiB" in problems[0].message
