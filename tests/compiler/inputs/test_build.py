"""The identity of the program changes with each source and each engine that decide the bytes of a tree."""

from __future__ import annotations

import shutil
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pytest

import sixfold_compiler
from sixfold_compiler.inputs import build

PACKAGE = Path(sixfold_compiler.__file__).parent


@pytest.fixture
def identity(tmp_path, monkeypatch):
    """Return a function that computes the identity of a copy of the package."""
    copy = tmp_path / "sixfold_compiler"
    shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(build, "__file__", str(copy / "inputs" / "build.py"))
    return copy, build.build_identity.__wrapped__


def test_a_copy_of_the_program_has_the_same_identity(identity) -> None:
    copy, computed = identity
    assert computed() == build.build_identity()
    (copy / "__pycache__").mkdir()
    (copy / "__pycache__/x.pyc").write_bytes(b"x")
    (copy / "_lib").mkdir()
    (copy / "_lib/main.libsonnet").write_bytes(b"{}")  # the library has a digest of its own
    (copy / "cli/main.py").write_bytes(b"x")
    assert computed() == build.build_identity()


@pytest.mark.parametrize(
    "path", ["yaml/emitter.py", "pipeline/render/overlays.py", "__init__.py", "kubernetes/kubernetes.json.gz"]
)
def test_a_changed_source_gives_another_identity(identity, path) -> None:
    copy, computed = identity
    assert (copy / path).is_file()
    with (copy / path).open("ab") as stream:
        stream.write(b"\n")
    assert computed() != build.build_identity()


def test_a_renamed_or_added_source_gives_another_identity(identity) -> None:
    copy, computed = identity
    (copy / "yaml/emitter.py").rename(copy / "yaml/emitted.py")
    renamed = computed()
    (copy / "yaml/emitter.py").write_bytes(b"")
    assert len({build.build_identity(), renamed, computed()}) == 3


@pytest.mark.parametrize("engine", ["rjsonnet", "jsonnet"])
def test_another_version_of_an_engine_gives_another_identity(monkeypatch, engine) -> None:
    real, seen = build.distribution, {build.build_identity()}

    class Another:
        version = "99"

        def read_text(self, name):
            assert name == "METADATA"
            return "Metadata-Version: 2.4\nName: engine\nVersion: 99\n\nVersion: 1 was slower"

    class WithoutFile(Another):
        version = "98"

        def read_text(self, name):
            return None

    for other in (Another(), WithoutFile()):
        monkeypatch.setattr(build, "distribution", lambda name, other=other: other if name == engine else real(name))
        seen.add(build.build_identity.__wrapped__())

    def missing(name):
        if name == engine:
            raise PackageNotFoundError(name)
        return real(name)

    monkeypatch.setattr(build, "distribution", missing)
    seen.add(build.build_identity.__wrapped__())
    assert len(seen) == 4


@pytest.mark.parametrize("engine", build.ENGINES)
def test_the_version_of_an_engine_is_the_installed_version(engine) -> None:
    assert build._version(engine) == version(engine)


def test_another_build_renders_everything_again(compiled, tmp_path, monkeypatch) -> None:
    repo = compiled.copied_to(tmp_path / "repo")
    assert repo.compile().summary.evaluated == 0
    for module in ("pipeline.digests", "pipeline.render.platform", "pipeline.assemble"):
        monkeypatch.setattr(f"sixfold_compiler.{module}.build_identity", lambda: "sha256:" + "0" * 64)
    run = repo.compile()
    assert run.summary.evaluated == 3
    assert set(run.changed.values()) == {"update"}
    assert all(path.endswith(".json") for path in run.changed), "the same bytes, with other digests of inputs"
