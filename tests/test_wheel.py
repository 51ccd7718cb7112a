"""The wheel carries everything that the commands need, and works from any folder."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The wheel, built and unpacked as pip would, away from the checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = folder.glob("sixfold-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def sixfold(site, folder, *arguments):
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("SIXFOLD", "PYTHON"))}
    return subprocess.run(
        [sys.executable, "-P", "-m", "compiler", *arguments],
        cwd=folder, env={**environment, "PYTHONPATH": str(site)}, check=False, capture_output=True, text=True,
    )  # fmt: skip


def test_a_new_deploy_repo_compiles_with_the_wheel_alone(site, tmp_path):
    assert sixfold(site, tmp_path, "init", "deploy", "shop").returncode == 0
    done = sixfold(site, tmp_path / "shop", "compile")
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "shop" / "overlays" / "inventory.json").is_file()


def test_the_wheel_uses_its_own_library_and_holds_no_tests(site):
    code = "from compiler.engine import library_folder; print(library_folder())"
    done = subprocess.run([sys.executable, "-P", "-c", code], env={**os.environ, "PYTHONPATH": str(site)}, cwd="/",
                          check=True, capture_output=True, text=True)  # fmt: skip
    assert done.stdout.strip() == str(site / "compiler" / "_lib")
    assert not (site / "tests").exists()
