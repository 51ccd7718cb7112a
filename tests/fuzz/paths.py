"""Paths: with any names, no file outside a folder is read, owned or written, and no two overlays share a path.

An input is text with one name or path per line. Oracle:

* a name that the models accept (`Name`, the inventories' `Label`) is one plain, portable component of a path, and a
  tree path of such names is short enough for file systems; different overlays have different paths, even on a file
  system that ignores case;
* the generator's `Folder` and the compiler's `read_confined` return the bytes of a file inside, or reject the path,
  also with links to the outside, `..`, absolute paths and devices;
* an inventory with any names makes the compiler own files inside the tree only, without an exception;
* a cluster or data center that a person names is one of the fleet with this spelling, or a diagnostic.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
from pydantic import TypeAdapter, ValidationError

from sixfold_compiler.diagnostics import DiagnosticError
from sixfold_compiler.engine import Library
from sixfold_compiler.files.confined import ConfinementError, read_confined
from sixfold_compiler.inputs.fleet import FleetInput, FleetSources
from sixfold_compiler.inputs.lookup import find_cell, find_cluster, find_place
from sixfold_compiler.model.addresses import Target
from sixfold_compiler.model.base import AnyName, Name, dump
from sixfold_compiler.model.fleet import Fleet
from sixfold_compiler.model.inventory import digest_of
from sixfold_compiler.model.names import DEVICES, application_name
from sixfold_compiler.ownership import reserved_app
from sixfold_compiler.tree.layout import JOURNAL, overlay_path
from sixfold_compiler.tree.reader import read_previous
from sixfold_compiler.tree.seal import BLANK, seal
from sixfold_generator.adoption.inventory import LIMITS
from sixfold_generator.adoption.source import Folder
from tests.support.repos import FLEET, ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

WORDS = """
    ../ .. . / // /etc/passwd prod dc1 dc1-a dc1-b dc2 dev prod/dc1 prod/dc1/dc1-a prod/dc1-a _platform _tenancy argocd inventory.json
    facts.json apps web shop shop/web.yaml .yaml link out outside secret.txt loop ./ %2e%2e \\x00 \\x0a \\x7f \\xff \\xc2\\x85 con nul CON
    a/b ~ -a a- A .git .sixfold-journal .sixfold-staging- \\x5c.. ... pipe file
