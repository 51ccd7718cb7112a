"""The program in a process of its own prints, writes and returns the same as in the process of the other tests."""

from __future__ import annotations

import gc
import os
import shutil
from pathlib import Path

import pytest

from dev.process import ROOT
from tests.support.cli import edit, sixfold, started, tree


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ([], 2),
        (["--help"], 0),
        (["--version"], 0),
        (["compil"], 2),
        (["code", "SF107"], 0),
        (["check"], 0),
        (["check", "--output", "json"], 0),
        (["preview"], 0),
        (["compile", "--jobs", "2"], 0),
        (["compile", "--fleet", "nowhere"], 1),
        (["place", "--check"], 0),
        (["explain", "hello", "tier"], 0),
    ],
    ids=lambda value: " ".join(value) or "nothing" if isinstance(value, list) else None,
)
def test_a_process_gives_the_same_code_and_streams(arguments, code, deploy, tmp_path) -> None:
    copy = shutil.copytree(deploy, tmp_path / "copy" / "deploy")
    done, alone = sixfold(*arguments, cwd=deploy), started(*arguments, cwd=copy)
    assert done == alone
    assert done.code == code, done
    assert tree(deploy) == tree(copy)


def test_a_finding_is_the_same_in_a_process(deploy, tmp_path) -> None:
    edit(deploy / "apps" / "storefront" / "hello.yaml", "tier: P2", "tear: P2")
    copy = shutil.copytree(deploy, tmp_path / "copy" / "deploy")
    done = sixfold("compile", cwd=deploy)
    assert done == started("compile", cwd=copy)
    assert (done.code, "error[SF204]" in done.out + done.err) == (1, True)


def test_a_run_in_the_test_s_own_process_leaves_it_as_it_was(deploy) -> None:
    before = (Path.cwd(), dict(os.environ), gc.get_threshold())
    assert sixfold("check", cwd=deploy, NO_COLOR="1").code == 0
    assert (Path.cwd(), dict(os.environ), gc.get_threshold()) == before


def test_no_plugin_of_pydantic_is_loaded(deploy, tmp_path) -> None:
    """A plugin in the same environment could change what the models accept."""
    info = tmp_path / "packages" / "plugin-1.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: plugin\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[pydantic]\nplugin = its_plugin:value\n")
    (info.parent / "its_plugin.py").write_text(f"open({str(tmp_path / 'loaded')!r}, 'w')\nvalue = None\n")
    done = started("check", cwd=deploy, PYTHONPATH=f"{ROOT}{os.pathsep}{info.parent}")
    assert (done.code, (tmp_path / "loaded").exists()) == (0, False)
