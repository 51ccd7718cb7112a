"""The wheel contains everything that the commands need, and works from any folder."""

import os
import subprocess
import sys
import zipfile
from importlib import metadata
from pathlib import Path

import pytest

from tests.support.wheels import build_wheel

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Build the wheel and unpack it as pip does, outside the checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    with zipfile.ZipFile(build_wheel(folder)) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def sixfold(site, folder, *arguments):
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("SIXFOLD", "PYTHON"))}
    return subprocess.run(
        [sys.executable, "-P", "-m", "sixfold_compiler", *arguments],
        cwd=folder, env={**environment, "PYTHONPATH": str(site)}, check=False, capture_output=True, text=True,
    )  # fmt: skip


def test_a_new_deploy_repo_compiles_with_the_wheel_alone(site, tmp_path):
    assert sixfold(site, tmp_path, "init", "deploy", "shop").returncode == 0
    done = sixfold(site, tmp_path / "shop", "compile")
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "shop" / "overlays" / "inventory.json").is_file()


def test_the_wheel_uses_its_own_library_and_holds_no_tests(site):
    code = "from sixfold_compiler.engine import library_folder; print(library_folder())"
    done = subprocess.run([sys.executable, "-P", "-c", code], env={**os.environ, "PYTHONPATH": str(site)}, cwd="/",
                          check=True, capture_output=True, text=True)  # fmt: skip
    assert done.stdout.strip() == str(site / "sixfold_compiler" / "_lib")
    assert not (site / "tests").exists()


def test_the_wheel_installs_two_packages_and_nothing_beside_them(site):
    """The folder `compiler/` of another distribution cannot overwrite ours, and ours cannot overwrite it."""
    assert {p.name for p in site.iterdir() if p.suffix != ".dist-info"} == {"sixfold_compiler", "sixfold_generator"}
    assert all((site / name / "py.typed").is_file() for name in ("sixfold_compiler", "sixfold_generator"))


def test_an_editable_install_adds_two_folders_to_the_path_and_no_import_hook():
    """Mypy, coverage and editors find the code by the path alone."""
    (path,) = [file for file in metadata.distribution("sixfold").files if file.suffix == ".pth"]
    assert path.read_text().split() == [str(ROOT / "compiler"), str(ROOT / "generator")]


def test_the_wheel_has_a_command_for_each_package(site):
    (file,) = site.glob("sixfold-*.dist-info/entry_points.txt")
    assert file.read_text().split("\n\n")[0].splitlines() == [
        "[console_scripts]",
        "sixfold = sixfold_compiler.cli:main",
        "sixfold-generator = sixfold_generator.server.command:main",
    ]


def test_the_wheel_has_the_templates_of_the_generator(site):
    code = """
from sixfold_generator.service.health import Observation, health_of
from sixfold_generator.web.status_page import page
print(page(health_of(Observation(), 300)))
"""
    done = subprocess.run([sys.executable, "-P", "-c", code], env={**os.environ, "PYTHONPATH": str(site)}, cwd="/",
                          check=True, capture_output=True, text=True)  # fmt: skip
    assert "Not ready" in done.stdout


ONLY_DECLARED = """
import importlib, importlib.metadata as metadata, re, sys
from packaging.requirements import Requirement

def closure(name, extras, seen):
    for text in metadata.requires(name) or []:
        need = Requirement(text)
        if need.marker is None or any(need.marker.evaluate({"extra": extra}) for extra in ("", *extras)):
            key = (re.sub("[-_.]+", "-", need.name).lower(), tuple(sorted(need.extras)))
            if key not in seen:
                seen.add(key)
                closure(need.name, need.extras, seen)

declared = set()
closure("sixfold", (), declared)
known = {name for name, _ in declared} | {"sixfold"}
owners = metadata.packages_distributions()
for name in [name for name in sys.modules if name.partition(".")[0] == "packaging"]:
    del sys.modules[name]

class Undeclared:
    def find_spec(self, name, path=None, target=None):
        found = {re.sub("[-_.]+", "-", owner).lower() for owner in owners.get(name.partition(".")[0], ())}
        if found and not found & known:
            raise ModuleNotFoundError(f"{name} belongs to {found}, which pyproject.toml does not ask for")

sys.meta_path.insert(0, Undeclared())
for name in sys.argv[1:]:
    importlib.import_module(name)
"""


def test_the_project_imports_only_what_it_declares():
    """`pip install .` without the lock files installs all imports of the commands, the pipeline and the service."""
    modules = ["sixfold_compiler.pipeline.plan", "sixfold_generator.web.app", "sixfold_generator.server.serve"]
    modules += [
        "sixfold_generator.server.command",
        "sixfold_generator.server.worker",
        "sixfold_generator.adoption.run",
        "gunicorn.workers.ggevent",
    ]
    commands = ROOT / "compiler" / "sixfold_compiler" / "cli" / "commands"
    modules += [
        f"sixfold_compiler.cli.commands.{p.stem}" for p in sorted(commands.glob("*.py")) if p.stem != "__init__"
    ]
    done = subprocess.run(
        [sys.executable, "-c", ONLY_DECLARED, *modules], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