""".split()  # noqa: SIM905 - easier to read than a list
RUNS = 800
FAULTS = {
    "the tree's folders may be links": ("generator/sixfold_generator/adoption/source.py", "os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW", "os.O_RDONLY | os.O_DIRECTORY"),
    "an inventory may contain the part ..": ("compiler/sixfold_compiler/tree/salvage.py", 'part not in (".", "..")', "part is not None"),
    "a config file may be anywhere": ("compiler/sixfold_compiler/files/confined.py", '_open_direct(path) if path.parent == root and path.name != ".." else None', "_open_direct(path)"),
}  # fmt: skip
INSIDE = b"inside\n"
OUTSIDE = b"OUTSIDE\n"
NAMES = {"Name": TypeAdapter(Name), "label": "label"}
KINDS = {"AnyName": TypeAdapter(AnyName)} | {
    kind: kind for kind in ("file name", "cluster file", "cluster key", "tree path")
}


def check(data: bytes) -> None:
    """Check the property for one input."""
    lines = data.decode("utf-8", "surrogateescape").split("\n")[:12]
    check_names(lines)
    check_readers(lines)
    for line in lines:
        check_lookup(line)
    check_ownership(lines)


def check_names(lines: list[str]) -> None:
    """Check that accepted names are components of paths, and that their overlays have unique paths."""
    for kind, adapter in KINDS.items():
        for line in lines:
            if accepts(adapter, line):
                assert inside(line) or (kind == "tree path" and not line), (kind, line)
    good = sorted({line for line in lines if all(accepts(adapter, line) for adapter in NAMES.values())})
    for name in good:
        assert name.isascii(), name
        assert name.islower() or name.isdigit() or not name.strip("0123456789-"), name
        assert "/" not in name and name not in {"", ".", ".."}, name
        assert name not in DEVICES or reserved_app(name), name
    places: dict[str, tuple[str, ...]] = {}
    applications: dict[str, tuple[str, ...]] = {}
    for first in good[:4]:
        for second in good[:4]:
            for target in (Target("prod", first, second), Target(first, "dc1", second)):
                for app in good[:3]:
                    what = (*str(target).split("/"), first, app)
                    path = overlay_path(target, first, app)
                    assert inside(path), path
                    assert len(path) < 1000, path
                    assert places.setdefault(path.casefold(), what) == what, path
            name = application_name("prod", first, second)
            assert len(name) <= 63, name
            assert accepts(NAMES["label"], name), name
            if len(f"prod-{first}-{second}") > 63:  # shortened: a digest makes it unique
                assert applications.setdefault(name, (first, second)) == (first, second)


def accepts(adapter: TypeAdapter[Any] | str, text: str) -> bool:
    """Return whether a model of the compiler, or a limit of the generator, accepts the text."""
    if isinstance(adapter, str):
        return LIMITS[adapter].admits(text)
    try:
        adapter.validate_python(text, strict=True)
    except ValidationError:
        return False
    return True


def inside(path: str) -> bool:
    """Return whether a relative path is normalized and inside the folder."""
    return (
        os.path.normpath(path) == path
        and path[:1] not in ("/", "")
        and path.split("/", maxsplit=1)[0] not in ("..", ".")
        and "\0" not in path
    )


def check_readers(lines: list[str]) -> None:
    """Check that both readers return only files inside the folder."""
    folder = place() / "tree"
    source = Folder(folder)
    try:
        for line in lines:
            try:
                assert source.read(line, 1000) == INSIDE, line
                assert inside(line)
            except DiagnosticError as error:
                assert {d.code for d in error.diagnostics} <= {"SF801", "SF804"}, error
                assert str(place()) not in str(error), error
            try:
                for name, _ in source.names(line):
                    assert "OUTSIDE" not in name.upper(), (line, name)
            except DiagnosticError as error:
                assert {d.code for d in error.diagnostics} <= {"SF801", "SF804"}, error
            try:
                assert read_confined(folder / line, folder, 1000) == INSIDE, line
            except ConfinementError as error:
                assert str(place()) not in str(error), error
            except (OSError, ValueError):  # no such file; ValueError for an invalid path, which `configs` expects
                pass
    finally:
        source.close()


def check_lookup(line: str) -> None:
    """Check that the name of a place leads to places of the fleet with this spelling, or to a diagnostic."""
    spelled = line.strip("/")
    targets = {target for target, _ in fleet().targets()}
    for find in (find_cluster, find_cell, lambda f, n: find_place(f, n, "SF460", environments=True)):
        try:
            matches = find(fleet(), line)
        except DiagnosticError as error:
            (problem,) = error.diagnostics
            assert problem.help, problem
            continue
        for item in matches if isinstance(matches, frozenset) else [matches]:
            parts = str(item).split("/")
            assert any(item == t or item == t.cell for t in targets), line
            assert spelled in {
                "/".join(parts),
                *("/".join(parts[:n]) for n in (1, 2)),
                parts[-1],
                "/".join(parts[1:]),
                f"{parts[0]}/{parts[-1]}",
                parts[1],
            }, (line, item)


def check_ownership(lines: list[str]) -> None:
    """Check that the compiler owns no file outside the tree because of inventories with these names."""
    out = place() / "out"
    first, second, third = [*lines, "shop", "web", "dc1-a"][:3]
    key = next((line for line in lines if line.count("/") == 2), "prod/dc1/dc1-a")
    entry = {"digest": BLANK, "size": 1, "objects": 1}
    cluster = {
        "kind": "ClusterInventory",
        "files": dict.fromkeys(lines, entry),
        "namespaces": {first: {"team": second, "apps": {third: entry, second: entry}}},
    }
    facts = {
        "kind": "Facts",
        "apps": {"shop/web": {"source": "", "deps": "", "cells": [], "files": {}, "facts": {
            "name": first, "namespace": second, "team": "shop", "clusters": {third: 1}, "ports": [], "calls": [], "roads": {}}}},
    }  # fmt: skip
    cell = key.rpartition("/")[0]
    files = {f"{key}/inventory.json": cluster, f"{cell}/facts.json": facts}
    root = {
        "kind": "Inventory", "checksum": BLANK, "teams": {},
        "clusters": {key: {}, first: {}}, "dataCenters": {cell: {}, second: {}}, "argocd": {third: {"files": dict.fromkeys(lines, entry)}},
    }  # fmt: skip
    shutil.rmtree(out)
    out.mkdir()
    try:
        for path, value in files.items():
            body = orjson.dumps(value, option=orjson.OPT_INDENT_2)
            (root["clusters"] if path.startswith(f"{key}/") else root["dataCenters"])[path.rpartition("/")[0]] = {
                "digest": digest_of(body),
                "size": len(body),
            }
            if inside(path):
                (out / path).parent.mkdir(parents=True, exist_ok=True)
                (out / path).write_bytes(body)
        data = orjson.dumps(root, option=orjson.OPT_INDENT_2)
        # The last line decides whether the root inventory is torn.
        (out / "inventory.json").write_bytes(data if lines[-1].startswith("torn") else seal(data))
        (out / JOURNAL).write_bytes(orjson.dumps(lines))
    except (OSError, TypeError, ValueError):
        return  # names that are invalid for files or for JSON
    previous = read_previous(out)
    for path in previous.files:
        assert inside(path), path
        assert ".." not in path.split("/"), path
    assert "inventory.json" in previous.files


@cache
def place() -> Path:
    """Create the folder `tree` with files, links and a pipe, and files beside it."""
    folder = Path(tempfile.mkdtemp(prefix="sixfold-fuzz-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    tree = folder / "tree"
    (tree / "prod/dc1/dc1-a/shop").mkdir(parents=True)
    for path in ("file", "prod/dc1/dc1-a/shop/web.yaml", "prod/inventory.json"):
        (tree / path).write_bytes(INSIDE)
    outside = folder / "outside"
    outside.mkdir()
    for path in ("secret.txt", "outside-too", "web.yaml", "file"):
        (outside / path).write_bytes(OUTSIDE)
    (tree / "link").symlink_to("../outside/secret.txt")
    (tree / "out").symlink_to("../outside")
    (tree / "loop").symlink_to("loop")
    (tree / "here").symlink_to("file")
    (tree / "prod/out").symlink_to(outside)
    os.mkfifo(tree / "pipe")
    (folder / "out").mkdir()
    return folder


@cache
def fleet() -> FleetInput:
    """Return a fleet with a `dc1` in two environments."""
    data = FLEET | {
        "environments": FLEET["environments"]
        | {"dev": {"dataCenters": {"dc1": FLEET["environments"]["prod"]["dataCenters"]["dc2"]}}}
    }
    model = Fleet.model_validate(data)
    return FleetInput(model, Library(ROOT, ROOT), FleetSources(ROOT, "environments"), dump(model))


def seeds() -> Iterator[bytes]:
    """Yield valid names, and invalid names that people and attackers try."""
    yield b"prod/dc1/dc1-a\nshop\nweb\ndc1-a\nfile\nprod/dc1/dc1-a/shop/web.yaml"
    yield b"prod/dc1-a\ndc1\nprod\nout/secret.txt\nlink\nprod/out/file\nhere"
    yield b"../outside/secret.txt\n/etc/passwd\n./file\nfile/\n//file\ntree/../file\nprod/../file\ntorn"
    yield b"..\n.\n\n\0\npipe\nloop\nout\ncon\nnul\n" + b"a" * 40 + b"\n" + b"a" * 300
    yield b"prod/dc1/..\n../shop\n_platform/a.yaml\n_tenancy/../../x.yaml\n.sixfold-journal\ntorn"
    yield b"\xff\xfe\n\xc2\x85\nA\na-\n-a\na.b\n%2e%2e\n~\na b\na\\b"
