"""The `sixfold-generator` command: what it imports, and settings that it rejects."""

from __future__ import annotations

import os
import signal
import subprocess

import pytest

from sixfold_compiler import __version__
from sixfold_generator.server.command import main
from tests.support.generator import COMMAND, Generator
from tests.support.hostile import HostileFolder
from tests.support.ports import free_ports
from tests.support.trees import Spec


def test_the_service_imports_nothing_from_its_working_folder(tmp_path):
    hostile = HostileFolder(tmp_path / "hostile")
    tree = Spec().write(tmp_path / "tree")
    with Generator(tree, hostile.folder, environ={"GUNICORN_CMD_ARGS": "--bind=nowhere"}) as generator:
        generator.ready()
        assert generator.ask({"team": "ads"}).sets
        before = set(generator.worker_ids())
        generator.process.send_signal(signal.SIGHUP)  # replaces every worker
        generator.until(lambda: len(ids := set(generator.worker_ids())) == 2 and not ids & before, "new workers")
        assert generator.ready().ask({"team": "ads"}).sets
    assert hostile.imported == []


def start(**environ: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("SIXFOLD_")}
    return subprocess.run([COMMAND], env=clean | environ, capture_output=True, text=True, check=False, timeout=60)


def test_an_invalid_setting_prevents_the_start_and_is_named():
    done = start(SIXFOLD_PORT="nine")
    assert (done.returncode, done.stdout) == (1, "")
    assert "error[SF830]: SIXFOLD_PORT" in done.stderr
    assert "error[SF830]: SIXFOLD_TOKEN_FILES" in done.stderr
    assert "Traceback" not in done.stderr


def test_missing_tokens_prevent_the_start(tmp_path):
    ports = dict(zip(("SIXFOLD_PORT", "SIXFOLD_ADMIN_PORT"), map(str, free_ports(2)), strict=True))
    done = start(SIXFOLD_TOKEN_FILES=str(tmp_path / "none"), SIXFOLD_METRICS=str(tmp_path / "metrics"), **ports)
    assert (done.returncode, done.stdout) == (1, "")
    assert "error[SF831]" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_version_is_printed(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"sixfold-generator {__version__}\n"
