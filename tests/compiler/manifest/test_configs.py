"""ConfigMaps of a manifest: text and files together, names by content, and each mistake reported once."""

from __future__ import annotations

import hashlib

import pytest

from sixfold_compiler.manifest.configs import MAX_CONFIG_FILE, Configs
from sixfold_compiler.model.workload import Config
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
    value = configs.fill("web", Config.model_validate({"name": "main", **config}), problems)
    return value, [(problem.code, problem.span.line, problem.message) for problem in problems]


def test_text_and_files_are_one_map_with_a_digest_in_its_name(configs) -> None:
    value, problems = filled(configs, data={"b": "c"}, files={"a": "words.txt"}, mountPath="/etc/web")
    assert (value["data"], value["mountPath"], problems) == ({"b": "c", "a": "a\n"}, "/etc/web", [])
    assert value["objectName"].startswith("web-main-")
    assert configs.digests == {"words.txt": hashlib.sha256(b"a\n").hexdigest()}
    assert filled(configs, data={"a": "a\n", "b": "c"})[0]["objectName"] == value["objectName"], (
        "whatever it comes from"
    )
    assert filled(configs, data={"b": "d"}, files={"a": "words.txt"})[0]["objectName"] != value["objectName"]


def test_a_config_file_is_read_once(configs, tmp_path) -> None:
    first, _ = filled(configs, files={"a": "words.txt"})
    (tmp_path / "words.txt").write_text("changed\n")
    assert filled(configs, files={"a": "words.txt"})[0] == first


@pytest.mark.parametrize(
    ("name", "line", "reason"),
    [
        ("gone.txt", 11, "not exist"),
        ("words.bin", 1, "UTF-8"),
        ("../words.txt", 1, "outside"),
        ("large.txt", 1, "KiB"),
    ],
)
def test_an_unreadable_config_file_is_reported_once_at_its_name(name, line, reason, configs, tmp_path) -> None:
    (tmp_path / "words.bin").write_bytes(b"\xff")
    (tmp_path / "large.txt").write_bytes(b"x" * (MAX_CONFIG_FILE + 1))
    problems = []
    for _ in range(2):
        config = Config(name="main", files={"a": name, "b": "words.txt"})
        assert configs.fill("web", config, problems)["data"] == {"b": "a\n"}
    (problem,) = problems
    assert (problem.code, problem.span.line, problem.app) == ("SF216", line, "shop/web")
    assert repr(name) in problem.message
    assert reason in problem.message


def test_a_config_over_the_size_limit_is_reported_once(configs) -> None:
    problems = []
    for _ in range(2):
        configs.fill("web", Config(name="main", data={"a": "é" * 512 * 1024}), problems)
        configs.fill("web", Config(name="defaults", data={"a": "x" * 1024 * 1024}), problems)
        configs.fill("web", Config(name="main", data={"a": "x" * (1024 * 1024 - 1)}), problems)
    assert [(problem.code, problem.span.line) for problem in problems] == [("SF216", 3), ("SF216", 1)]
    assert "1024 KiB" in problems[0].message


@pytest.mark.parametrize("path", [".git/config", "a/.GIT/x", ".git./x", ".git /x", "GIT~1/x"])
def test_no_config_is_in_a_folder_of_git_which_no_commit_can_contain(configs, tmp_path, path) -> None:
    file = tmp_path / path
    file.parent.mkdir(parents=True)
    file.write_text("a\n")
    value, problems = filled(configs, files={"a": path})
    assert value["data"] == {}
    assert [(code, "it is in a folder of git" in message) for code, _, message in problems] == [("SF216", True)]


def test_names_that_only_begin_like_git_s_are_configs(configs, tmp_path) -> None:
    (tmp_path / ".gitignore").write_text("a\n")
    assert filled(configs, files={"a": ".gitignore"})[1] == []
