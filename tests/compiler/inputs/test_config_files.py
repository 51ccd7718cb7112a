"""Config files of a team's manifests, read from manifests that nobody has validated."""

from __future__ import annotations

import pytest

from sixfold_compiler.inputs.config_files import config_files, config_files_of_others


@pytest.mark.parametrize(
    ("spec", "files"),
    [
        (None, []),
        ({}, []),
        ({"config": None, "overrides": None}, []),
        ({"config": [{"name": "a"}, {"files": None}]}, []),
        ({"config": [{"files": {"x": "files/x", "y": "y"}}, {"files": {"z": "z"}}]}, ["files/x", "y", "z"]),
        ({"config": [{"files": {"x": "x"}}], "overrides": [{"spec": {"config": [{"files": {"x": "o"}}]}}]}, ["x", "o"]),
        ({"overrides": [{}, {"spec": None}]}, []),
    ],
)
def test_config_files_are_those_of_the_spec_and_of_its_overrides(spec, files) -> None:
    assert list(config_files({"spec": spec})) == files
    assert list(config_files({})) == []


def manifest(*paths: str) -> str:
    return "spec:\n  config:\n  - files: {" + ", ".join(f"f{n}: {path}" for n, path in enumerate(paths)) + "}\n"


def test_config_files_of_the_other_manifests_of_a_team_are_by_their_path(tmp_path) -> None:
    texts = {
        "shop/own.yaml": manifest("files/own"),
        "shop/api.yaml": manifest("files/api", "./files/../shared", "5") + "---\n" + manifest("second"),
        "shop/web.yaml": manifest("shared"),
        "shop/notes.txt": manifest("text"),
        "pay/cards.yaml": manifest("files/cards"),
    }
    for name, text in texts.items():
        (tmp_path / "apps" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "apps" / name).write_text(text)
    assert config_files_of_others(tmp_path, "shop", "apps/shop/own.yaml") == {
        "apps/shop/files/api": "apps/shop/api.yaml",
        "apps/shop/shared": "apps/shop/web.yaml",
    }
    assert config_files_of_others(tmp_path, "none", "apps/none/own.yaml") == {}


@pytest.mark.parametrize("text", ["", "[", "5", "spec: 5", "spec: {config: 5}", "spec: {config: [5]}", "[a, b]", None])
def test_manifests_that_cannot_be_read_are_left_to_their_authors(tmp_path, text) -> None:
    folder = tmp_path / "apps" / "shop"
    folder.mkdir(parents=True)
    (folder / "web.yaml").write_text(manifest("x"))
    if text is None:
        (folder / "bad.yaml").symlink_to("nowhere")
    else:
        (folder / "bad.yaml").write_text(text)
    assert config_files_of_others(tmp_path, "shop", "") == {"apps/shop/x": "apps/shop/web.yaml"}
