"""Build a Go program against one Argo CD version, once for each state of its sources.

A folder named after a minor version has a `go.mod` and a `go.sum`; the sources are shared. There are two programs: the
one of this folder, and the one of `controlplane/`, which links the Kubernetes version of this Argo CD (only the newest
folder's `go.mod` has its requirements). The binary is kept outside the checkout, in `$SIXFOLD_CONFORMANCE_CACHE` or the
user's cache folder; compiled packages are in Go's own cache.
"""

from __future__ import annotations

import ast
import hashlib
import inspect
import json
import re
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.conformance.gomodules import (
    Unavailable,
    cache,
    check_allowed,
    environment,
    find_go,
    forget,
    go_build,
    only_one,
    unreachable,
)

if TYPE_CHECKING:
    from collections.abc import Callable

HERE = Path(__file__).parent
VERSIONS = sorted(path.parent.name for path in HERE.glob("*/go.mod"))
ARGOCD = "github.com/argoproj/argo-cd/v3"
PROGRAMS = {"argocd": HERE, "controlplane": HERE.parent / "controlplane"}
PATIENCE = 45 * 60  # seconds for one cold build


def release(version: str, module: str = ARGOCD) -> str:
    """Return the release of a module in a folder's go.mod, such as v3.5.3 of Argo CD."""
    result = re.search(rf"^\s*{re.escape(module)} (v\S+)", (HERE / version / "go.mod").read_text(), re.MULTILINE)
    assert result, (version, module)
    return result[1]


def build(version: str, program: str = "argocd") -> Path:
    """Return a program for a version, built if needed. Skips without Go or its modules; fails if the build fails."""
    try:
        check_allowed(f"{program}-{version}")
    except Unavailable as error:
        pytest.skip(str(error))
    go = find_go()
    if go is None:
        pytest.skip("Argo CD's code is Go: there is no go in PATH")
    binary = kept(version, program)
    with only_one(f"{program}-{version}"):
        if not binary.exists():
            forget(f"{program}-{version}-*")
            with tempfile.TemporaryDirectory(dir=binary.parent) as scratch:
                for path in sources(version, program):
                    shutil.copy(path, scratch)
                started = time.monotonic()
                run(go, Path(scratch), version, program)
                (Path(scratch) / program).replace(binary)
            print(f"{program} built against Argo CD {release(version)} in {time.monotonic() - started:.0f} s")
        binary.touch()
    return binary


def code_of(step: Callable[..., object]) -> str:
    """Return the source of a documented function without its docstring: other words are no other program."""
    source = inspect.getsource(step)
    docstring = ast.parse(source).body[0].body[0]
    lines = source.splitlines(keepends=True)
    return "".join([*lines[: docstring.lineno - 1], *lines[docstring.end_lineno :]])


def kept(version: str, program: str = "argocd") -> Path:
    """Return the path of the program in the cache; its name is a digest of sources, `go.sum` and steps."""
    recipe = "".join(code_of(step) for step in (run, on_loopback))
    parts = [*(path.read_bytes() for path in sources(version, program)), recipe.encode()]
    digest = hashlib.sha256(b"\0".join(parts)).hexdigest()
    return cache() / f"{program}-{version}-{digest[:16]}"


def sources(version: str, program: str) -> list[Path]:
    """Return the files that a program is built from."""
    return [*sorted(PROGRAMS[program].glob("*.go")), HERE / version / "go.mod", HERE / version / "go.sum"]


def run(go: str, folder: Path, version: str, program: str) -> None:
    """Run `go build`. Go fetches the toolchain that go.mod requires; no C compiler is needed."""
    versions = {
        "github.com/argoproj/argo-cd/v3/common.version": release(version).removeprefix("v"),
        "k8s.io/component-base/version.gitVersion": release(version, "k8s.io/kubernetes"),
    }
    stamps = " ".join(f"-X {name}={value}" for name, value in versions.items())
    with (folder / "go.mod").open("a") as modules:
        modules.write(f"\nreplace {ARGOCD} => {on_loopback(go, folder, version)}\n")
    if output := go_build(go, folder, f"-ldflags=-s -w {stamps}", "-o", program, ".", patience=PATIENCE):
        give_up(version, output)


def on_loopback(go: str, folder: Path, version: str) -> Path:
    """Copy this Argo CD's sources, and let the application controller serve its metrics on loopback.

    There is no flag for this address. Nothing else of the code is changed. Both programs are built from the copy, so
    that each package is compiled once.
    """
    copy = cache() / f"argo-cd-{release(version)}"
    if not copy.exists():
        result = call(go, folder, "mod", "download", "-json", f"{ARGOCD}@{release(version)}")
        if result.returncode:
            give_up(version, result.stdout + result.stderr)
        with tempfile.TemporaryDirectory(dir=copy.parent) as scratch:
            draft = Path(scratch) / "copy"
            skipped = shutil.ignore_patterns("docs", "test", "*_test.go")
            shutil.copytree(json.loads(result.stdout)["Dir"], draft, ignore=skipped, copy_function=shutil.copyfile)
            for path in (draft, *draft.rglob("*")):
                if path.is_dir():
                    path.chmod(0o755)  # folders of the module cache are read-only
            source = draft / "controller" / "appcontroller.go"
            text = source.read_text()
            assert text.count('"0.0.0.0:%d"') == 1, f"the metrics address is no longer in {source.name}"
            source.write_text(text.replace('"0.0.0.0:%d"', '"127.0.0.1:%d"'))
            draft.replace(copy)
    return copy


def call(go: str, folder: Path, *arguments: str) -> subprocess.CompletedProcess:
    """Run one go command in a folder with a go.mod."""
    environ = environment(CGO_ENABLED="0")
    return subprocess.run(
        [go, *arguments], cwd=folder, env=environ, check=False, capture_output=True, text=True, timeout=PATIENCE
    )


def give_up(version: str, errors: str) -> None:
    """Skip the test if the network is the cause, else fail."""
    output = errors[-6000:]
    if why := unreachable(output):
        pytest.skip(f"Argo CD {release(version)} cannot be fetched from the Go module proxy: {why}")
    pytest.fail(f"Argo CD {release(version)} does not build:\n{output}", pytrace=False)
